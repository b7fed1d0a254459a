/**
 * L1 and L2: the public log, on PostgreSQL with fsync where it is, else on PGlite.
 *
 * L1: entries a second, from their writing to a signed tree. L2: an append, proofs and the memory for them when
 * the log has ten million entries; every proof is checked.
 */
import type { Db } from '../../src/db/database.ts';
import { lastCheckpoint, tilesIn } from '../../src/db/log.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import {
  openCheckpoint,
  proveConsistency,
  proveInclusion,
  rootOf,
  TILE_WIDTH,
  verifyConsistency,
  verifyInclusion,
} from '../../src/ledger/ledger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { aSigner, ORIGIN } from '../support/log.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { benchDatabase } from './jobs-bench.ts';
import { putSyntheticLog, syntheticLeaves, TEN_MILLION, writeEntries } from './ledger-bench.ts';
import { quantile } from './stats.ts';

const ENTRIES = 50_000;
const TOGETHER = 50;
const PROOFS = 500;
const BATCH = 1000;
const BATCHES = 5;
const MB = 1024 * 1024;
const signing = { keys: { origin: ORIGIN, signers: [aSigner()] }, now: 1 };

export const l1: Measure = {
  id: 'L1',
  async run() {
    const database = await benchDatabase();
    try {
      return await appends(database.db, database.url ? 'PostgreSQL with fsync' : 'PGlite');
    } finally {
      await database.remove();
    }
  },
};

export const l2: Measure = {
  id: 'L2',
  async run() {
    const database = await benchDatabase();
    try {
      return await atTenMillion(database.db, database.url ? 'PostgreSQL' : 'PGlite');
    } finally {
      await database.remove();
    }
  },
};

async function appends(db: Db, where: string): Promise<Figure[]> {
  const from = performance.now();
  await writeEntries(db, ENTRIES, TOGETHER);
  const written = performance.now();
  while ((await numberLeaves(db, 10_000, signing)) > 0);
  const done = performance.now();
  const perSecond = (ms: number): number => ENTRIES / (ms / 1000);
  return [
    figure({
      id: 'L1',
      title: 'entries a second, written, numbered, in the tree, signed',
      value: perSecond(done - from),
      unit: '',
      must: { is: '>=', than: 1000 },
      stretch: { is: '>=', than: 10_000 },
      detail: `${ENTRIES} entries, ${TOGETHER} to a transaction, one writer, ${where}; the sequencer alone ${perSecond(done - written).toFixed(0)} a second`,
    }),
  ];
}

async function atTenMillion(db: Db, where: string): Promise<Figure[]> {
  const empty = await appendTime(db);
  const building = performance.now();
  await putSyntheticLog(db);
  const built = (performance.now() - building) / 1000;
  await numberLeaves(db, 1, signing);
  const signed = openCheckpoint(Buffer.from((await lastCheckpoint(db)) ?? ''), { current: [aSigner()] });
  if (isRefusal(signed) || signed.size !== TEN_MILLION) throw new Error('the log is not signed as it is');
  const read = tilesIn(db);
  const before = process.memoryUsage().rss;
  const [inclusion, consistency] = [[] as number[], [] as number[]];
  for (let n = 0; n < PROOFS; n += 1) {
    // A stride that meets every level and place, the same in each run.
    const index = (n * 7_368_787 + 12_345) % TEN_MILLION;
    const [proof, took] = await timed(() => proveInclusion(index, TEN_MILLION, read));
    inclusion.push(took);
    if (!verifyInclusion(syntheticLeaves[index % TILE_WIDTH]!, index, signed, proof))
      throw new Error(`entry ${index} was not proved`);
    const old = { size: index + 1, root: await rootOf(index + 1, read) };
    const [growth, spent] = await timed(() => proveConsistency(old.size, TEN_MILLION, read));
    consistency.push(spent);
    if (!verifyConsistency(old, signed, growth)) throw new Error(`${old.size} was not proved`);
  }
  const memory = (process.memoryUsage().rss - before) / MB;
  const full = await appendTime(db);
  const ms = { unit: ' ms', must: { is: '<=', than: 20 }, stretch: { is: '<=', than: 5 } } as const;
  const detail = (times: number[]): string =>
    `median of ${PROOFS}, p95 ${quantile(times, 0.95).toFixed(1)} ms, tiles read from ${where} (made in ${built.toFixed(0)} s), each proof checked`;
  return [
    figure({
      ...ms,
      id: 'L2-inclusion',
      title: 'proof that an entry is in a log of 10 million',
      value: quantile(inclusion, 0.5),
      detail: detail(inclusion),
    }),
    figure({
      ...ms,
      id: 'L2-growth',
      title: 'proof that a log of 10 million began with an earlier one',
      value: quantile(consistency, 0.5),
      detail: detail(consistency),
    }),
    figure({
      id: 'L2-append',
      title: `a batch of ${BATCH} behind 10 million entries, against behind none`,
      value: full / empty,
      unit: '×',
      must: { is: '<=', than: 2 },
      stretch: { is: '<=', than: 1.2 },
      detail: `${full.toFixed(0)} against ${empty.toFixed(0)} ms, medians of ${BATCHES}: numbered, in the tree, signed`,
    }),
    figure({
      id: 'L2-memory',
      title: `more memory after ${2 * PROOFS} proofs of 10 million`,
      value: Math.max(0, memory),
      unit: ' MB',
      must: { is: '<=', than: 100 },
      stretch: { is: '<=', than: 40 },
      detail: `resident, ${(before / MB).toFixed(0)} MB before; the level of leaves alone is ${((TEN_MILLION * 32) / MB).toFixed(0)} MB`,
    }),
  ];
}

async function appendTime(db: Db): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < BATCHES; n += 1) {
    await writeEntries(db, BATCH, BATCH);
    const [, took] = await timed(() => numberLeaves(db, BATCH, signing));
    times.push(took);
  }
  return quantile(times, 0.5);
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const from = performance.now();
  const done = await work();
  return [done, performance.now() - from];
}
