/**
 * Pages that are kept up to date: whoever looks at a list hears of each change of what it shows.
 *
 * The database tells of a change with its commit, nobody asks it in between. However many listen, a change is read
 * once; a change of what is being read is read once more afterwards. Connections are bounded, and one that
 * does not take what it is sent is closed.
 */
import type { Refusal } from '../lib/refusal.ts';
import { matches } from './filter.ts';
import { oneRequest } from './list.ts';
import type { Filter, RecordDeps, ShownRequest } from './types.ts';
import * as words from './words.ts';

/** changed: is in the list, as it now is · gone: is not in the list, perhaps any more · again: something was missed */
export type LiveEvent =
  | { type: 'changed'; request: ShownRequest }
  | { type: 'gone'; id: string }
  | { type: 'again' };

export interface Listener {
  filter: Filter;
  /** Where it listens from: nobody takes all places. */
  address: string;
  send(event: LiveEvent): void;
  /** Called every HEARTBEAT_MS. */
  beat(): void;
  close(): void;
}

export const HEARTBEAT_MS = 25_000;
const MOST = { all: 500, address: 20 };

export class Live {
  readonly #deps: Pick<RecordDeps, 'db' | 'governance' | 'logger'>;
  readonly #most: { all: number; address: number };
  readonly #listeners = new Set<Listener>();
  readonly #changed = new Set<string>();
  #telling: Promise<void> | undefined;
  #heart: NodeJS.Timeout | undefined;

  constructor(deps: Pick<RecordDeps, 'db' | 'governance' | 'logger'>, most = MOST) {
    this.#deps = deps;
    this.#most = most;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Gives how to leave. Refuses `record.too-many-live`. */
  join(listener: Listener): (() => void) | Refusal {
    const beside = [...this.#listeners].filter(({ address }) => address === listener.address).length;
    if (this.size >= this.#most.all || beside >= this.#most.address) return words.tooManyLive();
    this.#listeners.add(listener);
    this.#heart ??= setInterval(() => this.#each((one) => one.beat()), HEARTBEAT_MS).unref();
    return () => this.#leave(listener);
  }

  /** Of the request with this id; an empty one says that news may have been missed. */
  tell(id: string): void {
    if (this.size === 0) return;
    if (id === '') return this.#each((one) => one.send({ type: 'again' }));
    this.#changed.add(id);
    this.#telling ??= this.#tellAll();
  }

  /** Everybody has to go. */
  close(): void {
    this.#each((one) => one.close());
    for (const one of [...this.#listeners]) this.#leave(one);
  }

  async #tellAll(): Promise<void> {
    try {
      for (const id of this.#changed) {
        this.#changed.delete(id);
        const request = await oneRequest(this.#deps.db, this.#deps.governance(), id);
        if (request) this.#each((one) => send(one, request));
      }
    } catch (error) {
      this.#changed.clear();
      this.#deps.logger.warn(
        { err: error, code: 'record.live' },
        'A change could not be shown to who watches',
      );
      this.#each((one) => one.send({ type: 'again' }));
    } finally {
      this.#telling = undefined;
    }
  }

  #each(work: (listener: Listener) => void): void {
    for (const one of [...this.#listeners]) work(one);
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.size > 0) return;
    clearInterval(this.#heart);
    this.#heart = undefined;
  }
}

/** A change of state may take it out of a list, or bring it in; whatever else a filter asks stays as it was. */
function send(listener: Listener, request: ShownRequest): void {
  const { state: _, ...rest } = listener.filter;
  if (matches(listener.filter, request)) listener.send({ type: 'changed', request });
  else if (matches(rest, request)) listener.send({ type: 'gone', id: request.id });
}
