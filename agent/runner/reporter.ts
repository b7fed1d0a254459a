/**
 * Tells the hub how runs are going. Only the latest word on each task is kept: a stage gives way to a
 * newer one, an end stays until the hub has taken it. Nothing here needs to survive: while an end has not
 * been taken the hub keeps listing the task, and the end stands on disk.
 */
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { ENDS, type Update } from '../../src/protocol/messages.ts';
import { backOff, HubSaidNo } from '../../src/protocol/back-off.ts';
import { HubUnreachable } from '../../src/protocol/hub-call.ts';

export type UpdateAnswers = ('taken' | 'stale' | 'unknown-task' | 'malformed')[];

export interface UpdatePort {
  updates(updates: readonly Update[], signal?: AbortSignal): Promise<UpdateAnswers | Refusal>;
}

const BATCH = 100;

const isFaultOfHub = (error: unknown): boolean => error instanceof HubUnreachable && error.status === 500;

export function isEnd(state: Update['state']): boolean {
  return (ENDS as readonly string[]).includes(state);
}

export class Reporter {
  readonly #hub: UpdatePort;
  readonly #logger: Logger;
  readonly #pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #waiting = new Map<string, Update>();
  #wake: () => void = () => undefined;

  constructor(hub: UpdatePort, logger: Logger, pause: (ms: number, signal: AbortSignal) => Promise<void>) {
    this.#hub = hub;
    this.#logger = logger;
    this.#pause = pause;
  }

  /** Queues the latest word on a task; returns at once. */
  say(update: Update): void {
    const waiting = this.#waiting.get(update.task);
    if (waiting && isEnd(waiting.state) && !isEnd(update.state)) return;
    this.#waiting.set(update.task, update);
    this.#wake();
  }

  /** Updates the hub has not taken yet. */
  get backlog(): number {
    return this.#waiting.size;
  }

  /** Sends until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      if (this.#waiting.size === 0) await this.#news(signal);
      if (signal.aborted) return;
      try {
        await this.#round([...this.#waiting.values()].slice(0, BATCH), signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (failures === 0)
          this.#logger.warn({ err: error }, 'Updates could not be sent; they are sent again');
        await this.#pause(backOff(error, failures), signal).catch(() => undefined);
        failures += 1;
      }
    }
  }

  /** Where a batch is a fault of the hub's, one word in it may be: each goes by itself then, and keeps no other back. */
  async #round(batch: readonly Update[], signal: AbortSignal): Promise<void> {
    try {
      return await this.#send(batch, signal);
    } catch (error) {
      if (batch.length < 2 || !isFaultOfHub(error)) throw error;
    }
    let last: unknown;
    let inRow = 0;
    for (const update of batch) {
      if (this.#waiting.get(update.task) !== update) continue;
      try {
        await this.#send([update], signal);
        inRow = 0;
      } catch (error) {
        last = error;
        inRow += 1;
        // Not this word, the hub itself.
        if (inRow === 3 || !isFaultOfHub(error)) break;
        // Behind the others with the next round, too.
        if (this.#waiting.get(update.task) !== update) continue;
        this.#waiting.delete(update.task);
        this.#waiting.set(update.task, update);
      }
    }
    if (last) throw last;
  }

  async #send(batch: readonly Update[], signal: AbortSignal): Promise<void> {
    const answers = await this.#hub.updates(batch, signal);
    if (isRefusal(answers)) throw new HubSaidNo('updates', answers);
    batch.forEach((update, index) => {
      const answer = answers[index];
      if (answer === undefined) return;
      if (answer !== 'taken')
        this.#logger.warn(
          { task: update.task, state: update.state, answer },
          'The hub did not take an update',
        );
      // Something newer may have come in the meantime: that one still has to go.
      if (this.#waiting.get(update.task) === update) this.#waiting.delete(update.task);
    });
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', go);
        this.#wake = () => undefined;
        resolve();
      };
      this.#wake = go;
      signal.addEventListener('abort', go, { once: true });
    });
  }
}
