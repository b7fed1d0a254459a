/**
 * Starts the other threads of `sallyport disclose`. A thread takes as long to start as the checks take to load here,
 * so this file loads nothing of them and comes first.
 */
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { builtFile } from './installed.ts';

const MOST_THREADS = 8;
/** Fewer bytes in one file, or fewer files, are read before another thread is there. */
const MUCH = 16 * 1024 * 1024;
const MANY = 50;

/** `threads`: this one counts. Those that die leave the list. Without the built worker there is only this one. */
export function startWorkers(
  threads = Math.min(availableParallelism(), MOST_THREADS),
  file = builtFile('disclose-worker.js'),
): Worker[] {
  const workers: Worker[] = [];
  for (let index = 1; file && index < threads; index += 1) {
    const worker = new Worker(file);
    worker.unref();
    worker.on('error', () => workers.splice(workers.indexOf(worker), 1));
    workers.push(worker);
  }
  return workers;
}

/** Whether the files are worth other threads; whether they get any work is decided when they are read. */
export function isMuch(files: readonly string[]): boolean {
  return (
    files.length >= MANY ||
    files.some((path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MUCH)
  );
}
