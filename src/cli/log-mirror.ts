/**
 * A copy of a log in a folder, file by file as it is served, which anybody may serve on.
 *
 * The checkpoint comes last, and only once everything beneath it was checked and it continues the one that was
 * there: until then the folder is the log as it was. Only what is new is fetched.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  levelsOf,
  openCheckpoint,
  openEarlier,
  TILE_WIDTH,
  tilePath,
  tilesAt,
  verifyLog,
  type LogSource,
  type OpenCheckpoint,
  type Tile,
  type TrustedKeys,
} from '../ledger/ledger.ts';
import { isRefusal, refusal, type Refusal } from '../lib/refusal.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { folderSource } from '../public-log/source.ts';

const AT_ONCE = 8;

export async function mirrorLog(
  source: LogSource,
  dir: string,
  trusted: TrustedKeys,
): Promise<{ checkpoint: OpenCheckpoint; fetched: number } | Refusal> {
  const note = await source('checkpoint');
  if (!note) return refusal('ledger.missing', 'There is no checkpoint.', 'Is this the address of a log?');
  const checkpoint = openCheckpoint(note, trusted);
  if (isRefusal(checkpoint)) return checkpoint;
  const held = folderSource(dir);
  const before = await held('checkpoint');
  const earlier = before && openEarlier(before, trusted);
  if (earlier && isRefusal(earlier)) return earlier;
  await mkdir(dir, { recursive: true });

  const fetched: string[] = [];
  const missing = filesOf(checkpoint.size);
  const one = async (): Promise<Refusal | undefined> => {
    for (let next = missing.next(); !next.done; next = missing.next()) {
      const name = tilePath(next.value);
      if (await held(name)) continue;
      const bytes = (await source(name)) ?? (await beginning(source, next.value));
      if (!bytes) return refusal('ledger.missing', `${name} is not there.`, 'Try again later.');
      const file = path.join(dir, ...name.split('/'));
      await mkdir(path.dirname(file), { recursive: true });
      await replaceFile(file, bytes);
      fetched.push(file);
    }
    return undefined;
  };
  const ends = await Promise.all(Array.from({ length: AT_ONCE }, one));
  const lacking = ends.find((end) => end !== undefined);
  if (lacking) return lacking;

  const copy: LogSource = (name) => (name === 'checkpoint' ? Promise.resolve(note) : held(name));
  const answer = await verifyLog(copy, { trusted, entries: true, ...(before && { since: before }) });
  if (isRefusal(answer)) {
    // What was wrong is not kept, or it would be in the way for ever.
    for (const file of fetched) await rm(file, { force: true });
    return answer;
  }
  await replaceFile(path.join(dir, 'key'), `${checkpoint.signedBy.map(({ text }) => text).join('\n')}\n`);
  await replaceFile(path.join(dir, 'checkpoint'), note);
  if (earlier) await dropPartial(dir, earlier.size, checkpoint.size);
  return { checkpoint, fetched: fetched.length };
}

function* filesOf(size: number): Generator<Tile> {
  for (const level of levelsOf(size)) {
    for (const tile of tilesAt(level, size)) {
      yield tile;
      if (level === 0) yield { ...tile, level: 'entries' };
    }
  }
}

/** A log may have dropped a partial tile, of which the full one has the hashes. Bundles have no such short way. */
async function beginning(source: LogSource, tile: Tile): Promise<Uint8Array | undefined> {
  if (tile.width === TILE_WIDTH || tile.level === 'entries') return undefined;
  const full = await source(tilePath({ ...tile, width: TILE_WIDTH }));
  return full?.subarray(0, tile.width * 32);
}

/** Partial tiles of the earlier size that have become full ones. */
async function dropPartial(dir: string, before: number, now: number): Promise<void> {
  const kept = new Set([...partialOf(now)].map(tilePath));
  for (const tile of partialOf(before)) {
    const name = tilePath(tile);
    if (!kept.has(name)) await rm(path.join(dir, ...name.split('/')), { force: true });
  }
}

function* partialOf(size: number): Generator<Tile> {
  for (const tile of filesOf(size)) if (tile.width < TILE_WIDTH) yield tile;
}
