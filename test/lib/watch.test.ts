/** The listener that tells how a role is: what it says, to whom, and what it refuses. */
import { afterEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { createMetrics } from '../../src/lib/metrics.ts';
import { createPulse } from '../../src/lib/pulse.ts';
import { startWatch, type NotReady, type Watching } from '../../src/lib/watch.ts';
import { watchAt, watchSetting } from '../../src/lib/watch-settings.ts';
import { selfSigned } from '../support/certificate.ts';

const open: Watching[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  for (const each of folders.splice(0)) rmSync(each, { recursive: true });
});

const certificate = selfSigned();
function folder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-watch-'));
  folders.push(dir);
  return dir;
}

async function aRole(given: { ready?: () => Promise<NotReady[]>; setting?: object } = {}) {
  let at = 0;
  const metrics = createMetrics('hub');
  metrics.counter('requests_total', 'Requests').add({});
  const pulse = createPulse(() => at);
  const watching = await startWatch(watchSetting.parse({ listen: { port: 0 }, ...given.setting }), {
    metrics,
    pulse,
    ready: given.ready ?? (async () => []),
    logger: pino({ level: 'silent' }),
  });
  open.push(watching);
  const ask = (where: string, init: http.RequestOptions = {}) => asked(`${watching.url}${where}`, init);
  return { ask, pulse, url: watching.url, pass: (ms: number) => (at += ms) };
}

function asked(url: string, init: http.RequestOptions): Promise<{ status: number; text: string }> {
  const from = url.startsWith('https') ? https : http;
  return new Promise((resolve, reject) => {
    from
      .request(
        url,
        { agent: false, rejectUnauthorized: false, ...init } as https.RequestOptions,
        (answer) => {
          let text = '';
          answer.on('data', (part: Buffer) => (text += part.toString()));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: text.trim() }));
        },
      )
      .on('error', reject)
      .end();
  });
}

test('a role whose loops turn is healthy, and one with a late loop is not', async () => {
  const role = await aRole();
  role.pulse.beat('poll', 1000);
  expect(await role.ask('/healthz')).toEqual({ status: 200, text: '{"ok":true,"late":[]}' });

  role.pass(1001);
  expect(await role.ask('/healthz')).toEqual({ status: 503, text: '{"ok":false,"late":["poll"]}' });

  role.pulse.rest('poll');
  expect((await role.ask('/healthz')).status).toBe(200);
});

test('a role that cannot work says why in words and a code', async () => {
  const role = await aRole({
    ready: async () => [{ code: 'ready.database', says: 'The database does not answer.' }],
  });
  expect(await role.ask('/readyz')).toEqual({
    status: 503,
    text: '{"ready":false,"reasons":[{"code":"ready.database","says":"The database does not answer."}]}',
  });
});

test('a look that fails is not ready, and tells nothing of the failure', async () => {
  const role = await aRole({ ready: () => Promise.reject(new Error('postgres://me:secret@db/x')) });
  const { status, text } = await role.ask('/readyz');
  expect(status).toBe(503);
  expect(text).toContain('ready.unknown');
  expect(text).not.toContain('secret');
});

test('however many ask at once, one look is made', async () => {
  let looks = 0;
  const role = await aRole({
    ready: async () => {
      looks += 1;
      return [];
    },
  });
  await Promise.all(Array.from({ length: 30 }, () => role.ask('/readyz')));
  expect(looks).toBeLessThan(30);
});

test('metrics are text for Prometheus', async () => {
  const { status, text } = await (await aRole()).ask('/metrics');
  expect({ status, last: text.split('\n').at(-1) }).toEqual({
    status: 200,
    last: 'sallyport_hub_requests_total 1',
  });
});

test.each(['/', '/metrics/', '/metrics?x=1', '/../metrics', '/%6detrics', 'http://other/metrics'])(
  'there is nothing at %s',
  async (where) => {
    const role = await aRole();
    const { status } = await asked(role.url, { path: where });
    expect(status).toBe(404);
  },
);

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('nothing is changed by %s', async (method) => {
  expect((await (await aRole()).ask('/metrics', { method })).status).toBe(405);
});

test('a page in a browser of this machine cannot read it by a name of its own', async () => {
  const role = await aRole();
  expect((await role.ask('/metrics', { headers: { host: 'evil.example' } })).status).toBe(421);
  expect((await role.ask('/metrics', { headers: { host: 'localhost:9100' } })).status).toBe(200);
  expect((await role.ask('/metrics', { headers: { host: '[::1]:9100' } })).status).toBe(200);
});

test('large headers are refused and a slow client keeps nothing from the next', async () => {
  const role = await aRole();
  const slow = connect(Number(new URL(role.url).port), '127.0.0.1');
  await new Promise((done) => slow.once('connect', done));
  slow.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n');
  expect((await role.ask('/metrics')).status).toBe(200);
  expect((await role.ask('/metrics', { headers: { 'x-long': 'x'.repeat(8000) } })).status).toBe(431);
  slow.destroy();
});

test('beyond this machine it needs both a token and TLS', () => {
  const at = (more: object) => watchSetting.safeParse({ listen: { host: '10.0.0.1', port: 9100 }, ...more });
  const tls = { cert_file: 'c', key_file: 'k' };
  expect(at({}).error?.issues[0]).toMatchObject({ path: ['listen', 'host'] });
  expect(at({ tls }).success).toBe(false);
  expect(at({ token_file: 't' }).success).toBe(false);
  expect(at({ tls, token_file: 't' }).success).toBe(true);
  expect(watchAt(at({ tls, token_file: 't' }).data, (each) => `/etc/${each}`)).toMatchInlineSnapshot(`
    {
      "watch": {
        "listen": {
          "host": "10.0.0.1",
          "port": 9100,
        },
        "tls": {
          "cert_file": "/etc/c",
          "key_file": "/etc/k",
        },
        "token_file": "/etc/t",
      },
    }
  `);
});

test('without the token it says yes or no, over TLS, and nothing more', async () => {
  const dir = folder();
  const [cert, key, token] = ['cert', 'key', 'token'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(cert, certificate.cert);
  writeFileSync(key, certificate.key, { mode: 0o600 });
  writeFileSync(token, '0123456789abcdef\n', { mode: 0o600 });
  const role = await aRole({
    ready: async () => [{ code: 'ready.engine', says: 'The container engine does not answer.' }],
    setting: {
      listen: { host: '0.0.0.0', port: 0 },
      tls: { cert_file: cert, key_file: key },
      token_file: token,
    },
  });
  const ask = (where: string, authorization?: string) =>
    role.ask(where, { host: '127.0.0.1', ...(authorization && { headers: { authorization } }) });

  expect(role.url).toMatch(/^https:/);
  expect(await ask('/readyz')).toEqual({ status: 503, text: '{"ready":false}' });
  expect(await ask('/healthz')).toEqual({ status: 200, text: '{"ok":true}' });
  expect((await ask('/metrics')).status).toBe(401);
  expect((await ask('/metrics', 'Bearer 0123456789abcdeF')).status).toBe(401);
  expect((await ask('/metrics', 'Bearer ')).status).toBe(401);
  expect((await ask('/metrics', 'Bearer 0123456789abcdef')).status).toBe(200);
  expect((await ask('/readyz', 'Bearer 0123456789abcdef')).text).toContain('ready.engine');
});

test.each(['', 'short', 'two words of a token'])('a token "%s" is refused at start', async (held) => {
  const place = path.join(folder(), 'token');
  writeFileSync(place, held, { mode: 0o600 });
  await expect(aRole({ setting: { token_file: place } })).rejects.toMatchObject({
    refusal: { code: 'watch.token' },
  });
});

test('a certificate that is missing and a port that is taken are told at start', async () => {
  const tls = { cert_file: '/nowhere/c', key_file: '/nowhere/k' };
  await expect(aRole({ setting: { tls } })).rejects.toMatchObject({ refusal: { code: 'watch.tls' } });

  const first = await aRole();
  const listen = { port: Number(new URL(first.url).port) };
  await expect(aRole({ setting: { listen } })).rejects.toMatchObject({ refusal: { code: 'watch.address' } });
});
