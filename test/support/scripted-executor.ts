/**
 * An executor without an engine: jobs are functions. For tests of whoever uses an executor.
 *
 * The engine is a value of its own, so "the agent was restarted" is a second executor over the same engine.
 */
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import {
  EngineLost,
  type Executor,
  type JobExit,
  type JobPhase,
  type JobSpec,
} from '../../agent/executor/executor.ts';
import { logDropped } from '../../agent/executor/words.ts';
import { faultOf } from '../../agent/executor/spec.ts';
import { cannotStart, imageMissing } from '../../agent/executor/words.ts';

export interface ScriptedJob {
  spec: JobSpec;
  /** A line of the log. */
  say(line: string): void;
  /** Fires when the job is ended from outside; a script may ignore it, the job has ended all the same. */
  ended: AbortSignal;
}

/** What a job does; the answer is its exit code, or more of its exit. */
export type Script = (job: ScriptedJob) => Promise<number | Partial<JobExit>> | number | Partial<JobExit>;

interface Entry {
  spec: JobSpec;
  phase: Exclude<JobPhase, 'absent'>;
  startedAt: number;
  lines: string[];
  end: AbortController;
  exit: Promise<JobExit>;
  finish(exit: Partial<JobExit>): void;
}

export interface ScriptedEngine {
  /** While true every question throws EngineLost and `healthy` is false. Jobs go on. */
  down: boolean;
  jobs: Map<string, Entry>;
  /** Ids in the order in which their programs were started. */
  started: string[];
  /** Ends a running job as somebody with access to the engine would, or the program itself. */
  kill(id: string): void;
  /** Ends a running job as an engine that is started anew does. */
  restartUnder(id: string): void;
}

export interface ScriptedOptions {
  engine: ScriptedEngine;
  /** Images that are there. */
  images: string[];
  script: Script;
  clock?: Clock;
}

export function scriptedEngine(): ScriptedEngine {
  const engine: ScriptedEngine = {
    down: false,
    jobs: new Map(),
    started: [],
    kill: (id) => engine.jobs.get(id)?.finish({ code: 137 }),
    restartUnder: (id) => engine.jobs.get(id)?.finish({ code: 137, interrupted: true }),
  };
  return engine;
}

export function scriptedExecutor(options: ScriptedOptions): Executor {
  const { engine } = options;
  const clock = options.clock ?? systemClock;
  const up = (): void => {
    if (engine.down) throw new EngineLost('asking the scripted engine');
  };

  function run(entry: Entry): void {
    const timer = setTimeout(() => entry.finish({ code: 137, timedOut: true }), entry.spec.limits.timeMs);
    timer.unref();
    entry.end.signal.addEventListener('abort', () => clearTimeout(timer));
    const say = (line: string): void =>
      void entry.lines.push(`${new Date(clock.now()).toISOString()} ${line}`);
    const job = { spec: entry.spec, say, ended: entry.end.signal };
    Promise.resolve()
      .then(() => options.script(job))
      .then(
        (answer) => entry.finish(typeof answer === 'number' ? { code: answer } : answer),
        (error: unknown) => {
          say(String(error));
          entry.finish({ code: 1 });
        },
      );
  }

  return {
    kind: 'docker',
    healthy: async () => !engine.down,
    async findImage(image) {
      up();
      return options.images.includes(image) ? `scripted:${image}` : undefined;
    },
    async create(spec) {
      up();
      const fault = faultOf(spec);
      if (fault) return fault;
      if (!options.images.includes(spec.image)) return imageMissing(spec.image);
      if (!engine.jobs.has(spec.id)) engine.jobs.set(spec.id, newEntry(spec, clock));
      return undefined;
    },
    async start(id) {
      up();
      const entry = engine.jobs.get(id);
      if (!entry) return cannotStart('it was never created');
      if (entry.phase !== 'created') return undefined;
      entry.phase = 'running';
      entry.startedAt = clock.now();
      engine.started.push(id);
      run(entry);
      return undefined;
    },
    async phase(id) {
      up();
      return engine.jobs.get(id)?.phase ?? 'absent';
    },
    async list() {
      up();
      return [...engine.jobs.values()].map(({ spec, phase }) => ({
        id: spec.id,
        phase,
        labels: spec.labels,
      }));
    },
    async wait(id, signal) {
      up();
      signal.throwIfAborted();
      const entry = engine.jobs.get(id);
      if (!entry) throw new Error(`job ${id} was never created`);
      if (entry.phase === 'created') throw new Error(`job ${id} was never started`);
      let abort: (() => void) | undefined;
      const given = new Promise<never>((_resolve, reject) => {
        abort = () => reject(signal.reason as Error);
        signal.addEventListener('abort', abort);
      });
      try {
        return await Promise.race([entry.exit, given]);
      } finally {
        if (abort) signal.removeEventListener('abort', abort);
      }
    },
    async log(id, lines) {
      up();
      const entry = engine.jobs.get(id);
      if (!entry) return '';
      return capped(
        lines === undefined ? entry.lines : entry.lines.slice(-lines),
        entry.spec.limits.logBytes,
      );
    },
    async usage(id) {
      up();
      return engine.jobs.get(id)?.phase === 'running'
        ? { cpuPercent: 10, memoryBytes: 1024 ** 2 }
        : undefined;
    },
    async stop(id) {
      up();
      const entry = engine.jobs.get(id);
      if (entry?.phase === 'running') entry.finish({ code: 137, stopped: true });
    },
    async remove(id) {
      up();
      const entry = engine.jobs.get(id);
      if (entry?.phase === 'running') entry.finish({ code: 137, interrupted: true });
      engine.jobs.delete(id);
    },
  };
}

function newEntry(spec: JobSpec, clock: Clock): Entry {
  const end = new AbortController();
  let resolveExit: (exit: JobExit) => void = () => undefined;
  const exit = new Promise<JobExit>((resolve) => (resolveExit = resolve));
  const entry: Entry = {
    spec,
    phase: 'created',
    startedAt: 0,
    lines: [],
    end,
    exit,
    finish(how) {
      if (entry.phase !== 'running') return;
      entry.phase = 'exited';
      end.abort();
      resolveExit({
        code: 0,
        outOfMemory: false,
        timedOut: false,
        diskFull: false,
        stopped: false,
        interrupted: false,
        startedAt: entry.startedAt,
        finishedAt: clock.now(),
        imageId: `scripted:${spec.image}`,
        ...how,
      });
    },
  };
  return entry;
}

function capped(lines: string[], limit: number): string {
  const text = lines.map((line) => `${line}\n`).join('');
  if (text.length <= limit) return text;
  const end = text.slice(-limit);
  return `${logDropped(limit)}\n${end.slice(end.indexOf('\n') + 1)}`;
}
