/** `sallyport dummy-data --action`: the query is run for real on invented rows, without a power over the machine. */
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { ofAction } from '../../src/cli/dummy-data-action.ts';
import { compareWith } from '../../src/cli/dummy-data-compare.ts';
import type { DummyDataFlags } from '../../src/cli/dummy-data.ts';
import { Refused } from '../../src/lib/refusal.ts';
import { publish } from '../../src/tables/tables.ts';
import { COUNTY } from '../tables/county.ts';

jest.setTimeout(120_000);

const PROJECT = `version: 5
actions:
  extract:
    run: sqlrunner:v1 --output output/pupils.csv analysis/extract.sql
    dummy_data_file: dummy-data/extract.csv
    outputs: {highly_sensitive: {pupils: output/pupils.csv}}
  packed:
    run: sqlrunner:v1 --output output/packed.csv.gz analysis/extract.sql
    dummy_data_file: dummy-data/packed.csv.gz
    outputs: {highly_sensitive: {packed: output/packed.csv.gz}}
  bare:
    run: sqlrunner:v1 --output output/bare.csv analysis/bare.sql
    outputs: {highly_sensitive: {bare: output/bare.csv}}
  outside:
    run: sqlrunner:v1 --output output/outside.csv ../../etc/passwd
    dummy_data_file: dummy-data/outside.csv
    outputs: {highly_sensitive: {outside: output/outside.csv}}
  odd:
    run: sqlrunner:v1 --output output/odd.csv --fast analysis/odd.sql
    dummy_data_file: dummy-data/odd.csv
    outputs: {highly_sensitive: {odd: output/odd.csv}}
  report:
    run: python:v2 python report.py
    outputs: {moderately_sensitive: {report: output/report.csv}}
`;
const SQL = `-- Per pupil.
select p.pupil_id, p.born, p.free_meals, round(avg(r.score), 2) as mean, count(v.day) as visits
from pupils p left join scores r using (pupil_id) left join warehouse.visits v using (pupil_id)
group by p.pupil_id, p.born, p.free_meals order by p.pupil_id;
`;

let study: string;
beforeAll(() => {
  study = mkdtempSync(path.join(tmpdir(), 'dummy-action-'));
  mkdirSync(path.join(study, 'analysis'));
  mkdirSync(path.join(study, 'dummy-data'));
  writeFileSync(path.join(study, 'project.yaml'), PROJECT);
  writeFileSync(path.join(study, 'dummy-data/schemas.json'), JSON.stringify(publish(COUNTY)));
});
beforeEach(() => query(SQL));
afterAll(() => rmSync(study, { recursive: true, force: true }));

const query = (sql: string): void => writeFileSync(path.join(study, 'analysis/extract.sql'), sql);
const text = (): string => readFileSync(path.join(study, 'dummy-data/extract.csv'), 'utf8');
async function run(action: string, flags: Partial<DummyDataFlags> = {}, tables: string[] = []) {
  const said: string[] = [];
  const usual = { rows: 40, seed: '1', format: 'csv', projectDir: study, list: false, check: false } as const;
  const ok = await ofAction(tables, { ...usual, action, ...flags }, (line) => said.push(line));
  return { ok, said };
}
const refused = (action: string, flags?: Partial<DummyDataFlags>, tables?: string[]): Promise<string> =>
  run(action, flags, tables).then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Refused) return `${error.refusal.code}: ${error.refusal.says}`;
      throw error;
    },
  );

test('what the query returns of invented rows becomes the file, the same each time, and fits its own check', async () => {
  const { said } = await run('extract');
  expect(said[0]).toMatch(/^dummy-data\/extract\.csv: 40 rows, what analysis\/extract\.sql returns /);
  const first = text();
  expect(first.split('\n')[0]).toBe('pupil_id,born,free_meals,mean,visits');
  expect(first.trimEnd().split('\n')).toHaveLength(41);
  expect(first.split('\n')[1]).toMatch(/^\d{6},20\d\d-\d\d-\d\d,[tf],(-?\d+\.\d\d)?,\d+$/);
  await run('packed');
  expect(gunzipSync(readFileSync(path.join(study, 'dummy-data/packed.csv.gz'))).toString()).toBe(first);
  expect((await run('packed', { check: true })).ok).toBe(true);
  writeFileSync(
    path.join(study, 'dummy-data/extract.csv'),
    'pupil_id,born,meals,mean\n1,2010-02-30,t,\n2,2010-02-03,f\nx,2010-02-03,f,1.5\n',
  );
  expect(await run('extract', { check: true })).toEqual({
    ok: false,
    said: [
      'dummy-data/extract.csv:1:15: The query returns no column "meals".',
      'dummy-data/extract.csv:1:1: The column "free_meals" is missing: the query returns it.',
      'dummy-data/extract.csv:1:1: The column "visits" is missing: the query returns it.',
      'dummy-data/extract.csv:2:3: "2010-02-30" is no day like 2026-01-31, as "born" must be.',
      'dummy-data/extract.csv:3:1: This line has 3 fields, and the first line 4.',
      'dummy-data/extract.csv:4:1: "x" is no whole number, as "pupil_id" must be.',
    ],
  });
});

test('a query of somebody else has no power: it reads no file, writes none, loads nothing and takes nothing back', async () => {
  const before = readdirSync(study).sort();
  const attacks: [string, string][] = [
    ["select pg_read_file('/etc/passwd')", 'dummy.query'],
    ["copy pupils to '/tmp/stolen'; select 1", 'permission denied'],
    ["copy (select 1) to program 'id'; select 1", 'permission denied'],
    ["create function f() returns int language c as '/tmp/x', 'f'; select f()", 'permission denied'],
    ["load '/tmp/x.so'; select 1", 'is not allowed'],
    ['update pg_authid set rolsuper = true; select 1', 'permission denied'],
    ['alter role postgres superuser; select 1', 'permission denied'],
  ];
  let all = '';
  for (const [sql] of attacks)
    all += `do $$ begin execute ${`'${sql.split(';')[0]!.replaceAll("'", "''")}'`}; raise exception 'it worked: %', 1 using errcode = 'P0001';
      exception when sqlstate 'P0001' then raise; when others then null; end $$;\n`;
  query(`${all} select 1 as nothing_worked`);
  await run('extract');
  expect(text()).toBe('nothing_worked\n1\n');
  expect(readdirSync(study).sort()).toEqual(before);
});

test('what the database says of a query is told with its place', async () => {
  query('select * from nothing');
  expect(await refused('extract')).toBe(
    'dummy.query: analysis/extract.sql at character 15: relation "nothing" does not exist',
  );
  query('select 1; select 2');
  expect(await refused('extract')).toContain('More than one statement');
});

test('what cannot be run is refused before anything is made', async () => {
  expect(await refused('nobody')).toBe('dummy.no-action: There is no action "nobody".');
  expect(await refused('report')).toContain('dummy.no-query');
  expect(await refused('bare')).toContain('dummy.no-file');
  expect(await refused('outside')).toContain('dummy.outside');
  expect(await refused('odd')).toContain('"--fast" is not an option.');
  expect(await refused('extract', {}, ['pupils'])).toContain('dummy.usage');
  expect(await refused('extract', { rows: 1_000_000 })).toContain('dummy.too-many-rows');
  rmSync(path.join(study, 'analysis/extract.sql'));
  expect(await refused('extract')).toContain('dummy.unreadable');
});

const COLUMNS = [
  { name: 'a', type: 23 },
  { name: 'b', type: 1700 },
  { name: 'c', type: 16 },
  { name: 'd', type: 1114 },
  { name: 'e', type: 25 },
];
test.each<[string, string, string[]]>([
  [
    'right, quoted, with nulls and line ends of Windows',
    'a,b,c,d,e\r\n1,1e3,T,2026-01-31 09:30:00,"x,""\n"\r\n,,,,\r\n',
    [],
  ],
  ['in another order, with a mark in front', '\uFEFFe,d,c,b,a\nx,2026-01-31T09:30Z,f,NaN,-7', []],
  ['empty', '', ['1:1: The file is empty: its first line must name the columns.']],
  ['twice', 'a,a,b,c,d,e\n', ['1:3: The column "a" stands twice.']],
  [
    'of other types',
    'a,b,c,d,e\n1.5,one,yes,2026-13-01 00:00,\n"",1,t,noon,"\n"\n2,2,t,2026-01-01 25,z\n',
    [
      '2:1: "1.5" is no whole number, as "a" must be.',
      '2:5: "one" is no number, as "b" must be.',
      '2:9: "yes" is no true or false, as "c" must be.',
      '2:13: "2026-13-01 00:00" is no time like 2026-01-31 09:30:00, as "d" must be.',
      '3:1: "" is no whole number, as "a" must be.',
      '3:8: "noon" is no time like 2026-01-31 09:30:00, as "d" must be.',
      '5:7: "2026-01-01 25" is no time like 2026-01-31 09:30:00, as "d" must be.',
    ],
  ],
  ['never closed', 'a,b,c,d,e\n1,1,t,2026-01-01 00:00,"x', []],
])('a file that is %s', (_, file, wanted) => {
  expect(
    compareWith(file, COLUMNS).map(({ line, column, message }) => `${line}:${column}: ${message}`),
  ).toEqual(wanted);
});
