/** N1 to N5: a hub under load: a burst of deliveries, a queue of requests, agents that wait; and that costs grow no faster than the work. */
import type { OpenDatabase } from '../../src/db/open.ts';
import { benchDatabase } from './jobs-bench.ts';
import { figure, type Figure, type Goal, type Measure } from './figure.ts';
import { burstOfDeliveries, openPolls, queueOfRequests, rowsPerEntry } from './load-bench.ts';
import { quantile } from './stats.ts';

const MANY = 10_000;
const FEW = 1000;
const BURST = 1000;

export const n1: Measure = {
  id: 'N1',
  async run(): Promise<Figure[]> {
    const database = await benchDatabase();
    try {
      return [
        ...(await deliveries(database, `on ${database.kind}`)),
        ...(await requests(database)),
        await polls(database),
      ];
    } finally {
      await database.remove();
    }
  },
};

const half = (values: readonly number[]): number => quantile(values, 0.5);

const ms = (values: readonly number[]): string =>
  `p50 / p95 / p99 ${[0.5, 0.95, 0.99].map((share) => quantile(values, share).toFixed(1)).join(' / ')} ms`;

/** How many times as long ten times as much takes. */
function growth(given: {
  id: string;
  title: string;
  times: number;
  stretch: number;
  detail: string;
}): Figure {
  const { times: value, stretch, ...rest } = given;
  return figure({ ...rest, value, unit: '×', must: atMost(10.5), stretch: atMost(stretch) });
}

const atMost = (than: number): Goal => ({ is: '<=', than });

async function deliveries(database: OpenDatabase, note: string): Promise<Figure[]> {
  const few = await burstOfDeliveries(database, BURST / 10);
  const burst = await burstOfDeliveries(database, BURST);
  const seconds = ({ acceptMs, drainMs }: typeof burst): number => (acceptMs + drainMs) / 1000;
  return [
    figure({
      id: 'N1',
      title: '1,000 deliveries of 25 KB at once: p99 until answered 202',
      value: quantile(burst.answers, 0.99),
      unit: 'ms',
      must: atMost(2000),
      stretch: atMost(500),
      detail: `${ms(burst.answers)}, all in ${(burst.acceptMs / 1000).toFixed(1)} s, ${note}`,
    }),
    figure({
      id: 'N1-drain',
      title: 'the same: taken out and marked after the last answer, without what each asks for',
      value: burst.drainMs / 1000,
      unit: 's',
      must: atMost(30),
      stretch: atMost(5),
      detail: `${(burst.drainMs / BURST).toFixed(1)} ms each by four workers`,
    }),
    growth({
      id: 'N1-growth',
      title: 'ten times the deliveries, times as long until handled',
      times: seconds(burst) / seconds(few),
      stretch: 9.5,
      detail: `${seconds(few).toFixed(2)} against ${seconds(burst).toFixed(2)} s`,
    }),
  ];
}

async function requests(database: OpenDatabase): Promise<Figure[]> {
  const before = process.memoryUsage().rss;
  const small = await queueOfRequests(database, FEW);
  const big = await queueOfRequests(database, MANY);
  // Before and after, so that what else the machine does weighs on both.
  const again = await queueOfRequests(database, FEW);
  const memory = (process.memoryUsage().rss - before) / 2 ** 20;
  const accept = { few: half([...small.accepts, ...again.accepts]), many: half(big.accepts) };
  const round = { few: half([...small.rounds, ...again.rounds]), many: half(big.rounds) };
  const sizes = (await rowsPerEntry(database))
    .map(({ table, bytes, rows }) => `${table} ${Math.round(bytes / rows)} B`)
    .join(', ');
  return [
    figure({
      id: 'N2',
      title: '10,000 requests one after the other: p99 until durable',
      value: quantile(big.accepts, 0.99),
      unit: 'ms',
      must: atMost(250),
      stretch: atMost(50),
      detail: `${ms(big.accepts)}, all in ${(big.totalMs / 1000).toFixed(1)} s`,
    }),
    growth({
      id: 'N2-growth',
      title: 'ten times the requests, times as long (by the median of each)',
      times: (10 * accept.many) / accept.few,
      stretch: 10,
      detail: `${accept.few.toFixed(2)} against ${accept.many.toFixed(2)} ms each`,
    }),
    figure({
      id: 'N3',
      title: 'a decision while 10,000 requests wait, p95',
      value: quantile(big.decisions, 0.95),
      unit: 'ms',
      must: atMost(500),
      stretch: atMost(100),
      detail: `${ms(big.decisions)}, each filling up to a hundred places`,
    }),
    growth({
      id: 'N4',
      title: 'ten times the requests given out and ended, times as long (by the median of each hundred)',
      times: (10 * round.many) / round.few,
      stretch: 10,
      detail: `${(MANY / (big.drainMs / 1000)).toFixed(0)} jobs/s; ${round.few.toFixed(0)} against ${round.many.toFixed(0)} ms a hundred; ${sizes}`,
    }),
    figure({
      id: 'N4-memory',
      title: 'resident memory that 10,000 queued requests take',
      value: memory,
      unit: 'MB',
      must: atMost(200),
      stretch: atMost(50),
      detail: 'they are rows: the process holds none of them',
    }),
  ];
}

async function polls(database: OpenDatabase): Promise<Figure> {
  const { answers, memory } = await openPolls(database);
  return figure({
    id: 'N5',
    title: '200 open polls, a job for each: p99 until its agent has it',
    value: quantile(answers, 0.99),
    unit: 'ms',
    must: atMost(2000),
    stretch: atMost(200),
    detail: `${ms(answers)}; the waiting takes ${(memory / 2 ** 20).toFixed(1)} MB`,
  });
}
