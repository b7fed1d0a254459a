/** What changes an organisation: who may, through what, and what GitHub answers when not. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MANIFEST, world, type Reply, type World } from './world.ts';

let github: World;
beforeAll(async () => {
  const default_permissions = { ...MANIFEST.default_permissions, administration: 'write', members: 'write' };
  github = await world({ manifest: { ...MANIFEST, default_permissions } });
});
afterAll(async () => {
  await github.stop();
});

const ask = (as: string | undefined, method: string, path: string, body?: unknown): Promise<Reply> =>
  github.call(method, path, { as, ...(body === undefined ? {} : { body }) });
const token = (permissions: Record<string, string>, repositories?: string[]): Promise<string> =>
  github.installationToken({ permissions, ...(repositories && { repositories }) });
const GIVE = '/orgs/acme/teams/triagers/repos/acme/secret';

test('an App makes a repository with administration: write over the whole organisation, and once', async () => {
  const body = { name: 'made', private: true, has_issues: true };
  const make = async (as: string | undefined) => (await ask(as, 'POST', '/orgs/acme/repos', body)).status;
  expect(await make(await token({ contents: 'write', members: 'write' }))).toBe(403);
  expect(await make(await token({ administration: 'write' }, ['study']))).toBe(403);
  expect(await make(undefined)).toBe(401);
  expect(await make(github.tokens['wes'])).toBe(403);
  await github.news();
  const as = await token({ administration: 'write' });
  const made = await ask(as, 'POST', '/orgs/acme/repos', body);
  expect([made.status, made.data['full_name'], made.data['visibility']]).toEqual([
    201,
    'acme/made',
    'private',
  ]);
  expect(await github.news()).toEqual(['repository.created']);
  const again = await ask(as, 'POST', '/orgs/acme/repos', body);
  expect([again.status, again.text]).toEqual([422, expect.stringContaining('already exists')]);
  expect((await ask(as, 'POST', '/orgs/acme/repos', { name: 'a/b' })).status).toBe(422);
  expect((await ask(as, 'POST', '/orgs/ghosts/repos', body)).status).toBe(404);
});

test('teams and their people take members: write, and people of the organisation', async () => {
  const read = await token({ members: 'read' });
  const write = await token({ members: 'write' });
  const body = { name: 'Output Checkers' };
  expect((await ask(read, 'POST', '/orgs/acme/teams', body)).status).toBe(403);
  const made = await ask(write, 'POST', '/orgs/acme/teams', body);
  expect([made.status, made.data['slug'], made.data['privacy']]).toEqual([201, 'output-checkers', 'secret']);
  expect((await ask(write, 'POST', '/orgs/acme/teams', body)).status).toBe(422);
  const at = (login: string) => `/orgs/acme/teams/output-checkers/memberships/${login}`;
  expect((await ask(read, 'PUT', at('tess'), {})).status).toBe(403);
  expect((await ask(write, 'PUT', at('tess'), { role: 'member' })).data['state']).toBe('active');
  expect((await ask(write, 'PUT', at('mallory'), { role: 'member' })).status).toBe(422);
  expect((await ask(write, 'PUT', at('nobody'), { role: 'member' })).status).toBe(404);
  expect((await ask(read, 'DELETE', at('tess'))).status).toBe(403);
  expect((await ask(write, 'DELETE', at('tess'))).status).toBe(204);
  expect((await ask(write, 'DELETE', at('tess'))).status).toBe(404);
});

test('a right for a team takes both: members: write, and administration: write over that repository', async () => {
  const status = async (permissions: Record<string, string>, repositories?: string[]) =>
    (await ask(await token(permissions, repositories), 'PUT', GIVE, { permission: 'pull' })).status;
  const both = { administration: 'write', members: 'write' };
  expect(await status({ administration: 'write' })).toBe(403);
  expect(await status({ members: 'write' })).toBe(403);
  expect(await status(both, ['study'])).toBe(404);
  expect(await status(both, ['secret'])).toBe(204);
  const as = await token({ members: 'read', metadata: 'read' });
  expect((await ask(as, 'GET', GIVE)).status).toBe(204);
  const { data } = await github.call('GET', GIVE, {
    as,
    headers: { accept: 'application/vnd.github.v3.repository+json' },
  });
  expect([data['full_name'], data['role_name']]).toEqual(['acme/secret', 'read']);
  const giver = await token(both);
  expect((await ask(giver, 'PUT', GIVE, { permission: 'everything' })).status).toBe(422);
  expect((await ask(giver, 'DELETE', GIVE)).status).toBe(204);
  expect((await ask(giver, 'GET', GIVE)).status).toBe(404);
});

test('an archived repository takes nothing but the order to come back', async () => {
  const as = github.tokens['olive'];
  expect((await ask(as, 'PATCH', '/repos/acme/study', { archived: true })).data['archived']).toBe(true);
  const issue = await ask(as, 'POST', '/repos/acme/study/issues', { title: 'x' });
  expect([issue.status, issue.text]).toEqual([403, expect.stringContaining('archived')]);
  expect((await ask(as, 'GET', '/repos/acme/study/issues')).status).toBe(200);
  expect((await ask(as, 'PATCH', '/repos/acme/study', { archived: false })).data['archived']).toBe(false);
  expect((await ask(as, 'POST', '/repos/acme/study/issues', { title: 'x' })).status).toBe(201);
});
