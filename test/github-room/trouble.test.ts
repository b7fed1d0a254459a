import { expect, test } from '@jest/globals';
import { troubleOf } from '../../src/github/trouble.ts';

const NOW = Date.parse('2027-03-01T09:00:00Z');

function answer(status: number, message = 'No', headers: Record<string, string> = {}): unknown {
  return Object.assign(new Error('x'), { status, response: { headers, data: { message } } });
}

test.each([
  ['a pause with a time', answer(403, 'secondary rate limit', { 'retry-after': '90' }), 'wait 90000'],
  ['429 without a time', answer(429), 'wait 60000'],
  [
    'the hourly budget spent',
    answer(403, 'API rate limit exceeded', {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(NOW / 1000 + 30),
    }),
    'wait 31000',
  ],
  ['a secondary limit without a time', answer(403, 'You have exceeded a secondary rate limit'), 'wait 60000'],
  ['GitHub unwell', answer(502), 'retry 502'],
  ['a revoked token', answer(401), 'retry 401'],
  [
    'a lost connection',
    new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }),
    'away no answer: ECONNRESET',
  ],
  [
    'a lost connection as Octokit tells it',
    Object.assign(
      new Error('connect ECONNREFUSED', {
        cause: new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }),
      }),
      { name: 'HttpError', status: 500 },
    ),
    'away no answer: ECONNREFUSED',
  ],
  [
    'an answer that never came',
    Object.assign(new DOMException('too late', 'TimeoutError'), { status: 500 }),
    'away no answer: TimeoutError',
  ],
  [
    'a database that is away',
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    'unknown no call: Error',
  ],
  ['a mistake of ours', new TypeError('x is not a function'), 'unknown no call: TypeError'],
  ['a deleted issue', answer(410, 'This issue was deleted'), 'gone 410 This issue was deleted'],
  [
    'a suspended installation',
    answer(403, 'This installation has been suspended'),
    'gone 403 This installation has been suspended',
  ],
  [
    'a missing permission',
    answer(403, 'Resource not accessible by integration'),
    'refused 403 Resource not accessible by integration',
  ],
  ['a wrong call', answer(422, 'Validation Failed'), 'refused 422 Validation Failed'],
])('%s', (_case, error, expected) => {
  const trouble = troubleOf(error, NOW);
  expect(`${trouble.kind} ${trouble.kind === 'wait' ? trouble.ms : trouble.reason}`).toBe(expected);
});
