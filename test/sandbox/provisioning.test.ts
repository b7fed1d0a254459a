/** What a steward needs of GitHub: repositories from templates, topics, teams, rulesets, pins; and who may not. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MANIFEST, world, type Reply, type World } from './world.ts';

let github: World;
beforeAll(async () => {
  const default_permissions = { ...MANIFEST.default_permissions, administration: 'write', members: 'write' };
  github = await world({ manifest: { ...MANIFEST, default_permissions } });
  github.state.repos.find('acme', 'secret')!.isTemplate = true;
});
afterAll(async () => {
  await github.stop();
});

const ask = (as: string | undefined, method: string, path: string, body?: unknown): Promise<Reply> =>
  github.call(method, path, { as, ...(body === undefined ? {} : { body }) });
const token = (permissions: Record<string, string>, repositories?: string[]): Promise<string> =>
  github.installationToken({ permissions, ...(repositories && { repositories }) });
const olive = (): string | undefined => github.tokens['olive'];

test('a repository is generated with administration: write over all and contents: read of a template, once', async () => {
  const body = { owner: 'acme', name: 'from-template', private: true };
  const make = (as: string | undefined, from = 'secret') =>
    ask(as, 'POST', `/repos/acme/${from}/generate`, body);
  expect((await make(await token({ administration: 'write' }))).status).toBe(403);
  expect((await make(await token({ contents: 'read' }))).status).toBe(403);
  expect((await make(await token({ administration: 'write', contents: 'read' }, ['secret']))).status).toBe(
    403,
  );
  expect((await make(github.tokens['mallory'])).status).toBe(404);
  const as = await token({ administration: 'write', contents: 'read' });
  expect((await make(as, 'study')).status).toBe(422);
  const made = await make(as);
  expect([made.status, made.data['private'], made.data['full_name']]).toEqual([
    201,
    true,
    'acme/from-template',
  ]);
  const there = github.state.repos.find('acme', 'from-template')!;
  const source = github.state.repos.find('acme', 'secret')!;
  const tree = async (repo: typeof there) => {
    const git = github.state.repos.git(repo);
    return (await git.commitAt(git.branch('main')!))?.tree;
  };
  expect(await tree(there)).toBe(await tree(source));
  expect((await make(as)).status).toBe(422);
});

test('topics and rulesets take administration: write, and reading a list of teams administration: read', async () => {
  const write = await token({ administration: 'write' }, ['study']);
  const read = await token({ administration: 'read', metadata: 'read' }, ['study']);
  const at = '/repos/acme/study';
  expect((await ask(read, 'PUT', `${at}/topics`, { names: ['a'] })).status).toBe(403);
  expect((await ask(write, 'PUT', `${at}/topics`, { names: ['Not A Topic'] })).status).toBe(422);
  expect((await ask(write, 'PUT', `${at}/topics`, { names: ['study'] })).data['names']).toEqual(['study']);
  expect((await ask(await token({ metadata: 'read' }), 'GET', `${at}/teams`)).status).toBe(403);
  expect((await ask(github.tokens['wes'], 'GET', `${at}/teams`)).status).toBe(403);
  const teams = (await ask(read, 'GET', `${at}/teams`)).data as unknown as {
    slug: string;
    permission: string;
  }[];
  expect(teams.map(({ slug, permission }) => [slug, permission])).toEqual([
    ['writers', 'push'],
    ['triagers', 'triage'],
  ]);
  const rule = { name: 'R', enforcement: 'active', rules: [{ type: 'deletion' }] };
  expect((await ask(read, 'POST', `${at}/rulesets`, rule)).status).toBe(403);
  expect((await ask(write, 'POST', `${at}/rulesets`, { ...rule, rules: [{ type: 'magic' }] })).status).toBe(
    422,
  );
});

test('a ruleset is held to by the API and by git, and its bypass list is for those who may change it', async () => {
  const at = '/repos/acme/secret';
  const wish = {
    ...{ name: 'Default', target: 'branch', enforcement: 'active' },
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [{ type: 'deletion' }, { type: 'non_fast_forward' }],
  };
  const made = await ask(olive(), 'POST', `${at}/rulesets`, wish);
  expect(made.status).toBe(201);
  expect((await ask(olive(), 'POST', `${at}/rulesets`, wish)).status).toBe(422);
  const one = `${at}/rulesets/${Number(made.data['id'])}`;
  expect((await ask(olive(), 'GET', one)).data['bypass_actors']).toEqual([]);
  expect((await ask(github.tokens['wes'], 'GET', one)).data).not.toHaveProperty('bypass_actors');
  const repo = github.state.repos.find('acme', 'secret')!;
  const git = github.state.repos.git(repo);
  const first = git.branch('main')!;
  const put = (n: number) =>
    ask(olive(), 'PUT', `${at}/contents/${n}.txt`, {
      message: 'A file',
      content: Buffer.from('x').toString('base64'),
    });
  expect((await put(1)).status).toBe(201);
  const back = { sha: first, force: true };
  const moved = await ask(olive(), 'PATCH', `${at}/git/refs/heads/main`, back);
  expect([moved.status, moved.text]).toEqual([422, expect.stringContaining('non_fast_forward')]);
  expect(git.branch('main')).not.toBe(first);
  // Switched off, it holds nobody.
  expect((await ask(olive(), 'PUT', one, { enforcement: 'disabled' })).data['rules']).toHaveLength(2);
  expect((await ask(olive(), 'PATCH', `${at}/git/refs/heads/main`, back)).status).toBe(200);
  const strict = { enforcement: 'active', rules: [{ type: 'pull_request', parameters: {} }] };
  await ask(olive(), 'PUT', one, strict);
  expect((await put(2)).status).toBe(422);
  const rules = (await ask(github.tokens['wes'], 'GET', `${at}/rules/branches/main`)).data;
  expect(rules as unknown).toEqual([expect.objectContaining({ type: 'pull_request' })]);
  expect((await ask(github.tokens['wes'], 'DELETE', one)).status).toBe(403);
  expect((await ask(olive(), 'DELETE', one)).status).toBe(204);
});

test('collaborators are told apart from those who come by a team', async () => {
  const repo = github.state.repos.find('acme', 'study')!;
  const mallory = github.state.people.user('mallory')!;
  repo.collaborators.set(mallory.id, 'read');
  const listed = async (query: string) => {
    const all = (await ask(olive(), 'GET', `/repos/acme/study/collaborators${query}`)).data;
    return (all as unknown as { login: string }[]).map(({ login }) => login);
  };
  expect(await listed('?affiliation=outside')).toEqual(['mallory']);
  expect(await listed('?affiliation=direct')).toContain('mallory');
  expect(await listed('?affiliation=direct')).not.toContain('tess');
  expect(await listed('')).toContain('tess');
});

test('pinning is the one mutation: issues: write or write, three at most, and nothing else is played', async () => {
  const open = async (title: string): Promise<string> =>
    (await ask(olive(), 'POST', '/repos/acme/study/issues', { title })).data['node_id'] as unknown as string;
  const nodes = [await open('1'), await open('2'), await open('3'), await open('4')];
  const mutate = async (as: string | undefined, id: unknown, query?: string) => {
    const answer = await fetch(`${github.url}/api/graphql`, {
      method: 'POST',
      headers: { authorization: `bearer ${as}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: query ?? 'mutation($id: ID!) {\n  pinIssue(input: {issueId: $id}) { issue { number } }\n}',
        variables: { id },
      }),
    });
    const said = (await answer.json()) as { errors?: { type: string }[] };
    return [answer.status, said.errors?.[0]?.type];
  };
  expect(await mutate(await token({ issues: 'read' }), nodes[0])).toEqual([200, 'FORBIDDEN']);
  expect(await mutate(github.tokens['tess'], nodes[0])).toEqual([200, 'FORBIDDEN']);
  expect((await mutate('nobody', nodes[0]))[0]).toBe(401);
  const as = await token({ issues: 'write' });
  expect(await mutate(as, 'nonsense')).toEqual([200, 'NOT_FOUND']);
  expect(await mutate(as, nodes[0], 'query { viewer { login } }')).toEqual([200, 'undefinedField']);
  for (const node of nodes.slice(0, 3)) expect(await mutate(as, node)).toEqual([200, undefined]);
  expect(await mutate(as, nodes[3])).toEqual([200, 'UNPROCESSABLE']);
  expect(await mutate(as, nodes[0])).toEqual([200, 'UNPROCESSABLE']);
  expect(github.state.repos.find('acme', 'study')!.pinned).toHaveLength(3);
});
