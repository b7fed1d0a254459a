/** Counts, models and days: what is read as one, and what is told of it. */
import { expect, test } from '@jest/globals';
import {
  checkFile,
  compareVersions,
  compiled,
  DEFAULT_POLICY,
  tablesOf,
} from '../../src/disclosure/disclosure.ts';
import { csv, findings, found, many, places } from './found.ts';

test('of several counts that are no whole numbers the first is placed', () => {
  const text = csv('g,n', ...many(24, (row) => `a,${row === 3 || row === 9 ? 10.5 : 120}`));

  expect(places('C6', text)).toEqual([{ row: 4, column: 'n' }]);
});

test('in a row of counts nobody is nothing to hide', () => {
  expect(found(csv('stat,age,bmi', 'n,500,0', 'mean,51.2,27.1'))).not.toContain('C5');
});

test.each([
  ['proportion', '0', 'exactly 0'],
  ['proportion', '1', 'exactly 1'],
  ['percent', '100', 'exactly 100 %'],
])('a %s of %s is told as %s', (heading, value) => {
  const text = csv(`g,n,${heading}`, `a,120,${value}`, `b,100,0.5`);

  expect(places('C12', text)).toEqual([{ row: 1, column: heading }]);
});

test('a count that equals its whole is everybody, unless both are wholes', () => {
  expect(found(csv('g,events,population', 'a,120,120'))).toContain('C12');
  expect(found(csv('g,population,total_events', 'a,120,120'))).not.toContain('C12');
});

test('several cells that are no middles, or no multiples, of six are counted', () => {
  const said = (text: string): string => findings(text).find(({ check }) => check === 'C6')!.message;

  expect(said(csv('g,n_midpoint6', 'a,16', 'b,22'))).toContain('2 such cells');
  expect(said(csv('g,n_midpoint6_derived', 'a,16', 'b,22'))).toContain('2 such cells');
});

test('what a person says of a column of texts makes it the name of groups', () => {
  expect(
    tablesOf('t.csv', Buffer.from(csv('n,m', 'a,120')), DEFAULT_POLICY, { roles: { n: 'other' } })[0]?.keys,
  ).toEqual(['n']);
});

test('means with a share behind them, and numbers of rows, are no counts', () => {
  expect(found(csv('g,mean age', 'a,51 (12%)', 'b,52 (13%)'))).not.toContain('C6');
  expect(found(csv('g,cases', 'a,51 (12%)', 'b,52 (13%)'))).toContain('C6');
  expect(places('C5', csv('g,x,y', 'a,1,10', 'b,2,20', 'c,3,30'))).toEqual([]);
  expect(places('C5', csv('g,x,y', 'a,1,10', 'b,3,20', 'c,2,30'))).toHaveLength(3);
});

test.each([
  [
    'with its n beside each term',
    csv('term,coef,se,n', 'a,0.5,0.1,120', 'b,0.3,0.1,120.5', 'c,0.2,0.1,'),
    false,
  ],
  ['whose n is hidden', csv('term,coef,se,n', 'a,0.5,0.1,NA', 'b,0.3,0.1,120'), false],
  ['whose n is small', csv('term,coef,se,n', 'a,0.5,0.1,10', 'b,0.3,0.1,10'), true],
  ['without names of its terms', csv('coef,se,n', '0.5,0.1,120'), false],
  ['with its n below', csv('term,coef,se', 'age,0.5,0.1', 'n,120,'), false],
  ['with a small n below', csv('term,coef,se', 'age,0.5,0.1', 'n,8,'), true],
  ['without n', csv('term,coef,se', 'age,0.5,0.1', 'sex,0.3,0.2'), true],
])('a model %s lacks degrees of freedom: %s', (_what, text, told) => {
  expect(found(text).includes('C15')).toBe(told);
});

test.each([
  ['a share of nearly all', csv('g,market_share', 'a,0.95', 'b,see note'), true],
  ['a share of half', csv('g,market_share', 'a,0.5', 'b,0.5'), false],
  ['an index of concentration', csv('g,hhi', 'a,0.2'), true],
  ['how many the largest count', csv('g,n_largest', 'a,120'), false],
])('%s tells of dominance: %s', (_what, text, told) => {
  expect(found(text).includes('C18')).toBe(told);
});

test.each([
  ['steps of a bin of six', csv('time,n_risk_midpoint6,n_event', '30,33,3', '60,27,3'), false],
  ['steps of a few', csv('time,n_risk,n_event', '30,100,5', '60,95,5'), true],
  ['one time', csv('time,n_risk,n_event', '30,100,5', 'end,50,5'), false],
  ['months', csv('month,n_risk,n_event', ...many(40, (row) => `${row},${1000 - row * 20},20`)), false],
  ['days in a row', csv('t,n_risk,n_event', ...many(40, (row) => `${row},${1000 - row * 20},20`)), true],
])('a survival table of %s shows single events: %s', (_what, text, told) => {
  expect(found(text).includes('C16')).toBe(told);
});

test('single days are told, those with few people one by one, and what is no day is none', () => {
  expect(places('C17', csv('date,n', '2024-01-01,5', '2024-01-02,100', '2024-01-03,3'))).toEqual([
    { column: 'date' },
    { row: 1, column: 'date' },
    { row: 3, column: 'date' },
  ]);
  expect(found(csv('date,n', '2024-13-01,100', '2024-13-02,100'))).not.toContain('C17');
  expect(found(csv('date,n', '2024-01-40,100', '2024-01-41,100'))).not.toContain('C17');
});

test('groups that are new since the last release are no difference', () => {
  const table = (...lines: string[]) =>
    tablesOf('t.csv', Buffer.from(csv('g,n', ...lines)), DEFAULT_POLICY)[0]!;
  const moved = (after: ReturnType<typeof table>) =>
    compareVersions(table('a,101', 'b,202'), after, false, compiled(DEFAULT_POLICY)).map(
      ({ check }) => check,
    );

  expect(moved(table('a,101', 'b,202', 'c,33'))).toEqual([]);
  expect(moved(table('a,104', 'b,202', 'c,33'))).toEqual(['D1']);
});

test('a table whose rows are shorter than the first is held whole, and empty names are names', () => {
  const text = csv(
    'g,n',
    `${'long '.repeat(40)},100`,
    ...many(3000, (row) => `${row % 2 === 0 ? '' : 'b'},${row % 2 === 0 ? 120 : 95}`),
  );
  const { columns } = checkFile('t.csv', Buffer.from(text), DEFAULT_POLICY);
  const [table] = tablesOf('t.csv', Buffer.from(text), DEFAULT_POLICY);

  expect(columns[1]).toMatchObject({ rows: 3001, sum: 100 + 1500 * 120 + 1500 * 95 });
  expect(table?.rows[1]).toEqual({ key: '', values: [120], redacted: [false] });
  expect(
    checkFile('t.json', Buffer.from('[["g","n"],["a",120],["b"]]'), DEFAULT_POLICY).columns[1],
  ).toMatchObject({ missing: 1 });
});
