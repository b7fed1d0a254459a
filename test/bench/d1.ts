/** D1: a million invented rows of ten columns as CSV: processor time, and that the memory of the command does not follow the rows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readYaml } from '../../src/lib/yaml.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { csvField, csvPieces, generate, tablesFile } from '../../src/tables/tables.ts';
import { ENTRY, peakOf } from './child.ts';
import { figure, type Measure } from './figure.ts';

const SCHEMA = `title: A register
tables:
  sites: {rows_per_thousand: 10, columns: {site_id: {type: text, pattern: 'S[0-9]{6}', unique: true}}}
  people:
    columns:
      id: {type: integer, min: 1, max: 99999999, unique: true}
      site_id: {references: sites.site_id}
      region: {type: text, categories: {north: 3, south: 2, islands: 1}}
      code: {type: text, pattern: '[A-Z]{2}[0-9]{4}', null_share: 0.1}
      born: {type: date, from: 1930-01-01, until: 2020-12-31}
      seen: {type: timestamp, from: 2025-01-01, until: 2025-12-31}
      score: {type: decimal, digits: 2, min: 0, max: 100}
      visits: {type: integer, min: 0, max: 40}
      member: {type: boolean, true_share: 0.3}
      grade: {type: integer, categories: [1, 2, 3, 4]}
`;

export const d1: Measure = {
  id: 'D1',
  async run() {
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-'));
    try {
      const file = path.join(folder, 'register.yml');
      writeFileSync(file, SCHEMA);
      const words = (rows: number): string[] => [
        ...[ENTRY, 'dummy-data', 'people', '--from', file, '--rows', String(rows)],
        ...['--output', folder, '--project-dir', folder],
      ];
      const made = rowsInProcess(1_000_000);
      const few = await peakOf(words(1000));
      return [
        figure({
          id: 'D1',
          title: 'a million invented rows of ten columns, as CSV',
          value: made.seconds,
          unit: ' s',
          must: { is: '<=', than: 10 },
          stretch: { is: '<=', than: 6 },
          detail: `${(made.bytes / 1e6).toFixed(0)} MB of CSV, in one process (processor time)`,
        }),
        figure({
          id: 'D1-memory',
          title: 'the same, peak memory',
          value: await peakOf(words(1_000_000)),
          unit: ' MB',
          must: { is: '<=', than: 400 },
          stretch: { is: '<=', than: 160 },
          detail: `a thousand rows ${few.toFixed(0)} MB`,
        }),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function rowsInProcess(rows: number): { seconds: number; bytes: number } {
  const datasets = [{ dataset: 'register', ...tablesFile.parse(readYaml(SCHEMA)?.documents[0]?.toJS()) }];
  const made = generate(datasets, { rows, seed: '1', tables: ['people'] }, csvField);
  if (isRefusal(made)) throw new Error(made.says);
  const before = process.cpuUsage();
  let bytes = 0;
  for (const piece of csvPieces(made[0]!)) bytes += Buffer.byteLength(piece);
  return { seconds: process.cpuUsage(before).user / 1e6, bytes };
}
