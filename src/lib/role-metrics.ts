/** What every role tells alike: since when it runs, and how long ago it last saw governance. */
import type { Clock } from './clock.ts';
import type { Metrics } from './metrics.ts';

/** Refreshes of the governance mirror that did not get to look at the repository. */
const NOT_SEEN = ['governance.unreachable', 'governance.branch-missing'];

/** When governance was last looked at with an answer, whatever the answer was. */
export class GovernanceLook {
  readonly #clock: Clock;
  #at: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Passes the answer of a refresh on. */
  note<T extends { refused?: { code: string } | undefined }>(answer: T): T {
    if (!answer.refused || !NOT_SEEN.includes(answer.refused.code)) this.#at = this.#clock.now();
    return answer;
  }

  /** Undefined before the first. */
  ageSeconds(): number | undefined {
    return this.#at === undefined ? undefined : Math.max(0, (this.#clock.now() - this.#at) / 1000);
  }
}

/** Registers them. */
export function commonMetrics(
  metrics: Metrics,
  { startedAt, governance }: { startedAt: number; governance: GovernanceLook },
): void {
  metrics
    .gauge('started_seconds', 'When this process started, in seconds since 1970')
    .set({}, Math.floor(startedAt / 1000));
  const age = metrics.gauge('governance_age_seconds', 'Since the governance repository was last looked at');
  metrics.beforeReading(() => {
    const seconds = governance.ageSeconds();
    if (seconds === undefined) age.clear();
    else age.set({}, seconds);
  });
}
