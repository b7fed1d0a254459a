/** What the viewer's failures and log tell, what its pages load, how often it answers, and how it does not start. */
import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openViewer } from '../../web/airlock/server/app.ts';
import { asked, host, ROWAN, rowan, stage } from './evil-stage.ts';
import { APP, ask, builtAssets, CONTENT, setStage, Surfer } from './stage.ts';

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

test('each answer has an id of its own, and so has each line about it; one that is sent is not believed', async () => {
  const before = stage.logged.length;
  const answers = await Promise.all(
    [1, 2].map(() => rowan.get('/workspaces/broken', { 'x-request-id': 'chosen-by-somebody' })),
  );
  const content = await ask(stage.content, '/c/none', { host: CONTENT });

  const ids = answers.map(({ headers }) => headers['x-request-id']);
  for (const id of [...ids, content.headers['x-request-id']]) expect(id).toMatch(/^[a-z0-9]{16}$/);
  const lines = stage.logged.slice(before).map((line) => JSON.parse(line) as Record<string, unknown>);
  const failed = lines.filter(({ code }) => code === 'viewer.failed');
  expect(failed.map(({ request_id }) => request_id).sort()).toEqual([...ids].sort());
  expect(stage.logged.join('')).not.toContain('chosen-by-somebody');
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

function sourcesIn(dir: string): string[] {
  const root = new URL(`../../${dir}/`, import.meta.url).pathname;
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(root, file));
}
