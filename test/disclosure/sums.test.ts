/** Totals, rates and models: what can be worked out of what is shown, and what cannot. */
import { expect, test } from '@jest/globals';
import {
  checkFile,
  compareVersions,
  compiled,
  DEFAULT_POLICY,
  tablesOf,
  type FileFacts,
  type Finding,
} from '../../src/disclosure/disclosure.ts';
import { bounds, type Row } from '../../src/disclosure/simplex.ts';

const csv = (...lines: string[]): string => `${lines.join('\n')}\n`;
const many = (rows: number, line: (row: number) => string): string[] =>
  Array.from({ length: rows }, (_, row) => line(row));
const findings = (text: string, facts: FileFacts = {}, path = 't.csv'): Finding[] =>
  checkFile(path, Buffer.from(text), DEFAULT_POLICY, facts).findings;
const found = (...asked: Parameters<typeof findings>): string[] =>
  findings(...asked).map(({ check }) => check);
const places = (check: string, ...asked: Parameters<typeof findings>): unknown[] =>
  findings(...asked)
    .filter((one) => one.check === check)
    .map(({ place }) => place);

test.each([
  ['Total', true],
  ['North total', true],
  ['Nearly all', false],
  ['North West total', false],
  ['North East', false],
])('a row called "%s" sums the others: %s', (label, sums) => {
  expect(found(csv('g,n', 'a,100', 'b,50', `${label},155`)).includes('C11')).toBe(sums);
});

test.each([
  ['near its parts', '155', true],
  ['somewhat off', '170', true],
  ['their sum', '150', false],
  ['far from them, of something else', '900', false],
])('a total that is %s', (_what, total, told) => {
  expect(found(csv('g,n', 'a,100', 'b,50', `Total,${total}`)).includes('C11')).toBe(told);
});

test('groups named by a first column, and sections under a heading, each add up to the total', () => {
  const groups = (...more: string[]): string =>
    csv('variable,level,n', 'sex,F,60', 'sex,M,40', ...more, 'Total,,100');
  const sections = csv(
    'g,n',
    'Sex,',
    'F,60',
    'M,40',
    'Age,',
    'young,NA',
    'old,97',
    'Total,100',
    'Region,',
    'North,100',
  );

  expect(places('C10', groups('age,young,NA', 'age,old,97'))).toEqual([{ row: 3, column: 'n' }]);
  expect(places('C10', groups())).toEqual([]);
  expect(places('C10', groups('age,all of them,NA'))).toEqual([]);
  expect(places('C10', sections)).toEqual([{ row: 5, column: 'n' }]);
});

test('a column called total is believed where one complete row shows that it is', () => {
  expect(found(csv('g,a,b,total', 'x,NA,48,52', 'y,30,70,100'))).toContain('C10');
  expect(found(csv('g,a,b,total', 'x,NA,48,52', 'y,40,NA,90'))).not.toContain('C10');
});

test('a column called total that is far from its parts is the total of something else', () => {
  expect(found(csv('g,a,b,total', 'x,10,20,90', 'y,30,NA,200'))).not.toContain('C10');
  expect(found(csv('g,a,b,total', 'x,10,20,90', 'y,30,NA,200'))).not.toContain('C11');
});

test('a hidden part of a hidden total stays hidden', () => {
  const text = csv('g,a,b,total', 'x,10,NA,NA', 'y,20,NA,NA', 'z,5,5,10', 'w,7,8,15');

  expect(found(text)).not.toContain('C10');
});

test('a cross-tabulation shows counts, whether or not its total stands beside them', () => {
  const small = { row: 1, column: 'High' };

  expect(places('C5', csv('sex,Low,High', 'F,120,3', 'M,90,100'))).toEqual([small]);
  expect(places('C5', csv('sex,Low,High,Total', 'F,120,3,125', 'M,90,100,190'))).toEqual([small]);
  expect(places('C5', csv('sex,Low,High,patients', 'F,120,3,125', 'M,90,100,190'))).toEqual([]);
});

test('an empty cell is a secret only when the totals leave something for it', () => {
  expect(found(csv('g,n', 'a,', 'b,', 'c,97', 'Total,100'))).not.toContain('C10');
  expect(found(csv('g,n', 'a,NA', 'b,NA', 'c,97', 'Total,100'))).toContain('C10');
  expect(found(csv('g,n', 'a,', 'c,97', 'Total,100'))).toContain('C10');
});

test('what can be worked out is placed by its number where its column has no name', () => {
  expect(places('C10', csv('g,', 'a,120', 'b,NA', 'Total,124'))).toEqual([{ row: 2, column: 'column 2' }]);
});

test('a hidden total is worked out of the total of totals, and so is its part', () => {
  const text = csv('g,a,b,total', 'x,10,NA,NA', 'y,20,30,50', 'z,5,5,10', 'Total,35,38,73');

  expect(places('C10', text)).toEqual([
    { row: 1, column: 'b' },
    { row: 1, column: 'total' },
  ]);
});

test('totals that contradict each other narrow nothing further', () => {
  const text = csv('g,a,b,total', 'x,10,NA,13', 'y,20,30,50', 'z,5,5,10', 'Total,35,70,73');

  expect(places('C10', text)).toEqual([{ row: 1, column: 'b' }]);
});

test('where totals hold only nearly, or a part is no number, less is worked out', () => {
  expect(found(csv('g,n,count', 'a,100,100', 'b,50,NA', 'Total,150,104'))).toContain('C10');
  expect(found(csv('g,n,count', 'a,100,100', 'b,50,NA', 'Total,155,104'))).not.toContain('C10');
  expect(found(csv('g,n', ...many(12, () => 'a,100'), 'b,see note', 'c,NA', 'Total,1204'))).not.toContain(
    'C10',
  );
});

const isNear = (value: number): unknown => expect.closeTo(value, 6);

test.each<[string, Row[], number, [number, number][]]>([
  [
    'a sum',
    [{ plus: [0, 1], low: 10, high: 10 }],
    2,
    [
      [0, 10],
      [0, 10],
    ],
  ],
  [
    'a sum within bounds',
    [{ plus: [0, 1], low: 2, high: 5 }],
    2,
    [
      [0, 5],
      [0, 5],
    ],
  ],
  [
    'a difference',
    [{ plus: [0], minus: 1, low: -3, high: -3 }],
    2,
    [
      [0, Infinity],
      [3, Infinity],
    ],
  ],
  [
    'the same sum twice',
    [
      { plus: [0, 1], low: 4, high: 4 },
      { plus: [0, 1], low: 4, high: 4 },
    ],
    2,
    [
      [0, 4],
      [0, 4],
    ],
  ],
  ['nothing', [{ plus: [], minus: 0, low: 0, high: 0 }], 1, [[0, 0]]],
  [
    'two sums that share a part',
    [
      { plus: [0, 1], low: 4, high: 4 },
      { plus: [1, 2], low: 1, high: 1 },
    ],
    3,
    [
      [3, 4],
      [0, 1],
      [0, 1],
    ],
  ],
])('the unknowns of %s lie between their least and their most', (_what, rows, unknowns, expected) => {
  expect(bounds(rows, unknowns, [...expected.keys()])).toEqual(
    expected.map(([least, most], unknown) => ({
      unknown,
      least: isNear(least),
      most: most === Infinity ? Infinity : isNear(most),
    })),
  );
});

test('sums that contradict each other say nothing', () => {
  expect(
    bounds(
      [
        { plus: [0], low: 1, high: 1 },
        { plus: [0], low: 2, high: 2 },
      ],
      1,
      [0],
    ),
  ).toEqual([]);
});

/** Sums of many of the unknowns, each within wide bounds. */
const system = (rows: number, unknowns: number): Row[] =>
  Array.from({ length: rows }, (_, row) => ({
    plus: Array.from({ length: unknowns }, (_each, one) => one).filter(
      (one) => (one * 7 + row * 13) % 11 < 5,
    ),
    low: 10 + row,
    high: 500 + 3 * row,
  }));
const all = (count: number): number[] => Array.from({ length: count }, (_, one) => one);

test('what a fixed amount of work did not reach is left out', () => {
  const reached = bounds(system(100, 200), 200, all(200));

  expect(reached.length).toBeGreaterThan(0);
  expect(reached.length).toBeLessThan(200);
  expect(bounds(system(400, 200), 200, all(200))).toEqual([]);
});

test.each([
  ['the total of a row of its own', csv('g,n,percent', 'a,60,60.0', 'b,40,40.0', 'Total,100,100.0'), false],
  [
    'the sum where one is hidden',
    csv('g,n,percent', 'a,60,60.0', 'b,40,40.0', 'c,NA,5.0', 'd,100,100.0'),
    false,
  ],
  [
    'counts before rounding',
    csv(
      'g,n,denominator,percent',
      ...many(
        6,
        (row) =>
          `g${row},${100 + 5 * row},${995 + 5 * row},${((100 * (101 + 5 * row)) / (997 + 5 * row)).toFixed(3)}`,
      ),
    ),
    true,
  ],
  ['one row, by chance', csv('g,n,denominator,proportion', 'a,10,100,0.12'), false],
  ['counts that are all hidden', csv('g,cases,population,rate', 'a,NA,NA,12.55', 'b,NA,NA,13.41'), false],
  [
    'more pairs than are tried',
    csv(
      `g,${many(16, (at) => `n_${at}`).join(',')},rate`,
      ...many(
        4,
        (row) => `g${row},${many(16, (at) => String(100 + 5 * ((at * 7 + row) % 40))).join(',')},0.${row}777`,
      ),
    ),
    false,
  ],
  [
    'groups of which one is hidden',
    csv('sex,age,n,percent', 'F,young,60,60.0', 'F,old,40,40.0', 'M,young,NA,51.5', 'M,old,NA,48.5'),
    false,
  ],
])('rates from %s give the true counts away: %s', (_what, text, told) => {
  expect(found(text).includes('C8')).toBe(told);
});

test.each([
  [
    'many digits',
    csv('g,cases,population,percent', 'a,NA,400,1.00', 'b,50,400,12.50', 'c,20,400,5.00', 'd,100,400,25.00'),
    true,
  ],
  [
    'few digits',
    csv(
      'g,cases,population,percent',
      'a,NA,10000,5.0',
      'b,500,10000,5.0',
      'c,200,10000,2.0',
      'd,100,10000,1.0',
    ),
    false,
  ],
  [
    'nobody',
    csv('g,cases,population,percent', 'a,NA,400,0.00', 'b,50,400,12.50', 'c,20,400,5.00', 'd,100,400,25.00'),
    false,
  ],
])('beside its whole a rate of %s gives a hidden count away: %s', (_what, text, told) => {
  expect(found(text).includes('C9')).toBe(told);
});

test.each([
  [
    'unrounded',
    csv('g,population,percent', 'a,400,0.750', 'b,800,1.125', 'c,1000,1.700', 'd,NA,1.300'),
    true,
  ],
  [
    'rounded',
    csv('g,population,percent', 'a,4000,1.250', 'b,8000,1.250', 'c,10000,2.500', 'd,NA,1.300'),
    false,
  ],
])('with its whole alone a rate gives one numerator, which is %s: %s', (_what, text, told) => {
  expect(found(text).includes('C9')).toBe(told);
});

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
