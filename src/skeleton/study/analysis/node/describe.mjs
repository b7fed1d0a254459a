// Counts rows by year and area: of all years, or of the one that is named.
// Counts are rounded, and small ones are left out: a count of three may be three people who know each other.
import { readFileSync, writeFileSync } from 'node:fs';

const ROUND_TO = 5;
const SMALLEST = 8;

const only = process.argv[2];
const counts = new Map();
for (const line of readFileSync('output/rows.csv', 'utf8').trimEnd().split('\n').slice(1)) {
  const [, year, area] = line.split(',');
  if (only === undefined || only === year)
    counts.set(`${year},${area}`, (counts.get(`${year},${area}`) ?? 0) + 1);
}

const shown = (count) => (count < SMALLEST ? '[REDACTED]' : ROUND_TO * Math.round(count / ROUND_TO));
const lines = [...counts].sort().map(([key, count]) => `${key},${shown(count)}`);
const name = only === undefined ? 'output/describe.csv' : `output/describe_${only}.csv`;
writeFileSync(name, `${['year,area,count', ...lines].join('\n')}\n`);
