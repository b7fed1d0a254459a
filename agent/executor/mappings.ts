/**
 * Files that a process has mapped under names that were deleted, by its /proc/<pid>/maps.
 *
 * A job makes that text as long as it likes: tens of thousands of mappings, each with the whole path of its file, and no
 * path has an end. So it is read in pieces, off the event loop (the system writes out a path at one go), and of a line
 * only the two ends are kept.
 */
import { readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { beneath, entriesOf } from '../store/entries.ts';
import { isForbidden, isGone } from './processes.ts';

export interface Mapped {
  dev: number;
  ino: number;
  bytes: number;
  /** As in /proc/<pid>/map_files. */
  range: string;
  /** Shared and for writing: whoever mapped it had opened it for writing. */
  written: boolean;
}

/** What may still be looked at. Nothing more is read once it is below zero. */
export interface Left {
  textBytes: number;
}

/** More than the fields before the path take. */
const HEAD = 128;
const TAIL = ' (deleted)';
const PIECE_BYTES = 64 * 1024;
const MAPPED =
  /^0*([0-9a-f]+)-0*([0-9a-f]+) ([r-][w-][x-][sp]) [0-9a-f]+ ([0-9a-f]+):([0-9a-f]+) (\d+) .* \(deleted\)$/;

/**
 * Of each file that is mapped (/proc/<pid>/map_files), whether its path is longer than any program can say it. To write such
 * a one out the system holds all of it at once, at the agent's expense: up to a gigabyte. This asks without.
 */
export function* pathsTooLong(folder: string): Generator<boolean> {
  try {
    for (const { name } of entriesOf(folder)) yield isTooLong(beneath(folder, name));
  } catch (error) {
    // An older system has none, or lets it be asked by fewer: the text itself is bounded as well.
    if (!isGone(error) && !isForbidden(error)) throw error;
  }
}

function isTooLong(link: Buffer): boolean {
  try {
    readlinkSync(link, 'buffer');
    return false;
  } catch (error) {
    if (isGone(error)) return false;
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return true;
    throw error;
  }
}

/** Yields after every piece, with nothing in it too. Throws the system's error but for what is gone. */
export async function* mappingsIn(file: string, left: Left): AsyncGenerator<Mapped[]> {
  try {
    yield* read(file, left);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function* read(file: string, left: Left): AsyncGenerator<Mapped[]> {
  const maps = await open(file);
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let begun = '';
    while (left.textBytes >= 0) {
      const { bytesRead } = await maps.read(piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return;
      left.textBytes -= bytesRead;
      const lines = (begun + piece.toString('latin1', 0, bytesRead)).split('\n');
      begun = endsOf(lines.pop() ?? '');
      yield lines.flatMap(mapped);
    }
  } finally {
    await maps.close();
  }
}

/** Of a line that goes on, what is needed of it. */
const endsOf = (line: string): string =>
  line.length <= HEAD + TAIL.length ? line : line.slice(0, HEAD) + line.slice(-TAIL.length);

function mapped(line: string): Mapped[] {
  const [, from = '', to = '', rights = '', major = '', minor = '', ino = ''] =
    (line.endsWith(TAIL) && MAPPED.exec(endsOf(line))) || [];
  if (ino === '') return [];
  return [
    {
      dev: deviceOf(parseInt(major, 16), parseInt(minor, 16)),
      ino: Number(ino),
      bytes: parseInt(to, 16) - parseInt(from, 16),
      range: `${from}-${to}`,
      written: /^.w.s$/.test(rights),
    },
  ];
}

/** As the system's `stat` numbers it. */
const deviceOf = (major: number, minor: number): number =>
  (minor & 0xff) + ((major & 0xfff) << 8) + (minor & ~0xff) * 0x1000;
