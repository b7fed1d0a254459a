import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  createSql,
  csvField,
  csvPieces,
  generate,
  insertPieces,
  publish,
  publishOne,
  readPublished,
  schemasIn,
  sqlText,
  tableFaults,
  tablesJsonSchema,
  type Asked,
  type DatasetTables,
} from '../../src/tables/tables.ts';
import { COUNTY, datasets, madeOf, rowsOf } from './county.ts';

test('the same tables and seed give the same bytes, on every machine and in every version', () => {
  const text = (name: string, rows: number): string =>
    [...csvPieces(madeOf(COUNTY, { rows, seed: 'study', tables: [name] }, csvField)[0]!)].join('');
  expect(text('sites', 3)).toMatchInlineSnapshot(`
   "school_id,region
   S7567,King's
   S1861,"North, East"
   S0685,King's
   "
  `);
  expect(text('pupils', 5)).toMatchInlineSnapshot(`
   "pupil_id,school_id,year_group,sex,free_meals,born
   286077,S7567,7,F,f,2011-06-08
   432643,S7567,8,F,f,2010-08-08
   519959,S7567,8,F,t,2011-01-05
   495988,S7567,10,F,f,2009-11-22
   562992,S7567,7,F,f,2011-10-19
   "
  `);
  expect(text('scores', 7)).toMatchInlineSnapshot(`
   "pupil_id,subject,score
   286077,science,
   286077,science,5.5
   286077,english,8.7
   432643,science,15.6
   286077,science,43.6
   286077,english,38.5
   286077,science,94.7
   "
  `);
  expect(publish(COUNTY).digest).toMatchInlineSnapshot(
    `"5bacfee65cb8cd7d2710051f46cf5554e68623a4efa9929dcca3ae3d506b2ae9"`,
  );
});

test('ask for N rows and get N rows: of a table that is named, and of all as their schemas say', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120 }), fc.string(), (rows, seed) => {
      for (const name of ['pupils', 'attendance', 'scores', 'warehouse.visits'])
        expect(rowsOf(madeOf(COUNTY, { rows, seed, tables: [name] })[0]!)).toHaveLength(rows);
      const all = madeOf(COUNTY, { rows, seed });
      expect(all.map((table) => [table.name, rowsOf(table).length])).toEqual([
        ['sites', Math.ceil(rows / 25)],
        ['pupils', rows],
        ['attendance', 3 * rows],
        ['scores', Math.ceil(rows * 2.5)],
        ['profiles', rows],
        ['warehouse.visits', rows],
      ]);
    }),
    { numRuns: 8 },
  );
});

test('a row is the same however many are asked for', () => {
  const few = madeOf(COUNTY, { rows: 40, seed: 's' });
  const many = madeOf(COUNTY, { rows: 300, seed: 's' });
  for (const [n, table] of few.entries())
    expect(rowsOf(many[n]!).slice(0, table.rows)).toEqual(rowsOf(table));
  const one = madeOf(COUNTY, { rows: 30, seed: 's', tables: ['attendance'] })[0]!;
  expect(rowsOf(many[2]!).slice(0, 30)).toEqual(rowsOf(one));
});

test('keys never come twice, alone or together, and every reference meets its row', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 150 }), fc.string(), (rows, seed) => {
      const made = madeOf(COUNTY, { rows, seed });
      const column = (table: string, name: string): (string | null)[] => {
        const found = made.find((each) => each.name === table)!;
        return rowsOf(found).map((row) => row[found.columns.indexOf(name)]!);
      };
      const distinct = (...of: (string | null)[][]): number =>
        new Set(of[0]!.map((_, at) => of.map((each) => each[at]).join('|'))).size;
      for (const [table, key] of [
        ['sites', 'school_id'],
        ['pupils', 'pupil_id'],
        ['profiles', 'pupil_id'],
      ] as const)
        expect(distinct(column(table, key))).toBe(column(table, key).length);
      expect(distinct(column('attendance', 'pupil_id'), column('attendance', 'term'))).toBe(3 * rows);
      expect(distinct(column('warehouse.visits', 'day'), column('warehouse.visits', 'door'))).toBe(rows);
      const pupils = new Set(column('pupils', 'pupil_id'));
      for (const table of ['attendance', 'scores', 'profiles', 'warehouse.visits'])
        for (const id of column(table, 'pupil_id')) expect(id === null || pupils.has(id)).toBe(true);
      const sites = new Set(column('sites', 'school_id'));
      for (const id of column('pupils', 'school_id')) expect(sites.has(id)).toBe(true);
    }),
    { numRuns: 6 },
  );
});

test('values stay in their ranges, categories come by weight, and shares are kept', () => {
  const rows = 1500;
  const made = madeOf(COUNTY, { rows, seed: 'x' });
  const pupils = rowsOf(made[1]!);
  const share = (of: (string | null)[], value: string | null): number =>
    of.filter((each) => each === value).length / of.length;
  const [ids, , years, sexes, meals, born] = made[1]!.columns.map((_, n) => pupils.map((row) => row[n]!));
  for (const id of ids!) expect(Number(id)).toBeGreaterThanOrEqual(100_000);
  expect(new Set(years)).toEqual(new Set(['7', '8', '9', '10', '11']));
  expect(share(sexes!, 'F')).toBeCloseTo(0.75, 1);
  expect(share(meals!, 't')).toBeCloseTo(0.2, 1);
  for (const day of born!) expect(day! >= '2008-09-01' && day! <= '2013-08-31').toBe(true);
  const scores = rowsOf(made[3]!).map((row) => row[2]!);
  expect(share(scores, null)).toBeCloseTo(0.1, 1);
  for (const score of scores) if (score !== null) expect(score).toMatch(/^-?\d+\.\d$/);
  expect(Math.min(...scores.map(Number))).toBeGreaterThanOrEqual(-5);
  expect(Math.max(...scores.map(Number))).toBeLessThanOrEqual(100);
  const seen = rowsOf(made[5]!).map((row) => row[3]!);
  for (const time of seen) expect(time).toMatch(/^2025-0[12]-\d\d \d\d:\d\d:\d\d$/);
});

test('what cannot be made is refused with how many there can be, and a table nobody knows by name', () => {
  const refused = (asked: Asked): string => {
    const made = generate(COUNTY, asked);
    return isRefusal(made) ? `${made.code}: ${made.says} ${made.next}` : 'made';
  };
  expect(refused({ rows: 10_001, seed: '', tables: ['sites'] })).toMatchInlineSnapshot(
    `"dummy.too-few-values: 10,001 rows of sites need as many different values of "school_id", and the schema allows 10,000. Ask for at most 10,000 rows, or have the range widened in governance."`,
  );
  expect(refused({ rows: 4383, seed: '', tables: ['warehouse.visits'] })).toContain('"day", "door"');
  expect(refused({ rows: 1, seed: '', tables: ['pupil'] })).toMatchInlineSnapshot(
    `"dummy.no-table: There is no table "pupil". There are: sites, pupils, attendance, scores, profiles, warehouse.visits."`,
  );
});

test('rows as SQL say what they are, quoted, in pieces', () => {
  const [sites] = madeOf(COUNTY, { rows: 501, seed: 'study', tables: ['sites'] }, sqlText);
  const pieces = [...insertPieces(sites!)];
  expect(pieces).toHaveLength(2);
  expect(pieces[1]).toMatchInlineSnapshot(`
   "insert into "sites" ("school_id", "region") values
   ('S5531', 'South');
   "
  `);
  expect(COUNTY.flatMap(({ tables }) => Object.keys(tables).map((name) => createSql(COUNTY, name))).join(''))
    .toMatchInlineSnapshot(`
   "create table "sites" (
     "school_id" text,
     "region" text
   );
   create table "pupils" (
     "pupil_id" integer,
     "school_id" text,
     "year_group" integer,
     "sex" text,
     "free_meals" boolean,
     "born" date
   );
   create table "attendance" (
     "pupil_id" integer,
     "term" text,
     "sessions" integer
   );
   create table "scores" (
     "pupil_id" integer,
     "subject" text,
     "score" numeric
   );
   create table "profiles" (
     "pupil_id" integer,
     "big" bigint,
     "whole" numeric,
     "agrees" boolean
   );
   create table "warehouse"."visits" (
     "pupil_id" integer,
     "day" date,
     "door" text,
     "seen" timestamp
   );
   "
  `);
  const [scores] = madeOf(COUNTY, { rows: 40, seed: 'study', tables: ['scores'] }, sqlText);
  expect([...insertPieces(scores!)].join('')).toMatch(/, null\)/);
  expect(schemasIn(['a', 'warehouse.visits', 'warehouse.b', 'public.c'])).toEqual(['warehouse']);
  expect([csvField(''), csvField('a,"b"'), csvField('a')]).toEqual(['""', '"a,""b"""', 'a']);
});

test('a million rows are written in pieces, and none of it is held', () => {
  const [table] = madeOf(COUNTY, { rows: 12_000, seed: '', tables: ['pupils'] }, csvField);
  const sizes = [...csvPieces(table!)].map((piece) => piece.length);
  expect(sizes.length).toBeGreaterThan(5);
  expect(Math.max(...sizes)).toBeLessThan(66_000);
});

test('what is published is read back as it was; the digest follows what rows hang on, and no order of files', () => {
  const published = publish(COUNTY);
  expect(readPublished(JSON.stringify(published), 'it')).toEqual(published);
  expect(publish([...COUNTY].reverse()).digest).toBe(published.digest);
  const other = structuredClone(COUNTY);
  other[0]!.tables['sites']!.columns['region']!.categories = { North: 1 };
  expect(publish(other).digest).not.toBe(published.digest);
  const titled = COUNTY.map((each) => ({ ...each, title: 'Another' }));
  expect(publish(titled).digest).toBe(published.digest);
  expect(tablesJsonSchema('https://hub.example/schemas/tables.json')).toHaveProperty('properties.datasets');
});

test('one dataset is published with those whose keys it refers to, so that it can be read alone', () => {
  const names = (of: string): string[] | undefined =>
    publishOne(COUNTY, of)?.datasets.map(({ dataset }) => dataset);
  expect(names('people')).toEqual(['people']);
  expect(names('school')).toEqual(['people', 'school']);
  expect(names('constructor')).toBeUndefined();
  expect(readPublished(JSON.stringify(publishOne(COUNTY, 'school')), 'it')).toEqual(publish(COUNTY));
});

test('what a deployment did not publish is refused, with where and why', () => {
  const said = (value: unknown): string => {
    const read = readPublished(typeof value === 'string' ? value : JSON.stringify(value), 'pin.json');
    return isRefusal(read) ? `${read.code}: ${read.says}` : 'read';
  };
  const published = publish(COUNTY);
  expect(said('{')).toMatchInlineSnapshot(
    `"dummy.not-json: pin.json is not what a deployment publishes: it is no JSON."`,
  );
  expect(said([])).toContain('the whole of it');
  expect(said({ ...published, generator: 2 })).toMatchInlineSnapshot(
    `"dummy.not-tables: pin.json is not what a deployment publishes: generator: 1: another number is of another version of sallyport"`,
  );
  expect(said({ ...published, digest: '0'.repeat(64) })).toMatchInlineSnapshot(
    `"dummy.tampered: pin.json was changed: its tables are not those of its digest."`,
  );
  const broken: DatasetTables[] = structuredClone(published.datasets);
  broken[0]!.tables['pupils']!.columns['school_id']!.references = 'sites.nothing';
  expect(said({ ...published, datasets: broken })).toContain('There is no column sites.nothing.');
  expect(tableFaults(COUNTY)).toEqual([]);
  expect(datasets({ a: { t: { columns: { x: { type: 'boolean' } } } } })).toHaveLength(1);
});
