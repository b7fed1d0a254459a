/** The published schema: what may stand in an entry, and that nothing else may. */
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  faultOfKind,
  KINDS,
  ledgerSchema,
  leafOf,
  saysOf,
  type LedgerEntry,
} from '../../src/ledger/ledger.ts';

const ID = 'https://hub.example.org/schemas/ledger/entry.json';
const fits = new Ajv2020({ strict: false, validateFormats: false }).compile(ledgerSchema(ID));

const entry = (changes: Partial<LedgerEntry>): LedgerEntry => ({
  time: '2027-03-01T09:00:00.000Z',
  type: 'policy',
  actor: 'hub',
  subject: `policy:${'c'.repeat(40)}`,
  policy_commit: 'c'.repeat(40),
  body: {
    event: 'in-force',
    old: null,
    new: 'c'.repeat(40),
    tree: 'd'.repeat(40),
    files: 9,
    rights: { given: 3, ended: 0, changed: 0 },
  },
  ...changes,
});
const job = (body: Record<string, string | number | null> = {}): LedgerEntry =>
  entry({
    type: 'job',
    subject: 'job:0000000000000001',
    body: {
      event: 'ended',
      request: '0000000000000002',
      workspace: 'study-main',
      action: 'model',
      state: 'failed',
      code: 'nonzero_exit',
      reason: null,
      started: null,
      ...body,
    },
  });

test('the schema names itself, describes each kind, and is plain data', () => {
  const schema = ledgerSchema(ID);
  expect(schema['$id']).toBe(ID);
  const kinds = schema['anyOf'] as { description: string; additionalProperties: boolean }[];
  expect(kinds.length).toBeGreaterThan(25);
  expect(kinds.every((kind) => kind.description.endsWith('.') && !kind.additionalProperties)).toBe(true);
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});

test('no two kinds have type, thing and event in common', () => {
  const places = KINDS.flatMap(({ type, of, event }) => event.map((each) => `${type} ${of} ${each}`));
  expect(places.filter((place, at) => places.indexOf(place) !== at)).toEqual([]);
});

test('what is wrong with an entry is said', () => {
  expect(faultOfKind(job())).toBeUndefined();
  expect(faultOfKind(job({ log: 'a line' }))).toContain('Unrecognized key');
  expect(faultOfKind(entry({ body: {} }))).toContain('there is no such kind of entry: policy policy:');
});

test('an entry of each shape fits, and is told in a sentence', () => {
  for (const each of [entry({}), job()]) {
    leafOf(each);
    expect([fits(each), fits.errors]).toEqual([true, null]);
  }
  expect(saysOf(job())).toBe('A job ended.');
  expect(saysOf(entry({}))).toContain('A version of the governance repository came into force');
});

test.each([
  ['the exit code of a job', job({ exit_code: 3 })],
  ['a line of its log', job({ log: 'a line' })],
  ['how much it wrote', job({ bytes: 5 })],
  ['a code that is no code', job({ code: 'The file table.csv is missing' })],
  [
    'a name of a file with a release',
    entry({
      type: 'release',
      subject: 'release:0000000000000001',
      body: { event: 'downloaded', backend: 'attainment', batch: 1, file: 'table.csv' },
    }),
  ],
  [
    'an address with a right',
    entry({
      type: 'membership',
      subject: 'person:1',
      body: { event: 'given', what: 'person', email: 'rowan@example.edu' },
    }),
  ],
  ['a type without an entry of its kind', entry({ type: 'alert' })],
  ['another subject', entry({ subject: 'job:1' })],
])('%s has no place in the log', (_what, bad) => {
  expect(fits(bad)).toBe(false);
  expect(saysOf(bad)).toBeUndefined();
});
