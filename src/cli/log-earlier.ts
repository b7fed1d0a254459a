/**
 * Checkpoints that were kept, for `--since`: a file, a clone of a public log repository, or the address of one.
 *
 * Of a repository all of them count: whoever looks at one sees the hub's whole way since it was begun.
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gitFetch, GitFailed, gitInitBare } from '../lib/git.ts';
import { readTexts, resolveRef } from '../lib/git-objects.ts';
import { refusal, Refused } from '../lib/refusal.ts';
import {
  openEarlier,
  provenGrowth,
  type LogSource,
  type OpenCheckpoint,
  type TrustedKeys,
} from '../ledger/ledger.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { checkpointPaths } from '../public-log/public-log.ts';

export interface Earlier {
  /** The shortest log first; never none. */
  notes: { path: string; bytes: Uint8Array }[];
  /** Where the repository says that the log contradicted itself. */
  alarms: string[];
}

const REF = 'refs/heads/kept';

/** Throws Refused `ledger.no-since` when nothing is to be had there. */
export async function earlierAt(place: string): Promise<Earlier> {
  if (/^https?:\/\//.test(place)) return fetched(place);
  const there = await stat(place).catch((cause: unknown) => {
    throw unreadable(place, cause);
  });
  if (there.isDirectory()) return ofClone(place);
  return { notes: [{ path: place, bytes: await readFile(place) }], alarms: [] };
}

async function ofClone(dir: string): Promise<Earlier> {
  const all = await readdir(dir, { recursive: true });
  const paths = all.map((name) => name.split(path.sep).join('/'));
  return ofPaths(dir, paths, (name) => readFile(path.join(dir, ...name.split('/'))));
}

async function fetched(url: string): Promise<Earlier> {
  const dir = await mkdtemp(path.join(tmpdir(), 'sallyport-log-'));
  try {
    await gitInitBare(dir);
    await gitFetch({ dir, url, refspecs: [`+HEAD:${REF}`], depth: 1 });
    const commit = await resolveRef(dir, REF);
    const wanted = (name: string): boolean => checkpointPaths([name]).length > 0 || isAlarm(name);
    const texts = commit
      ? await readTexts(dir, commit, (entry) => wanted(entry.path))
      : new Map<string, string>();
    return await ofPaths(url, [...texts.keys()], (name) => Promise.resolve(Buffer.from(texts.get(name)!)));
  } catch (error) {
    if (error instanceof GitFailed) throw unreadable(url, error);
    throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const isAlarm = (name: string): boolean => /^alarms\/[^/]+\.txt$/.test(name);

async function ofPaths(
  place: string,
  paths: readonly string[],
  read: (name: string) => Promise<Uint8Array>,
): Promise<Earlier> {
  const notes: Earlier['notes'] = [];
  for (const name of checkpointPaths(paths)) notes.push({ path: name, bytes: await read(name) });
  if (notes.length === 0) throw unreadable(place, undefined);
  return { notes, alarms: paths.filter(isAlarm).sort() };
}

const unreadable = (place: string, cause: unknown): Refused =>
  new Refused(
    refusal(
      'ledger.no-since',
      `There is no checkpoint to be read at ${place}.`,
      'Give one that you kept, as --save writes it or as the log serves it, or a clone or the address of a public log repository.',
    ),
    { cause },
  );

/** Undefined when every one of them is how the log of `now` begins. */
export async function whyNotBegun(
  source: LogSource,
  { notes }: Earlier,
  { trusted, now }: { trusted: TrustedKeys; now: OpenCheckpoint },
): Promise<Refusal | undefined> {
  const files = new Map<string, Promise<Uint8Array | undefined>>();
  const once: LogSource = (name) => {
    const held = files.get(name) ?? source(name);
    files.set(name, held);
    return held;
  };
  for (const { path: name, bytes } of notes) {
    const since = openEarlier(bytes, trusted);
    const proof = isRefusal(since) ? since : await provenGrowth(once, since, now);
    if (isRefusal(proof)) return { ...proof, says: `${name}: ${proof.says}` };
  }
  return undefined;
}
