/** Releases: drafts and tags, who sees what, and files that come back byte for byte. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Octokit } from '@octokit/rest';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { APP_ID, callApi, world, type CallOptions, type Reply, type World } from './world.ts';

const S = '/repos/acme/study';
let github: World;
let wes: CallOptions;
let app: CallOptions;
let reader: CallOptions;
let count = 0;

beforeAll(async () => {
  github = await world({ limits: { contentPerMinute: 10_000, pointsPerMinute: 100_000 } });
  wes = { as: github.tokens['wes'] };
  app = { as: await github.installationToken() };
  reader = { as: github.tokens['mallory'] };
});
afterAll(async () => {
  await github.stop();
});
beforeEach(async () => {
  await told();
});

/** A tag is no target, an unknown branch neither. */
const NO_TARGET =
  '422 Release.tag_name tag_name is not a valid tag; Release Published releases must have a valid tag; Release.target_commitish invalid';

const fresh = (): string => `v${(count += 1)}.0`;
const create = (body: Record<string, unknown>, by = wes, repo = S): Promise<Reply> =>
  github.call('POST', `${repo}/releases`, { ...by, body });
const upload = (release: Reply, name: string, bytes: Uint8Array, options: CallOptions = {}): Promise<Reply> =>
  github.call(
    'POST',
    String(release.data['upload_url']).replace(/\{.*$/, `?name=${encodeURIComponent(name)}`),
    {
      ...wes,
      bytes,
      headers: { 'content-type': 'text/csv' },
      ...options,
    },
  );
/** What was sent since the last time, in the order in which it happened: it may arrive in another. */
let heard = 0;
async function told(): Promise<string[]> {
  await github.state.idle();
  const all = github.state.hooks.log.of(APP_ID, Date.now()).reverse();
  const names = all.slice(heard).map((one) => (one.action ? `${one.event}.${one.action}` : one.event));
  heard = all.length;
  return names;
}
const at = (release: Reply): string => `${S}/releases/${String(release.data['id'])}`;
/** `422 Release.tag_name already_exists`, one for each error. */
const problem = (reply: Reply): string => {
  const errors = Object.values(reply.data['errors'] ?? {});
  const said = errors.map((one) =>
    [one['resource'], one['field'] && `.${String(one['field'])}`, ' ', one['message'] ?? one['code']].join(
      '',
    ),
  );
  return `${reply.status} ${errors.length > 0 ? said.join('; ') : String(reply.data['message'])}`;
};

test('publishing makes the tag, and the App hears of the tag first', async () => {
  const tag = fresh();
  const { data, status } = await create({ tag_name: tag, name: 'One', body: 'Notes' });

  expect([status, data['draft'], data['html_url']]).toEqual([
    201,
    false,
    `${github.url}/acme/study/releases/tag/${tag}`,
  ]);
  expect(await told()).toEqual([
    'create',
    'push',
    'release.created',
    'release.published',
    'release.released',
  ]);
  const push = github.heard.findLast((one) => one.name === 'push');
  expect(push?.payload['ref']).toBe(`refs/tags/${tag}`);
  expect((await github.call('GET', `${S}/git/ref/tags/${tag}`, app)).status).toBe(200);
});

test('a draft has no tag, and is there only for who may write', async () => {
  const tag = fresh();
  const draft = await create({ tag_name: tag, draft: true }, app);
  expect([draft.status, draft.data['published_at'], String(draft.data['html_url'])]).toEqual([
    201,
    null,
    expect.stringContaining('/releases/tag/untagged-'),
  ]);
  expect(await told()).toEqual(['release.created']);
  expect((await github.call('GET', `${S}/git/ref/tags/${tag}`, app)).status).toBe(404);
  expect((await github.call('GET', `${S}/releases/tags/${tag}`, wes)).status).toBe(404);
  const seen = async (by: CallOptions): Promise<number[]> => [
    (await github.call('GET', at(draft), by)).status,
    Number((await github.call('GET', `${S}/releases`, by)).text.includes(`"${tag}"`)),
  ];
  const narrow = { as: await github.installationToken({ permissions: { contents: 'read' } }) };
  expect([await seen(wes), await seen(app), await seen(reader), await seen({}), await seen(narrow)]).toEqual([
    [200, 1],
    [200, 1],
    [404, 0],
    [404, 0],
    [404, 0],
  ]);

  const done = await github.call('PATCH', at(draft), { ...app, body: { draft: false } });
  expect([done.status, done.data['draft']]).toEqual([200, false]);
  expect(await told()).toEqual(['create', 'push', 'release.published', 'release.released']);
  expect((await github.call('GET', `${S}/releases/tags/${tag}`, reader)).status).toBe(200);
});

test('what GitHub refuses at creation is refused', async () => {
  const tag = fresh();
  await create({ tag_name: tag });
  const long = 'x'.repeat(125_001);
  expect([
    problem(await create({ name: 'x' })),
    problem(await create({ tag_name: '' })),
    problem(await create({ tag_name: 'two words' })),
    problem(await create({ tag_name: tag })),
    problem(await create({ tag_name: fresh(), target_commitish: 'nowhere' })),
    problem(await create({ tag_name: fresh(), target_commitish: 'nowhere', draft: true })),
    problem(await create({ tag_name: fresh(), target_commitish: tag })),
    problem(await create({ tag_name: fresh(), body: long })),
    problem(await create({ tag_name: fresh(), prerelease: true, make_latest: 'true' })),
    problem(await create({ tag_name: fresh(), draft: 'yes' })),
  ]).toEqual([
    '422 Invalid request.\n\n"tag_name" wasn\'t supplied.',
    '422 Release.tag_name missing_field',
    '422 Release.tag_name tag_name is not well-formed',
    '422 Release.tag_name already_exists',
    NO_TARGET,
    '422 Release.target_commitish invalid',
    NO_TARGET,
    '422 Release.body body is too long (maximum is 125000 characters)',
    '422 Release.make_latest Drafts and prereleases cannot be set as latest.',
    expect.stringContaining("For 'draft'"),
  ]);
});

test('a tag that is there is used as it is, and two drafts may share a name until one is published', async () => {
  const tag = fresh();
  const { data } = await github.call('GET', `${S}/commits?per_page=1`, wes);
  const sha = String(data[0]?.['sha']);
  await github.call('POST', `${S}/git/refs`, { ...wes, body: { ref: `refs/tags/${tag}`, sha } });
  await told();
  const [one, two] = [
    await create({ tag_name: tag, draft: true }),
    await create({ tag_name: tag, draft: true }),
  ];
  await github.call('PATCH', at(one), { ...wes, body: { draft: false } });
  expect(await told()).not.toContain('push');
  const late = await github.call('PATCH', at(two), { ...wes, body: { draft: false } });
  expect(problem(late)).toBe('422 Release.tag_name already_exists');
});

test('latest is the newest whole release, unless it was said otherwise', async () => {
  const latest = async (): Promise<string> =>
    String((await github.call('GET', `${S}/releases/latest`)).data['tag_name']);
  const first = fresh();
  await create({ tag_name: first });
  await create({ tag_name: fresh(), prerelease: true });
  await create({ tag_name: fresh(), draft: true });
  await create({ tag_name: fresh(), make_latest: 'false' });
  expect(await latest()).toBe(first);
});

test('a release can be made a draft again and deleted; the tag stays', async () => {
  const tag = fresh();
  const release = await create({ tag_name: tag });
  await told();
  await github.call('PATCH', at(release), { ...wes, body: { draft: true, body: 'Withdrawn' } });
  expect(await told()).toEqual(['release.edited', 'release.unpublished']);
  expect((await github.call('GET', at(release))).status).toBe(404);
  expect((await github.call('DELETE', at(release), wes)).status).toBe(204);
  expect(await told()).toEqual(['release.deleted']);
  expect((await github.call('GET', `${S}/git/ref/tags/${tag}`, wes)).status).toBe(200);
});

test('people without write and Apps without contents: write make, change and delete nothing', async () => {
  const release = await create({ tag_name: fresh() });
  const asset = await upload(release, 'a.csv', Buffer.from('a'));
  const weak = { as: await github.installationToken({ permissions: { contents: 'read' } }) };
  for (const by of [reader, weak, { as: github.tokens['tess'] }]) {
    expect([
      (await create({ tag_name: fresh() }, by)).status,
      (await github.call('PATCH', at(release), { ...by, body: { name: 'x' } })).status,
      (await github.call('DELETE', at(release), by)).status,
      (await upload(release, 'b.csv', Buffer.from('b'), by)).status,
      (await github.call('DELETE', `${S}/releases/assets/${String(asset.data['id'])}`, by)).status,
    ]).toEqual([403, 403, 403, 403, 403]);
  }
  expect((await create({ tag_name: fresh() }, {})).status).toBe(401);
});

test('releases of a private repository are 404 to strangers, also their files', async () => {
  const release = await create({ tag_name: 'v1' }, wes, '/repos/acme/secret');
  const asset = await upload(release, 'a.csv', Buffer.from('secret'));
  const paths = [
    '',
    '/latest',
    '/tags/v1',
    `/${String(release.data['id'])}`,
    `/assets/${String(asset.data['id'])}`,
  ];
  for (const path of paths) {
    const call = (by: CallOptions): Promise<Reply> =>
      github.call('GET', `/repos/acme/secret/releases${path}`, by);
    expect([(await call(reader)).status, (await call({})).status]).toEqual([404, 404]);
    expect((await call({ as: github.tokens['rita'] })).status).toBe(200);
  }
});

test('an App without workflows: write cannot release other workflows than the default branch has', async () => {
  await github.call('POST', `${S}/git/refs`, {
    ...wes,
    body: {
      ref: 'refs/heads/ci',
      sha: (await github.call('GET', `${S}/branches/main`)).data['commit']?.['sha'],
    },
  });
  await github.call('PUT', `${S}/contents/.github/workflows/ci.yml`, {
    ...wes,
    body: { message: 'x', content: 'eA==', branch: 'ci' },
  });
  expect((await create({ tag_name: fresh(), target_commitish: 'ci' }, app)).status).toBe(404);
  expect((await create({ tag_name: fresh(), target_commitish: 'ci' })).status).toBe(201);
});

test('a file comes back byte for byte, with its digest, by an address that lasts minutes', async () => {
  const release = await create({ tag_name: fresh() });
  const bytes = randomBytes(300_000);
  const asset = await upload(release, 'Table 1 (é).csv', bytes);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  expect([asset.status, asset.data['name'], asset.data['size'], asset.data['digest']]).toEqual([
    201,
    'Table.1.csv',
    bytes.length,
    digest,
  ]);

  const path = `${S}/releases/assets/${String(asset.data['id'])}`;
  const moved = await github.call('GET', path, { headers: { accept: 'application/octet-stream' } });
  expect(moved.status).toBe(302);
  const address = moved.headers.get('location') ?? '';
  const got = await fetch(address);
  expect([Buffer.from(await got.arrayBuffer()).equals(bytes), got.headers.get('content-type')]).toEqual([
    true,
    'text/csv',
  ]);
  expect((await fetch(address.replace(/signature=.*/, 'signature=0'))).status).toBe(403);
  expect((await github.call('GET', path)).data['download_count']).toBe(1);

  expect((await github.call('DELETE', path, wes)).status).toBe(204);
  expect((await fetch(address)).status).toBe(404);
  expect(existsSync(join(github.dataDir, 'assets', String(asset.data['id'])))).toBe(false);
});

test('Octokit uploads to the address that the release names', async () => {
  const release = await create({ tag_name: fresh() });
  const kit = new Octokit({ baseUrl: `${github.url}/api/v3`, auth: app.as });
  const { data } = await kit.request({
    method: 'POST',
    url: String(release.data['upload_url']),
    name: 'figure.svg',
    data: Buffer.from('<svg/>'),
    headers: { 'content-type': 'image/svg+xml' },
  });
  expect(data).toMatchObject({ name: 'figure.svg', size: 6, content_type: 'image/svg+xml' });
});

test('names that GitHub changes are changed, and the changed name is taken', async () => {
  const release = await create({ tag_name: fresh() });
  const names: unknown[] = [];
  for (const name of ['.profile', 'a b', 'c..d.', 'x+y~z@1_2-3.txt', 'a.b'])
    names.push((await upload(release, name, Buffer.from('x'))).data['name'] ?? 'refused');
  expect(names).toEqual(['default.profile', 'a.b', 'c.d', 'x+y~z@1_2-3.txt', 'refused']);
});

test('an upload without name, type, length or bytes is refused', async () => {
  const release = await create({ tag_name: fresh() });
  const bytes = Buffer.from('x');
  await upload(release, 'x.csv', bytes);
  const untyped = await upload(release, 'y.csv', bytes, { headers: {} });
  expect([
    problem(await upload(release, '', bytes)),
    problem(await upload(release, 'x.csv', bytes)),
    problem(untyped),
    problem(await upload(release, 'z.csv', Buffer.alloc(0))),
  ]).toEqual([
    '422 ReleaseAsset.name missing_field',
    '422 ReleaseAsset.name already_exists',
    '422 ReleaseAsset.content_type missing_field',
    '400 Bad Content-Length: 0',
  ]);
  const url = String(release.data['upload_url']).replace(/\{.*$/, '?name=w.csv');
  const large = await raw(url, { 'content-length': String(2 ** 31) });
  const streamed = await raw(url, { 'transfer-encoding': 'chunked' });
  expect([large, streamed]).toEqual([422, 400]);
  expect((await github.call('POST', `${at(release)}/assets?name=q.csv`, { ...wes, body: {} })).status).toBe(
    404,
  );
});

test('an upload that breaks off leaves an empty asset, which keeps the name until it is deleted', async () => {
  const release = await create({ tag_name: fresh() });
  const url = String(release.data['upload_url']).replace(/\{.*$/, '?name=half.csv');
  await breakOff(url);
  const half = await until(async () => (await github.call('GET', at(release), wes)).data['assets']?.[0]);
  expect([half['state'], half['size'], half['digest']]).toEqual(['starter', 0, null]);
  expect((await upload(release, 'half.csv', Buffer.from('x'))).status).toBe(422);
  await github.call('DELETE', String(half['url']), wes);
  expect((await upload(release, 'half.csv', Buffer.from('x'))).status).toBe(201);
});

test('a test can order a broken upload, a refused one and a lost answer', async () => {
  const release = await create({ tag_name: fresh() });
  for (const [kind, status] of [['broken-upload'], ['answer', 503], ['after-effect', 502]] as const)
    github.state.faults.add({ kind, status, next: 1, path: '/assets$' });
  const results = [];
  for (const name of ['a', 'b', 'c']) results.push((await upload(release, name, Buffer.from('x'))).status);
  const { data } = await github.call('GET', `${at(release)}/assets`, wes);
  const held = Object.values(data).map((one) => [one['name'], one['state']]);
  expect([results, held]).toEqual([
    [502, 503, 502],
    [
      ['a', 'starter'],
      ['c', 'uploaded'],
    ],
  ]);
});

test('releases and their bytes are there after a restart', async () => {
  const first = await world();
  const by = { as: first.tokens['wes'] };
  const made = await first.call('POST', `${S}/releases`, { ...by, body: { tag_name: 'v1' } });
  const url = String(made.data['upload_url']).replace(/\{.*$/, '?name=a.txt');
  const asset = await first.call('POST', url, {
    ...by,
    bytes: Buffer.from('kept'),
    headers: { 'content-type': 'text/plain' },
  });
  const { dataDir } = first;
  await first.state.close();

  const second = await world({ dataDir });
  const path = `${S}/releases/assets/${String(asset.data['id'])}`;
  const moved = await callApi(`${second.url}/api/v3`, 'GET', path, {
    headers: { accept: 'application/octet-stream' },
  });
  expect(await (await fetch(moved.headers.get('location') ?? '')).text()).toBe('kept');
  await second.stop();
  await first.stop();
});

/** A request with these headers and no body; the status. */
function raw(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${wes.as}`, 'content-type': 'text/csv', ...headers },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        request.destroy();
      },
    );
    request.on('error', reject);
    request.flushHeaders();
  });
}

function breakOff(url: string): Promise<void> {
  return new Promise((resolve) => {
    const request = http.request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${wes.as}`, 'content-type': 'text/csv', 'content-length': '1000' },
    });
    request.on('error', () => resolve());
    request.write('some', () => setImmediate(() => request.destroy()));
  });
}

/** Polls: the server notices a broken connection when it does. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
  }
}
