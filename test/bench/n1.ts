/** N1 to N5: a hub under load: a burst of deliveries, a queue of requests, agents that wait; and that costs grow no faster than the work. */
import { benchDatabase } from './jobs-bench.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { burstOfDeliveries, openPolls, queueOfRequests, rowsPerEntry } from './load-bench.ts';
import { quantile } from './stats.ts';

const MANY = 10_000;
const FEW = 1000;

const ms = (values: readonly number[]): string =>
  [0.5, 0.95, 0.99].map((share) => quantile(values, share).toFixed(1)).join(' / ');

export const n1: Measure = {
  id: 'N1',
  async run(): Promise<Figure[]> {
    const database = await benchDatabase();
    try {
      const few = await burstOfDeliveries(database, FEW / 10);
      const burst = await burstOfDeliveries(database, FEW);
      const before = process.memoryUsage().rss;
      const small = await queueOfRequests(database, FEW);
      const big = await queueOfRequests(database, MANY);
      // Before and after, so that what else the machine does weighs on both.
      const again = await queueOfRequests(database, FEW);
      const half = (values: readonly number[]): number => quantile(values, 0.5);
      const accept = half([...small.accepts, ...again.accepts]);
      const round = half([...small.rounds, ...again.rounds]);
      const memory = (process.memoryUsage().rss - before) / 2 ** 20;
      const sizes = (await rowsPerEntry(database))
        .map(({ table, bytes, rows }) => `${table} ${Math.round(bytes / rows)} B`)
        .join(', ');
      const polls = await openPolls(database);
      const note = `on ${database.kind}`;
      return [
        figure({
          id: 'N1',
          title: '1,000 deliveries of 25 KB at once: p99 until answered 202',
          value: quantile(burst.answers, 0.99),
          unit: 'ms',
          must: { is: '<=', than: 2000 },
          stretch: { is: '<=', than: 500 },
          detail: `p50 / p95 / p99 ${ms(burst.answers)} ms, all in ${(burst.acceptMs / 1000).toFixed(1)} s, ${note}`,
        }),
        figure({
          id: 'N1-drain',
          title: 'the same: taken out and marked after the last answer, without what each asks for',
          value: burst.drainMs / 1000,
          unit: 's',
          must: { is: '<=', than: 30 },
          stretch: { is: '<=', than: 5 },
          detail: `${(burst.drainMs / FEW).toFixed(1)} ms each by four workers`,
        }),
        figure({
          id: 'N1-growth',
          title: 'ten times the deliveries, times as long until handled',
          value: (burst.acceptMs + burst.drainMs) / (few.acceptMs + few.drainMs),
          unit: '×',
          must: { is: '<=', than: 10.5 },
          stretch: { is: '<=', than: 9.5 },
          detail: `${((few.acceptMs + few.drainMs) / 1000).toFixed(2)} against ${((burst.acceptMs + burst.drainMs) / 1000).toFixed(2)} s`,
        }),
        figure({
          id: 'N2',
          title: '10,000 requests one after the other: p99 until durable',
          value: quantile(big.accepts, 0.99),
          unit: 'ms',
          must: { is: '<=', than: 250 },
          stretch: { is: '<=', than: 50 },
          detail: `p50 / p95 / p99 ${ms(big.accepts)} ms, all in ${(big.totalMs / 1000).toFixed(1)} s`,
        }),
        figure({
          id: 'N2-growth',
          title: 'ten times the requests, times as long (by the median of each)',
          value: (10 * half(big.accepts)) / accept,
          unit: '×',
          must: { is: '<=', than: 10.5 },
          stretch: { is: '<=', than: 10 },
          detail: `${accept.toFixed(2)} against ${half(big.accepts).toFixed(2)} ms each`,
        }),
        figure({
          id: 'N3',
          title: 'a decision while 10,000 requests wait, p95',
          value: quantile(big.decisions, 0.95),
          unit: 'ms',
          must: { is: '<=', than: 500 },
          stretch: { is: '<=', than: 100 },
          detail: `p50 / p95 / p99 ${ms(big.decisions)} ms, each filling up to a hundred places`,
        }),
        figure({
          id: 'N4',
          title: 'ten times the requests given out and ended, times as long (by the median of each hundred)',
          value: (10 * half(big.rounds)) / round,
          unit: '×',
          must: { is: '<=', than: 10.5 },
          stretch: { is: '<=', than: 10 },
          detail: `${(MANY / (big.drainMs / 1000)).toFixed(0)} jobs/s; ${round.toFixed(0)} against ${half(big.rounds).toFixed(0)} ms a hundred; ${sizes}`,
        }),
        figure({
          id: 'N4-memory',
          title: 'resident memory that 10,000 queued requests take',
          value: memory,
          unit: 'MB',
          must: { is: '<=', than: 200 },
          stretch: { is: '<=', than: 50 },
          detail: 'they are rows: the process holds none of them',
        }),
        figure({
          id: 'N5',
          title: '200 open polls, a job for each: p99 until its agent has it',
          value: quantile(polls.answers, 0.99),
          unit: 'ms',
          must: { is: '<=', than: 2000 },
          stretch: { is: '<=', than: 200 },
          detail: `p50 / p95 / p99 ${ms(polls.answers)} ms; the waiting takes ${(polls.memory / 2 ** 20).toFixed(1)} MB`,
        }),
      ];
    } finally {
      await database.remove();
    }
  },
};
