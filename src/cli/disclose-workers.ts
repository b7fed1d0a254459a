/**
 * Starts the other threads of `sallyport disclose`. A thread takes as long to start as the checks take to load here,
 * so this file loads nothing of them and comes first.
 */
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { isSingleFile } from './installed.ts';

const MOST_THREADS = 8;
/** Fewer bytes in one file, or fewer files, are read before another thread is there. */
const MUCH = 16 * 1024 * 1024;
const MANY = 50;

/** `threads`: this one counts. Those that die leave the list. Without the built worker there is only this one. */
export function startWorkers(
  threads = Math.min(availableParallelism(), MOST_THREADS),
  file = builtWorker(),
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

/** In `dist/` beneath the package; undefined when the program runs from its sources unbuilt, or as one file. */
function builtWorker(): string | undefined {
  if (isSingleFile()) return undefined;
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) {
    if (dirname(at) === at) return undefined;
    at = dirname(at);
  }
  const file = join(at, 'dist/disclose-worker.js');
  return existsSync(file) ? file : undefined;
}
