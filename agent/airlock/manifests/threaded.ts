/** Big manifests are read in a thread of their own, one thread for each: it takes its memory with it. */
import { Worker } from 'node:worker_threads';
import { minutes } from '../../../src/lib/clock.ts';
import type { Packed } from './packed.ts';
import { keyName, type ManifestReader, type ReadJob } from './read.ts';

/** A manifest of 100,000 outputs takes about 0.5 GB to read. */
const MEMORY_MB = 2048;

export interface Given {
  file: string;
  workspace: string;
  /** As `keyName` writes them. */
  keys: string[];
}

/** `script`: the built worker. */
export function threadedReader(script: string, timeoutMs = minutes(2)): ManifestReader {
  const running = new Set<Worker>();

  function read({ file, workspace, keys }: ReadJob): Promise<Packed | undefined> {
    const given: Given = { file, workspace, keys: keys.map(keyName) };
    const worker = new Worker(script, {
      workerData: given,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    running.add(worker);
    return new Promise((resolve, reject) => {
      // Nobody waits longer: it is read again when somebody asks.
      const timer = setTimeout(() => {
        reject(new Error('the thread did not answer in time'));
        void worker.terminate();
      }, timeoutMs);
      const ended = (): void => {
        clearTimeout(timer);
        running.delete(worker);
      };
      worker.on('message', (packed: Packed | undefined) => resolve(packed));
      worker.on('error', (error) => {
        ended();
        reject(error);
      });
      worker.on('exit', () => {
        ended();
        reject(new Error('the thread ended without an answer'));
      });
    });
  }

  return {
    read,
    async close() {
      await Promise.all([...running].map((worker) => worker.terminate()));
    },
  };
}
