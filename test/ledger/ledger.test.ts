import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  LEDGER_TYPES,
  leafHash,
  leafOf,
  MAX_ENTRY_BYTES,
  type LedgerEntry,
} from '../../src/ledger/ledger.ts';

const entry = (given: Partial<LedgerEntry> = {}): LedgerEntry => ({
  time: '2027-03-01T09:00:00.000Z',
  type: 'job',
  actor: 'person:7',
  subject: 'job:abcdefghijklmnop',
  policy_commit: 'c'.repeat(40),
  body: { b: 1, a: [true, null] },
  ...given,
});

test('an entry is canonical JSON, the same bytes in whatever order it was written', () => {
  const { time, type, actor, subject, policy_commit, body } = entry();
  const leaf = leafOf({ body: { a: body['a']!, b: body['b']! }, policy_commit, subject, actor, type, time });

  expect(leaf.entry).toBe(
    `{"actor":"person:7","body":{"a":[true,null],"b":1},"policy_commit":"${'c'.repeat(40)}","subject":"job:abcdefghijklmnop","time":"2027-03-01T09:00:00.000Z","type":"job"}`,
  );
  expect(leaf).toEqual({ ...leafOf(entry()) });
});

test('a leaf is hashed behind a zero byte, as RFC 6962 says', () => {
  const expected = createHash('sha256')
    .update(Buffer.concat([Buffer.of(0), Buffer.from('abc')]))
    .digest('hex');

  expect(leafHash('abc')).toBe(expected);
  expect(leafHash(new TextEncoder().encode('abc'))).toBe(expected);
  expect(leafHash('')).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
});

test('every type of the list can be written, and no other', () => {
  for (const type of LEDGER_TYPES) expect(leafOf(entry({ type })).type).toBe(type);
  expect(() => leafOf(entry({ type: 'gossip' as 'job' }))).toThrow(/not a ledger entry/);
});

test.each([
  ['a time without milliseconds', { time: '2027-03-01T09:00:00Z' }],
  ['a time with an offset', { time: '2027-03-01T09:00:00.000+01:00' }],
  ['an actor without a kind', { actor: '7' }],
  ['a subject without a name', { subject: 'job:' }],
  ['a short commit', { policy_commit: 'abc' }],
  ['an unknown field', { seq: 1 } as Partial<LedgerEntry>],
  ['a body that is no JSON', { body: { a: new Date() as unknown as string } }],
])('%s is refused', (_what, given) => {
  expect(() => leafOf(entry(given))).toThrow(TypeError);
});

test('an entry holds 65,535 bytes and not one more', () => {
  const rest = Buffer.byteLength(leafOf(entry({ body: { x: '' } })).entry);
  const fits = 'ä'.repeat((MAX_ENTRY_BYTES - rest) >> 1) + 'x'.repeat((MAX_ENTRY_BYTES - rest) % 2);

  expect(Buffer.byteLength(leafOf(entry({ body: { x: fits } })).entry)).toBe(MAX_ENTRY_BYTES);
  expect(() => leafOf(entry({ body: { x: `${fits}x` } }))).toThrow(/at most 65535 bytes/);
});

test('before the first governance was read there is no policy commit', () => {
  expect(leafOf(entry({ policy_commit: null })).entry).toContain('"policy_commit":null');
});
