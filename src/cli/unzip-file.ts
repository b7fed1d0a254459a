/** One `.gz` file to the file it stands for: whole or not at all, and never larger than was said. */
import { constants, createWriteStream, lstatSync, openSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { refusal, type Refusal } from '../lib/refusal.ts';
import { sizeText } from './size-text.ts';

export type Unzipped =
  | { state: 'done'; bytes: number }
  | { state: 'newer' }
  | { state: 'failed'; no: Refusal };

export interface UnzipOptions {
  maxSize: number;
  /** Free bytes that are left to others on the disk. */
  spare: number;
  /** Beside the target, and nobody else's. */
  token: string;
  progress(bytes: number): void;
}

const failed = (code: string, says: string, next: string): Unzipped => ({
  state: 'failed',
  no: refusal(code, says, next),
});

/** `file` ends in `.gz` and is a regular file. */
export async function unzipFile(file: string, options: UnzipOptions): Promise<Unzipped> {
  const target = file.slice(0, -'.gz'.length);
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there && !there.isFile()) {
    const what = there.isSymbolicLink() ? 'a link' : 'no file';
    return failed('unzip.in-the-way', `${target} is ${what}.`, 'Move it away, then unzip again.');
  }
  if (there && there.mtimeMs >= lstatSync(file).mtimeMs) return { state: 'newer' };
  const part = path.join(path.dirname(target), `.${options.token}.unzip`);
  try {
    const bytes = await unpack(file, part, options);
    renameSync(part, target);
    return { state: 'done', bytes };
  } catch (error) {
    rmSync(part, { force: true });
    return reasonOf(file, error);
  }
}

class Stopped extends Error {
  readonly no: Refusal;

  constructor(no: Refusal) {
    super(no.says);
    this.no = no;
  }
}

async function unpack(file: string, part: string, options: UnzipOptions): Promise<number> {
  // A link that was put there since it was looked at is refused by the system.
  const from = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  let bytes = 0;
  let asked = 0;
  const watched = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      options.progress(chunk.length);
      if (bytes > options.maxSize) return done(new Stopped(tooLarge(file, options.maxSize)));
      if (bytes - asked >= ASK_EVERY) {
        asked = bytes;
        const { bavail, bsize } = statfsSync(path.dirname(part));
        if (bavail * bsize < options.spare) return done(new Stopped(noRoom(file)));
      }
      done(null, chunk);
    },
  });
  const to = createWriteStream(part, { fd: openSync(part, 'wx', 0o644) });
  await pipeline(from.createReadStream(), createGunzip(), watched, to);
  return bytes;
}

/** How much is written between two looks at the disk. */
const ASK_EVERY = 64 * 1024 ** 2;

const tooLarge = (file: string, most: number): Refusal =>
  refusal(
    'unzip.too-large',
    `${file} unpacks to more than ${sizeText(most)}.`,
    'If it may, say so with --max-size, like --max-size 100G.',
  );

const noRoom = (file: string): Refusal =>
  refusal(
    'unzip.no-room',
    `There is no room on the disk for what is in ${file}.`,
    'Make room, then unzip again.',
  );

function reasonOf(file: string, error: unknown): Unzipped {
  if (error instanceof Stopped) return { state: 'failed', no: error.no };
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC') return { state: 'failed', no: noRoom(file) };
  if (code.startsWith('Z_'))
    return failed('unzip.broken', `${file} is broken, or no gzip file (${code}).`, 'Fetch it again.');
  if (/^E[A-Z]+$/.test(code))
    return failed(
      'unzip.unreadable',
      `${file} cannot be unpacked (${code}).`,
      'Check who may read and write there.',
    );
  throw error;
}
