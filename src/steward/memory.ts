/**
 * What the steward keeps over restarts besides its mirror: small files, each replaced in one step.
 *
 * deeds: what it did, or began to do, until the hub has taken it into the record · given: what it once put so, so
 * that somebody's change by hand can be told from a change of governance.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import {
  roundScope,
  tellDeed,
  type Deed,
  type RoundScope,
  type ToldDeed,
} from '../protocol/steward-rounds.ts';
import { GitHubTrouble } from './github.ts';

export type About = Pick<ToldDeed, 'repository' | 'team' | 'person'>;

const book = z.array(z.strictObject({ scope: roundScope, deed: tellDeed }));
type Book = z.infer<typeof book>;

export class DeedBook {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(file: string, { clock, ids }: { clock: Clock; ids: Ids }) {
    this.#file = file;
    this.#clock = clock;
    this.#ids = ids;
  }

  /** Written down before and after: what a crash or a lost answer leaves in between is told as unsure. */
  async act<T>(
    scope: RoundScope,
    deed: Deed,
    about: About,
    work: () => Promise<T>,
    more: (done: T) => About = () => ({}),
  ): Promise<T> {
    const id = this.#write(scope, { deed, ...about, sure: false });
    try {
      const done = await work();
      const known = more(done);
      this.#change((all) => all.map((one) => (one.deed.id === id ? sure(one, known) : one)));
      return done;
    } catch (error) {
      if (isNo(error)) this.#change((all) => all.filter((one) => one.deed.id !== id));
      throw error;
    }
  }

  did(scope: RoundScope, deed: Deed, about: About): void {
    this.#write(scope, { deed, ...about, sure: true });
  }

  waiting(scope: RoundScope): ToldDeed[] {
    return this.#read().flatMap((one) => (one.scope === scope ? [one.deed] : []));
  }

  scopes(): RoundScope[] {
    return [...new Set(this.#read().map(({ scope }) => scope))];
  }

  taken(ids: readonly string[]): void {
    if (ids.length > 0) this.#change((all) => all.filter((one) => !ids.includes(one.deed.id)));
  }

  #write(scope: RoundScope, deed: Omit<ToldDeed, 'id' | 'at'>): string {
    const id = this.#ids.id();
    this.#change((all) => [...all, { scope, deed: { id, at: this.#clock.now(), ...deed } }]);
    return id;
  }

  #change(change: (all: Book) => Book): void {
    replace(this.#file, change(this.#read()));
  }

  #read(): Book {
    return book.parse(read(this.#file) ?? []);
  }
}

export class Given {
  readonly #file: string;
  readonly #all: Set<string>;

  constructor(file: string) {
    this.#file = file;
    this.#all = new Set(z.array(z.string()).parse(read(file) ?? []));
  }

  has(key: string): boolean {
    return this.#all.has(key);
  }

  /** What is noted under keys that begin so. */
  under(start: string): string[] {
    return [...this.#all].filter((key) => key.startsWith(start));
  }

  put(key: string, there: boolean): void {
    if (this.#all.has(key) === there) return;
    if (there) this.#all.add(key);
    else this.#all.delete(key);
    replace(this.#file, [...this.#all]);
  }
}

const sure = (one: Book[number], known: About): Book[number] => ({
  ...one,
  deed: { ...one.deed, ...known, sure: true },
});

/** GitHub said no: nothing happened. Without an answer, or with an error of its own, it may have. */
const isNo = (error: unknown): boolean =>
  error instanceof GitHubTrouble && error.status >= 400 && error.status < 500;

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function replace(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
