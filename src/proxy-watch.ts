/** How the proxy does, told to whoever watches it. What its rooms count goes into the same registry. */
import { minutes, type Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import { createMetrics, type Metrics } from './lib/metrics.ts';
import { createPulse } from './lib/pulse.ts';
import { commonMetrics, GovernanceLook } from './lib/role-metrics.ts';
import { startWatch, type NotReady, type Watching } from './lib/watch.ts';
import type { ProxySettings } from './proxy/proxy.ts';

/** Governance that nobody could look at for so long means that GitHub is out of reach. */
const GITHUB_AWAY_SECONDS = 600;
const REASONS = {
  stopping: { code: 'ready.stopping', says: 'It is stopping.' },
  governance: { code: 'ready.governance', says: 'No version of the governance repository was accepted yet.' },
  github: { code: 'ready.github', says: 'GitHub could not be reached for ten minutes.' },
} satisfies Record<string, NotReady>;

export class ProxyWatch {
  readonly metrics: Metrics = createMetrics('proxy');
  readonly governance: GovernanceLook;
  readonly #pulse = createPulse();
  #watching: Watching | undefined;
  isStopping = false;

  constructor(clock: Clock) {
    this.governance = new GovernanceLook(clock);
    commonMetrics(this.metrics, { startedAt: clock.now(), governance: this.governance });
  }

  /** The governance mirror is being looked at; the next look comes after `everyMs`. */
  turned(everyMs: number): void {
    this.#pulse.beat('governance', everyMs + minutes(5));
  }

  /** Throws Refused when the address cannot be had. */
  async start(setting: ProxySettings['watch'], hasGovernance: () => boolean, logger: Logger): Promise<void> {
    if (!setting) return;
    this.metrics.watchProcess();
    this.#watching = await startWatch(setting, {
      metrics: this.metrics,
      pulse: this.#pulse,
      logger,
      ready: async () => {
        if (this.isStopping) return [REASONS.stopping];
        const isAway = (this.governance.ageSeconds() ?? Infinity) > GITHUB_AWAY_SECONDS;
        return [...(hasGovernance() ? [] : [REASONS.governance]), ...(isAway ? [REASONS.github] : [])];
      },
    });
  }

  get url(): string | undefined {
    return this.#watching?.url;
  }

  async close(): Promise<void> {
    await this.#watching?.close();
  }
}
