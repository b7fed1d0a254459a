/**
 * What the loop tells whoever watches it. No field for anything that a job on real data can choose: an end is one
 * that the hub was told, a phase is told once for a run whatever happened in it, and times are whole seconds.
 */
import type { End, RunTask } from '../../src/protocol/messages.ts';

export const PHASES = ['prepare', 'execute', 'finalize'] as const;
export type Phase = (typeof PHASES)[number];

export interface RunnerWatch {
  /** The hub was asked for tasks, and answered or did not. */
  polled(answered: boolean): void;
  /** Whether the container engine answered when it was asked. */
  engine(answers: boolean): void;
  /** A phase of a run is over. Whole seconds. */
  phase(phase: Phase, seconds: number): void;
  /** A run is over; the end is that which the hub is told. */
  ended(end: End): void;
  /** The same run once more, with its times in milliseconds since 1970: for traces. */
  run?(told: RunTold): void;
  /** A loop turned. */
  turned(loop: 'poll' | 'governance' | 'heartbeat'): void;
}

export interface RunTold {
  task: Pick<RunTask, 'id' | 'job' | 'request'>;
  phases: readonly { phase: Phase; start: number; end: number }[];
  end: End;
}

/** Measures the phases of one run: each ends once, however often the run goes back to it. */
export class Phases {
  readonly #watch: RunnerWatch | undefined;
  readonly #task: RunTold['task'];
  readonly #now: () => number;
  readonly #times: { phase: Phase; start: number; end: number }[] = [];
  #since: number;
  #at: Phase = 'prepare';

  constructor(watch: RunnerWatch | undefined, task: RunTold['task'], now: () => number) {
    this.#watch = watch;
    this.#task = task;
    this.#now = now;
    this.#since = now();
  }

  /** The run is in this phase now; going back to an earlier one changes nothing. */
  enter(phase: Phase): void {
    if (PHASES.indexOf(phase) <= PHASES.indexOf(this.#at)) return;
    this.#tell();
    this.#at = phase;
    this.#since = this.#now();
  }

  over(end: End): void {
    this.#tell();
    this.#watch?.ended(end);
    this.#watch?.run?.({ task: this.#task, phases: this.#times, end });
  }

  #tell(): void {
    const end = Math.max(this.#since, this.#now());
    this.#watch?.phase(this.#at, Math.floor((end - this.#since) / 1000));
    this.#times.push({ phase: this.#at, start: this.#since, end });
  }
}
