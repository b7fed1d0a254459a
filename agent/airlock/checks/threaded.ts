/**
 * The checks in a worker thread, one job at a time. A job that takes too long or too much memory takes its
 * thread with it; the next job gets a new one.
 */
import { Worker } from 'node:worker_threads';
import { minutes } from '../../../src/lib/clock.ts';
import type { RequestReport } from '../../../src/disclosure/disclosure.ts';
import { unfinished, unfinishedRequest } from './run.ts';
import type { CheckJob, CheckRunner, FileResult } from './runner.ts';

const MEMORY_MB = 1024;

export interface ThreadOptions {
  /** The built worker. */
  script: string;
  /** Of one job. */
  timeoutMs?: number;
  memoryMb?: number;
}

export function threadedChecks({
  script,
  timeoutMs = minutes(2),
  memoryMb = MEMORY_MB,
}: ThreadOptions): CheckRunner {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let ids = 0;
  /** Of the job under way. */
  let waiting: { id: number; done(result: unknown): void } | undefined;

  async function ended(): Promise<void> {
    const gone = worker;
    worker = undefined;
    await gone?.terminate();
  }

  function started(): Worker {
    const thread = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    const died = (): void => {
      if (worker === thread) waiting?.done(undefined);
    };
    thread.on('message', (message: { id: number; result?: unknown }) => {
      if (message.id === waiting?.id) waiting.done(message.result);
    });
    thread.on('error', died);
    thread.on('exit', died);
    return thread;
  }

  /** Undefined when the job did not come to an end. */
  async function one(job: CheckJob): Promise<unknown> {
    const id = (ids += 1);
    const thread = (worker ??= started());
    const result = await new Promise<unknown>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timeoutMs);
      const done = (value: unknown): void => {
        clearTimeout(timer);
        resolve(value);
      };
      waiting = { id, done };
      thread.postMessage({ id, job });
    });
    waiting = undefined;
    if (result === undefined) await ended();
    return result;
  }

  function inTurn(job: CheckJob): Promise<unknown> {
    const mine = last.then(() => one(job));
    last = mine.catch(() => undefined);
    return mine;
  }

  return {
    file: async (job) =>
      ((await inTurn(job)) as FileResult | undefined) ?? { report: unfinished(job.path), tables: [] },
    request: async (job) => ((await inTurn(job)) as RequestReport | undefined) ?? unfinishedRequest(job),
    async close() {
      await last;
      await ended();
    },
  };
}
