// Draws the counts as bars.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const tables = readdirSync('output').filter((name) => /^describe.*\.csv$/.test(name));
const rows = tables
  .sort()
  .flatMap((name) => readFileSync(`output/${name}`, 'utf8').trimEnd().split('\n').slice(1));
const bars = rows.map((row) => row.split(',')).filter(([, , count]) => /^\d+$/.test(count));

const lines = bars.map(([year, area, count], at) => {
  const top = 24 * at + 4;
  return [
    `  <text x="4" y="${top + 15}">${area} ${year}</text>`,
    `  <rect x="110" y="${top}" width="${2 * count}" height="20" fill="#2f81f7" />`,
    `  <text x="${2 * count + 116}" y="${top + 15}">${count}</text>`,
  ].join('\n');
});
const style = 'font-size="14" font-family="sans-serif" style="background:#fff"';
const head = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="${24 * bars.length + 8}" ${style}>`;
writeFileSync('output/areas.svg', `${[head, ...lines, '</svg>'].join('\n')}\n`);
