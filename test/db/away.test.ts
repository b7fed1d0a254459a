import { expect, test } from '@jest/globals';
import { isDatabaseAway } from '../../src/db/away.ts';
import { reconnectAfter } from '../../src/db/postgres.ts';

const coded = (code: string): Error => Object.assign(new Error('no'), { code });

test.each([
  ['nobody listens there', coded('ECONNREFUSED'), true],
  ['the connection was cut', coded('ECONNRESET'), true],
  ['the server stops', coded('57P01'), true],
  ['the server starts', coded('57P03'), true],
  ['it takes no more connections', coded('53300'), true],
  ['the transaction stood still', coded('25P03'), true],
  ['the driver noticed first', new Error('Connection terminated unexpectedly'), true],
  ['no connection came free', new Error('timeout exceeded when trying to connect'), true],
  ['a statement took too long', coded('57014'), false],
  ['a row is there already', coded('23505'), false],
  ['a table is missing', coded('42P01'), false],
  ['a bug', new TypeError('x is not a function'), false],
  ['no error at all', 'ECONNRESET', false],
])('%s', (_case, error, away) => {
  expect(isDatabaseAway(error)).toBe(away);
  // As drizzle throws it on.
  expect(isDatabaseAway(new Error('Failed query', { cause: error }))).toBe(away);
});

test('the connection that listens is tried anew at least every second', () => {
  expect([0, 1, 2, 3, 1000].map(reconnectAfter)).toEqual([100, 500, 1000, 1000, 1000]);
});
