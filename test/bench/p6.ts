/**
 * P6: opening a directory of 100,000 files over HTTP, against what the original took. It is not installed here: its
 * recorded time is scaled by what both have to read in any case, a manifest of that size, parsed in the same run.
 */
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { statSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { airlockManifests } from '../../agent/airlock-parts.ts';
import { WORKSPACE } from '../support/airlock.ts';
import { figure, type Measure } from './figure.ts';
import { pairs, quantile, spread } from './stats.ts';
import { viewerStage, type ViewerStage, type Visitor } from './viewer-stage.ts';

const FILES = 100_000;
const PAIRS = 20;
/** Recorded on one machine: the original's page, and Node parsing such a manifest, in milliseconds. */
const ORIGINAL = 908;
const PARSE = 232;
const FOLDER = `/workspaces/${WORKSPACE}/tree/big`;

export const p6: Measure = {
  id: 'P6',
  async run() {
    const stage = await viewerStage({ parts: { manifests: airlockManifests() } });
    try {
      const author = await stage.as('author');
      const manifest = listed(stage);
      const { cold, seconds, pause } = await afterJob(author);
      const warm = await author.page(FOLDER);
      if (!warm.text.includes(`of ${FILES}`))
        throw new Error('the page does not say how many files there are');
      const firsts: number[] = [];
      const open = async (): Promise<number> => {
        const { first, last } = await author.page(FOLDER);
        firsts.push(first);
        return last;
      };
      await stage.world.room.settled();
      const { a, b, ratios } = await pairs(PAIRS, 2, open, () => parsed(manifest));
      const { median, q1, q3 } = spread(ratios);
      const ours = spread(a).median;
      const first = quantile(firsts, 0.5);
      return [
        figure({
          id: 'P6',
          title: 'a directory of 100,000 files, HTTP, times faster than the original',
          value: ORIGINAL / PARSE / median,
          unit: '×',
          must: { is: '>=', than: 50 },
          stretch: { is: '>=', than: 300 },
          detail: `${ours.toFixed(1)} ms (ratio to parsing the manifest of ${megabytes(manifest)} MB once: ${median.toFixed(3)}, quartiles ${q1.toFixed(3)}–${q3.toFixed(3)}, ${PAIRS} pairs, parsing ${spread(b).median.toFixed(0)} ms); the original's recorded ${ORIGINAL} ms were ${(ORIGINAL / PARSE).toFixed(1)} times the parsing`,
        }),
        figure({
          id: 'P6-first',
          title: 'a directory of 100,000 files, until its first content',
          value: Math.max(first, cold),
          unit: ' ms',
          must: { is: '<=', than: 200 },
          stretch: { is: '<=', than: 50 },
          detail: `${(warm.text.length / 1000).toFixed(0)} kB of page in ${first.toFixed(0)} ms; right after a job, as it was before it, in ${cold.toFixed(0)} ms; the new manifest is there after ${seconds.toFixed(1)} s, in which nothing waited longer than ${pause.toFixed(0)} ms`,
        }),
      ];
    } finally {
      await stage.stop();
    }
  },
};

/** The first page after a job, how long until what it made is there, and the longest that anybody waited meanwhile. */
async function afterJob(author: Visitor): Promise<{ cold: number; seconds: number; pause: number }> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  // Writing the manifest here has held up everything, and is not what is measured.
  await sleep(20);
  const started = performance.now();
  delay.enable();
  const cold = (await author.page(`/workspaces/${WORKSPACE}`)).first;
  while ((await author.get(FOLDER)).status !== 200) {
    if (performance.now() - started > 60_000)
      throw new Error('the new manifest was not read within a minute');
    await sleep(50);
  }
  delay.disable();
  return { cold, seconds: (performance.now() - started) / 1000, pause: delay.max / 1e6 };
}

/** A hundred thousand names in the signed manifest; answers its path. */
function listed({ world }: ViewerStage): string {
  world.listed(Array.from({ length: FILES }, (_, at) => `big/file${String(at).padStart(6, '0')}.csv`));
  return path.join(world.medium, 'metadata', 'manifest.json');
}

/** Milliseconds of parsing it, on a heap of its own: what it leaves behind is not swept up while we answer. */
async function parsed(file: string): Promise<number> {
  const worker = new Worker(PARSING, { eval: true, workerData: file });
  const [ms] = (await once(worker, 'message')) as [number];
  await worker.terminate();
  return ms;
}

const PARSING = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { readFileSync } = require('node:fs');
  const started = performance.now();
  const { outputs } = JSON.parse(readFileSync(workerData, 'utf8'));
  if (!outputs) throw new Error('no manifest');
  parentPort.postMessage(performance.now() - started);
`;

const megabytes = (file: string): string => (statSync(file).size / 1e6).toFixed(1);
