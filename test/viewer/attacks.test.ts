/** Attacks on the viewer over HTTP. Each is named after what must not happen. */
import { expect, test } from '@jest/globals';
import type { Express } from 'express';
import { refusal } from '../../src/lib/refusal.ts';
import { EVIL, host, ROWAN, rowan, stage } from './evil-stage.ts';
import { APP, ask, Surfer } from './stage.ts';

test('no page is shown and no form is taken without a session', async () => {
  const routes = routesOf(stage.viewer.app).filter(({ path }) => !path.startsWith('/sign-in'));
  expect(routes.length).toBeGreaterThan(30);
  for (const { method, path } of routes) {
    const address = path
      .replace('/{*rest}', '/anything')
      .replaceAll(/\{\*(\w+)\}/g, 'a')
      .replaceAll(/:\w+/g, 'x');
    const answer = await ask(stage.app, address, {
      method,
      host,
      ...(method === 'POST' ? { body: 'a=1' } : {}),
    });
    expect([method, path, answer.status]).toEqual([method, path, method === 'GET' ? 303 : 401]);
    expect(answer.headers['location'] ?? '/sign-in').toMatch(/^\/sign-in(\?next=|$)/);
  }
});

test('no form is taken without the token of that session', async () => {
  const other = new Surfer(stage);
  stage.people.set(7, { login: 'seven', name: 'Seven', roles: ['member'] });
  await other.signIn(7);
  for (const { method, path } of routesOf(stage.viewer.app).filter(({ method }) => method === 'POST')) {
    if (path.startsWith('/sign-in')) continue;
    const address = path.replaceAll(/:\w+/g, 'x');
    for (const token of ['', 'f'.repeat(64), other.token]) {
      const answer = await rowan.post(address, { _token: token });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
    }
    expect((await rowan.post(address, {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await rowan.post(address, {}, { origin: 'null' })).status).toBe(403);
  }
  expect(stage.commands).toEqual([]);
});

test('a page runs no script but ours, is framed by nobody and kept by nobody', async () => {
  const { headers, text } = await rowan.get('/account');

  const policy = String(headers['content-security-policy']);
  expect(policy).not.toMatch(/unsafe|\*|https?:(?!\/\/content\.zone\.example)/);
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ]) {
    expect(policy.split('; ')).toContain(part);
  }
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
  });
  expect(headers['x-powered-by']).toBeUndefined();
  expect(headers['access-control-allow-origin']).toBeUndefined();
  expect(text).not.toMatch(/<script(?![^>]* src=)|<\w[^<>]*\s(on\w+|style)=|javascript:/);
});

test('names that jobs wrote stay text on every page', async () => {
  for (const path of [
    '/',
    '/workspaces',
    '/workspaces/ws',
    `/workspaces/ws/tree/${encodeURIComponent(EVIL)}`,
    `/workspaces/ws?search=${encodeURIComponent(EVIL)}`,
    '/account',
    `/requests?state=${encodeURIComponent(EVIL)}`,
  ]) {
    const { text } = await rowan.get(path);
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img src=x');
    expect(text).toContain('&lt;script>alert(1)');
  }
});

test.each([
  ['https://elsewhere.example/', '/'],
  ['//elsewhere.example/', '/'],
  ['/\\elsewhere.example', '/'],
  ['\\\\elsewhere.example', '/'],
  ['/%09/elsewhere.example', '/%09/elsewhere.example'],
  ['/\t/elsewhere.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/../..//elsewhere.example', '//elsewhere.example'],
  ['', '/'],
  ['/requests?state=draft', '/requests?state=draft'],
])('after sign-in %j leads nowhere but into the viewer', async (next, to) => {
  const browser = new Surfer(stage);
  await browser.start();
  stage.codes.set('c', { person: ROWAN, login: 'rowan-example' });
  const answer = await browser.post('/sign-in/code', { code: 'c', next });
  const where = String(answer.headers.location);

  expect(new URL(where, APP).origin).toBe(APP);
  expect(where).toBe(to.startsWith('//') ? '/' : to);
});

test('another name in the Host header gets no page, and is written nowhere', async () => {
  for (const wrong of ['elsewhere.example', `${host}.elsewhere.example`, 'localhost', `${host}:444`]) {
    const answer = await ask(stage.app, '/sign-in', { host: wrong });
    expect([answer.status, answer.text]).toEqual([421, 'Misdirected request']);
  }
  const forwarded = await ask(stage.app, '/account', {
    host,
    headers: { 'x-forwarded-host': 'elsewhere.example' },
  });
  expect(String(forwarded.headers.location)).not.toContain('elsewhere');
});

test('nothing is uploaded: other bodies than forms, and large ones, are turned away', async () => {
  const token = rowan.token;
  const cookie = [...rowan.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  for (const type of [
    'multipart/form-data; boundary=x',
    'application/json',
    'text/plain',
    'application/octet-stream',
  ]) {
    const headers = { cookie, 'content-type': type, 'x-csrf-token': token, origin: APP };
    const answer = await ask(stage.app, '/shown', { method: 'POST', host, headers, body: '{"load":"x"}' });
    expect([type, answer.status]).toEqual([type, 415]);
  }
  expect((await rowan.post('/shown', { load: 'x'.repeat(600_000) })).status).toBe(413);
  const many = Object.fromEntries(Array.from({ length: 4000 }, (_, at) => [`f${at}`, '1']));
  expect((await rowan.post('/shown', many)).status).toBe(413);
  for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    expect([method, (await ask(stage.app, '/account', { method, host })).status]).toEqual([method, 405]);
  }
});

test('a field called __proto__ or sent twice changes nothing', async () => {
  await rowan.get('/account');
  const answer = await rowan.post('/shown', {
    __proto__: 'x',
    'load[a]': 'b',
    load: ['a', 'b'],
    constructor: 'x',
  });

  expect([answer.status, answer.text]).toEqual([200, '{"shown":false}']);
  expect(({} as Record<string, unknown>)['load']).toBeUndefined();
});

test('a path that climbs reaches the room as it is, which knows no such file, or is not found at all', async () => {
  for (const path of [
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e/%2e%2e/etc/passwd',
    'a/..%5c..%5cb',
    '%00',
    'a%0d%0aset-cookie:x',
  ]) {
    const answer = await rowan.get(`/workspaces/ws/files/${path}`);
    expect(answer.status).toBe(404);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.text).not.toContain('root:');
  }
  for (const path of [
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/assets.json',
    '/assets/assets.json',
    '/docs/..%2fpackage',
    '/docs/README',
  ]) {
    const answer = await rowan.get(path);
    expect([path, answer.status]).toEqual([path, 404]);
  }
  expect((await rowan.get('/workspaces/ws/files/%ff%fe')).status).toBe(400);
});

test('what needs a fresh sign-in says so, and leads to one and back', async () => {
  const { command } = stage.room;
  stage.room.command = async () => refusal('release.fresh-sign-in', 'This needs a fresh sign-in.');
  const answer = await rowan.post(
    '/requests/0000000000000001/edit/submit',
    {},
    { referer: `${APP}/requests/0000000000000001/edit` },
  );
  stage.room.command = command;

  expect(answer.status).toBe(409);
  expect(answer.text).toContain('href="/sign-in?next=%2Frequests%2F0000000000000001%2Fedit"');
  const page = await rowan.get('/sign-in?next=%2Frequests%2F0000000000000001%2Fedit');
  expect(page.text).toContain('name="next" value="/requests/0000000000000001/edit"');
});

test('what is missing and what is not yours look the same', async () => {
  const pages = await Promise.all(
    ['/workspaces/ws/files/none', '/requests/0000000000000001/edit', '/nothing/here', '/docs/none'].map(
      (path) => rowan.get(path),
    ),
  );
  const texts = new Set(pages.map(({ text }) => /<main[\s\S]*<\/main>/.exec(text)?.[0]));

  expect(pages.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  expect(texts.size).toBe(1);
});

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

function routesOf(app: Express): { method: string; path: string }[] {
  return (app.router.stack as unknown as Layer[]).flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map((method) => ({
          method: method.toUpperCase(),
          path: String(route.path),
        }))
      : [],
  );
}
