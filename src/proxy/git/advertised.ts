/** Which refs GitHub lately listed to callers of this proxy: what a branch or a tag stands for, a client learns there. */
import { Transform } from 'node:stream';
import { minutes, type Clock } from '../../lib/clock.ts';
import { NoPkt, PktReader } from './pkt-line.ts';

/** A fetch follows its list at once; its rounds may take a while. */
const KEPT_FOR = minutes(10);
/** Of all repositories together: some 30 MB. */
const MOST = 200_000;
const LONGEST = 65_520;
/** Protocol 0 says what the server can after the first name; protocol 2 says more of a name after it. */
const LISTED = /^([0-9a-f]{40}) (HEAD|refs\/(?:heads|tags)\/[^\s\0]{1,250})(?:[ \0]([^]*))?$/;

export class Advertised {
  readonly #clock: Clock;
  readonly #most: number;
  /** By repository, sha and name: until when. Oldest first. */
  readonly #known = new Map<string, { names: Map<string, number>; until: number }>();
  #count = 0;

  constructor(clock: Clock, most = MOST) {
    this.#clock = clock;
    this.#most = most;
  }

  learn(repository: number, name: string, sha: string): void {
    const key = `${repository} ${sha}`;
    const until = this.#clock.now() + KEPT_FOR;
    const names = this.#known.get(key)?.names ?? new Map<string, number>();
    if (!names.has(name)) this.#count += 1;
    names.set(name, until);
    this.#known.delete(key);
    this.#known.set(key, { names, until });
    for (const [oldest, { names: its, until: its_end }] of this.#known) {
      if (this.#count <= this.#most && its_end > this.#clock.now()) break;
      this.#known.delete(oldest);
      this.#count -= its.size;
    }
  }

  /** Full names (`refs/heads/main`, `HEAD`) that stood for this sha. */
  names(repository: number, sha: string): string[] {
    const now = this.#clock.now();
    return [...(this.#known.get(`${repository} ${sha}`)?.names ?? [])]
      .filter(([, until]) => until > now)
      .map(([name]) => name);
  }

  /** Lets an answer through as it is, and learns what it lists. */
  listening(repository: number): Transform {
    const lines = new PktReader(LONGEST);
    let listening = true;
    const hear = (chunk: Buffer): void => {
      try {
        for (const line of lines.push(chunk)) if (typeof line === 'object') this.#hear(repository, line.text);
      } catch (error) {
        if (!(error instanceof NoPkt)) throw error;
        // Nothing is learned of what is no list: then nothing of it is approved either.
        listening = false;
      }
    };
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (listening) hear(chunk);
        done(null, chunk);
      },
    });
  }

  #hear(repository: number, line: string): void {
    const [, sha, name, more = ''] = LISTED.exec(line.replace(/\n$/, '')) ?? [];
    if (sha === undefined || name === undefined) return;
    this.learn(repository, name, sha);
    const peeled = /(?:^| )peeled:([0-9a-f]{40})(?: |$)/.exec(more)?.[1];
    if (peeled !== undefined) this.learn(repository, name, peeled);
  }
}
