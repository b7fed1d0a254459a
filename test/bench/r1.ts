/**
 * R1: pages of the public record with a million requests and a million ledger entries, over HTTP, on PostgreSQL
 * with fsync where it is, else on PGlite; and what each costs against the same with a tenth of that.
 */
import { sql } from 'drizzle-orm';
import type { Db } from '../../src/db/database.ts';
import { EMPTY_ROOT, signCheckpoint } from '../../src/ledger/ledger.ts';
import { putReleases, putRequests, putRights } from '../record/rows.ts';
import { aStage, keys } from '../record/stage.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { benchDatabase } from './jobs-bench.ts';
import { quantile } from './stats.ts';

/** Enough that every bound of a page is met: with less there is less to look through. */
const SMALL = 100_000;
const LARGE = 1_000_000;
const ROUNDS = 25;
const TOGETHER = 50_000;

/** The last looks through as much as a page may, since nothing is like that; rounds stay below what one address may ask. */
const PAGES = {
  first: '/requests',
  deep: (size: number) => `/requests?before=${Math.floor(size / 2)}`,
  person: '/requests?person=103&state=failed',
  project: '/requests?project=p1&kind=dummy&backend=attainment',
  day: '/requests?from=2027-03-02&until=2027-03-03',
  ledger: '/ledger',
  'deep in the ledger': (size: number) => `/ledger?before=${Math.floor(size / 2)}`,
  'one request': '/requests/0000000000000101',
  releases: '/releases',
  'deep in the releases': (size: number) => `/releases?before=${Date.parse('2027-03-01') + size * 3000}.0`,
  published: '/published',
  workspace: '/workspaces/study-main',
  'who on a day': '/people?on=2027-03-03',
  'words of nothing': '/requests?text=nothing+of+it',
  'sha prefix': '/search?q=0a1b2c3d',
  'nothing found': '/requests?backend=attainment&person=104&project=p9',
} as const;

export const r1: Measure = {
  id: 'R1',
  async run() {
    const [small, large] = [await aRecord(SMALL), await aRecord(LARGE)];
    try {
      const found = { small: noTimes(), large: noTimes() };
      // The first rounds warm caches; after them both take turns, so that a noisy machine is noisy for both.
      for (let round = -3; round < ROUNDS; round += 1) {
        for (const page of Object.keys(PAGES)) {
          const took = [
            await timeOf(small.origin, page, SMALL),
            await timeOf(large.origin, page, LARGE),
          ] as const;
          if (round < 0) continue;
          found.small.get(page)!.push(took[0]);
          found.large.get(page)!.push(took[1]);
        }
      }
      return figures(found.small, found.large, large.where);
    } finally {
      await small.remove();
      await large.remove();
    }
  },
};

async function aRecord(size: number) {
  const database = await benchDatabase();
  const stage = await aStage(database);
  await fill(database.db, size);
  return {
    origin: stage.origin,
    where: database.url ? 'PostgreSQL with fsync' : 'PGlite',
    async remove(): Promise<void> {
      await stage.stop();
      await database.remove();
    },
  };
}

type Times = Map<string, number[]>;

function figures(small: Times, large: Times, where: string): Figure[] {
  const median = (of: Times, page: string): number => quantile(of.get(page)!, 0.5);
  const pages = [...large.keys()];
  const ratios = pages.map((page) => ({ page, ratio: median(large, page) / median(small, page) }));
  const worst = ratios.reduce((a, b) => (a.ratio > b.ratio ? a : b));
  const all = pages.map((page) => `${page} ${median(large, page).toFixed(1)}`).join(', ');
  return [
    figure({
      id: 'R1',
      title: 'first page of the record, 1,000,000 requests and entries',
      value: median(large, 'first'),
      unit: ' ms',
      must: { is: '<=', than: 100 },
      stretch: { is: '<=', than: 20 },
      detail: `median of ${ROUNDS} over HTTP, p95 ${quantile(large.get('first')!, 0.95).toFixed(1)} ms, ${where}; all: ${all}`,
    }),
    figure({
      id: 'R1-growth',
      title: 'worst page, a million against a hundred thousand',
      value: worst.ratio,
      unit: '×',
      must: { is: '<=', than: 2 },
      stretch: { is: '<=', than: 1.3 },
      detail: `${worst.page}: ${median(large, worst.page).toFixed(1)} against ${median(small, worst.page).toFixed(1)} ms, medians of ${ROUNDS}`,
    }),
  ];
}

const noTimes = (): Times => new Map(Object.keys(PAGES).map((page) => [page, []]));

async function timeOf(origin: string, page: string, size: number): Promise<number> {
  const path = PAGES[page as keyof typeof PAGES];
  const from = performance.now();
  const answer = await fetch(origin + (typeof path === 'string' ? path : path(size)));
  const text = await answer.text();
  const took = performance.now() - from;
  if (answer.status !== 200 || !text.includes('</html>')) throw new Error(`${page}: ${answer.status}`);
  return took;
}

async function fill(db: Db, size: number): Promise<void> {
  await db.execute(
    sql`truncate shown_requests, publications, job_requests, ledger_leaves, ledger_checkpoints restart identity cascade`,
  );
  await putRequests(db, size);
  await putReleases(db, size / 10);
  for (let from = 0; from < size; from += TOGETHER) {
    await db.execute(sql`
      insert into ledger_leaves (seq, type, subject, entry, hash)
      select n, 'job', 'job:' || lpad(to_hex(n), 16, '0'),
        '{"actor":"hub","body":{"event":"ended","state":"succeeded"},"policy_commit":null,"subject":"job:' ||
          lpad(to_hex(n), 16, '0') || '","time":"2027-03-01T09:00:00.000Z","type":"job"}', md5(n::text)
      from generate_series(${from}::int, ${Math.min(size, from + TOGETHER) - 1}::int) as n`);
  }
  // As many people, however long the log is.
  await putRights(db, 200, 50);
  const note = signCheckpoint({ origin: keys.origin, size, root: EMPTY_ROOT }, keys.signers);
  await db.execute(
    sql`insert into ledger_checkpoints (size, root, note, signed_at) values (${size}::bigint, '', ${note}, 1)`,
  );
  await db.execute(sql`analyze`);
}
