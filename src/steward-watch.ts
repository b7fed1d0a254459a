/** How the steward does, told to whoever watches it: its questions to the hub, its work, its calls to GitHub. */
import { minutes, type Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import { createMetrics } from './lib/metrics.ts';
import { createPulse } from './lib/pulse.ts';
import { commonMetrics, GovernanceLook } from './lib/role-metrics.ts';
import { startWatch, type NotReady, type Watching } from './lib/watch.ts';
import { GitHubTrouble, type LoopWatch, type StewardSettings } from './steward/steward.ts';

/** A release of many files is written within one turn. */
const LONGEST_TURN_MS = minutes(60);
const CALLS = ['ok', 'refused', 'limited', 'failed', 'no-answer'] as const;
const REASONS = {
  starting: { code: 'ready.starting', says: 'It is starting.' },
  stopping: { code: 'ready.stopping', says: 'It is stopping.' },
  hub: { code: 'ready.hub', says: 'The hub does not answer.' },
  resting: { code: 'ready.rate-limit', says: 'GitHub asked it to wait.' },
} satisfies Record<string, NotReady>;

export class StewardWatch implements LoopWatch {
  readonly governance: GovernanceLook;
  readonly #clock: Clock;
  readonly metrics = createMetrics('steward');
  readonly #pulse = createPulse();
  readonly #polls;
  readonly #work;
  readonly #calls;
  #answered: boolean | undefined;
  #watching: Watching | undefined;
  isStopping = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.governance = new GovernanceLook(clock);
    const metrics = this.metrics;
    commonMetrics(metrics, { startedAt: clock.now(), governance: this.governance });
    this.#polls = metrics.counter('polls_total', 'Questions to the hub for work', {
      result: ['answered', 'failed'],
    });
    this.#work = metrics.counter('work_total', 'Publications and other tasks that were taken in hand', {
      kind: ['publication', 'task'],
      result: ['told', 'failed'],
    });
    this.#calls = metrics.counter('github_calls_total', 'Calls to GitHub by result', { result: CALLS });
    for (const result of ['answered', 'failed'] as const) this.#polls.add({ result }, 0);
    for (const result of CALLS) this.#calls.add({ result }, 0);
    for (const kind of ['publication', 'task'] as const) this.#work.add({ kind, result: 'failed' }, 0);
  }

  turned(): void {
    this.#pulse.beat('poll', LONGEST_TURN_MS);
  }
  polled(answered: boolean): void {
    this.#answered = answered;
    this.#polls.add({ result: answered ? 'answered' : 'failed' });
  }
  worked(kind: 'publication' | 'task', result: 'told' | 'failed'): void {
    this.#work.add({ kind, result });
  }
  /** Around every call to GitHub. */
  readonly around = async <T>(_call: string, work: () => Promise<T>): Promise<T> => {
    try {
      const answer = await work();
      this.#calls.add({ result: 'ok' });
      return answer;
    } catch (error) {
      this.#calls.add({ result: resultOf(error) });
      throw error;
    }
  };

  /** Throws Refused when the address cannot be had. `restingUntil`: when GitHub lets it ask again, in milliseconds. */
  async start(setting: StewardSettings['watch'], restingUntil: () => number, logger: Logger): Promise<void> {
    if (!setting) return;
    const metrics = this.metrics;
    metrics.watchProcess();
    const rest = metrics.gauge('github_rest_seconds', 'For how long GitHub asked it to wait, from now');
    const left = (): number => Math.max(0, (restingUntil() - this.#clock.now()) / 1000);
    metrics.beforeReading(() => rest.set({}, left()));
    this.#watching = await startWatch(setting, {
      metrics,
      pulse: this.#pulse,
      logger,
      ready: async () => {
        if (this.isStopping) return [REASONS.stopping];
        if (this.#answered === undefined) return [REASONS.starting];
        return [...(this.#answered ? [] : [REASONS.hub]), ...(left() > 0 ? [REASONS.resting] : [])];
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

function resultOf(error: unknown): (typeof CALLS)[number] {
  if (!(error instanceof GitHubTrouble) || error.status === 0) return 'no-answer';
  if (error.status === 429) return 'limited';
  return error.status >= 500 ? 'failed' : 'refused';
}
