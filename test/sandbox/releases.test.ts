/** Releases: drafts and tags, and who sees what. */
import { expect, test } from '@jest/globals';
import {
  app,
  at,
  create,
  fresh,
  github,
  NO_TARGET,
  problem,
  reader,
  S,
  told,
  upload,
  wes,
} from './releasing.ts';
import type { CallOptions, Reply } from './world.ts';

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
