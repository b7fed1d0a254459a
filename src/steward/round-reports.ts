/** Tells the hub what was found and done. What it has not taken is told again; nothing is told for its own sake. */
import type { Governance } from '../governance/governance.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { hours, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { MOST_TOLD, type RoundScope, type StewardRound } from '../protocol/steward-rounds.ts';
import type { Looked } from './drift-look.ts';
import { HubTrouble, type StewardHub } from './hub.ts';
import type { DeedBook } from './memory.ts';

export type ToldRound = Omit<StewardRound, 'protocol'>;

interface Parts {
  hub: Pick<StewardHub, 'round'>;
  book: DeedBook;
  clock: Clock;
  logger: Logger;
}

/** The hub may have been restored from a backup: it hears everything again now and then. */
const SAME_AGAIN_MS = hours(6);

export class RoundReports {
  readonly #parts: Parts;
  readonly #told = new Map<RoundScope, { what: string; at: number }>();
  /** What the hub did not answer to. */
  readonly #owed = new Map<RoundScope, ToldRound>();

  #isDown = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A hub that does not answer is asked once in a look. */
  begin(): void {
    this.#isDown = false;
  }

  async tell(g: Governance, looked: Looked & { made?: number | undefined }): Promise<void> {
    const { scope, drift, refused, whole, made } = looked;
    await this.#send({
      scope,
      commit: g.commit,
      made: made === undefined ? null : { project: scope.replace(/^project:/, ''), repository: made },
      deeds: [],
      ...(whole && { drift: drift.slice(0, MOST_TOLD) }),
      refused: refused.slice(0, 100).map(({ refusal, about }) => ({ code: refusal.code, ...about })),
    });
  }

  /** What the hub owes an answer to, and deeds of parts that were not looked at now. */
  async tellRest(g: Governance): Promise<void> {
    for (const round of [...this.#owed.values()]) await this.#send(round);
    for (const scope of this.#parts.book.scopes())
      await this.#send({ scope, commit: g.commit, made: null, deeds: [], refused: [] });
  }

  async #send(round: ToldRound): Promise<void> {
    const { hub, book, clock, logger } = this.#parts;
    const deeds = book.waiting(round.scope).slice(0, MOST_TOLD);
    const what = canonicalJson({ ...round, commit: '' });
    const before = this.#told.get(round.scope);
    const isNews = before?.what !== what || clock.now() - before.at >= SAME_AGAIN_MS;
    // What only tells of deeds says nothing about how things are.
    const says = round.drift !== undefined || round.refused.length > 0 || round.made !== null;
    if (deeds.length === 0 && !(says && isNews)) return;
    if (says) this.#owed.set(round.scope, round);
    if (this.#isDown) return;
    try {
      await hub.round({ ...round, deeds });
    } catch (error) {
      if (!(error instanceof HubTrouble)) throw error;
      logger.warn({ err: error, code: 'steward.hub', scope: round.scope }, 'The hub is told again');
      this.#isDown = true;
      return;
    }
    book.taken(deeds.map(({ id }) => id));
    if (!says) return;
    this.#owed.delete(round.scope);
    this.#told.set(round.scope, { what, at: clock.now() });
  }
}
