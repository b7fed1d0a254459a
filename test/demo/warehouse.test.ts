import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { makeWarehouse, PUPILS } from '../../src/sandbox/demo/database/warehouse.ts';
import { TABLE_NAMES, TABLES } from '../../src/sandbox/demo/database/tables.ts';

const rows = makeWarehouse(2026);
const parsed = Object.fromEntries(
  TABLE_NAMES.map((table) => [
    table,
    rows[table]
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',')),
  ]),
);

test('a seed always makes the same county, another seed another one', () => {
  expect(makeWarehouse(2026, 500)).toEqual(makeWarehouse(2026, 500));
  expect(makeWarehouse(2027, 500)).not.toEqual(makeWarehouse(2026, 500));
});

test('every row has its table’s columns and pupil ids are unique', () => {
  for (const table of TABLE_NAMES) {
    expect(new Set(parsed[table]?.map((row) => row.length))).toEqual(new Set([TABLES[table].length]));
  }
  expect(new Set(parsed['pupils']?.map(([id]) => id)).size).toBe(PUPILS);
  expect(PUPILS).toBeGreaterThanOrEqual(50_000);
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(`${PUPILS.toLocaleString('en-GB')} invented pupils`);
});

test('absence lowers results, deprivation raises absence', () => {
  const absence = new Map<string, number>();
  for (const [id = '', , , missed] of parsed['attendance'] ?? []) {
    absence.set(id, (absence.get(id) ?? 0) + Number(missed) / 380);
  }
  const scored = (parsed['results'] ?? []).filter(([, , score]) => score !== '');
  const pupils = parsed['pupils'] ?? [];

  expect(
    correlation(
      scored.map(([id = '']) => absence.get(id) ?? 0),
      scored.map(([, , score]) => Number(score)),
    ),
  ).toBeLessThan(-0.3);
  expect(
    correlation(
      pupils.map((row) => Number(row[5])),
      pupils.map(([id = '']) => absence.get(id) ?? 0),
    ),
  ).toBeGreaterThan(0.2);
});

test('there are groups too small to show, and some results are missing', () => {
  const schoolType = new Map((parsed['sites'] ?? []).map(([id = '', , , type = '']) => [id, type]));
  const byType = new Map<string, number>();
  for (const [, school = ''] of parsed['pupils'] ?? []) {
    const type = schoolType.get(school) ?? '';
    byType.set(type, (byType.get(type) ?? 0) + 1);
  }
  expect(byType.get('HS')).toBe(6);
  const missing = (parsed['results'] ?? []).filter(([, , score]) => score === '').length;
  expect(missing).toBeGreaterThan(500);
  expect(missing).toBeLessThan(10_000);
});

function correlation(a: number[], b: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (term: (at: number) => number) => a.reduce((total, _, at) => total + term(at), 0);
  const da = (at: number) => (a[at] ?? 0) - ma;
  const db = (at: number) => (b[at] ?? 0) - mb;
  return sum((at) => da(at) * db(at)) / Math.sqrt(sum((at) => da(at) ** 2) * sum((at) => db(at) ** 2));
}
