/** The codelists of a study on a laptop, against a registry that answers as it is told to. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fileRefusal } from '../../src/cli/codelists-faults.ts';
import { add, check, checkUpstream, study, update } from '../../src/cli/codelists-work.ts';
import { codelistHash } from '../../src/codelists/codelists.ts';
import { fixedClock } from '../../src/lib/clock.ts';

const V1 = 'code,term\n1,asthma\n';
const V2 = 'code,term\n1,asthma\n2,wheeze\n';

let folder: string;
let server: Server;
let base: string;
const clock = fixedClock('2026-11-20T10:00:00Z');
const served = new Map<string, { type?: string; body: string; status?: number }>();
let verdict: { status: number; body: string };
let asked: URLSearchParams[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'codelists-'));
  served.clear();
  asked = [];
  verdict = { status: 200, body: '{"status":"ok"}' };
  server = createServer(async (request, response) => {
    if (request.method === 'POST' && request.url === '/api/v1/check/') {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      asked.push(new URLSearchParams(text));
      return void response
        .writeHead(verdict.status, { 'content-type': 'application/json' })
        .end(verdict.body);
    }
    const found = served.get(request.url ?? '');
    response.writeHead(found?.status ?? (found ? 200 : 404), {
      'content-type': found?.type ?? 'text/csv; charset=utf-8',
    });
    response.end(found?.body ?? 'none');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  serve('org/asthma/v1', V1);
  serve('org/asthma/v2', V2);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

const serve = (id: string, body: string, more: { type?: string; status?: number } = {}) =>
  served.set(`/codelist/${id}/download.csv`, { body, ...more });
const here = (from: string | undefined = base) => study(folder, from, clock);
const read = (name: string): string => readFileSync(join(folder, 'codelists', name), 'utf8');
const put = (name: string, text: string): void => {
  mkdirSync(join(folder, 'codelists'), { recursive: true });
  writeFileSync(join(folder, 'codelists', name), text);
};
const manifest = () =>
  (JSON.parse(read('codelists.json')) as { files: Record<string, Record<string, string>> }).files;

test('a list is added by its line or its address, and what was recorded fits', async () => {
  expect(await add(here(), `${base}/codelist/org/asthma/v1/`)).toEqual({
    lines: ['Added org/asthma/v1: codelists/org-asthma.csv'],
    ok: true,
  });
  expect(read('codelists.txt')).toBe('org/asthma/v1\n');
  expect(read('org-asthma.csv')).toBe(V1);
  expect(manifest()['org-asthma.csv']).toMatchObject({
    id: 'org/asthma/v1',
    url: `${base}/codelist/org/asthma/v1/`,
    downloaded_at: '2026-11-20T10:00:00.000Z',
    sha: codelistHash(Buffer.from(V1)),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(await check(here())).toEqual({ lines: ['The codelists are right.'], ok: true });
});

test('adding another version takes the place of the first; comments stay', async () => {
  put('codelists.txt', '# ours\norg/asthma/v1/\n\n');
  await update(here());
  await add(here(), 'org/asthma/v2');
  expect(read('codelists.txt')).toBe('# ours\norg/asthma/v2\n');
  expect(Object.keys(manifest())).toEqual(['org-asthma.csv']);
  expect(manifest()['org-asthma.csv']?.['id']).toBe('org/asthma/v2');
});

test('an update keeps the day of what has not changed, deletes what is listed no more, and leaves local lists alone', async () => {
  await add(here(), 'org/asthma/v1');
  put('old-list.csv', V1);
  mkdirSync(join(folder, 'local_codelists'));
  writeFileSync(join(folder, 'local_codelists', 'mine.csv'), V1);
  clock.advance(86_400_000);
  expect((await update(here())).lines).toEqual([
    '1 codelist downloaded.',
    'Deleted codelists/old-list.csv, which is listed no more.',
  ]);
  expect(manifest()['org-asthma.csv']?.['downloaded_at']).toBe('2026-11-20T10:00:00.000Z');
  expect(existsSync(join(folder, 'local_codelists', 'mine.csv'))).toBe(true);
  serve('org/asthma/v1', V2);
  await update(here());
  expect(manifest()['org-asthma.csv']?.['downloaded_at']).toBe('2026-11-21T10:00:00.000Z');
});

test('a registry that fails half-way leaves everything as it was', async () => {
  await add(here(), 'org/asthma/v1');
  const before = readdirSync(join(folder, 'codelists')).map((name) => [name, read(name)]);
  put('codelists.txt', 'org/asthma/v2\norg/none/v1\n');
  await expect(update(here())).rejects.toThrow('has no published org/none/v1');
  put('codelists.txt', 'org/asthma/v1\n');
  expect(readdirSync(join(folder, 'codelists')).map((name) => [name, read(name)])).toEqual(before);
});

test.each<[string, string, string]>([
  ['a line that is none', 'not a line', 'does not name a version'],
  ['a path out of the folder', '../../x/y', 'does not name a version'],
  [
    'an address of another registry',
    'https://other.example/codelist/org/asthma/v1',
    'does not name a version',
  ],
  ['a draft', 'org/asthma/draft', 'has no published org/asthma/draft'],
])('%s is refused and writes nothing', async (_case, given, says) => {
  await expect(add(here(), given)).rejects.toThrow(says);
  expect(existsSync(join(folder, 'codelists'))).toBe(false);
});

test('what is no CSV, and what is longer than any list, is not written', async () => {
  serve('org/page/v1', '<html>', { type: 'text/html' });
  await expect(add(here(), 'org/page/v1')).rejects.toThrow('no CSV');
  serve('org/huge/v1', 'a'.repeat(20 * 1024 * 1024 + 1));
  await expect(add(here(), 'org/huge/v1')).rejects.toThrow('does not answer');
  serve('org/moved/v1', V1, { status: 302 });
  await expect(add(here(), 'org/moved/v1')).rejects.toThrow('has no published');
});

test('a registry without TLS is not spoken to', () => {
  expect(() => study(folder, 'http://codes.example.org', clock)).toThrow('https');
});

test('without a registry nothing is downloaded', async () => {
  await expect(add({ ...here(), base: undefined }, 'org/asthma/v1')).rejects.toThrow(
    'where the codelists come from',
  );
});

test('the registry is the one that the lists came from', async () => {
  await add(here(), 'org/asthma/v1');
  expect(study(folder, undefined, clock).base).toBe(base);
});

test('faults of codelists.txt are told on their lines before anything is downloaded', async () => {
  put('codelists.txt', 'org/asthma/v1\norg/asthma/v2\nx\n');
  const { lines, ok } = await update(here());
  expect(ok).toBe(false);
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'codelists/codelists.txt:2:',
    'codelists/codelists.txt:3:',
  ]);
});

test('no folder is fine', async () => {
  expect((await check(here())).ok).toBe(true);
  expect((await update(here())).ok).toBe(true);
});

test('a file that was changed is told without asking anybody', async () => {
  await add(here(), 'org/asthma/v1');
  put('org-asthma.csv', V2);
  const { lines, ok } = await check(here());
  expect([ok, lines[0]?.includes('codelists.changed'), asked]).toEqual([false, true, []]);
});

test('line ends that git changed are no change', async () => {
  await add(here(), 'org/asthma/v1');
  put('org-asthma.csv', V1.replaceAll('\n', '\r\n'));
  expect((await check(here())).ok).toBe(true);
});

test('what the registry says is told; one that does not answer is a warning', async () => {
  await add(here(), 'org/asthma/v1');
  verdict.body = JSON.stringify({
    status: 'error',
    data: { added: [], removed: [], changed: ['org/asthma/v1\u001b[2J'] },
  });
  expect(await check(here())).toEqual({
    lines: ['org/asthma/v1 [2J is not what the registry holds.', 'Run: sallyport codelists update'],
    ok: false,
  });
  expect(asked[0]?.get('codelists')).toBe('org/asthma/v1\n');
  verdict.body = JSON.stringify({ status: 'error', data: { error: 'No.' } });
  expect((await check(here())).lines[0]).toBe('No.');
  for (const body of ['', 'null', '{"status":"what"}', '[]']) {
    verdict.body = body;
    const { lines, ok } = await check(here());
    expect([ok, lines[0]?.includes('Warning')]).toEqual([true, true]);
  }
});

test('the registry alone is asked of drift, which fails nothing in GitHub Actions', async () => {
  expect((await checkUpstream(here())).lines).toEqual(['There are no codelists here, which is fine.']);
  await add(here(), 'org/asthma/v1');
  // That the file was changed is for "check" to say.
  put('org-asthma.csv', V2);
  expect(await checkUpstream(here(), false)).toEqual({ lines: ['The codelists are right.'], ok: true });
  verdict.body = JSON.stringify({ status: 'error', data: { removed: ['org/asthma/v1'] } });
  const lines = ['org/asthma/v1 was downloaded but is not listed.', 'Run: sallyport codelists update'];
  expect(await checkUpstream(here(), false)).toEqual({ lines, ok: false });
  expect(await checkUpstream(here(), true)).toEqual({ lines, ok: true });
  verdict.body = '';
  expect(await checkUpstream(here(), false)).toEqual({
    lines: [`Warning: ${base} does not answer, so nobody knows whether they are still right.`],
    ok: true,
  });
  put('codelists.json', '{}');
  await expect(checkUpstream(study(folder, undefined, clock), false)).rejects.toThrow(
    '(codelists.no-registry)',
  );
});

test('a manifest that cannot be read is written anew', async () => {
  put('codelists.txt', 'org/asthma/v1\n');
  put('codelists.json', '{');
  await update(here());
  expect(Object.keys(manifest())).toEqual(['org-asthma.csv']);
});

test('what of the machine is in the way is said, and what may not be read is not written anew', async () => {
  await add(study(folder, base), 'org/asthma/v1');
  const before = readFileSync(join(folder, 'codelists/codelists.json'), 'utf8');
  rmSync(join(folder, 'codelists/codelists.txt'));
  mkdirSync(join(folder, 'codelists/codelists.txt'));
  for (const attempt of [
    () => add(study(folder, base), 'org/asthma/v2'),
    () => update(study(folder, base)),
    () => check(study(folder, base)),
  ]) {
    const error: unknown = await attempt().then(
      () => undefined,
      (fault: unknown) => fault,
    );
    expect(fileRefusal(error)).toMatchObject({
      code: 'codelists.files',
      says: expect.stringMatching(/folder/),
    });
  }
  expect(readFileSync(join(folder, 'codelists/codelists.json'), 'utf8')).toBe(before);
  expect(fileRefusal(Object.assign(new Error('full'), { code: 'ENOSPC', path: 'a.csv' }))?.says).toBe(
    'a.csv cannot be written: there is no space left on the disk.',
  );
  expect(fileRefusal(new TypeError('x'))).toBeUndefined();
});

test('a study that is not there has no codelists, and gets no folder', () => {
  expect(() => study(join(folder, 'nowhere'), base)).toThrow(/There is no folder .*codelists\.no-study/);
  expect(existsSync(join(folder, 'nowhere'))).toBe(false);
});
