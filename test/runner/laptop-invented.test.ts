/** A database action without its file on a laptop: the query is run on invented rows, by a program of its own. */
import { expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { PARENT_VARIABLE } from '../../agent/images/dummy-rows/usual.ts';
import { laptopFreshness, rowsInProcess } from '../../agent/laptop.ts';
import { builtFile } from '../../src/cli/installed.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { freshnessText, readProject } from '../../src/pipeline/pipeline.ts';
import { publish } from '../../src/tables/tables.ts';
import { INVENTED, laptopStudy, model } from '../support/laptop.ts';
import { COUNTY } from '../tables/county.ts';

jest.setTimeout(120_000);

const { at, write, read, run } = laptopStudy();
const withoutFile = (): string => read('project.yaml').replace(/ {4}dummy_data_file.*\n/, '');
const pin = (): void =>
  write({
    'dummy-data/schemas.json': JSON.stringify(publish(COUNTY)),
    'q.sql': 'select pupil_id, born from pupils order by pupil_id;\n',
  });
const again = (from: number, rows: number, more = {}): Promise<boolean> => {
  at.lines = [];
  return run(['run_all'], model, {
    ...{ refresh: true, ids: countingIds(from), dummy: { ...INVENTED, rows } },
    ...more,
  });
};
const state = async (): Promise<string> => {
  const found = await laptopFreshness(at.dir, readProject(read('project.yaml')).pipeline!);
  return freshnessText(found.get('extract')!);
};

test('its rows are what its query returns of the pinned tables, as many as asked for; a file that is there wins', async () => {
  pin();
  write({ 'project.yaml': withoutFile() });
  expect(await again(1, 40)).toBe(true);
  expect(at.lines.slice(0, 2)).toEqual([
    'extract: running its query on invented rows, 40 by the seed "1" (database actions use dummy data here)',
    'extract: done in N s, 1 output',
  ]);
  const first = read('output/rows.csv');
  expect(first.split('\n')).toHaveLength(42);
  expect(first.split('\n')[0]).toBe('pupil_id,born');
  expect(read('metadata/extract.log')).toMatch(
    /Wrote 40 rows to output\/rows\.csv, what q\.sql returns of invented rows\.\nMade by the tables [0-9a-f]{12}, 40 rows and the seed "1"\./,
  );
  expect(existsSync(path.join(at.dir, 'metadata/.runs'))).toBe(false);

  await again(10, 40);
  expect(at.lines.at(-1)).toBe('Nothing to do: everything asked for is fresh.');
  await again(20, 41);
  expect(at.lines[0]).toContain('running its query on invented rows, 41');
  const more = read('output/rows.csv').split('\n');
  expect([more.length, first.split('\n').every((row) => more.includes(row))]).toEqual([43, true]);
  // Whoever only asks is told what a plain run would make.
  expect(await state()).toBe('out of date because what it reads changed: the invented rows');

  // Named in project.yaml, and there or not there.
  write({
    'project.yaml': withoutFile().replace('    outputs', '    dummy_data_file: dummy.csv\n    outputs'),
  });
  await again(30, 41);
  expect(at.lines[0]).toBe('extract: copying dummy.csv (database actions use dummy data here)');
  expect(read('output/rows.csv')).toBe('a\n1\n');
  rmSync(path.join(at.dir, 'dummy.csv'));
  await again(40, 41, { dummy: { ...INVENTED, rows: 40, seed: '7' } });
  expect(at.lines[0]).toContain('40 by the seed "7"');
  expect(read('output/rows.csv')).not.toBe(first);
});

test('what is wrong with the query, the tables or the place of the output is in its log', async () => {
  pin();
  const project = withoutFile();
  write({ 'project.yaml': project, 'q.sql': 'select * from nothing' });
  expect(await again(1, 5)).toBe(false);
  expect(at.lines.join('\n')).toContain('q.sql at character 15: relation "nothing" does not exist');
  expect(at.lines.join('\n')).toContain('exit code 10; the whole log is in metadata/extract.log');

  write({ 'project.yaml': project.replace('--output output/rows.csv', '--output ../../../../escaped.csv') });
  expect(await again(10, 5)).toBe(false);
  expect(at.lines.join('\n')).toContain('../../../../escaped.csv is not in the study.');
  expect(existsSync(path.join(at.dir, '../escaped.csv'))).toBe(false);

  write({ 'project.yaml': project.replace('q.sql', '/etc/passwd') });
  expect(await again(20, 5)).toBe(false);
  expect(at.lines.join('\n')).toContain('/etc/passwd is not in the study.');

  const tampered = { ...publish(COUNTY), digest: '0'.repeat(64) };
  write({ 'project.yaml': project, 'dummy-data/schemas.json': JSON.stringify(tampered) });
  expect(await again(30, 5)).toBe(false);
  expect(at.lines.join('\n')).toContain('exit code 11');
});

test('a query that never ends is ended by Ctrl-C, and nothing of it is kept', async () => {
  pin();
  write({ 'project.yaml': withoutFile(), 'q.sql': 'select count(*) from generate_series(1, 1e15)' });
  const make: typeof INVENTED.make = (wanted, signal) => {
    const made = INVENTED.make(wanted, signal);
    // Its program has begun by then.
    setImmediate(() => at.stopping.abort());
    return made;
  };
  at.stopping = new AbortController();
  await expect(run(['run_all'], model, { dummy: { ...INVENTED, make } })).rejects.toThrow(/abort/i);
  expect(existsSync(path.join(at.dir, 'output/rows.csv'))).toBe(false);
  expect(existsSync(path.join(at.dir, 'metadata/.runs'))).toBe(false);
});

test('a query that never ends does not outlive a run that was killed', async () => {
  pin();
  write({ 'q.sql': 'select count(*) from generate_series(1, 1e15)' });
  const rows = builtFile('images/dummy-rows.mjs');
  const words = [rows, '5', '1', '--output', 'o.csv', 'q.sql'];
  const options = `{ cwd: ${JSON.stringify(at.dir)}, stdio: ['ignore', 'inherit', 'inherit'], env: { ${PARENT_VARIABLE}: String(process.pid) } }`;
  const begin = `require('node:child_process').spawn(process.execPath, ${JSON.stringify(words)}, ${options}).once('spawn', () => console.log('begun'))`;
  const parent = spawn(process.execPath, ['-e', begin], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(parent.stdout, 'data');
  parent.kill('SIGKILL');
  // Both have it: it ends when the second has gone, too.
  await once(parent.stdout.resume(), 'end');
});

test('a program that has no PostgreSQL in it says so', async () => {
  pin();
  write({ 'project.yaml': withoutFile() });
  const dummy = { ...INVENTED, make: rowsInProcess(undefined) };
  expect(await run(['extract'], model, { dummy })).toBe(false);
  expect(at.lines.join('\n')).toContain('Install the whole program: npm install --global sallyport.');
});

test('without pinned tables it is said how they come here; what no query makes is refused as before', async () => {
  write({ 'project.yaml': withoutFile() });
  expect(await again(1, 5)).toBe(false);
  expect(at.lines[1]).toBe('extract: give it a dummy_data_file in project.yaml; there is no database here');
  expect(at.lines[2]).toContain('sallyport dummy-data --list --from <address of your deployment>');

  pin();
  write({
    'project.yaml': withoutFile().replace(
      'sqlrunner:v1 --output output/rows.csv q.sql',
      'ehrql:v1 generate-dataset q.py --output output/rows.csv',
    ),
  });
  expect(await again(10, 5)).toBe(false);
  expect(at.lines.join('\n')).not.toContain('invented');
});
