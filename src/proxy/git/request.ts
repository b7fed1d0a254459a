/**
 * What git asks of `git-upload-pack`, read line by line as it comes, and written anew.
 *
 * Only what is known here is understood: the commands `ls-refs` and `fetch` of protocol 2, the wishes of
 * protocols 0 and 1. What goes on is written from what was understood, without the client's own words about
 * itself: so nothing passes that was not looked at, and compression hides nothing.
 */
import type { Refusal } from '../../lib/refusal.ts';
import { no } from '../words.ts';
import { DELIMITER, FLUSH, NoPkt, pkt, PktReader, type Pkt } from './pkt-line.ts';

/** Decides about names; asked as soon as one has been read. */
export interface Judge {
  want(sha: string): Refusal | undefined;
  /** Folders and names of refs to list, instead of those that were asked for. */
  prefixes(asked: readonly string[]): readonly string[] | Refusal;
}

export interface GitRequestReader {
  /** A refusal: what follows need not be read. */
  push(chunk: Buffer): Refusal | undefined;
  /** The request, as it goes on; after the last chunk. */
  end(): string | Refusal;
  /** Whether it asks for a list of refs. */
  readonly lists: boolean;
}

/** A sha has 40 digits, a name of a ref at most 250 characters, protocol 0's list of abilities some hundred. */
const LONGEST = 2000;
const AGENT = 'agent=git/sallyport-proxy';

/** `version`: as the header `Git-Protocol` says; 1 asks as 0 does. */
export function gitRequestReader(version: 0 | 2, judge: Judge): GitRequestReader {
  return version === 2 ? new Version2(judge) : new Version0(judge);
}

abstract class Reader implements GitRequestReader {
  readonly #lines = new PktReader(LONGEST);
  readonly #out: string[] = [];
  readonly #asked = new Set<string>();
  protected readonly judge: Judge;
  lists = false;

  constructor(judge: Judge) {
    this.judge = judge;
  }

  push(chunk: Buffer): Refusal | undefined {
    try {
      for (const line of this.#lines.push(chunk)) {
        const refused = this.take(line);
        if (refused) return refused;
      }
      return undefined;
    } catch (error) {
      if (error instanceof NoPkt) return no.gitRequest();
      throw error;
    }
  }

  end(): string | Refusal {
    return this.#lines.isWhole && this.isComplete() ? this.#out.join('') : no.gitRequest();
  }

  protected say(...lines: string[]): undefined {
    this.#out.push(...lines);
    return undefined;
  }

  /** `want`, when it may be fetched; said once, however often it was. */
  protected want(sha: string, more = ''): Refusal | undefined {
    if (this.#asked.has(sha)) return undefined;
    this.#asked.add(sha);
    return this.judge.want(sha) ?? this.say(pkt(`want ${sha}${more}\n`));
  }

  protected abstract take(line: Pkt): Refusal | undefined;
  protected abstract isComplete(): boolean;
}

const WANT = /^want ([0-9a-f]{40})$/;
/** Of both protocols: what the client has, and how much of the history it wants. */
const KNOWN = /^(?:have [0-9a-f]{40}|done|shallow [0-9a-f]{40}|deepen \d{1,10}|deepen-since \d{1,12})$/;
const FETCH = /^(?:thin-pack|no-progress|include-tag|ofs-delta|deepen-relative)$/;
const LISTING = /^(?:peel|symrefs|unborn)$/;
const PREFIX = /^ref-prefix ([!-~]{1,250})$/;
const MOST_PREFIXES = 1000;

class Version2 extends Reader {
  #at: 'start' | 'abilities' | 'arguments' | 'over' = 'start';
  readonly #prefixes: string[] = [];

  protected take(line: Pkt): Refusal | undefined {
    if (this.#at === 'over') return no.gitRequest();
    if (line === 'flush') return this.#flush();
    if (line === 'delimiter') {
      if (this.#at !== 'abilities') return no.gitRequest();
      this.#at = 'arguments';
      return this.say(DELIMITER);
    }
    if (line === 'end') return no.gitRequest();
    const text = line.text.replace(/\n$/, '');
    if (this.#at === 'start') return this.#command(text);
    if (this.#at === 'abilities') return this.#ability(text);
    return this.lists ? this.#listing(text) : this.#fetching(text);
  }

  protected isComplete(): boolean {
    return this.#at === 'over';
  }

  #command(text: string): Refusal | undefined {
    if (text !== 'command=ls-refs' && text !== 'command=fetch') return no.gitArgument();
    this.lists = text === 'command=ls-refs';
    this.#at = 'abilities';
    return this.say(pkt(`${text}\n`), pkt(`${AGENT}\n`));
  }

  #ability(text: string): Refusal | undefined {
    if (text.startsWith('agent=')) return undefined;
    return text === 'object-format=sha1' ? this.say(pkt(`${text}\n`)) : no.gitArgument();
  }

  #listing(text: string): Refusal | undefined {
    if (LISTING.test(text)) return this.say(pkt(`${text}\n`));
    const prefix = PREFIX.exec(text)?.[1];
    if (prefix === undefined || this.#prefixes.length >= MOST_PREFIXES) return no.gitArgument();
    this.#prefixes.push(prefix);
    return undefined;
  }

  #fetching(text: string): Refusal | undefined {
    const sha = WANT.exec(text)?.[1];
    if (sha !== undefined) return this.want(sha);
    return KNOWN.test(text) || FETCH.test(text) ? this.say(pkt(`${text}\n`)) : no.gitArgument();
  }

  #flush(): Refusal | undefined {
    if (this.lists) {
      const prefixes = this.judge.prefixes(this.#prefixes);
      if ('refused' in prefixes) return prefixes;
      if (this.#at !== 'arguments') this.say(DELIMITER);
      this.say(...prefixes.map((prefix) => pkt(`ref-prefix ${prefix}\n`)));
    }
    this.#at = 'over';
    return this.say(FLUSH);
  }
}

/** What the first `want` may say about the client; `filter` and `session-id` are not among it. */
const ABILITIES = new Set(
  (
    'multi_ack multi_ack_detailed no-done thin-pack side-band side-band-64k ofs-delta shallow deepen-since ' +
    'deepen-not deepen-relative no-progress include-tag allow-tip-sha1-in-want allow-reachable-sha1-in-want ' +
    'object-format=sha1'
  ).split(' '),
);

class Version0 extends Reader {
  #at: 'wants' | 'haves' | 'done' = 'wants';
  #wanted = false;
  #flushed = false;

  protected take(line: Pkt): Refusal | undefined {
    if (line === 'delimiter' || line === 'end' || this.#at === 'done') return no.gitRequest();
    if (line === 'flush') {
      // Nothing wanted is the question whether the door is open.
      if (this.#flushed && !this.#wanted) return no.gitRequest();
      this.#flushed = true;
      this.#at = 'haves';
      return this.say(FLUSH);
    }
    const text = line.text.replace(/\n$/, '');
    if (this.#at === 'haves' && !this.#wanted) return no.gitRequest();
    if (this.#at === 'wants' && !this.#wanted) return this.#first(text);
    const sha = WANT.exec(text)?.[1];
    if (sha !== undefined) return this.#at === 'wants' ? this.want(sha) : no.gitRequest();
    if (!KNOWN.test(text)) return no.gitArgument();
    if (text === 'done') this.#at = 'done';
    return this.say(pkt(`${text}\n`));
  }

  protected isComplete(): boolean {
    return this.#flushed;
  }

  #first(text: string): Refusal | undefined {
    const [, sha, abilities = ''] = /^want ([0-9a-f]{40})(?: ([ -~]{0,1500}))?$/.exec(text) ?? [];
    if (sha === undefined) return no.gitArgument();
    const given = abilities.split(' ').filter((word) => word !== '' && !word.startsWith('agent='));
    if (given.some((word) => !ABILITIES.has(word))) return no.gitArgument();
    this.#wanted = true;
    return this.want(sha, ` ${[...given, AGENT].join(' ')}`);
  }
}
