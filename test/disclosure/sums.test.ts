/** Totals: what can be worked out of what is shown, and what cannot. */
import { expect, test } from '@jest/globals';
import { csv, found, many, places } from './found.ts';

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
