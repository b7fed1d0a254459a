/** The content origin: what it hands out, to whom, and what of it counts as having seen a file. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import net, { type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { minutes } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { DEFAULT_POLICY, viewCounts } from '../../src/release/release.ts';
import { refusal } from '../../src/lib/refusal.ts';
import type { FrozenHere, WorkspaceFilePage } from '../../agent/airlock/face.ts';
import { APP, CONTENT, ask, setStage, Surfer, type Ask, type Stage } from './stage.ts';

const KIM = 202;
const ASH = 303;
const PATH = 'output/table.csv';
const BYTES = Buffer.from('group,n\na,10\nb,15\n');
const IN_PAGE = { 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'cross-site', origin: APP };

describe('the content origin', () => {
  let stage: Stage;
  let kim: Surfer;
  let frozen: FrozenHere | undefined;
  let ash: Surfer;
  beforeAll(async () => {
    const paused = () => frozen;
    stage = await setStage({ limits: { requests: 100_000 }, room: { workspaceFile, paused } });
    for (const [id, name] of [
      [KIM, 'kim'],
      [ASH, 'ash'],
    ] as const) {
      stage.people.set(id, { login: `${name}-example`, name, roles: ['checker'] });
    }
    kim = new Surfer(stage);
    ash = new Surfer(stage);
    await kim.signIn(KIM);
    await ash.signIn(ASH);
  });
  afterAll(() => stage.stop());
  beforeEach(() => {
    stage.files.set(PATH, { bytes: BYTES, content: 'text', path: PATH });
    stage.deliveries.length = 0;
    stage.entrances.clear();
  });

  const workspaceFile = async () => pageOf(stage.files.get(PATH)?.bytes ?? BYTES);

  /** The page with the file, and what its script would do next. */
  async function opened(browser: Surfer): Promise<{ token: string; load: string }> {
    const page = await browser.get(`/workspaces/ws/files/${PATH}`);
    const url = /data-url="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const load = /data-load="([^"]+)"/.exec(page.text)?.[1] ?? '';
    expect(url.startsWith(`${CONTENT}/c/`)).toBe(true);
    return { token: url.slice(CONTENT.length), load };
  }
  const fetched = (path: string, options: Ask = {}) =>
    ask(stage.content, path, {
      ...options,
      host: new URL(CONTENT).host,
      headers: { ...IN_PAGE, ...options.headers },
    });
  const shown = async (browser: Surfer, load: string) =>
    JSON.parse((await browser.post('/shown', { load })).text) as { shown: boolean };
  /** As the rules see the deliveries that were noted. */
  const counts = (checker: number) =>
    stage.deliveries.some((delivery) =>
      viewCounts(
        {
          ...delivery,
          at: 0,
          sha256: sha256(BYTES),
          size: BYTES.length,
          sent: delivery.sent ?? 0,
          shown: delivery.drawnBy.some(({ id }) => id === delivery.session.id),
        },
        checker,
        sha256(BYTES),
        DEFAULT_POLICY,
      ),
    );

  test('a page that is open when everything is paused gives no byte more, and its address is good afterwards', async () => {
    const { token } = await opened(kim);
    frozen = { scope: { kind: 'all' }, running: 'stop', at: 0, by: 'zone' };
    const answer = await fetched(token);
    expect([answer.status, answer.text]).toEqual([503, 'Paused']);
    expect(stage.deliveries).toHaveLength(0);
    frozen = undefined;
    expect((await fetched(token)).status).toBe(200);
  });

  test('a page that fetched the whole file and drew it has shown it to its session', async () => {
    const { token, load } = await opened(kim);
    const answer = await fetched(token);

    expect([answer.status, answer.text]).toEqual([200, BYTES.toString()]);
    expect(counts(KIM)).toBe(false);
    expect(await shown(kim, load)).toEqual({ shown: true });
    expect(counts(KIM)).toBe(true);
  });

  test('the look is written before the first byte', async () => {
    const order: string[] = [];
    const { open } = stage.room;
    const stream = new PassThrough();
    stage.files.set(PATH, {
      bytes: BYTES,
      content: 'text',
      path: PATH,
      stream: () => (order.push('read'), stream.end(BYTES), stream),
    });
    stage.room.open = async (...asked) => {
      const answer = await open(...asked);
      order.push('written');
      return answer;
    };

    await fetched((await opened(kim)).token);
    stage.room.open = open;

    expect(order).toEqual(['written', 'read']);
  });

  test.each<[string, Ask]>([
    ['HEAD', { method: 'HEAD' }],
    ['a range', { headers: { range: 'bytes=0-3' } }],
    ['a range of everything', { headers: { range: 'bytes=0-' } }],
    ['a prefetch', { headers: { 'sec-purpose': 'prefetch' } }],
    ['a prerender', { headers: { 'sec-purpose': 'prefetch;prerender' } }],
    ['an older prefetch', { headers: { purpose: 'prefetch' } }],
    ['a Firefox prefetch', { headers: { 'x-moz': 'prefetch' } }],
    ['a tab of its own', { headers: { 'sec-fetch-dest': 'document' } }],
    ['an embedded object', { headers: { 'sec-fetch-dest': 'object' } }],
    ['a program that is no browser', { headers: { 'sec-fetch-dest': undefined } }],
  ])('%s never counts, even when the page says that it drew the file', async (_case, options) => {
    const { token, load } = await opened(kim);
    await fetched(token, options);

    await shown(kim, load);

    expect(stage.deliveries).toHaveLength(1);
    expect(counts(KIM)).toBe(false);
  });

  test('a fetch without a report, and a report without a fetch, never count', async () => {
    await fetched((await opened(kim)).token);
    expect(counts(KIM)).toBe(false);

    stage.deliveries.length = 0;
    const { load } = await opened(kim);
    expect(await shown(kim, load)).toEqual({ shown: false });
    expect(counts(KIM)).toBe(false);
  });

  test('another session’s report never counts, nor one that another site sends', async () => {
    const { token, load } = await opened(kim);
    await fetched(token);

    expect(await shown(ash, load)).toEqual({ shown: false });
    expect((await kim.post('/shown', { load }, { origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await kim.post('/shown', { load, _token: 'f'.repeat(64) })).status).toBe(403);
    expect((await kim.post('/shown', { load }, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect([counts(KIM), counts(ASH)]).toEqual([false, false]);
  });

  test('a delivery is its session’s alone: it never counts for another person', async () => {
    const { token, load } = await opened(kim);
    await fetched(token);
    await shown(kim, load);

    expect([counts(KIM), counts(ASH)]).toEqual([true, false]);
  });

  test('a connection that breaks before the last byte never counts', async () => {
    const stream = new PassThrough();
    stage.files.set(PATH, { bytes: BYTES, content: 'text', path: PATH, stream: () => stream });
    const { token, load } = await opened(kim);
    const socket = net.connect((stage.content.address() as AddressInfo).port, '127.0.0.1');
    const got = new Promise((resolve) => socket.once('data', resolve));
    socket.write(`GET ${token} HTTP/1.1\r\nHost: ${new URL(CONTENT).host}\r\nSec-Fetch-Dest: empty\r\n\r\n`);
    stream.write(BYTES.subarray(0, 8));
    await got;
    socket.destroy();
    await new Promise((resolve) => stream.once('close', resolve));
    const answer = await shown(kim, load);

    expect(answer).toEqual({ shown: false });
    expect(stage.deliveries[0]?.sent).toBeLessThan(BYTES.length);
    expect(counts(KIM)).toBe(false);
  });

  test('a file shorter than the room said never counts', async () => {
    stage.files.set(PATH, {
      bytes: BYTES,
      content: 'text',
      path: PATH,
      stream: () => new PassThrough().end(BYTES.subarray(0, 4)),
    });
    const { token, load } = await opened(kim);
    await fetched(token).catch(() => undefined);
    await shown(kim, load);
    expect(counts(KIM)).toBe(false);
  });

  test('other bytes than the page spoke of are not handed out', async () => {
    const { token } = await opened(kim);
    stage.files.set(PATH, { bytes: Buffer.from('group,n\na,1\n'), content: 'text', path: PATH });

    const answer = await fetched(token);

    expect([answer.status, answer.text]).toEqual([404, 'Not found']);
  });

  test('an address is good for minutes, for a live session with rights, and from one place', async () => {
    const late = await opened(kim);
    stage.clock.advance(minutes(6));
    expect((await fetched(late.token)).status).toBe(404);

    const barred = await opened(kim);
    stage.entrances.set(KIM, 'unknown');
    expect((await fetched(barred.token)).status).toBe(404);
    stage.entrances.clear();
    expect((await fetched(barred.token)).status).toBe(200);

    const elsewhere = await opened(kim);
    expect((await fetched(elsewhere.token, { from: '127.0.0.2' })).status).toBe(404);
    expect((await fetched(elsewhere.token)).status).toBe(200);

    const other = new Surfer(stage);
    await other.signIn(ASH);
    const over = await opened(other);
    await other.post('/sign-out', {});
    expect((await fetched(over.token)).status).toBe(404);
  });

  test('what nobody made an address for is not there, and no cookie is read or set', async () => {
    const cookie = [...kim.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    for (const path of [
      `/c/${'A'.repeat(32)}`,
      '/',
      '/account',
      `/workspaces/ws/files/${PATH}`,
      '/c/',
      '/c/../account',
      '/assets/x.js',
      '/sign-in',
    ]) {
      const answer = await fetched(path, { headers: { cookie } });
      expect([path, answer.status, answer.headers['set-cookie']]).toEqual([path, 404, undefined]);
      expect(answer.text).toBe('Not found');
    }
    expect((await fetched('/c/x', { method: 'POST', body: 'a=1' })).status).toBe(405);
    expect((await fetched('/c/x', { method: 'OPTIONS' })).status).toBe(405);
  });

  test('the app hands out no bytes of files, and the content origin answers to no other name', async () => {
    const { token } = await opened(kim);
    expect((await kim.get(token)).status).toBe(404);
    const wrong = await ask(stage.content, token, { host: new URL(APP).host, headers: IN_PAGE });
    expect(wrong.status).toBe(421);
  });

  test.each([
    ['text', 'output/a.csv', 'text/plain; charset=utf-8'],
    ['html', 'output/a.html', 'text/html; charset=utf-8'],
    ['svg', 'output/a.svg', 'image/svg+xml; charset=utf-8'],
    ['png', 'output/a.png', 'image/png'],
    ['unknown', 'output/a.bin', 'application/octet-stream'],
  ] as const)('a file that is %s is as powerless in a tab as in a frame', async (content, path, type) => {
    stage.files.set(PATH, { bytes: BYTES, content, path });
    const { headers } = await fetched((await opened(kim)).token);

    expect(headers['content-type']).toBe(type);
    expect(headers['content-security-policy']).toBe(
      `sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors ${APP}`,
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, no-store',
      'access-control-allow-origin': APP,
      'accept-ranges': 'none',
    });
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  test('a name with line breaks and quotes cannot write headers', async () => {
    stage.files.set(PATH, { bytes: BYTES, content: 'text', path: 'output/a"\r\nset-cookie: x=1;é.csv' });
    const { headers } = await fetched((await opened(kim)).token);

    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['content-disposition']).toBe(
      `inline; filename="a___set-cookie__x_1__.csv"; filename*=UTF-8''a%22%0D%0Aset-cookie%3A%20x%3D1%3B%C3%A9.csv`,
    );
  });

  test('what the room refuses is simply not there', async () => {
    const { token } = await opened(kim);
    const { open } = stage.room;
    stage.room.open = async () => refusal('airlock.barred', 'You ran a job behind this file.');
    const answer = await fetched(token);
    stage.room.open = open;

    expect([answer.status, answer.text]).toEqual([404, 'Not found']);
  });
});

function pageOf(bytes: Buffer): WorkspaceFilePage {
  return {
    workspace: {
      name: 'ws',
      project: 'p',
      projectTitle: 'P',
      organisation: 'o',
      repository: 'o/r',
      branch: 'main',
      as: 'viewer',
      mayRequest: false,
      archived: false,
      ongoing: true,
      active: null,
      changedAt: null,
    },
    file: {
      kind: 'file',
      name: 'table.csv',
      path: PATH,
      size: bytes.length,
      at: 0,
      status: 'unreleased',
      stale: false,
      excluded: null,
      hints: null,
    },
    sha256: sha256(bytes),
    rows: null,
    columns: null,
    provenance: null,
    hints: [],
    summary: [],
    content: 'text',
    onRequest: null,
    released: [],
  };
}
