import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { fixedClock, isoDay, isoTime } from '../../src/lib/clock.ts';
import { keyedDigest, sameSecret, sha256 } from '../../src/lib/hash.ts';
import { countingIds, ID_PATTERN, randomIds } from '../../src/lib/ids.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal, refusal, Refused, refusalText } from '../../src/lib/refusal.ts';

test('ids have the form that paths and labels rely on, and do not repeat', () => {
  const drawn = Array.from({ length: 1000 }, () => randomIds.id());

  expect(drawn.every((id) => ID_PATTERN.test(id))).toBe(true);
  expect(new Set(drawn).size).toBe(1000);
  expect(countingIds(7).id()).toBe('0000000000000007');
});

test('a fixed clock stands until it is moved', () => {
  const clock = fixedClock('2027-03-01T23:59:59.000Z');
  expect(isoDay(clock.now())).toBe('2027-03-01');
  clock.advance(1000);
  expect(isoTime(clock.now())).toBe('2027-03-02T00:00:00.000Z');
  expect(() => fixedClock('soon')).toThrow(TypeError);
});

test('a refusal reads as sentence, next step and code', () => {
  const no = refusal('run.unknown-action', 'There is no action "modle".', 'Did you mean "model"?');

  expect(refusalText(no)).toBe('There is no action "modle". Did you mean "model"? (run.unknown-action)');
  expect(isRefusal(no)).toBe(true);
  expect(isRefusal(new Error('x'))).toBe(false);
  expect(new Refused(no).message).toBe(refusalText(no));
});

test('hashes are the published ones', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(keyedDigest('key', 'The quick brown fox jumps over the lazy dog')).toBe(
    'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8',
  );
  expect(sameSecret('a', 'a')).toBe(true);
  expect(sameSecret('a', 'ab')).toBe(false);
});

test('secrets do not reach the log', () => {
  const lines: string[] = [];
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = createLogger('test', { to, level: 'info' });

  log.info(
    {
      token: 'ghs_1',
      request: { authorization: 'Bearer ghs_2', headers: { cookie: 'ghs_3' } },
      password: 'ghs_4',
    },
    'tried',
  );

  expect(lines.join('')).toContain('[redacted]');
  expect(lines.join('')).not.toMatch(/ghs_/);
});
