/** How an agent does, told to whoever watches it; and what its loop tells for that. */
import { minutes } from '../src/lib/clock.ts';
import { DURATIONS, type Metrics } from '../src/lib/metrics.ts';
import { createPulse } from '../src/lib/pulse.ts';
import { startWatch, type NotReady, type Watching } from '../src/lib/watch.ts';
import type { Logger } from '../src/lib/logger.ts';
import { ENDS } from '../src/protocol/messages.ts';
import { spanOf, traceOf, type Traces } from '../src/lib/traces.ts';
import { PHASES, type RunnerWatch, type RunTold } from './runner/observe.ts';
import { NOT_READY, zoneMetrics, type ZoneParts } from './zone-metrics.ts';
import type { ZoneFile } from './zone-file.ts';

/** A loop that has not turned for so long hangs: the longest poll with its longest pause is shorter. */
const LONGEST_TURN_MS = minutes(10);
const DISK_EVERY_MS = minutes(1);
export { DISK_EVERY_MS };

/** What the composition asks of its parts. */
export interface AgentFacts {
  /** Runs being driven now. */
  running(): number;
  /** Ends and stages that the hub has not taken yet. */
  untold(): number;
  hasGovernance(): boolean;
  draining(): boolean;
}

export class AgentWatch implements RunnerWatch {
  readonly #parts: ZoneParts;
  readonly metrics: Metrics;
  readonly #pulse = createPulse();
  readonly #polls;
  readonly #phases;
  readonly #ends;
  #engine: boolean | undefined;
  #answered: boolean | undefined;
  #watching: Watching | undefined;
  isStopping = false;

  readonly #traces: Traces | undefined;

  constructor(parts: ZoneParts, traces?: Traces) {
    this.#parts = parts;
    this.#traces = traces;
    const metrics = zoneMetrics('agent', parts);
    this.metrics = metrics;
    this.#polls = metrics.counter('polls_total', 'Questions to the hub for tasks', {
      result: ['answered', 'failed'],
    });
    this.#phases = metrics.histogram('phase_seconds', 'How long a phase of a run took, in whole seconds', {
      buckets: DURATIONS.filter((bound) => bound >= 1),
      labels: { phase: PHASES },
    });
    this.#ends = metrics.counter('runs_total', 'Runs by their end, as the hub was told', { end: ENDS });
    // Each is there from the start: an alert on a rise sees the first one too.
    for (const result of ['answered', 'failed'] as const) this.#polls.add({ result }, 0);
  }

  polled(answered: boolean): void {
    this.#answered = answered;
    this.#polls.add({ result: answered ? 'answered' : 'failed' });
  }
  engine(answers: boolean): void {
    this.#engine = answers;
  }
  phase(phase: (typeof PHASES)[number], seconds: number): void {
    this.#phases.observe({ phase }, seconds);
  }
  ended(end: (typeof ENDS)[number]): void {
    this.#ends.add({ end });
  }
  /** Whole seconds next to real data, as every time that leaves. */
  run({ task, phases, end }: RunTold): void {
    const traces = this.#traces;
    const [first, last] = [phases[0], phases.at(-1)];
    if (!traces || !first || !last) return;
    const at = (ms: number): number => (this.#parts.data === 'real' ? Math.floor(ms / 1000) * 1000 : ms);
    const trace = traceOf(task.request);
    const span = spanOf('run', task.id);
    const ids = { request: task.request, job: task.job, task: task.id };
    traces.tell({
      name: 'run',
      trace,
      span,
      parent: spanOf('task', task.id),
      start: at(first.start),
      end: at(last.end),
      failed: end !== 'succeeded',
      attributes: { ...ids, end },
    });
    for (const { phase, start, end: over } of phases)
      traces.tell({
        name: phase,
        trace,
        span: spanOf(phase, task.id),
        parent: span,
        start: at(start),
        end: at(over),
        attributes: ids,
      });
  }
  turned(loop: 'poll' | 'governance' | 'heartbeat'): void {
    this.#pulse.beat(loop, LONGEST_TURN_MS);
  }

  /** Throws Refused when the address cannot be had. */
  async start(setting: ZoneFile['agent']['watch'], facts: AgentFacts, logger: Logger): Promise<void> {
    const metrics = this.metrics;
    const running = metrics.gauge('jobs_running', 'Runs that this agent has in hand');
    const untold = metrics.gauge('updates_waiting', 'Runs of which the hub has not taken the latest word');
    const engine = metrics.gauge('engine_up', '1 when the container engine answered when it was last asked');
    metrics.beforeReading(() => {
      running.set({}, facts.running());
      untold.set({}, facts.untold());
      engine.set({}, this.#engine ? 1 : 0);
    });
    if (!setting) return;
    this.#watching = await startWatch(setting, {
      metrics,
      pulse: this.#pulse,
      logger,
      ready: async () => this.#ready(facts),
    });
  }

  get url(): string | undefined {
    return this.#watching?.url;
  }

  async close(): Promise<void> {
    await this.#watching?.close();
  }

  #ready(facts: AgentFacts): NotReady[] {
    if (this.isStopping) return [NOT_READY.stopping];
    if (facts.draining()) return [NOT_READY.draining];
    if (this.#engine === undefined || this.#answered === undefined) return [NOT_READY.starting];
    return [
      ...(this.#engine ? [] : [NOT_READY.engine]),
      ...(this.#answered ? [] : [NOT_READY.hub]),
      ...(facts.hasGovernance() ? [] : [NOT_READY.governance]),
      ...(this.#parts.disk.level === 'red' ? [NOT_READY.disk] : []),
    ];
  }
}
