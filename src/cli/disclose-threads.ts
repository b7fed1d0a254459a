/**
 * The checks on all threads of the machine: long tables in parts, many small files one by one. Each thread takes
 * the next when it has done its last, so that none waits for another. The answers are those of one thread; where
 * a part cannot be read apart, or a worker fails, one thread does it all.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import {
  checkStream,
  type DisclosurePolicy,
  type FileReport,
  type ScannedPart,
} from '../disclosure/disclosure.ts';
import { piecesOf, reported, reportOf, type Reported } from './disclose-read.ts';
import { startWorkers } from './disclose-workers.ts';
import { counter, scanned, turns, type Done, type Numbered, type Part, type Work } from './disclose-work.ts';

/** Below this a thread costs more than it saves. */
const FEW_FILES = 50;
/** Files read here before the others' answers are let in. */
const MANY = 32;
/** A long table is cut into parts of this share of the longest that may be held. */
const PARTS = 4;
/** Where no line ends within so many bytes, the table is not cut again. */
const LONGEST_LINE = 64 * 1024;

interface Asked {
  worker: Worker;
  take: (done: Done) => void;
  end: () => void;
}

export class Threads {
  readonly #others: Worker[];
  readonly #asked = new Map<number, Asked>();
  #next = 0;

  /** Takes over the workers: nobody else speaks to them. */
  constructor(workers = startWorkers()) {
    this.#others = workers;
    for (const worker of workers) {
      worker.on('message', (done: Done) => this.#answered(done));
      worker.on('error', () => this.#lost(worker));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#others.splice(0).map((worker) => worker.terminate()));
  }

  /** Undefined when it must be read from front to back. */
  async longTable(path: string, size: number, policy: DisclosurePolicy): Promise<FileReport | undefined> {
    const { bytes, scanBytes } = policy.limits;
    if (this.#others.length === 0 || !/\.(csv|tsv)$/i.test(path) || size > scanBytes) return undefined;
    const [head, ...parts] = partsOf(path, size, bytes);
    if (!head || parts.length === 0) return undefined;
    const taken = counter();
    const found: ScannedPart[] = [];
    const others = this.#ask({ kind: 'parts', path, parts, policy, taken }, ({ parts: done = [] }) => {
      for (const [index, part] of done) found[index] = part;
    });
    async function* rest(): AsyncGenerator<ScannedPart> {
      for (const index of turns(taken, parts.length))
        found[index] = await scanned(path, parts[index]!, policy);
      await others;
      for (let index = 0; index < parts.length; index += 1) {
        const part = found[index];
        if (!part) throw new PartFailed('a part could not be read');
        yield part;
      }
    }
    const file = openSync(path, 'r');
    try {
      return await checkStream(path, piecesOf(file, 0, head.to), policy, {}, rest());
    } catch (error) {
      if (error instanceof PartFailed) return undefined;
      throw error;
    } finally {
      // Whatever came of it, nobody needs another part.
      Atomics.store(taken, 0, parts.length);
      closeSync(file);
    }
  }

  /** Reports in the order of the paths. */
  async smallFiles(paths: readonly string[], policy: DisclosurePolicy): Promise<Reported[]> {
    const taken = counter();
    const found: Reported[] = [];
    const work: Work = { kind: 'files', paths: [...paths], policy, taken };
    const others =
      paths.length < FEW_FILES
        ? undefined
        : this.#ask(work, ({ reports = '[]' }) => {
            for (const [index, report] of JSON.parse(reports) as Numbered[]) found[index] = report;
          });
    let turn = 0;
    for (const index of turns(taken, paths.length)) {
      found[index] = reported(await reportOf(paths[index]!, policy, {}));
      // Lets the others' answers in.
      if ((turn += 1) % MANY === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await others;
    for (const [index, path] of paths.entries()) found[index] ??= reported(await reportOf(path, policy, {}));
    return found;
  }

  /** All others at once; ends when each has found nothing more to take, or is lost. */
  #ask(work: Work, take: (done: Done) => void): Promise<unknown> {
    return Promise.all(
      this.#others.map((worker) => {
        const id = (this.#next += 1);
        return new Promise<void>((end) => {
          this.#asked.set(id, { worker, take, end });
          worker.ref();
          worker.postMessage({ id, work });
        });
      }),
    );
  }

  #answered(done: Done): void {
    const asked = this.#asked.get(done.id);
    if (!asked) return;
    asked.take(done);
    if (!done.last) return;
    this.#asked.delete(done.id);
    asked.worker.unref();
    asked.end();
  }

  /** A worker that died answers nothing more: what it took is done here. */
  #lost(worker: Worker): void {
    for (const [id, asked] of [...this.#asked])
      if (asked.worker === worker) this.#answered({ id, last: true });
  }
}

class PartFailed extends Error {}

/** The first is longer than what may be held; each begins behind a line end. */
function partsOf(path: string, size: number, held: number): Part[] {
  const file = openSync(path, 'r');
  const parts: Part[] = [];
  try {
    const buffer = Buffer.alloc(LONGEST_LINE);
    for (let from = 0; from < size; ) {
      const near = Math.min(size, from + (from === 0 ? held + 1 : Math.ceil(held / PARTS)));
      const length = near < size ? readSync(file, buffer, 0, buffer.length, near) : 0;
      const end = buffer.subarray(0, length).indexOf(10);
      const to = end < 0 ? size : near + end + 1;
      parts.push({ from, to });
      from = to;
    }
    return parts;
  } finally {
    closeSync(file);
  }
}
