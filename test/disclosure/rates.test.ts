/** Rates and shares: the counts that they give away. */
import { expect, test } from '@jest/globals';
import { csv, found, many } from './found.ts';

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
