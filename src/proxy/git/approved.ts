/**
 * Which commits the hub's signed tasks named, for whom: kept on disk, since a run may be prepared again days later
 * and a checker reads the code behind an output months later.
 *
 * The file grows by a line per task and is written anew when it has twice as many lines as are kept. Killed at any
 * moment, it loses at most its last line, and the agent hands the task over again with its next try.
 */
import { readFileSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { hours, type Clock } from '../../lib/clock.ts';
import { replaceFile } from '../../lib/replace-file.ts';

const entrySchema = z.strictObject({
  backend: z.string(),
  agent: z.string(),
  repository: z.int(),
  commit: z.string(),
  branch: z.string(),
  /** Milliseconds. */
  at: z.int(),
});
export type Approval = z.infer<typeof entrySchema>;

/** A million runs would be 200 MB of memory; so many are some years of a busy deployment, and 4 MB. */
const MOST = 20_000;
/** A branch moves on, so what a task says about it holds for its run only. The hub lists a task again as long as it is open. */
const BRANCH_FOR = hours(24);
/** A task is handed over with each request of git's: that it was, need not be written each time. */
const WRITTEN_AGAIN = hours(1);

export class Approved {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #most: number;
  /** Oldest first. */
  readonly #entries = new Map<string, Approval>();
  /** How many of them name this commit on this backend, by agent: a request may want it a hundred thousand times. */
  readonly #commits = new Map<string, Map<string, number>>();
  #lines = 0;
  #handle: FileHandle | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Those that are not on disk yet, by key. */
  readonly #unwritten = new Map<string, Promise<void>>();

  constructor(file: string, clock: Clock, most = MOST) {
    this.#file = file;
    this.#clock = clock;
    this.#most = most;
    for (const line of readLines(file)) {
      this.#lines += 1;
      this.#keep(line);
    }
  }

  /** On disk when it resolves. */
  async add(approval: Omit<Approval, 'at'>): Promise<void> {
    const now = this.#clock.now();
    const key = keyOf(approval);
    const known = this.#entries.get(key);
    // Whoever hands it over again while the disk hangs waits for it, too.
    if (known && now - known.at < WRITTEN_AGAIN) return this.#unwritten.get(key);
    const entry = { ...approval, at: now };
    this.#keep(entry);
    const written = this.#inTurn(entry);
    this.#unwritten.set(key, written);
    try {
      await written;
    } finally {
      if (this.#unwritten.get(key) === written) this.#unwritten.delete(key);
    }
  }

  async #inTurn(entry: Approval): Promise<void> {
    const write = () => this.#write(entry);
    const mine = this.#turn.then(write, write);
    this.#turn = mine.catch(() => undefined);
    try {
      await mine;
    } catch (error) {
      // What is not on disk is asked for again: after a restart nobody would know of it.
      this.#forget(keyOf(entry));
      throw error;
    }
  }

  /** Whether a task named the commit: to this agent, or, for an airlock, to any agent of its backend. */
  commit(who: { backend: string; agent?: string }, repository: number, commit: string): boolean {
    const agents = this.#commits.get(commitKey(who.backend, repository, commit));
    return agents !== undefined && (who.agent === undefined || agents.has(who.agent));
  }

  /** Branches that lately handed tasks of this agent name. */
  branches(backend: string, agent: string, repository: number): string[] {
    const since = this.#clock.now() - BRANCH_FOR;
    return [...this.#entries.values()]
      .filter(
        (entry) =>
          entry.at > since &&
          entry.repository === repository &&
          entry.agent === agent &&
          entry.backend === backend,
      )
      .map(({ branch }) => branch);
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #keep(entry: Approval): void {
    const key = keyOf(entry);
    this.#forget(key);
    this.#entries.set(key, entry);
    const commit = commitKey(entry.backend, entry.repository, entry.commit);
    const agents = this.#commits.get(commit) ?? new Map<string, number>();
    agents.set(entry.agent, (agents.get(entry.agent) ?? 0) + 1);
    this.#commits.set(commit, agents);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#most && oldest !== undefined) this.#forget(oldest);
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    const commit = commitKey(entry.backend, entry.repository, entry.commit);
    const agents = this.#commits.get(commit);
    const left = (agents?.get(entry.agent) ?? 1) - 1;
    if (left > 0) agents?.set(entry.agent, left);
    else agents?.delete(entry.agent);
    if (agents?.size === 0) this.#commits.delete(commit);
  }

  async #write(entry: Approval): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    if (this.#lines >= 2 * this.#most) {
      await this.#handle?.close();
      this.#handle = undefined;
      const lines = [...this.#entries.values()].map((each) => `${JSON.stringify(each)}\n`);
      await replaceFile(this.#file, lines.join(''));
      this.#lines = lines.length;
      return;
    }
    // The line end comes first: what a kill left half written stands on a line of its own then.
    this.#handle ??= await open(this.#file, 'a', 0o600);
    await this.#handle.appendFile(`\n${JSON.stringify(entry)}`);
    await this.#handle.datasync();
    this.#lines += 1;
  }
}

const keyOf = ({ backend, agent, repository, commit, branch }: Omit<Approval, 'at'>): string =>
  `${backend} ${agent} ${repository} ${commit} ${branch}`;
const commitKey = (backend: string, repository: number, commit: string): string =>
  `${backend} ${repository} ${commit}`;

function readLines(file: string): Approval[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    try {
      return entrySchema.safeParse(JSON.parse(line)).data ?? [];
    } catch {
      return [];
    }
  });
}
