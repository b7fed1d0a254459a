/**
 * A manifest as a few flat columns: made in the thread that has verified it, handed over in a moment however
 * many files there are, and unpacked row by row where it is asked for.
 *
 * row: one output; those that may be listed come first, folder by folder and by path, then all others by path ·
 * ends: where in a joined text or in joined bytes each piece ends.
 */
import type { Manifest, ManifestEntry, ManifestJob, ManifestRun } from '../../store/manifest.ts';

export interface Packed {
  workspace: string;
  repo: string;
  repository: number | undefined;
  branch: string | undefined;
  sequence: number;
  /** Of the manifest's canonical form. */
  digest: string;
  /** SPKI of the key that signed, base64. */
  key: string;
  /** So many rows may be listed. */
  listed: number;
  paths: Texts;
  /** 64 characters each. */
  hashes: string;
  sizes: Float64Array;
  times: Float64Array;
  flags: Uint8Array;
  entries: Pieces;
  folders: Texts;
  /** Row of the first file of each folder, and one number more. */
  firstFile: Uint32Array;
  /** Place in `children` of the first folder in each folder, and one number more. */
  firstChild: Uint32Array;
  children: Uint32Array;
  /** Files beneath each folder, and how many of them are not stale. */
  files: Uint32Array;
  live: Uint32Array;
  jobIds: string[];
  jobs: Pieces;
  /** Actions that have a job here. */
  actions: string[];
  /** How the last run of each action ended; empty in manifests from before that was signed. */
  runs: Record<string, Pick<ManifestRun, 'job_id' | 'state'>>;
}

export interface Texts {
  all: string;
  ends: Uint32Array;
}

export interface Pieces {
  all: Uint8Array<ArrayBuffer>;
  ends: Float64Array;
}

export const EXCLUDED = 1;
export const STALE = 2;

type Row = [path: string, entry: ManifestEntry];

export function packed(manifest: Manifest, held: { digest: string; key: string }): Packed {
  const all = [...Object.entries(manifest.outputs), ...logsOf(manifest)];
  // What its action no longer makes is gone from the folder too.
  const isListed = ([, entry]: Row): boolean =>
    entry.level === 'moderately_sensitive' && !entry.out_of_date_output;
  const listed = all.filter(isListed);
  const { inOrder, columns } = foldersOf(listed);
  const rows = [
    ...inOrder.flatMap(({ files }) => files),
    ...all.filter((row) => !isListed(row)).sort(byFirst),
  ];
  const hashes = rows.map(([, { content_hash: hash }]) => hash);
  if (hashes.some((hash) => hash.length !== 64)) throw new TypeError('a manifest with another kind of hash');
  const jobs = Object.entries(manifest.jobs);
  return {
    workspace: manifest.workspace,
    repo: manifest.repo,
    repository: manifest.repository,
    branch: manifest.branch,
    sequence: manifest.sequence,
    ...held,
    listed: listed.length,
    paths: texts(rows.map(([path]) => path)),
    hashes: hashes.join(''),
    sizes: Float64Array.from(rows, ([, { size }]) => size),
    times: Float64Array.from(rows, ([, { timestamp }]) => timestamp),
    flags: Uint8Array.from(
      rows,
      ([, entry]) => (entry.excluded ? EXCLUDED : 0) | (entry.out_of_date_action ? STALE : 0),
    ),
    entries: pieces(rows.map(([, entry]) => entry)),
    ...columns,
    jobIds: jobs.map(([id]) => id),
    jobs: pieces(jobs.map(([, job]) => job)),
    actions: [...new Set(jobs.map(([, { action }]: [string, ManifestJob]) => action))],
    runs: Object.fromEntries(
      Object.entries(manifest.runs ?? {}).map(([action, { job_id, state }]) => [action, { job_id, state }]),
    ),
  };
}

/** Logs are listed as outputs of their action: what the agent signed of them is the same. No job can write there. */
function logsOf({ runs = {}, repo }: Manifest): Row[] {
  return Object.entries(runs).flatMap(([action, run]): Row[] => {
    const { log, job_id, job_request, user, commit, completed_at, out_of_date_action } = run;
    if (!log) return [];
    const entry: ManifestEntry = {
      level: 'moderately_sensitive',
      job_id,
      job_request,
      action,
      user,
      repo,
      commit,
      size: log.size,
      timestamp: completed_at,
      content_hash: log.content_hash,
      excluded: false,
      message: null,
      row_count: null,
      col_count: null,
      ...(out_of_date_action ? { out_of_date_action } : {}),
    };
    return [[log.path, entry]];
  });
}

/** What can be moved to another thread instead of being copied. */
export function movable(one: Packed): ArrayBuffer[] {
  return [one.entries.all.buffer, one.jobs.all.buffer];
}

interface Folder {
  files: Row[];
  children: string[];
  below: number;
  live: number;
}

function foldersOf(listed: readonly Row[]) {
  const folders = new Map<string, Folder>([['', { files: [], children: [], below: 0, live: 0 }]]);
  const folder = (dir: string): Folder => {
    const known = folders.get(dir);
    if (known) return known;
    const made: Folder = { files: [], children: [], below: 0, live: 0 };
    folders.set(dir, made);
    folder(above(dir)).children.push(dir);
    return made;
  };
  for (const row of listed) {
    const [path, { out_of_date_action: stale }] = row;
    folder(above(path)).files.push(row);
    for (let dir = above(path); ; dir = above(dir)) {
      const here = folder(dir);
      here.below += 1;
      if (!stale) here.live += 1;
      if (dir === '') break;
    }
  }
  const sorted = [...folders].sort(byFirst);
  const place = new Map(sorted.map(([dir], at) => [dir, at]));
  const inOrder = sorted.map(([, each]) => each);
  for (const { files, children } of inOrder) {
    files.sort(byFirst);
    children.sort();
  }
  const columns = {
    folders: texts(sorted.map(([dir]) => dir)),
    firstFile: running(inOrder.map(({ files }) => files.length)),
    firstChild: running(inOrder.map(({ children }) => children.length)),
    children: Uint32Array.from(inOrder.flatMap(({ children }) => children.map((dir) => place.get(dir)!))),
    files: Uint32Array.from(inOrder, ({ below }) => below),
    live: Uint32Array.from(inOrder, ({ live }) => live),
  };
  return { inOrder, columns };
}

/** Empty for what lies in no folder. */
export function above(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function running(counts: readonly number[]): Uint32Array {
  const sums = new Uint32Array(counts.length + 1);
  for (const [at, count] of counts.entries()) sums[at + 1] = sums[at]! + count;
  return sums;
}

function texts(all: readonly string[]): Texts {
  return { all: all.join(''), ends: running(all.map(({ length }) => length)).subarray(1) };
}

function pieces(values: readonly unknown[]): Pieces {
  const each = values.map((value) => Buffer.from(JSON.stringify(value)));
  const ends = new Float64Array(each.length);
  let end = 0;
  for (const [at, bytes] of each.entries()) ends[at] = end += bytes.length;
  const all = new Uint8Array(end);
  for (const [at, bytes] of each.entries()) all.set(bytes, ends[at]! - bytes.length);
  return { all, ends };
}

export function textAt({ all, ends }: Texts, at: number): string {
  return all.slice(at === 0 ? 0 : ends[at - 1], ends[at]);
}

export function pieceAt({ all, ends }: Pieces, at: number): unknown {
  const bytes = Buffer.from(all.buffer, all.byteOffset, all.byteLength);
  return JSON.parse(bytes.toString('utf8', at === 0 ? 0 : ends[at - 1], ends[at])) as unknown;
}

/** By halving; -1 when it is not there. The texts from `from` to before `to` are sorted. */
export function placeOf(texts: Texts, wanted: string, from: number, to: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (textAt(texts, middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low < to && textAt(texts, low) === wanted ? low : -1;
}
