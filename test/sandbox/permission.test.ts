/** The permission table, row by row, and the order of 404, 401 and 403. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { refuse, type Deed } from '../../src/sandbox/github/state/permission.ts';
import { LEVELS, type Actor, type Level, type User } from '../../src/sandbox/github/state/model.ts';
import { INSTALLATION, world, type World } from './world.ts';

const user: User = { id: 1, login: 'p', type: 'User', name: null, email: null, createdAt: 0 };
const person: Actor = { kind: 'person', user };
const place = (level: Level, isPrivate = true) => ({
  private: isPrivate,
  level: () => level,
  covers: () => true,
  appIn: () => ({ isSuspended: false, covers: true, permissions: {} }),
});

describe('the least level a person needs', () => {
  test.each<[Deed, Level]>([
    ['contents.read', 'read'],
    ['issue.create', 'read'],
    ['issue.comment', 'read'],
    ['issue.manage', 'triage'],
    ['issue.comment-others', 'write'],
    ['issue.lock', 'write'],
    ['issue.transfer', 'write'],
    ['issue.delete', 'admin'],
    ['contents.write', 'write'],
    ['checks.click', 'write'],
    ['pull.merge', 'write'],
    ['repo.admin', 'admin'],
  ])('%s: %s', (deed, least) => {
    const enough = LEVELS.filter((level) => refuse(person, place(level), deed) === undefined);
    expect(enough).toEqual(LEVELS.slice(LEVELS.indexOf(least)));
  });
});

describe('over HTTP', () => {
  let github: World;
  beforeAll(async () => {
    github = await world();
  });
  afterAll(async () => {
    await github.stop();
  });
  const status = async (method: string, path: string, as: string | undefined): Promise<number> =>
    (await github.call(method, path, { as, body: method === 'GET' ? undefined : { title: 'x', name: 'x' } }))
      .status;

  test('a private repository is 404 to whoever may not read it, also for writing', async () => {
    for (const as of [undefined, github.tokens['mallory']]) {
      expect(await status('GET', '/repos/acme/secret', as)).toBe(404);
      expect(await status('POST', '/repos/acme/secret/issues', as)).toBe(404);
    }
  });

  test('a public repository is read by anybody, written anonymously never, and by strangers where readers may', async () => {
    expect(await status('GET', '/repos/acme/study/issues', undefined)).toBe(200);
    expect(await status('POST', '/repos/acme/study/issues', undefined)).toBe(401);
    expect(await status('POST', '/repos/acme/study/issues', github.tokens['mallory'])).toBe(201);
    expect(await status('POST', '/repos/acme/study/labels', github.tokens['mallory'])).toBe(403);
  });

  test('the level is the most of team, collaborator and organisation', async () => {
    const seen: Record<string, unknown> = {};
    for (const login of ['olive', 'wes', 'tess', 'rita', 'mallory']) {
      const path = `/repos/acme/secret/collaborators/${login}/permission`;
      const { data } = await github.call('GET', path, { as: await github.installationToken() });
      seen[login] = [data['permission'], data['role_name']];
    }
    expect(seen).toEqual({
      olive: ['admin', 'admin'],
      wes: ['write', 'write'],
      tess: ['read', 'triage'],
      rita: ['read', 'read'],
      mallory: ['none', 'none'],
    });
  });

  test('a token narrowed to one repository does not see the other', async () => {
    const as = await github.installationToken({ repositories: ['study'] });
    expect(await status('GET', '/repos/acme/secret', as)).toBe(404);
    expect(await status('GET', '/repos/acme/study', as)).toBe(200);
    const { data } = await github.call('GET', '/installation/repositories', { as });
    expect(Number(data['total_count'])).toBe(1);
  });

  test('a token cannot be narrowed to a repository outside the installation', async () => {
    const reply = await github.call('POST', '/app/installations/9002/access_tokens', {
      as: await github.jwt(4343),
      body: { repositories: ['secret'] },
    });
    expect(reply.status).toBe(422);
  });

  test('the answer to an App names the permission that would have done', async () => {
    const as = await github.installationToken({ permissions: { contents: 'read' } });
    const reply = await github.call('GET', '/repos/acme/study/commits/main/check-runs', { as });
    expect([reply.status, reply.headers.get('x-accepted-github-permissions')]).toEqual([403, 'checks=read']);
  });

  test('membership is for members, and for Apps with members: read', async () => {
    const path = '/orgs/acme/teams/writers/memberships/wes';
    expect(await status('GET', path, github.tokens['rita'])).toBe(200);
    expect(await status('GET', path, github.tokens['mallory'])).toBe(403);
    expect(
      await status('GET', path, await github.installationToken({ permissions: { contents: 'read' } })),
    ).toBe(403);
  });

  test('one App does not see the installations of another', async () => {
    const as = await github.jwt(4343);
    expect(await status('GET', `/app/installations/${INSTALLATION}`, as)).toBe(404);
    expect(await status('POST', `/app/installations/${INSTALLATION}/access_tokens`, as)).toBe(404);
  });

  test('an author closes their own issue, but labels and reopens it only as far as allowed', async () => {
    const as = github.tokens['mallory'];
    const { data } = await github.call('POST', '/repos/acme/study/issues', { as, body: { title: 'mine' } });
    const path = `/repos/acme/study/issues/${String(data['number'])}`;
    expect((await github.call('PATCH', path, { as, body: { state: 'closed' } })).status).toBe(200);
    expect((await github.call('PATCH', path, { as, body: { state: 'open' } })).status).toBe(200);
    await github.call('PATCH', path, { as: github.tokens['tess'], body: { state: 'closed' } });
    expect((await github.call('PATCH', path, { as, body: { state: 'open' } })).status).toBe(403);
    expect((await github.call('PATCH', path, { as, body: { labels: ['bug'] } })).status).toBe(403);
  });

  test('an App without workflows: write cannot write below .github/workflows', async () => {
    const body = { message: 'x', content: 'eA==' };
    const path = '/repos/acme/study/contents/.github/workflows/ci.yml';
    expect((await github.call('PUT', path, { as: await github.installationToken(), body })).status).toBe(403);
    expect((await github.call('PUT', path, { as: github.tokens['wes'], body })).status).toBe(201);
  });
});
