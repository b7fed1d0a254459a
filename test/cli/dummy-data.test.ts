/** `sallyport dummy-data`: fetched once, then offline; exactly so many rows; nothing half. */
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { dummyData } from '../../src/cli/dummy-data-work.ts';
import type { DummyDataFlags } from '../../src/cli/dummy-data.ts';
import { Refused } from '../../src/lib/refusal.ts';
import { publish } from '../../src/tables/tables.ts';
import { COUNTY } from '../tables/county.ts';

let study: string;
let server: Server;
let answer: { status: number; text: string };
let asked: string[];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(answer.status, { location: 'http://127.0.0.1:1/' }).end(answer.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(study, { recursive: true, force: true });
});
beforeEach(() => {
  if (study) rmSync(study, { recursive: true, force: true });
  study = mkdtempSync(path.join(tmpdir(), 'dummy-'));
  asked = [];
  answer = { status: 200, text: JSON.stringify(publish(COUNTY)) };
});

const hub = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
async function run(tables: string[], flags: Partial<DummyDataFlags> = {}): Promise<string[]> {
  const said: string[] = [];
  const all = {
    rows: 10,
    seed: '1',
    format: 'csv',
    projectDir: study,
    list: false,
    check: false,
    ...flags,
  } as const;
  await dummyData(tables, all, (line) => said.push(line));
  return said;
}
const refused = (tables: string[], flags?: Partial<DummyDataFlags>): Promise<string> =>
  run(tables, flags).then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Refused) return `${error.refusal.code}: ${error.refusal.says}`;
      throw error;
    },
  );
const lines = (file: string): string[] => readFileSync(path.join(study, file), 'utf8').trimEnd().split('\n');

test('what was fetched once is enough without a network, and gives the same bytes', async () => {
  expect((await run(['pupils'], { from: hub(), rows: 250 })).at(-1)).toMatch(
    /^Invented, by the tables \w{12}/,
  );
  expect(lines('dummy-data/pupils.csv')).toHaveLength(251);
  const first = readFileSync(path.join(study, 'dummy-data/pupils.csv'));
  answer = { status: 500, text: '' };
  await run(['pupils'], { rows: 250 });
  expect(readFileSync(path.join(study, 'dummy-data/pupils.csv'))).toEqual(first);
  expect(asked).toEqual(['/schemas.json']);
  await run(['pupils'], { rows: 250, seed: 'other' });
  expect(readFileSync(path.join(study, 'dummy-data/pupils.csv'))).not.toEqual(first);
});

test('all tables, compressed or as SQL, go where they are wanted', async () => {
  await run([], { from: hub(), rows: 50, format: 'csv.gz', output: path.join(study, 'out') });
  expect(readdirSync(path.join(study, 'out')).sort()).toEqual(
    ['attendance', 'profiles', 'pupils', 'scores', 'sites', 'warehouse.visits'].map(
      (name) => `${name}.csv.gz`,
    ),
  );
  const text = gunzipSync(readFileSync(path.join(study, 'out/attendance.csv.gz'))).toString();
  expect(text.trimEnd().split('\n')).toHaveLength(151);
  const said = await run(['warehouse.visits'], { format: 'sql', rows: 1 });
  expect(said[0]).toMatch(/^warehouse\.visits: 1 row in /);
  expect(lines('dummy-data/warehouse.visits.sql')[0]).toBe('create schema if not exists "warehouse";');
  expect((await run([], { list: true })).slice(0, 3)).toEqual([
    'sites',
    '  school_id  text',
    '  region     text',
  ]);
});

test('schema files of governance are read as they are, and a fault is named', async () => {
  const folder = path.join(study, 'schemas');
  mkdirSync(folder);
  const file = path.join(folder, 'visits.yml');
  writeFileSync(file, 'title: Visits\ntables: {visits: {columns: {id: {type: integer, min: 1, max: 9}}}}\n');
  await run([], { from: folder, rows: 3 });
  expect(lines('dummy-data/visits.csv')).toHaveLength(4);
  expect(readdirSync(path.join(study, 'dummy-data'))).toEqual(['visits.csv']);
  const told = async (text: string): Promise<string> => {
    writeFileSync(file, text);
    return refused([], { from: file });
  };
  expect(await told('title: a\ntables: {t: {columns: {x: {type: text}}}}\n')).toContain(
    'dummy.bad-schema: visits.yml is no schema of tables: tables.t.columns.x: A text needs',
  );
  expect(await told('title: [\n')).toContain('dummy.bad-schema');
  expect(await told('title: a\n')).toContain('dummy.bad-schema');
  expect(await told('')).toContain('dummy.bad-schema');
  expect(await refused([], { from: path.join(study, 'nothing') })).toContain(
    'dummy.unreadable: There is no ',
  );
});

test('nothing is made of what is missing, changed, or not a deployment’s', async () => {
  expect(await refused([])).toContain('dummy.no-schemas');
  expect(await refused([], { projectDir: path.join(study, 'nowhere') })).toContain('dummy.no-folder');
  expect(await refused([], { from: 'http://127.0.0.1:1' })).toContain('dummy.away');
  answer = { status: 302, text: '' };
  expect(await refused([], { from: hub() })).toContain('dummy.nothing-published');
  answer = { status: 200, text: '<html>' };
  expect(await refused([], { from: hub() })).toContain('dummy.not-json');
  expect(readdirSync(study)).toEqual([]);
  answer = { status: 200, text: JSON.stringify(publish(COUNTY)) };
  await run(['sites'], { from: hub() });
  const pin = path.join(study, 'dummy-data/schemas.json');
  writeFileSync(pin, readFileSync(pin, 'utf8').replace('"max": 11', '"max": 12'));
  expect(await refused(['sites'])).toContain('dummy.tampered');
  rmSync(pin);
  mkdirSync(pin);
  expect(await refused(['sites'])).toMatch(/dummy\.(unreadable|too-large)/);
});

test('a table that is not there, more rows than can differ, and a folder in the way leave nothing half', async () => {
  await run(['sites'], { from: hub() });
  expect(await refused(['pupil'])).toBe('dummy.no-table: There is no table "pupil".');
  expect(await refused(['sites'], { rows: 10_001 })).toContain('dummy.too-few-values');
  mkdirSync(path.join(study, 'dummy-data/pupils.csv'));
  expect(await refused(['pupils'])).toContain('dummy.folder');
  expect(readdirSync(path.join(study, 'dummy-data')).sort()).toEqual([
    'pupils.csv',
    'schemas.json',
    'sites.csv',
  ]);
});
