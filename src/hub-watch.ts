/** A hub's health, readiness and metrics, where hub.yml gives them an address. */
import { sql } from 'drizzle-orm';
import type { OpenDatabase } from './db/open.ts';
import type { Room } from './github/github.ts';
import type { HubConfig } from './hub-config.ts';
import type { HubMetrics } from './hub-metrics.ts';
import { jobCounts } from './hub-job-counts.ts';
import { observeHub } from './hub-observed.ts';
import { createPulse, type Pulse } from './lib/pulse.ts';
import { GovernanceLook } from './lib/role-metrics.ts';
import { startWatch, type NotReady, type Watching } from './lib/watch.ts';

export type HubPhase = 'starting' | 'working' | 'stopping';

const REASONS = {
  starting: { code: 'ready.starting', says: 'The hub is starting.' },
  stopping: { code: 'ready.stopping', says: 'The hub is stopping.' },
  database: { code: 'ready.database', says: 'The database does not answer.' },
  governance: { code: 'ready.governance', says: 'No version of the governance repository was accepted yet.' },
} satisfies Record<string, NotReady>;

/** What the parts of one hub tell about themselves. */
export class HubWatch {
  readonly pulse: Pulse = createPulse();
  readonly governance: GovernanceLook;
  phase: HubPhase = 'starting';
  #watching: Watching | undefined;

  constructor(clock: Room['clock']) {
    this.governance = new GovernanceLook(clock);
  }

  /** Where it is told; undefined when hub.yml names no place. */
  get url(): string | undefined {
    return this.#watching?.url;
  }

  /** Throws Refused when the place cannot be had. */
  async start(
    setting: HubConfig['watch'],
    parts: { calls: HubMetrics | undefined; room: Room; database: OpenDatabase; startedAt: number },
  ): Promise<void> {
    const { calls, room, database, startedAt } = parts;
    if (!setting || !calls) return;
    observeHub(calls.metrics, room, database, { startedAt, governance: this.governance });
    room.jobs.counts = jobCounts(calls.metrics);
    calls.metrics.watchProcess();
    this.#watching = await startWatch(setting, {
      metrics: calls.metrics,
      pulse: this.pulse,
      logger: room.logger,
      ready: () => this.#ready(room),
    });
  }

  async close(): Promise<void> {
    await this.#watching?.close();
  }

  async #ready({ db, governance, logger }: Room): Promise<NotReady[]> {
    const reasons: NotReady[] = this.phase === 'working' ? [] : [REASONS[this.phase]];
    if (!governance.current()) reasons.push(REASONS.governance);
    try {
      await db.execute(sql`select 1`);
    } catch (err) {
      logger.warn({ err, code: 'ready.database' }, 'The database does not answer');
      reasons.push(REASONS.database);
    }
    return reasons;
  }
}
