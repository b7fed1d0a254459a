import { expect, test } from '@jest/globals';
import { tableFaults } from '../../src/tables/tables.ts';
import { datasets } from './county.ts';

const ID = { type: 'integer', min: 1, max: 1000, unique: true };
const said = (columns: Record<string, unknown>, more: Record<string, unknown> = {}): string[] =>
  tableFaults(datasets({ d: { keys: { columns: { id: ID } }, t: { columns, ...more } } })).map(
    ({ path, key, message }) =>
      `${[...path, key].filter((step) => step !== undefined).join('.')}: ${message}`,
  );

test.each<[string, Record<string, unknown>, string]>([
  ['neither type nor reference', {}, 'either a type, or references'],
  ['both', { type: 'text', references: 'keys.id' }, 'either a type, or references'],
  ['a text of nothing', { type: 'text' }, '"categories" or a "pattern"'],
  ['a text of both', { type: 'text', categories: ['a'], pattern: 'a' }, '"categories" or a "pattern"'],
  ['a pattern that is a program', { type: 'text', pattern: '(a+)+$' }, 'plain characters and sets'],
  ['an integer without an end', { type: 'integer', min: 1 }, 'needs "min" and "max"'],
  ['an integer without a beginning', { type: 'integer', max: 1 }, 'needs "min" and "max"'],
  ['an integer that is none', { type: 'integer', min: 1.5, max: 2 }, '"1.5" is no whole number'],
  ['one at the other end', { type: 'integer', min: 1, max: 2.5 }, '"2.5" is no whole number'],
  ['an integer upside down', { type: 'integer', min: 3, max: 2 }, 'must not be below'],
  ['a category that is no integer', { type: 'integer', categories: ['one'] }, '"one" is no whole number'],
  ['a decimal without an end', { type: 'decimal', min: 0 }, 'A decimal needs'],
  ['a decimal without a beginning', { type: 'decimal', max: 0 }, 'A decimal needs'],
  ['a decimal upside down', { type: 'decimal', min: 1, max: 0 }, 'must not be below'],
  ['a decimal too fine', { type: 'decimal', min: 0, max: 1e12, digits: 6 }, 'more than 15'],
  ['a date without an end', { type: 'date', from: '2026-01-01' }, 'needs "from" and "until"'],
  ['a time without a beginning', { type: 'timestamp', until: '2026-01-01' }, 'needs "from" and "until"'],
  ['a date upside down', { type: 'date', from: '2026-01-02', until: '2026-01-01' }, 'must not be before'],
  [
    'a boolean with a range',
    { type: 'boolean', min: 1 },
    't.columns.x.min: "min" is not for a column of type',
  ],
  ['a reference with a range', { references: 'keys.id', max: 1 }, 'its values are those of the key'],
  ['a reference to nothing', { references: 'keys.nothing' }, 'There is no column keys.nothing'],
  ['a reference to what objects have', { references: 'keys.constructor' }, 'no column keys.constructor'],
  ['a reference to no table', { references: 'nobody.id' }, 'There is no column nobody.id'],
  ['a reference to itself', { references: 't.x', unique: true }, 'references go in a ring'],
  ['a key that may be empty', { ...ID, null_share: 0.5 }, 'cannot be empty'],
])('%s is a fault at its place', (_, column, wanted) => {
  expect(said({ x: column }).join('\n')).toContain(wanted);
});

test('sets that never come twice are of columns that are there, each in one set, and can be as many as they must', () => {
  const columns = { a: { references: 'keys.id' }, b: { type: 'boolean' } };
  expect(said(columns, { unique: [['a', 'b']] })).toEqual([]);
  expect(said(columns, { unique: [['a', 'c']] })).toEqual([
    'tables.t.unique.0: The table has no column "c".',
  ]);
  expect(said(columns, { unique: [['a'], ['b', 'a']] })[0]).toContain('"a" stands in two sets');
  expect(said({ ...columns, a: ID }, { unique: [['a', 'b']] })[0]).toContain('"a" stands in two sets');
  expect(said({ b: { type: 'boolean', null_share: 0.1 } }, { unique: [['b']] })[0]).toContain(
    'cannot be empty',
  );
  expect(said({ a: columns.a, b: columns.a }, { unique: [['a', 'b']] })).toEqual([
    'tables.t.unique: At most one of the columns that never come twice together may be a reference.',
  ]);
  expect(said(columns, { unique: [['a', 'b']], rows_per_thousand: 2001 })).toEqual([
    'tables.t.unique: Up to 3 rows refer to one row, and only 2 of them can differ: fewer rows_per_thousand, or more values.',
  ]);
  expect(said({ a: { ...columns.a, unique: true } }, { rows_per_thousand: 2000 })[0]).toContain(
    'columns.a.unique',
  );
  expect(said({ b: { type: 'boolean', min: 1 } }, { unique: [['b']] })).toHaveLength(1);
});

test('a reference means one row, one table has one name, and a page that is there already is nobody’s', () => {
  const x = { columns: { x: { type: 'boolean' } } };
  expect(said({ y: { references: 't.x' }, x: { type: 'boolean' } })[0]).toContain('t.x is no key');
  const found = tableFaults(datasets({ project: { t: x }, other: { T: x } }));
  expect(found.map(({ dataset, path, key, message }) => [dataset, path, key, message]))
    .toMatchInlineSnapshot(`
   [
     [
       "project",
       [],
       undefined,
       "Tables of a dataset called "project" would have no address: /schemas/project is another page.",
     ],
     [
       "other",
       [
         "tables",
       ],
       "T",
       "There is a table "T" already, in schemas/project.yml: two tables of a deployment cannot have one name.",
     ],
   ]
  `);
  const deep = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      `t${n}`,
      { columns: { id: n === 39 ? ID : { references: `t${n + 1}.id`, unique: true } } },
    ]),
  );
  expect(tableFaults(datasets({ d: deep })).length).toBeGreaterThan(0);
});
