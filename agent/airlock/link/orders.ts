/**
 * Orders in: polls the hub, has the room do what was asked, tells the hub what became of it.
 *
 * In the order in which people acted. The room keeps its answer with the deed, so an answer that was lost
 * is given again when the hub lists the order again. An order that cannot be done for a while holds up
 * what comes after it, but not for ever.
 */
import { seconds } from '../../../src/lib/clock.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import {
  backOff,
  HubSaidNo,
  type OrderAnswer,
  type OrderClaims,
  type OrdersPolled,
} from '../../../src/protocol/protocol.ts';
import { pauseFor, type LinkParts } from './parts.ts';

const POLL_MS = seconds(50);
/** Failures in a row after which later orders overtake. */
const PATIENCE = 5;

export class Orders {
  readonly #parts: LinkParts;
  readonly #reached: (reached: boolean) => void;
  readonly #failed = new Map<string, number>();
  #seen = 0;
  #answered = false;

  /** `reached` is told after each poll whether the hub answered. */
  constructor(parts: LinkParts, reached: (reached: boolean) => void) {
    this.#parts = parts;
    this.#reached = reached;
  }

  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const clean = await this.pass(signal);
        if (clean) failures = 0;
        // Something still waits, and the next poll would be answered at once.
        else await pauseFor(this.#parts, backOff(undefined, failures++), signal);
      } catch (error) {
        if (signal.aborted) return;
        if (failures === 0)
          this.#parts.logger.warn({ err: error, code: 'link.poll' }, 'The hub cannot be asked for orders');
        await pauseFor(this.#parts, backOff(error, failures++), signal);
      }
    }
  }

  /** One poll and what follows from it. False when an order could not be done or trusted. */
  async pass(signal?: AbortSignal): Promise<boolean> {
    const { hub, room, freezes, version, pollMs = POLL_MS } = this.#parts;
    const governance = room.governanceCommit();
    const epoch = (await room.epoch?.()) ?? 0;
    const heard = freezes && { freezes: freezes.seq };
    // A hub that is not known to be there answers at once: uploads, and whoever watches, need not wait for a long poll to end.
    const waitMs = this.#answered ? pollMs : 0;
    const ask = { seen: this.#seen, waitMs, version, epoch, ...heard };
    const answer = await hub
      .poll({ ...ask, ...(governance ? { governance } : {}) }, signal)
      .catch((error: unknown) => {
        this.#heard(false);
        throw error;
      });
    this.#heard(true);
    if (isRefusal(answer)) throw new HubSaidNo('the poll', answer);
    let clean = false;
    try {
      // Before anything that was ordered: it may be about what stands still now, and does also where that cannot be written.
      freezes?.take(answer.freezes);
    } finally {
      // Each poll fails here until it can be: what is to be halted or withdrawn meanwhile is.
      clean = await this.#heed(answer, signal);
    }
    return clean;
  }

  async #heed({ orders, refused, unsaid }: OrdersPolled, signal?: AbortSignal): Promise<boolean> {
    await this.#parts.room.unsaid(unsaid);
    for (const no of refused)
      this.#parts.logger.error({ code: no.code }, 'An order was not taken: it is not to be trusted');
    const { done, clean } = await this.#doAll(orders);
    if (done.length > 0) await this.#tell(done, signal);
    if (clean) this.#seen = Math.max(this.#seen, ...orders.map(({ seq }) => seq));
    return clean && refused.length === 0;
  }

  #heard(answered: boolean): void {
    this.#answered = answered;
    this.#reached(answered);
  }

  async #doAll(orders: readonly OrderClaims[]): Promise<{ done: OrderAnswer[]; clean: boolean }> {
    const done: OrderAnswer[] = [];
    let clean = true;
    for (const { order } of [...orders].sort((a, b) => a.seq - b.seq)) {
      try {
        done.push(await this.#parts.room.order(order));
        this.#failed.delete(order.id);
      } catch (error) {
        clean = false;
        const failures = (this.#failed.get(order.id) ?? 0) + 1;
        this.#failed.set(order.id, failures);
        this.#parts.logger.error(
          { err: error, code: 'link.order', order: order.id, failures },
          'An order could not be done; it is tried again',
        );
        if (failures < PATIENCE) break;
      }
    }
    return { done, clean };
  }

  async #tell(answers: OrderAnswer[], signal?: AbortSignal): Promise<void> {
    const epoch = (await this.#parts.room.epoch?.()) ?? 0;
    const answer = await this.#parts.hub.report({ epoch, answers, shown: [], newBrowsers: [] }, signal);
    if (isRefusal(answer)) throw new HubSaidNo('answers', answer);
  }
}
