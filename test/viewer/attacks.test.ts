/** Attacks on the viewer over HTTP. Each is named after what must not happen. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Express } from 'express';
import type { ListingQuery } from '../../agent/airlock/face.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { openViewer } from '../../web/airlock/server/app.ts';
import { APP, CONTENT, ask, builtAssets, setStage, Surfer, type Stage } from './stage.ts';

const ROWAN = 101;
const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;

describe('the viewer under attack', () => {
  let stage: Stage;
  let rowan: Surfer;
  const asked: { path?: string; query?: ListingQuery }[] = [];
  beforeAll(async () => {
    stage = await setStage({
      limits: { requests: 100_000, signIns: 100_000 },
      room: {
        workspaces: async () => [workspace()],
        workspaceFile: async (_person, _workspace, path) => {
          asked.push({ path });
          return refusal('airlock.unknown', 'There is no such file.');
        },
        listing: async (_person, name, query) => {
          asked.push({ query });
          if (name !== 'ws') throw new Error('SECRET-CONTENT select * from patients where name = Ada');
          return {
            workspace: workspace(),
            dir: query.dir,
            total: 2,
            sequence: 1,
            behind: false,
            changed: [],
            entries: [
              { kind: 'folder', name: EVIL, path: EVIL, files: 1 },
              {
                kind: 'file',
                name: EVIL,
                path: EVIL,
                size: 1,
                at: 0,
                status: 'unreleased',
                stale: true,
                excluded: EVIL,
                hints: null,
              },
            ],
          };
        },
      },
    });
    stage.people.set(ROWAN, {
      login: 'rowan-example',
      name: EVIL,
      roles: ['member', 'operator', 'auditor', 'checker'],
    });
    rowan = new Surfer(stage);
    await rowan.signIn(ROWAN);
  });
  afterAll(() => stage.stop());
  beforeEach(() => {
    asked.length = 0;
    stage.logged.length = 0;
  });

  const host = new URL(APP).host;

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

  test('a failure tells the page nothing, and the log no contents', async () => {
    const answer = await rowan.get('/workspaces/broken');

    expect(answer.status).toBe(500);
    expect(answer.text).toContain('data-code="viewer.failed"');
    expect(answer.text).not.toMatch(/SECRET|patients|Error:|at .*\.ts/);
    const log = stage.logged.join('');
    expect(log).toContain('viewer.failed');
    expect(log).not.toMatch(/SECRET|patients|Ada|broken/);
  });

  test('the log holds no path, name, code or cookie of a whole visit', async () => {
    const browser = new Surfer(stage);
    await browser.signIn(ROWAN);
    await browser.get(`/workspaces/ws?search=PRIVATE-NAME`);
    await browser.post('/shown', { load: 'PRIVATE-LOAD' });

    const log = stage.logged.join('');
    expect(log).not.toMatch(/PRIVATE|code-101/);
    for (const secret of browser.jar.values()) expect(log).not.toContain(secret);
  });

  test('an odd query is a default, not a fault', async () => {
    for (const query of [
      'sort=__proto__&order=x&from=-1',
      'from=1e9&from=2',
      'stale=yes&search=%00',
      'from=NaN',
      'sort[]=name',
    ]) {
      expect([query, (await rowan.get(`/workspaces/ws?${query}`)).status]).toEqual([query, 200]);
    }
    expect(asked.every(({ query }) => query?.sort === 'name' && query.order === 'up')).toBe(true);
  });

  test('scripts and styles may be kept for ever, because their names are their content', async () => {
    const { text } = await rowan.get('/workspaces/ws');
    for (const address of text.match(/\/assets\/[^"]+/g) ?? []) {
      const { status, headers } = await ask(stage.app, address, { host });
      expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
      expect(headers['set-cookie']).toBeUndefined();
    }
  });

  test('no page loads more than 100 kB of script', async () => {
    const dir = await builtAssets();
    const { scripts } = JSON.parse(readFileSync(join(dir, 'assets.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['file', 'passkey', 'tree']));
    // A page asks for two at most.
    const sizes = Object.values(scripts)
      .map((file) => statSync(join(dir, file)).size)
      .sort((a, b) => b - a);
    expect((sizes[0] ?? 0) + (sizes[1] ?? 0)).toBeLessThan(100_000);
  });

  test('no source of ours writes HTML from text', () => {
    const sinks = /\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|new Function|eval\()/;
    const raw = sourcesIn('web/airlock').filter((file) => sinks.test(readFileSync(file, 'utf8')));
    expect(raw).toEqual([]);
    const trusted = sourcesIn('web/airlock').filter((file) =>
      readFileSync(file, 'utf8').includes('dangerouslySetInnerHTML'),
    );
    // Documents of ours, and comments, both by a renderer that takes no HTML.
    expect(trusted.map((file) => file.split('web/airlock/')[1])).toEqual(
      expect.arrayContaining(['pages/docs-routes.tsx']),
    );
    expect(trusted.length).toBeLessThanOrEqual(2);
  });

  test('one address that asks too often waits', async () => {
    const small = await setStage({ limits: { requests: 5 } });
    try {
      const codes = [];
      for (let at = 0; at < 7; at += 1) codes.push((await ask(small.app, '/sign-in', { host })).status);
      expect(codes).toEqual([200, 200, 200, 200, 200, 429, 429]);
      const contents = [];
      for (let at = 0; at < 7; at += 1)
        contents.push((await ask(small.content, '/c/x', { host: new URL(CONTENT).host })).status);
      expect(contents).toEqual([404, 404, 404, 404, 404, 429, 429]);
    } finally {
      await small.stop();
    }
  });

  test.each([
    ['http://airlock.zone.example', CONTENT, 'viewer.plain-http'],
    [APP, 'http://content.zone.example', 'viewer.plain-http'],
    [APP, `${APP}:8443`, 'viewer.same-host'],
  ])('a viewer at %s with contents at %s does not start', async (appOrigin, contentOrigin, code) => {
    const assetsDir = await builtAssets();
    const { room, signIn, clock } = stage;
    const logger = { info() {}, error() {} } as never;
    const start = () =>
      openViewer({
        room,
        signIn,
        clock,
        ids: signIn.ids,
        logger,
        zone: 'z',
        appOrigin,
        contentOrigin,
        assetsDir,
      });

    expect(start).toThrow(code);
  });
});

function workspace() {
  return {
    name: 'ws',
    project: 'p',
    projectTitle: EVIL,
    organisation: EVIL,
    repository: EVIL,
    branch: EVIL,
    as: 'member' as const,
    mayRequest: true,
    archived: false,
    ongoing: true,
    active: null,
    changedAt: null,
  };
}

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

function sourcesIn(dir: string): string[] {
  const root = new URL(`../../${dir}/`, import.meta.url).pathname;
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(root, file));
}
