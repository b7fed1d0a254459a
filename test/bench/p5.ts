/** P5: durable jobs that do nothing, through the zone API over HTTP, against pg-boss fetching and completing one by one. */
import { benchDatabase, noopJobsPerSecond, pgBossPerSecond } from './jobs-bench.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { pairs, spread } from './stats.ts';

const PAIRS = 5;

const parts = {
  id: 'P5',
  title: 'durable no-op jobs a second, hub and agent API / pg-boss',
  unit: '×',
  must: { is: '>=', than: 2 },
  stretch: { is: '>=', than: 8 },
} as const satisfies Partial<Figure>;

export const p5: Measure = {
  id: 'P5',
  async run() {
    const database = await benchDatabase();
    try {
      if (!database.url)
        return [
          figure({
            ...parts,
            detail: 'PostgreSQL server programs are not installed: pg-boss is measured there',
          }),
        ];
      const result = await pairs(
        PAIRS,
        1,
        () => noopJobsPerSecond(database),
        () => pgBossPerSecond(database),
      );
      const { median, q1, q3 } = spread(result.ratios);
      return [
        figure({
          ...parts,
          value: median,
          detail:
            `${spread(result.a).median.toFixed(0)} against ${spread(result.b).median.toFixed(0)} jobs/s on PostgreSQL with fsync ` +
            `(quartiles ${q1.toFixed(1)}–${q3.toFixed(1)}, ${PAIRS} pairs)`,
        }),
      ];
    } finally {
      await database.remove();
    }
  },
};
