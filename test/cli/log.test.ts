/** `sallyport log`, as a stranger types it, against a folder and against an address. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { registerLog } from '../../src/cli/log.ts';
import { aSigner, MemoryLog, numbers, otherSigner } from '../support/log.ts';

let folder: string;
let printed: string;
let told: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sallyport-log-'));
  [printed, told] = ['', ''];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((printed += String(text))));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((told += String(text))));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  server?.close();
  server?.closeAllConnections();
  server = undefined;
  rmSync(folder, { recursive: true });
});

const KEY = aSigner().text;
const entries = (from: number, to: number): string[] => numbers(from, to).map((n) => `{"n":${n}}`);
const aLog = (size: number) => new MemoryLog().append(...entries(0, size));
const at = (name: string) => path.join(folder, name);

/** What is printed, what is told, and the exit code. */
async function sallyport(...words: string[]): Promise<{ out: string; err: string; code: number }> {
  [printed, told] = ['', ''];
  process.exitCode = undefined;
  const root = new Command('sallyport').exitOverride();
  registerLog(root);
  try {
    await root.parseAsync(['log', ...words], { from: 'user' });
  } catch (error) {
    return { out: printed, err: (error as Error).message, code: 1 };
  }
  return { out: printed, err: told, code: Number(process.exitCode ?? 0) };
}

function writeFiles(dir: string, files: ReadonlyMap<string, Uint8Array>): string {
  for (const [name, bytes] of files) {
    const file = path.join(dir, ...name.split('/'));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  return dir;
}

/** Serves what the map holds at the time; a hub packs bundles. */
async function serve(
  files: () => ReadonlyMap<string, Uint8Array>,
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    const name = (request.url ?? '').slice('/log/'.length);
    asked.push(name);
    const bytes = files().get(name);
    if (!bytes) return void response.writeHead(404).end();
    if (name.startsWith('tile/entries/'))
      return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bytes));
    response.writeHead(200).end(bytes);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`, asked };
}

test('a folder is checked without a network, also against a checkpoint that was kept', async () => {
  const log = aLog(300);
  writeFileSync(at('march.txt'), await log.checkpoint(120));
  const dir = writeFiles(at('mirror'), await log.files());

  const answer = await sallyport(
    'verify',
    dir,
    '--key',
    KEY,
    '--since',
    at('march.txt'),
    '--entries',
    '--save',
    at('now.txt'),
  );

  expect(answer.err).toBe('');
  expect(answer.code).toBe(0);
  const root = Buffer.from(await log.root()).toString('base64');
  expect(answer.out).toBe(
    `ok  ledger.example/northshire: 300 entries, root ${root}, signed by 0e9847e4
ok  every entry and every tile is what was signed
ok  the first 120 of them are what the earlier checkpoint signed
`,
  );
  expect(readFileSync(at('now.txt'), 'utf8')).toBe(await log.checkpoint());
  const json = await sallyport('verify', dir, '--key', KEY, '--json');
  expect(JSON.parse(json.out)).toEqual({
    ...{
      ok: true,
      origin: 'ledger.example/northshire',
      size: 300,
      root,
      signed_by: ['0e9847e4'],
      since: null,
    },
  });
});

test('one entry of a log behind an address is proved with a few files', async () => {
  const files = await aLog(2000).files();
  const { url, asked } = await serve(() => files);

  const answer = await sallyport('verify', `${url}/`, '--key', KEY, '--entry', '1207');

  expect(answer).toMatchObject({ code: 0, err: '' });
  expect(answer.out).toContain('ok  entry 1207 is in it: {"n":1207}');
  expect(asked.length).toBeLessThan(8);
});

test('a log that was rewritten is an alarm, with both checkpoints', async () => {
  writeFileSync(at('kept.txt'), await aLog(100).checkpoint());
  const forged = new MemoryLog().append(...entries(1, 200));
  const dir = writeFiles(at('mirror'), await forged.files());

  const answer = await sallyport('verify', dir, '--key', KEY, '--since', at('kept.txt'));

  expect(answer.code).toBe(3);
  expect(answer.out).toBe('');
  expect(answer.err).toContain('The log was rewritten: what it signed earlier is not how it begins now.');
  expect(answer.err).toContain('(ledger.fork)');
  for (const line of `${await aLog(100).checkpoint()}${await forged.checkpoint()}`.trim().split('\n'))
    expect(answer.err).toContain(line);
  const json = await sallyport('verify', dir, '--key', KEY, '--since', at('kept.txt'), '--json');
  expect(JSON.parse(json.out)).toMatchObject({ ok: false, code: 'ledger.fork' });
});

test.each([
  ['a changed entry', ['--entries'], 'tile/entries/000', 3, 'ledger.wrong-entry'],
  ['a changed tile', [], 'tile/0/000', 3, 'ledger.wrong-tile'],
  ['a changed checkpoint', [], 'checkpoint', 3, 'ledger.bad-signature'],
])('%s is an alarm', async (_what, words, name, code, refusal) => {
  const files = await aLog(300).files();
  const bytes = Buffer.from(files.get(name)!);
  bytes[30]! ^= 1;
  const dir = writeFiles(at('mirror'), new Map([...files, [name, bytes]]));

  const answer = await sallyport('verify', dir, '--key', KEY, ...words);

  expect(answer.code).toBe(code);
  expect(answer.err).toContain(`(${refusal})`);
});

/** Where the log is read from, with what somebody made of it. */
const PLACES: [string, (files: ReadonlyMap<string, Uint8Array>) => Promise<string> | string][] = [
  ['in a mirror', (files) => writeFiles(at('spoilt'), files)],
  ['at an address', async (files) => (await serve(() => files)).url],
];

test.each(PLACES)(
  'a tile cut short %s is told by name, and nothing is said to be checked',
  async (_w, place) => {
    const files = await aLog(300).files();
    const cut = Buffer.from(files.get('tile/0/000')!).subarray(0, 4000);

    const answer = await sallyport(
      'verify',
      await place(new Map([...files, ['tile/0/000', cut]])),
      '--key',
      KEY,
    );

    expect(answer).toMatchObject({ code: 1, out: '' });
    expect(answer.err).toContain('tile/0/000');
    expect(answer.err).toContain('(ledger.truncated)');
  },
);

test.each(PLACES)('a checkpoint %s that an old key signed is not believed', async (_where, place) => {
  const log = aLog(300);
  const old = await log.checkpoint(300, [otherSigner()]);
  const spoilt = new Map([...(await log.files()), ['checkpoint', Buffer.from(old)]]);

  const answer = await sallyport('verify', await place(spoilt), '--key', KEY);

  expect(answer.code).not.toBe(0);
  expect(answer.out).toBe('');
  expect(answer.err).toContain('(ledger.other-key)');
});

test.each([
  [
    'a checkpoint of an old key',
    async (log: MemoryLog) => ['checkpoint', await log.checkpoint(400, [otherSigner()])],
  ],
  [
    'a tile cut short',
    async (log: MemoryLog) => [
      'tile/0/001.p/144',
      (await log.files()).get('tile/0/001.p/144')!.subarray(0, 100),
    ],
  ],
] as [string, (log: MemoryLog) => Promise<[string, Uint8Array | string]>][])(
  'a mirror that is given %s keeps what it had',
  async (_what, spoil) => {
    const log = aLog(300);
    let files: ReadonlyMap<string, Uint8Array> = await log.files();
    const { url } = await serve(() => files);
    await sallyport('mirror', url, at('mirror'), '--key', KEY);
    const before = await log.checkpoint();

    log.append(...entries(300, 400));
    const [name, bytes] = await spoil(log);
    files = new Map([...(await log.files()), [name, Buffer.from(bytes)]]);
    expect((await sallyport('mirror', url, at('mirror'), '--key', KEY)).code).not.toBe(0);

    expect(readFileSync(path.join(at('mirror'), 'checkpoint'), 'utf8')).toBe(before);
    expect((await sallyport('verify', at('mirror'), '--entries', '--key', KEY)).code).toBe(0);

    files = await log.files();
    expect((await sallyport('mirror', url, at('mirror'), '--key', KEY)).code).toBe(0);
    expect(readFileSync(path.join(at('mirror'), 'checkpoint'), 'utf8')).toBe(await log.checkpoint());
  },
);

test('what cannot be checked is no alarm, and says what to do', async () => {
  const files = await aLog(300).files();
  const dir = writeFiles(at('mirror'), files);
  const other = otherSigner().text;

  writeFileSync(path.join(dir, 'tile/0/000'), files.get('tile/0/000')!.subarray(0, 100));
  const short = await sallyport('verify', dir, '--key', KEY);
  expect(short.code).toBe(1);
  expect(short.err).toContain('tile/0/000 is cut short: 100 bytes, where 8192 bytes belong.');
  expect((await sallyport('verify', dir, '--key', other)).err).toContain('(ledger.other-key)');
  expect((await sallyport('verify', dir, '--key', other, '--old-key', KEY)).err).toContain(
    '(ledger.old-key)',
  );
  expect((await sallyport('verify', dir, '--key', 'ed25519:abc')).err).toContain('(ledger.no-key)');
  expect((await sallyport('verify', dir)).err).toContain('No key was given, and the log names none.');
  expect((await sallyport('verify', at('none'), '--key', KEY)).err).toContain('checkpoint is not there.');
  expect((await sallyport('verify', dir, '--key', KEY, '--since', at('none'))).err).toContain(
    '(ledger.no-since)',
  );
  expect((await sallyport('verify', dir, '--key', KEY, '--entry', 'two')).err).toContain(
    'is no number of an entry',
  );
  const { url } = await serve(() => files);
  server?.close();
  server?.closeAllConnections();
  expect((await sallyport('verify', url, '--key', KEY)).err).toContain('(ledger.unreachable)');
});

test('without a key the log is asked, and that is said', async () => {
  const files = new Map([...(await aLog(5).files()), ['key', Buffer.from(`${KEY}\n`)]]);
  const { url } = await serve(() => files);

  const answer = await sallyport('verify', url);

  expect(answer.code).toBe(0);
  expect(answer.err).toContain("The key is the log's own word for itself.");
  expect(answer.err).toContain(KEY);
});

test('a mirror grows with its log, fetches only what is new, and is checked before it counts', async () => {
  const log = aLog(300);
  let files = await log.files();
  const { url, asked } = await serve(() => files);

  expect(await sallyport('mirror', url, at('mirror'), '--key', KEY)).toMatchObject({
    code: 0,
    out: `300 entries in ${at('mirror')}, 5 files fetched\n`,
  });
  files = await log.append(...entries(300, 600)).files();
  asked.length = 0;
  expect(await sallyport('mirror', url, at('mirror'))).toMatchObject({ code: 0 });
  expect(asked.sort()).toEqual([
    'checkpoint',
    'tile/0/001',
    'tile/0/002.p/88',
    'tile/1/000.p/2',
    'tile/entries/001',
    'tile/entries/002.p/88',
  ]);

  expect((await sallyport('verify', at('mirror'), '--entries', '--key', KEY)).code).toBe(0);
  const held = readdirSync(at('mirror'), { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  expect(held).toHaveLength(files.size + 1);
});

test('a mirror keeps what it had when the log was rewritten, became shorter or serves rubbish', async () => {
  const log = aLog(300);
  let files: ReadonlyMap<string, Uint8Array> = await log.files();
  const { url } = await serve(() => files);
  await sallyport('mirror', url, at('mirror'), '--key', KEY);
  const before = await log.checkpoint();

  files = await new MemoryLog().append(...entries(1, 700)).files();
  expect(await sallyport('mirror', url, at('mirror'), '--key', KEY)).toMatchObject({ code: 3 });
  files = await aLog(200).files();
  expect((await sallyport('mirror', url, at('mirror'), '--key', KEY)).err).toContain('(ledger.shorter)');
  const honest = await log.append(...entries(300, 700)).files();
  files = new Map([...honest, ['tile/0/001', Buffer.alloc(8192)]]);
  expect((await sallyport('mirror', url, at('mirror'), '--key', KEY)).code).toBe(3);
  files = new Map([...honest].filter(([name]) => name !== 'tile/entries/002.p/188'));
  expect((await sallyport('mirror', url, at('mirror'), '--key', KEY)).err).toContain('(ledger.missing)');

  expect(readFileSync(at('mirror/checkpoint'), 'utf8')).toBe(before);
  expect((await sallyport('verify', at('mirror'), '--entries', '--key', KEY)).code).toBe(0);
  // Nothing wrong was left in the way of the right files.
  files = honest;
  expect((await sallyport('mirror', url, at('mirror'), '--key', KEY)).code).toBe(0);
  expect(existsSync(at('mirror/tile/0/001.p/44'))).toBe(false);
});

test('every checkpoint in a clone of a public log repository is one that the log begins with', async () => {
  const log = aLog(300);
  const clone = at('public-log');
  const kept = async (size: number) =>
    [
      `checkpoints/2027-03/${String(size).padStart(12, '0')}.txt`,
      Buffer.from(await log.checkpoint(size)),
    ] as const;
  writeFiles(clone, new Map([await kept(7), await kept(120), await kept(256)]));
  const dir = writeFiles(at('mirror'), await log.files());
  const since = (place: string, ...words: string[]) =>
    sallyport('verify', dir, '--key', KEY, '--since', place, ...words);

  const answer = await since(clone);

  expect(answer).toMatchObject({ code: 0, err: '' });
  expect(answer.out).toContain('ok  the first 256 of them are what the earlier checkpoint signed\n');
  expect(answer.out).toContain('ok  so are all 3 checkpoints that are kept there\n');
  expect(JSON.parse((await since(clone, '--json')).out)).toMatchObject({
    since: 256,
    checkpoints: 3,
    alarms: [],
  });

  writeFiles(clone, new Map([['alarms/0123456789abcdef.txt', Buffer.from('both')]]));
  expect((await since(clone)).out).toContain(
    '!!  alarms/0123456789abcdef.txt says that the log contradicted itself',
  );

  // One in the middle that this log never signed: the last alone would not have shown it.
  const other = await new MemoryLog().append(...entries(1, 121)).checkpoint();
  writeFiles(clone, new Map([['checkpoints/2027-03/000000000120.txt', Buffer.from(other)]]));
  expect(await since(clone)).toMatchObject({ code: 3, out: '' });
  expect(told).toContain('checkpoints/2027-03/000000000120.txt: The log was rewritten');

  writeFiles(clone, new Map([['checkpoints/2027-03/000000000120.txt', Buffer.from('cut')]]));
  expect((await since(clone)).err).toContain('(ledger.no-note)');
  mkdirSync(at('empty'));
  expect((await since(at('empty'))).err).toContain('(ledger.no-since)');
});
