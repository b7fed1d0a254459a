/**
 * The addresses in a history: every author, committer and co-author of a commit and all before it, with
 * the latest moment at which each wrote something.
 *
 * A commit says itself when it was made, and may lie. Here it is never older than what it builds on: a
 * commit dated back to before the project's start, but on top of the project's work, counts as work.
 */
import { gitStream } from '../../../src/lib/git.ts';
import { coAuthorsIn } from '../../../src/release/release.ts';

/** Address → milliseconds. */
export type Addresses = Map<string, number>;

export interface History {
  addresses: Addresses;
  /** When each commit was made at the earliest; by its sha. */
  times: Map<string, number>;
}

/** A history that cannot be read to its end: who wrote the rest is unknown. */
export class TooLong extends Error {
  constructor() {
    super('the history is longer than can be read');
    this.name = 'TooLong';
  }
}

const FIELDS = 6;
const FORMAT = ['%H', '%P', '%ct', '%ae', '%ce', '%B'].map((field) => `${field}%x00`).join('');
/** GitHub's own committer address for what is merged or edited on its pages: not a person. */
const GITHUB_ITSELF = 'noreply@github.com';
const MAX_COMMITS = 1_000_000;
/** One commit, its message included. */
const MAX_RECORD = 4 * 1024 * 1024;
const TIMEOUT = 300_000;

export interface Reading {
  /** The bare repository. */
  dir: string;
  tip: string;
  /** Commits whose histories `into` holds already. */
  known: readonly string[];
  into: History;
  maxCommits?: number;
  signal?: AbortSignal;
}

/** Adds what is new up to `tip`. Throws TooLong, and GitFailed when git cannot say. */
export async function readHistory(reading: Reading): Promise<void> {
  const { dir, tip, known, into, maxCommits = MAX_COMMITS, signal } = reading;
  const running = gitStream(
    // Parents come first, so that their times are known.
    ['log', '--topo-order', '--reverse', '--no-color', '--no-notes', `--format=tformat:${FORMAT}`].concat(
      tip,
      known.map((commit) => `^${commit}`),
      '--',
    ),
    { dir, signal, timeoutMs: TIMEOUT, input: '' },
  );
  let commits = 0;
  let finished = false;
  try {
    for await (const record of records(running.stdout)) {
      commits += 1;
      if (commits > maxCommits) throw new TooLong();
      take(record, into);
    }
    await running.done;
    finished = true;
  } finally {
    if (!finished) running.stop();
  }
}

function take(record: readonly string[], { addresses, times }: History): void {
  const [sha = '', parents = '', seconds = '', author = '', committer = '', message = ''] = record;
  const own = /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : Infinity;
  const at = parents
    .split(' ')
    .reduce((latest, parent) => Math.max(latest, times.get(parent) ?? -Infinity), own);
  times.set(sha, at);
  const written = [author, ...coAuthorsIn(message)];
  if (committer.trim().toLowerCase() !== GITHUB_ITSELF) written.push(committer);
  for (const each of written) {
    const address = each.trim().toLowerCase() || `nobody named in ${sha.slice(0, 12)}`;
    addresses.set(address, Math.max(at, addresses.get(address) ?? -Infinity));
  }
}

/** Fields between NUL bytes, so many at a time; what git puts between two commits is a line end. */
async function* records(stream: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let held: Buffer = Buffer.alloc(0);
  let fields: string[] = [];
  for await (const chunk of stream) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (held.length > MAX_RECORD + chunk.length) throw new TooLong();
    let from = 0;
    for (let end = held.indexOf(0, from); end >= 0; end = held.indexOf(0, from)) {
      fields.push(held.toString('utf8', from, end));
      from = end + 1;
      if (fields.length < FIELDS) continue;
      fields[0] = fields[0]!.trim();
      yield fields;
      fields = [];
    }
    held = held.subarray(from);
  }
}
