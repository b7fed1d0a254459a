/**
 * One long-lived `git cat-file --batch` for each repository that has packs, tags or big files: an object costs
 * a pipe round trip (0.1 ms) instead of a process (2.6 ms). Asked for in order, answered in order.
 * What lies by itself is read without it.
 */
import { gitStream, type RunningGit } from '../../../lib/git.ts';
import { readLoose, type RawObject } from './objects.ts';

type Answer = (object: RawObject | undefined) => void;

/** Longer than any run of the sandbox, and the most a timer can hold. */
const FOREVER_MS = 2_000_000_000;

export class CatFile {
  readonly #dir: string;
  #running: RunningGit | undefined;
  #waiting: { answer: Answer; reject: (error: unknown) => void }[] = [];
  #chunks: Buffer[] = [];
  #held = 0;
  /** Header read, body (and its line feed) awaited. */
  #expected: { sha: string; type: RawObject['type']; size: number } | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Any revision git understands; undefined when it names nothing. */
  read(name: string): Promise<RawObject | undefined> {
    const loose = this.#loose(name);
    if (loose) return Promise.resolve(loose);
    if (/[\n\r\0]/.test(name) || name === '') return Promise.resolve(undefined);
    const running = (this.#running ??= this.#start());
    return new Promise((answer, reject) => {
      this.#waiting.push({ answer, reject });
      running.stdin.write(`${name}\n`);
    });
  }

  /** A full sha, or the commit of one, that needs no git. */
  #loose(name: string): RawObject | undefined {
    const [, sha, commit] = /^([0-9a-f]{40})(\^\{commit\})?$/.exec(name) ?? [];
    const found = sha === undefined ? undefined : readLoose(this.#dir, sha);
    return commit && found?.type !== 'commit' ? undefined : found;
  }

  close(): void {
    this.#running?.stop();
    this.#running = undefined;
  }

  #start(): RunningGit {
    const running = gitStream(['cat-file', '--batch'], { dir: this.#dir, timeoutMs: FOREVER_MS });
    running.stdout.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#held += chunk.length;
      this.#parse();
    });
    const ended = (error: unknown): void => {
      if (this.#running === running) this.#running = undefined;
      const waiting = this.#waiting;
      this.#waiting = [];
      this.#chunks = [];
      this.#held = 0;
      this.#expected = undefined;
      for (const one of waiting) one.reject(error);
    };
    running.done.then(() => ended(new Error('git cat-file ended')), ended);
    return running;
  }

  #parse(): void {
    for (;;) {
      if (!this.#expected) {
        const line = this.#line();
        if (line === undefined) return;
        const [sha = '', type = '', size = ''] = line.split(' ');
        if (!/^\d+$/.test(size) || !/^[0-9a-f]{40}$/.test(sha)) {
          // `<name> missing`, `<name> ambiguous`
          this.#waiting.shift()?.answer(undefined);
          continue;
        }
        this.#expected = { sha, type: type as RawObject['type'], size: Number(size) };
      }
      const { sha, type, size } = this.#expected;
      if (this.#held < size + 1) return;
      const bytes = this.#take(size + 1).subarray(0, size);
      this.#expected = undefined;
      this.#waiting.shift()?.answer({ sha, type, bytes: Buffer.from(bytes) });
    }
  }

  #line(): string | undefined {
    const all = this.#join();
    const end = all.indexOf(10);
    if (end < 0) return undefined;
    return this.#take(end + 1)
      .subarray(0, end)
      .toString('utf8');
  }

  #take(count: number): Buffer {
    const all = this.#join();
    this.#chunks = [all.subarray(count)];
    this.#held = all.length - count;
    return all.subarray(0, count);
  }

  #join(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }
}
