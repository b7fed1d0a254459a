/** How an airlock does, told to whoever watches it. Counts of what people asked for; never of what jobs wrote. */
import { sql } from 'drizzle-orm';
import { rowsOf, type OpenDatabase } from '../src/db/open.ts';
import { minutes, seconds } from '../src/lib/clock.ts';
import type { Logger } from '../src/lib/logger.ts';
import type { Metrics } from '../src/lib/metrics.ts';
import { createPulse } from '../src/lib/pulse.ts';
import { startWatch, type NotReady, type Watching } from '../src/lib/watch.ts';
import { STATES } from '../src/release/release.ts';
import type { Scanner } from './airlock/scan/scanner.ts';
import { NOT_READY, zoneMetrics, type ZoneParts } from './zone-metrics.ts';
import type { ZoneAirlock } from './zone-file.ts';

const LONGEST_TURN_MS = minutes(15);
/** The scanner is asked no oftener for being watched. */
const SCANNER_EVERY_MS = seconds(30);

export interface AirlockFacts {
  database: Pick<OpenDatabase, 'db'>;
  scanner: Pick<Scanner, 'version'> | undefined;
  hasGovernance(): boolean;
  mustScan(): boolean;
  /** Workspaces and requests whose checks wait. */
  checksWaiting(): number;
  /** Whether the hub answered the last poll. */
  reached(): boolean;
}

export class AirlockWatch {
  readonly pulse = createPulse();
  readonly #parts: ZoneParts;
  readonly metrics: Metrics;
  #watching: Watching | undefined;
  #scanner: { at: number; isUp: boolean } | undefined;
  isStopping = false;

  constructor(parts: ZoneParts) {
    this.#parts = parts;
    this.metrics = zoneMetrics('airlock', parts);
  }

  /** A loop of the composition turned. */
  turned(loop: 'tend' | 'governance'): void {
    this.pulse.beat(loop, LONGEST_TURN_MS);
  }

  get url(): string | undefined {
    return this.#watching?.url;
  }

  /** Throws Refused when the address cannot be had. */
  async start(setting: ZoneAirlock['watch'], facts: AirlockFacts, logger: Logger): Promise<void> {
    if (!setting) return;
    this.#observe(facts);
    this.#watching = await startWatch(setting, {
      metrics: this.metrics,
      pulse: this.pulse,
      logger,
      ready: () => this.#ready(facts),
    });
  }

  async close(): Promise<void> {
    await this.#watching?.close();
  }

  #observe(facts: AirlockFacts): void {
    const metrics = this.metrics;
    const { clock } = this.#parts;
    const requests = metrics.gauge('requests', 'Release requests by state', { state: STATES });
    const uploads = metrics.gauge('uploads', 'Files on their way to the hub', {
      state: ['waiting', 'failed'],
    });
    const news = metrics.gauge('news_waiting', 'What the hub has to be told and has not taken');
    const newsAge = metrics.gauge('news_oldest_seconds', 'How long the oldest of it has waited');
    const checks = metrics.gauge('checks_waiting', 'Workspaces and requests whose automatic checks wait');
    const scanner = metrics.gauge(
      'scanner_up',
      '1 when the malware scanner answered; absent where there is none',
    );
    const hub = metrics.gauge('hub_reached', '1 when the hub answered the last poll');
    metrics.beforeReading(async () => {
      checks.set({}, facts.checksWaiting());
      hub.set({}, facts.reached() ? 1 : 0);
      const isUp = await this.#scannerUp(facts);
      if (isUp !== undefined) scanner.set({}, isUp ? 1 : 0);
    });
    metrics.beforeReading(async () => {
      const { db } = facts.database;
      const states = await rowsOf<{ state: (typeof STATES)[number]; n: number }>(
        db,
        sql`select state, count(*)::int as n from requests group by state`,
      );
      for (const state of STATES) requests.set({ state }, states.find((row) => row.state === state)?.n ?? 0);
      const [sent] = await rowsOf<{ waiting: number; failed: number }>(
        db,
        // Of what is released, not of tries: a file has none before its first failed, and keeps it when it is over.
        sql`select count(*) filter (where tried.failed_at is null)::int as waiting,
              count(*) filter (where tried.failed_at is not null)::int as failed
            from released left join uploads as tried on tried.request = released.request
              and tried.batch = released.batch and tried.number = released.number
            where released.state in ('queued', 'uploading') and released.uploaded = 0`,
      );
      uploads.set({ state: 'waiting' }, sent?.waiting ?? 0);
      uploads.set({ state: 'failed' }, sent?.failed ?? 0);
      const [told] = await rowsOf<{ n: number; oldest: number | null }>(
        db,
        sql`select count(*)::int as n, min(at)::float8 as oldest from outbox where version > told`,
      );
      news.set({}, told?.n ?? 0);
      newsAge.set({}, told?.oldest == null ? 0 : Math.floor(Math.max(0, clock.now() - told.oldest) / 1000));
    });
  }

  async #scannerUp({ scanner }: AirlockFacts): Promise<boolean | undefined> {
    if (!scanner) return undefined;
    const now = performance.now();
    if (!this.#scanner || now - this.#scanner.at > SCANNER_EVERY_MS)
      this.#scanner = { at: now, isUp: (await scanner.version()) !== undefined };
    return this.#scanner.isUp;
  }

  async #ready(facts: AirlockFacts): Promise<NotReady[]> {
    if (this.isStopping) return [NOT_READY.stopping];
    const isThere = await facts.database.db.execute(sql`select 1`).then(
      () => true,
      () => false,
    );
    const scanned = !facts.mustScan() || (await this.#scannerUp(facts)) === true;
    return [
      ...(isThere ? [] : [NOT_READY.database]),
      ...(facts.hasGovernance() ? [] : [NOT_READY.governance]),
      ...(facts.reached() ? [] : [NOT_READY.hub]),
      ...(scanned ? [] : [NOT_READY.scanner]),
      ...(this.#parts.disk.level === 'red' ? [NOT_READY.disk] : []),
    ];
  }
}
