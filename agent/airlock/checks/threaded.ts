/**
 * The checks in a worker thread, one job at a time. A job that takes too long or too much memory takes its
 * thread with it; the next job gets a new one. So does one whose thread has died, whatever of: a thread that
 * ended while nobody asked it anything is not asked anything more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { minutes, seconds } from '../../../src/lib/clock.ts';
import { unfinished, unfinishedRequest } from './run.ts';
import type { CheckJob, CheckRunner, FileResult, RequestResult } from './runner.ts';

const MEMORY_MB = 1024;
/** A thread that hangs in a system call cannot be ended; nobody waits for it. */
const ENDING_MS = seconds(5);

export interface ThreadOptions {
  /** The built worker. */
  script: string;
  /** Of one job. */
  timeoutMs?: number;
  memoryMb?: number;
}

type Outcome = { result: unknown } | 'unfinished' | 'died' | 'closed';

export function threadedChecks({
  script,
  timeoutMs = minutes(2),
  memoryMb = MEMORY_MB,
}: ThreadOptions): CheckRunner {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let ids = 0;
  let isClosed = false;
  /** Of the job under way. */
  let waiting: { id: number; done(outcome: Outcome): void } | undefined;

  async function end(): Promise<void> {
    const gone = worker;
    worker = undefined;
    if (gone) await Promise.race([gone.terminate(), sleep(ENDING_MS, undefined, { ref: false })]);
  }

  function started(): Worker {
    const thread = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    const died = (): void => {
      if (worker !== thread) return;
      worker = undefined;
      waiting?.done('died');
    };
    thread.on('message', (message: { id: number; result?: unknown }) => {
      if (message.id !== waiting?.id) return;
      waiting.done(message.result === undefined ? 'unfinished' : { result: message.result });
    });
    thread.on('error', died);
    thread.on('exit', died);
    // Between two jobs it keeps nobody up.
    thread.unref();
    return thread;
  }

  async function one(job: CheckJob): Promise<Outcome> {
    const isFresh = worker === undefined;
    const outcome = await tried(job);
    // One that had done other jobs before may have been about to end when it was given this one.
    return outcome === 'died' && !isFresh ? tried(job) : outcome;
  }

  async function tried(job: CheckJob): Promise<Outcome> {
    if (isClosed) return 'closed';
    const id = (ids += 1);
    const outcome = await new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => resolve('unfinished'), timeoutMs);
      const done = (value: Outcome): void => {
        clearTimeout(timer);
        resolve(value);
      };
      waiting = { id, done };
      try {
        (worker ??= started()).postMessage({ id, job });
      } catch {
        done('unfinished');
      }
    });
    waiting = undefined;
    if (outcome === 'unfinished') await end();
    return outcome;
  }

  function inTurn(job: CheckJob): Promise<Outcome> {
    const mine = last.then(() => one(job));
    last = mine;
    return mine;
  }

  return {
    async file(job) {
      const outcome = await inTurn(job);
      if (outcome === 'closed') return { report: undefined, tables: [] };
      return typeof outcome === 'string' ? unfinished(job.path) : (outcome.result as FileResult);
    },
    async request(job) {
      const outcome = await inTurn(job);
      if (outcome === 'closed') return { report: undefined };
      return typeof outcome === 'string' ? unfinishedRequest(job) : (outcome.result as RequestResult);
    },
    async close() {
      isClosed = true;
      waiting?.done('closed');
      await last;
      await end();
    },
  };
}
