/**
 * The checks on all threads of the machine: long tables in parts, many small files in batches. The answers are
 * those of one thread; where a part cannot be read apart, or a worker fails, one thread does it all.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  checkStream,
  type DisclosurePolicy,
  type FileReport,
  type ScannedPart,
} from '../disclosure/disclosure.ts';
import { piecesOf, reportOf } from './disclose-read.ts';
import type { Done, Work } from './disclose-worker.ts';

const MOST_THREADS = 8;
/** Files handed to a worker at once: often enough to keep all busy to the end. */
const BATCH = 25;
/** Below this a thread costs more than it saves. */
const FEW_FILES = 50;

export class Threads {
  readonly #others: Worker[] = [];
  readonly #waiting = new Map<number, (done: Done) => void>();
  #next = 0;

  /** `threads`: this one counts. Without the built worker there is only this one. */
  constructor(threads = Math.min(availableParallelism(), MOST_THREADS), file = builtWorker()) {
    if (!file) return;
    for (let index = 1; index < threads; index += 1) {
      const worker = new Worker(file);
      worker.unref();
      worker.on('message', (done: Done) => this.#settle(done));
      worker.on('error', () => this.#lost(worker));
      this.#others.push(worker);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#others.splice(0).map((worker) => worker.terminate()));
  }

  /** Undefined when it must be read from front to back. */
  async longTable(path: string, size: number, policy: DisclosurePolicy): Promise<FileReport | undefined> {
    if (this.#others.length === 0 || !/\.(csv|tsv)$/i.test(path) || size > policy.limits.scanBytes)
      return undefined;
    const cuts = cutsOf(path, size, this.#others.length + 1);
    if (cuts[0]! <= policy.limits.bytes) return undefined;
    const parts = cuts.map((from, index) =>
      this.#ask(index, { kind: 'part', path, from, to: cuts[index + 1] ?? size, policy }).then(partOf),
    );
    // Awaited in order; one that fails before its turn is no unhandled rejection.
    for (const part of parts) part.catch(() => undefined);
    const file = openSync(path, 'r');
    try {
      return await checkStream(path, piecesOf(file, 0, cuts[0]!), policy, {}, parts);
    } catch (error) {
      if (error instanceof PartFailed) return undefined;
      throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Reports in the order of the paths. */
  async smallFiles(paths: readonly string[], policy: DisclosurePolicy): Promise<FileReport[]> {
    const batches: { paths: string[]; reports?: FileReport[] }[] = [];
    const size = this.#others.length > 0 && paths.length >= FEW_FILES ? BATCH : paths.length;
    for (let at = 0; at < paths.length; at += size) batches.push({ paths: paths.slice(at, at + size) });
    let next = 0;
    const here = async (batch: { paths: string[] }): Promise<FileReport[]> => {
      const reports: FileReport[] = [];
      for (const path of batch.paths) reports.push(await reportOf(path, policy, {}));
      return reports;
    };
    const there = async (worker: number): Promise<void> => {
      for (let batch = batches[next++]; batch; batch = batches[next++]) {
        const done = await this.#ask(worker, { kind: 'files', paths: batch.paths, policy });
        batch.reports = done.reports ?? (await here(batch));
      }
    };
    const mine = async (): Promise<void> => {
      for (let batch = batches[next++]; batch; batch = batches[next++]) {
        batch.reports = await here(batch);
        // Lets the others' answers in, so that they get their next batch.
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const others = size === BATCH ? this.#others.map((_worker, index) => there(index)) : [];
    await Promise.all([...others, mine()]);
    return batches.flatMap(({ reports }) => reports ?? []);
  }

  #ask(index: number, work: Work): Promise<Done> {
    const worker = this.#others[index % Math.max(1, this.#others.length)];
    const id = (this.#next += 1);
    if (!worker) return Promise.resolve({ id, failed: true });
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      worker.ref();
      worker.postMessage({ id, work });
    });
  }

  #settle(done: Done): void {
    this.#waiting.get(done.id)?.(done);
    this.#waiting.delete(done.id);
    if (this.#waiting.size === 0) for (const worker of this.#others) worker.unref();
  }

  /** A worker that died answers nothing more: all that is open is done here. */
  #lost(worker: Worker): void {
    this.#others.splice(this.#others.indexOf(worker), 1);
    for (const id of [...this.#waiting.keys()]) this.#settle({ id, failed: true });
  }
}

class PartFailed extends Error {}

function partOf({ part }: Done): ScannedPart {
  if (!part) throw new PartFailed('a part could not be read');
  return part;
}

/** Where each part but the first begins: behind the next line end. */
function cutsOf(path: string, size: number, parts: number): number[] {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(1024 * 1024);
    return Array.from({ length: parts - 1 }, (_, index) => {
      const near = Math.floor((size * (index + 1)) / parts);
      const length = readSync(file, buffer, 0, buffer.length, near);
      const end = buffer.subarray(0, length).indexOf(10);
      return end < 0 ? size : near + end + 1;
    });
  } finally {
    closeSync(file);
  }
}

/** In `dist/` beneath the package; undefined when the program runs from its sources unbuilt. */
function builtWorker(): string | undefined {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) {
    if (dirname(at) === at) return undefined;
    at = dirname(at);
  }
  const file = join(at, 'dist/disclose-worker.js');
  return existsSync(file) ? file : undefined;
}
