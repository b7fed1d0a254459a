import { expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { isCanonical, verifyLog, type VerifyOptions } from '../../src/ledger/ledger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { aSigner, MemoryLog, numbers, ORIGIN, otherSigner, sourceOf } from '../support/log.ts';

const trusted = { current: [aSigner()] };
const json = (from: number, to: number): string[] => numbers(from, to).map((n) => `{"n":${n}}`);
const aLog = (size: number) => new MemoryLog().append(...json(0, size));

async function told(files: ReadonlyMap<string, Uint8Array>, options: Partial<VerifyOptions> = {}) {
  const answer = await verifyLog(sourceOf(files), { trusted, ...options });
  return isRefusal(answer) ? { code: answer.code, says: answer.says } : { size: answer.checkpoint.size };
}

/** The log's files, with one of them changed. */
async function changed(log: MemoryLog, path: string, change: (bytes: Buffer) => Uint8Array | undefined) {
  const files = await log.files();
  const before = files.get(path);
  if (!before) throw new Error(`no ${path}`);
  const after = change(Buffer.from(before));
  if (after) files.set(path, after);
  else files.delete(path);
  return files;
}

const flip = (at: number) => (bytes: Buffer) => {
  bytes[at]! ^= 1;
  return bytes;
};

test.each([0, 1, 255, 256, 257, 700, 66_000])('a whole log of %i entries is verified', async (size) => {
  expect(await told(await aLog(size).files(), { entries: size < 1000 })).toEqual({ size });
});

test('every earlier checkpoint is a beginning of the log, also one that a replaced key signed', async () => {
  const log = aLog(700);
  const files = await log.files([otherSigner()]);
  const keys = { current: [otherSigner()], old: [aSigner()] };
  for (const size of [0, 1, 6, 255, 256, 300, 512, 699, 700]) {
    const since = Buffer.from(await log.checkpoint(size));
    const answer = await verifyLog(sourceOf(files), { trusted: keys, since });
    expect(answer).toMatchObject({ checkpoint: { size: 700 }, since: { size, origin: ORIGIN } });
  }
  // The log as it is now needs a key of now.
  expect(await told(await log.files(), { trusted: keys })).toMatchObject({ code: 'ledger.old-key' });
});

test('a fork shows both checkpoints', async () => {
  const honest = aLog(300);
  const forged = new MemoryLog().append(...json(0, 10), '{"n":"other"}', ...json(11, 400));
  const since = Buffer.from(await honest.checkpoint());

  const answer = await told(await forged.files(), { since });

  expect(answer.code).toBe('ledger.fork');
  for (const log of [honest, forged])
    for (const line of (await log.checkpoint()).split('\n')) expect(answer.says).toContain(line);
  const same = new MemoryLog().append(...json(1, 301));
  expect(await told(await same.files(), { since })).toMatchObject({ code: 'ledger.fork' });
  expect(await told(await forged.files(), { since, entry: 350 })).toMatchObject({ code: 'ledger.fork' });
});

test('a log that became shorter shows both checkpoints', async () => {
  const since = Buffer.from(await aLog(300).checkpoint());
  const answer = await told(await aLog(299).files(), { since });

  expect(answer.code).toBe('ledger.shorter');
  expect(answer.says).toMatch(
    /Earlier:\n {4}ledger\.example\/northshire\n {4}300\n[^]*Now:\n {4}ledger\.example\/northshire\n {4}299\n/,
  );
});

test.each([
  ['a tile cut short', 'tile/0/000', (bytes: Buffer) => bytes.subarray(0, 8191), 'ledger.truncated'],
  ['a partial tile cut short', 'tile/0/002.p/188', (bytes: Buffer) => bytes.subarray(32), 'ledger.truncated'],
  [
    'a tile of the wrong width',
    'tile/0/002.p/188',
    (bytes: Buffer) => Buffer.concat([bytes, bytes.subarray(0, 32)]),
    'ledger.wrong-width',
  ],
  ['a tile that is missing', 'tile/0/001', () => undefined, 'ledger.missing'],
  ['a partial tile that is missing', 'tile/1/000.p/2', () => undefined, 'ledger.missing'],
  ['a hash of a full tile changed', 'tile/0/001', flip(40), 'ledger.wrong-tile'],
  ['a hash of an upper tile changed', 'tile/1/000.p/2', flip(40), 'ledger.wrong-tile'],
  ['a hash at the edge changed', 'tile/0/002.p/188', flip(40), 'ledger.wrong-root'],
  ['a checkpoint that is missing', 'checkpoint', () => undefined, 'ledger.missing'],
  ['a checkpoint that is none', 'checkpoint', () => Buffer.from('<html>'), 'ledger.no-note'],
])('%s is found', async (_what, path, change, code) => {
  expect(await told(await changed(aLog(700), path, change))).toMatchObject({ code });
});

test.each([
  [
    'an entry changed',
    'tile/entries/001',
    flip(5),
    'ledger.wrong-entry',
    'Entry 256 is not what its place in the tree was made of.',
  ],
  [
    'a bundle cut short',
    'tile/entries/002.p/188',
    (bytes: Buffer) => bytes.subarray(0, -1),
    'ledger.truncated',
    'tile/entries/002.p/188 is cut short: 2067 bytes, where 2068 bytes belong.',
  ],
  [
    'an entry left out',
    'tile/entries/000',
    (bytes: Buffer) => bytes.subarray(9),
    'ledger.wrong-width',
    'tile/entries/000 holds 255 entries, where 256 belong.',
  ],
  [
    'a bundle that is missing',
    'tile/entries/000',
    () => undefined,
    'ledger.missing',
    'tile/entries/000 is not there.',
  ],
])('%s is found when entries are read', async (_what, path, change, code, says) => {
  const files = await changed(aLog(700), path, change);

  expect(await told(files, { entries: true })).toEqual({ code, says });
  expect(await told(files)).toEqual({ size: 700 });
});

test.each(['{"b":1,"a":2}', '{"a": 1}', '{"a":1.0}', 'text', '"text"', '7', '{"a":1,"a":1}', '\ufeff{}'])(
  'an entry that is not canonical is found: %s',
  async (entry) => {
    const files = await new MemoryLog().append('{"n":0}', entry).files();

    expect(await told(files, { entries: true })).toMatchObject({ code: 'ledger.not-canonical' });
    expect(await told(files, { entry: 1 })).toMatchObject({ code: 'ledger.not-canonical' });
    expect(await told(files, { entry: 0 })).toEqual({ size: 2 });
    expect(isCanonical(Buffer.of(0xff))).toBe(false);
  },
);

test('one entry is proved with a few tiles of a long log', async () => {
  const log = aLog(66_000);
  const files = await log.files();
  const asked: string[] = [];
  const answer = await verifyLog(
    (path) => {
      asked.push(path);
      return sourceOf(files)(path);
    },
    { trusted, entry: 65_537, since: Buffer.from(await log.checkpoint(40_000)) },
  );

  expect(isRefusal(answer) ? answer.says : Buffer.from(answer.entry!).toString()).toBe('{"n":65537}');
  expect(new Set(asked).size).toBeLessThan(12);
});

test('an entry that was exchanged, or is not there, is not proved', async () => {
  const log = aLog(700);

  expect(await told(await changed(log, 'tile/entries/000', flip(5)), { entry: 0 })).toMatchObject({
    code: 'ledger.not-included',
    says: 'The tiles do not prove that entry 0 is in the log of 700.',
  });
  expect(await told(await log.files(), { entry: 700 })).toMatchObject({ code: 'ledger.no-entry' });
});

test('where a partial tile is gone, the full one that it became is as good', async () => {
  const log = aLog(300);
  const checkpoint = Buffer.from(await log.checkpoint());
  const files = await log.append(...json(300, 600)).files();
  files.set('checkpoint', checkpoint);
  // The upper tile stays partial, and is kept.
  files.set('tile/1/000.p/1', files.get('tile/1/000.p/2')!.subarray(0, 32));

  expect(files.has('tile/0/001.p/44')).toBe(false);
  expect(await told(files, { entries: true })).toEqual({ size: 300 });
});

test('whatever byte of whatever file is changed, somebody who reads all of it notices', async () => {
  const log = aLog(520);
  const names = [...(await log.files()).keys()];
  await fc.assert(
    fc.asyncProperty(
      fc.nat(names.length - 1),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (which, at, by) => {
        const files = await changed(log, names[which]!, (bytes) => {
          bytes[at % bytes.length]! ^= by;
          return bytes;
        });
        expect(await told(files, { entries: true })).toHaveProperty('code');
      },
    ),
    { numRuns: 150 },
  );
});

test('what fails while reading is not taken for an answer', async () => {
  const broken = () => Promise.reject(new Error('the network is down'));

  await expect(verifyLog(broken, { trusted })).rejects.toThrow('the network is down');
});
