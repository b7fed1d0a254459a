import { expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import {
  openCheckpoint,
  parseCheckpoint,
  parseVerifierKey,
  signCheckpoint,
  verifierKey,
  type VerifierKey,
} from '../../src/ledger/ledger.ts';
import { parseNote, signersOf, signNote, type Note } from '../../src/ledger/note.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { aSigner, MemoryLog, numbers, ORIGIN, otherSigner } from '../support/log.ts';

// Keys, text and signatures of the tests of golang.org/x/mod/sumdb/note.
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const ENOCH = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const PETER_SEED = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const BY_PETER =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const BY_ENOCH =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';

// Our own vector.
const KEY = 'ledger.example/northshire+0e9847e4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4';
const SEVEN = `ledger.example/northshire
7
o+I7Msy2v5bQktFl2KpUbgmCnejwOw6JV1gdHha5K98=

— ledger.example/northshire DphH5NLX6AzDTIGfC3c5HVuilADiYML/hH3dCy6/ioRSopJ2fqaoFasBWQ48a7oS8pKK5vW86bCPXA6+cIV0OhMYnwo=
`;

const key = (text: string): VerifierKey => {
  const found = parseVerifierKey(text);
  if (isRefusal(found)) throw new Error(found.says);
  return found;
};
const note = (text: string | Uint8Array): Note => {
  const found = parseNote(Buffer.from(text as Uint8Array));
  if (isRefusal(found)) throw new Error(found.says);
  return found;
};
const names = (found: ReturnType<typeof signersOf>) =>
  isRefusal(found) ? found.code : found.map(({ name }) => name);
const open = (text: string, current: VerifierKey[] = [key(KEY)], old?: VerifierKey[]) =>
  openCheckpoint(Buffer.from(text), { current, ...(old && { old }) });
const refused = (answer: unknown) => (isRefusal(answer) ? answer.code : 'taken');

test("the Go checksum database's notes are read, with known and unknown signers", () => {
  const both = note(`${TEXT}\n${BY_PETER}${BY_ENOCH}`);

  expect(both.text).toBe(TEXT);
  expect(names(signersOf(both, [key(PETER)]))).toEqual(['PeterNeumann']);
  expect(names(signersOf(both, [key(PETER), key(ENOCH)]))).toEqual(['PeterNeumann', 'EnochRoot']);
  expect(names(signersOf(both, []))).toEqual([]);
  expect(names(signersOf(note(`${TEXT}\n${BY_PETER}${BY_PETER}`), [key(PETER)]))).toEqual(['PeterNeumann']);
});

test('we sign what the Go checksum database signs, byte for byte', () => {
  const peter = aSigner('PeterNeumann', [...Buffer.from(PETER_SEED, 'base64').subarray(1)]);

  expect(peter.text).toBe(PETER);
  expect(signNote(TEXT, [peter])).toBe(`${TEXT}\n${BY_PETER}`);
});

test('our own vector is signed and read', async () => {
  const log = new MemoryLog().append(...numbers(0, 7));

  expect(aSigner().text).toBe(KEY);
  expect(await log.checkpoint()).toBe(SEVEN);
  expect(open(SEVEN)).toMatchObject({ origin: ORIGIN, size: 7, root: await log.root(), note: SEVEN });
});

test('a verifier key with any part cut off or any letter changed is none', () => {
  for (let from = 0; from < PETER.length; from += 1) {
    for (let to = from + 1; to <= PETER.length; to += 1)
      if (to - from < PETER.length)
        expect(refused(parseVerifierKey(PETER.slice(from, to)))).toBe('ledger.no-key');
    const next = String.fromCharCode(PETER.charCodeAt(from) + 1);
    expect(refused(parseVerifierKey(PETER.slice(0, from) + next + PETER.slice(from + 1)))).toBe(
      'ledger.no-key',
    );
  }
  for (const bad of [
    // The id fits, the key is too long, or of a type that is not ours.
    'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
    'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    `${PETER}\n`,
    '',
  ])
    expect(refused(parseVerifierKey(bad))).toBe('ledger.no-key');
  expect(() => verifierKey('two words', aSigner().key)).toThrow('no name for a log: two words');
});

test.each([
  ['no signature', TEXT],
  ['an empty line only', `${TEXT}\n`],
  ['no last newline', `${TEXT}\n${BY_PETER.slice(0, -1)}`],
  ['a control character', `\u0001${TEXT}\n${BY_PETER}`],
  ['a carriage return', `${TEXT}\r\n\n${BY_PETER}`],
  ['bytes that are no text', Buffer.concat([Buffer.of(0xff), Buffer.from(`${TEXT}\n${BY_PETER}`)])],
  ['a name of two words', `${TEXT}\n${BY_PETER.replace('PeterNeumann', 'Bad Name')}`],
  ['a name with a plus', `${TEXT}\n${BY_PETER.replace('PeterNeumann', 'a+b')}`],
  ['a line that is no signature', `${TEXT}\n${BY_PETER}Unexpected line.\n`],
  ['a signature that is no base64', `${TEXT}\n— PeterNeumann x08go_Z*\n`],
  ['a signature that is too short', `${TEXT}\n— PeterNeumann x08gow==\n`],
  ['no signature behind a name', `${TEXT}\n— PeterNeumann\n`],
  ['a hyphen for the dash', `${TEXT}\n${BY_PETER.replace('—', '-')}`],
  ['101 signatures', `${TEXT}\n${BY_PETER.repeat(101)}`],
])('a note with %s is none', (_what, text) => {
  expect(refused(parseNote(Buffer.from(text as Uint8Array)))).toBe('ledger.no-note');
});

test('of a hundred signatures those of strangers are left unread', () => {
  const strangers = numbers(0, 99).map((n) => otherSigner(`witness.example/${n}`));
  const text = signNote(TEXT, [...strangers, aSigner()]);

  expect(names(signersOf(note(text), [aSigner()]))).toEqual([ORIGIN]);
});

test('any change to a signed text is found', () => {
  const bytes = Buffer.from(SEVEN);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(bytes);
      changed[at]! ^= by;
      expect(isRefusal(openCheckpoint(changed, { current: [key(KEY)] }))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('a checkpoint with cosignatures of witnesses is as good as without', async () => {
  const log = new MemoryLog().append('x');
  const witnessed = await log.checkpoint(1, [aSigner(), otherSigner('witness.example/w1')]);

  expect(open(witnessed)).toMatchObject({ size: 1, signedBy: [{ id: '0e9847e4' }] });
  // A witness alone does not speak for the log.
  const alone = await log.checkpoint(1, [otherSigner('witness.example/w1')]);
  expect(open(alone)).toMatchObject({
    code: 'ledger.unsigned',
    says: 'This checkpoint of ledger.example/northshire is not signed by 0e9847e4.',
  });
  expect(refused(open(alone, [otherSigner('witness.example/w1')]))).toBe('ledger.other-log');
});

test('while a key is being replaced both sign; afterwards the old one is refused by name', async () => {
  const log = new MemoryLog().append('x');
  const [old, now] = [aSigner(), otherSigner()];
  const both = await log.checkpoint(1, [now, old]);

  expect(open(both, [now])).toMatchObject({ signedBy: [{ id: now.id }] });
  expect(open(both, [old])).toMatchObject({ signedBy: [{ id: old.id }] });
  expect(open(both, [now], [old])).toMatchObject({ signedBy: [{ id: now.id }] });
  const last = await log.checkpoint(1, [old]);
  expect(open(last, [now], [old])).toMatchObject({
    code: 'ledger.old-key',
    says: `This checkpoint of ledger.example/northshire is signed by 0e9847e4, a key that was replaced; today the log signs with ${now.id}.`,
  });
  // Whoever was not told of the old key learns at least that there is another.
  expect(open(last, [now])).toMatchObject({
    code: 'ledger.other-key',
    says: `This checkpoint of ledger.example/northshire is signed by 0e9847e4, and the key given is ${now.id}: one of them is old, or not the log's.`,
  });
});

test('a wrong signature by a known key spoils the note, also beside a right one', () => {
  const wrong = SEVEN.replace('7\n', '8\n');
  const [line = ''] = SEVEN.split('\n\n').slice(1);
  const swapped = `${signCheckpoint({ origin: ORIGIN, size: 8, root: Buffer.alloc(32) }, [otherSigner()])}${line}`;

  expect(refused(open(wrong))).toBe('ledger.bad-signature');
  expect(refused(open(swapped, [otherSigner(), key(KEY)]))).toBe('ledger.bad-signature');
});

test.each([
  ['a size with a leading zero', (text: string) => text.replace('7\n', '07\n')],
  ['a negative size', (text: string) => text.replace('7\n', '-7\n')],
  ['a size beyond counting', (text: string) => text.replace('7\n', '9999999999999999\n')],
  [
    'a root of 31 bytes',
    (text: string) => text.replace(/\n[^\n]{44}\n/, `\n${Buffer.alloc(31).toString('base64')}\n`),
  ],
  ['a root that is no base64', (text: string) => text.replace('K98=', 'K9 =')],
  ['a root that could be written otherwise', (text: string) => text.replace('K98=', 'K99=')],
  ['an origin of two words', (text: string) => text.replace('ledger.example', 'a log')],
  ['no root', () => 'x\n'],
])('a signed note with %s is no checkpoint', (_what, change) => {
  const text = change(`${ORIGIN}\n7\no+I7Msy2v5bQktFl2KpUbgmCnejwOw6JV1gdHha5K98=\n`);

  expect(refused(parseCheckpoint(Buffer.from(signNote(text, [aSigner()]))))).toBe('ledger.no-checkpoint');
});

test('lines that a later version may add are passed over, and signed', () => {
  const text = `${ORIGIN}\n7\no+I7Msy2v5bQktFl2KpUbgmCnejwOw6JV1gdHha5K98=\nmore\n`;

  expect(open(signNote(text, [aSigner()]))).toMatchObject({ size: 7 });
  expect(refused(openCheckpoint(Buffer.from('nothing'), { current: [] }))).toBe('ledger.no-note');
});
