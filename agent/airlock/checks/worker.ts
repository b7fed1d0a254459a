/** The worker thread of the checks: hostile files are read here, with bounded memory, and nowhere else. */
import { parentPort } from 'node:worker_threads';
import { runFile, runRequest } from './run.ts';
import type { CheckJob } from './runner.ts';

async function answer({ id, job }: { id: number; job: CheckJob }): Promise<void> {
  try {
    const result = job.kind === 'file' ? await runFile(job) : { report: runRequest(job) };
    parentPort?.postMessage({ id, result });
  } catch {
    parentPort?.postMessage({ id, failed: true });
  }
}

parentPort?.on('message', (message: { id: number; job: CheckJob }) => void answer(message));
