import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { studyFolder } from '../../src/sandbox/demo/places.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'study-'));
  for (const commit of ['1-first', '2-quality']) lay(commit);
  mkdirSync(path.join(folder, 'output'));
  cpSync(path.join(folder, 'dummy/pupils.csv'), path.join(folder, 'output/pupils.csv'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function lay(commit: string): void {
  cpSync(path.join(studyFolder, commit), folder, { recursive: true });
}

function run(script: string): { code: number | null; says: string } {
  const done = spawnSync(process.execPath, [`analysis/${script}.mjs`], { cwd: folder, encoding: 'utf8' });
  return { code: done.status, says: done.stderr };
}

const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');

test('every script works on the dummy data', () => {
  for (const script of ['describe', 'model', 'report', 'quality']) {
    expect([script, run(script)]).toEqual([script, { code: 0, says: '' }]);
  }

  expect(read('output/absence_by_region.csv')).toMatch(/^region,free_school_meals,pupils,/);
  expect(read('output/absence_and_score.svg')).toMatch(/^<svg .*<\/svg>\n$/s);
  expect(
    readdirSync(path.join(folder, 'output')).filter((name) => name.startsWith('by_region_')).length,
  ).toBeGreaterThan(3);
  const model = JSON.parse(read('output/model.json')) as {
    coefficients: { name: string; estimate: number }[];
  };
  expect(model.coefficients.find(({ name }) => name === 'absence_per_10_points')?.estimate).toBeLessThan(0);
});

test('no table shows a group of seven or fewer', () => {
  for (const script of ['describe', 'report']) run(script);

  const counts = readdirSync(path.join(folder, 'output'))
    .filter((name) => name.endsWith('.csv') && name !== 'pupils.csv')
    .flatMap((name) => {
      const [header = '', ...lines] = read(`output/${name}`).trimEnd().split('\n');
      const column = header.split(',').indexOf('pupils');
      return lines.map((line) => line.split(',')[column]);
    });
  expect(counts).toContain('[c]');
  expect(
    counts.filter((count) => count !== '[c]' && (Number(count) < 10 || Number(count) % 5 !== 0)),
  ).toEqual([]);
});

test('the quality check stops at a missing score, as real data have, and counts them once repaired', () => {
  writeFileSync(
    path.join(folder, 'output/pupils.csv'),
    read('output/pupils.csv').replace(/,[0-9.]+\n$/, ',\n'),
  );

  const stopped = run('quality');
  lay('3-repaired');
  const repaired = run('quality');

  expect(stopped.code).toBe(1);
  expect(stopped.says).toContain('1 pupils lack a score.');
  expect(repaired).toEqual({ code: 0, says: '' });
  expect(read('output/quality.csv').split('\n')[2]).toBe('1,[c]');
});

test('the codelist’s hash is that of its bytes', () => {
  const { files } = JSON.parse(read('codelists/codelists.json')) as {
    files: Record<string, { id: string; sha: string }>;
  };
  const name = 'westmere-school-types.csv';
  const bytes = read(`codelists/${name}`).replace(/\r\n?/g, '\n').replace(/\n$/, '');
  expect(files[name]?.sha).toBe(createHash('sha1').update(bytes).digest('hex'));
  expect(read('codelists/codelists.txt')).toContain(files[name]?.id ?? 'no id');
});
