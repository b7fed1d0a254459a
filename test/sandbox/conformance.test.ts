/**
 * Every answer of every operation and every payload of every event, against the schemas GitHub
 * publishes (vendor/extract.mjs). What the sandbox has and this story does not touch fails too.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assigning, fates, organisation, provisioning, releases, reviewing } from './conformance-release.ts';
import { complaints, escape, hookSchema, MISPUBLISHED, restSchema, vendored } from './schemas.ts';
import { EVENTS, OPERATIONS } from './vendor/selection.mjs';
import { INSTALLATION, world, type CallOptions, type Reached, type World } from './world.ts';

let github: World;
const seen = new Set<string>();
const wrong: Record<string, string[]> = {};

beforeAll(async () => {
  github = await world();
});
afterAll(async () => {
  await github.stop();
});

/** Calls, wants this status, and holds the answer against its schema. */
async function call(
  operation: string,
  path: string,
  status: number,
  options: CallOptions = {},
): Promise<Reached> {
  const reply = await github.call(operation.split(' ')[0] ?? '', path, options);
  if (reply.status !== status)
    throw new Error(`${operation} answered ${reply.status}, not ${status}: ${reply.text}`);
  seen.add(operation);
  const known = vendored.rest.schemas[operation] as Record<string, unknown>;
  if (String(status) in known) {
    const found = complaints(restSchema(`${escape(operation)}/${status}`), reply.data);
    const kept = found.filter((one) => !MISPUBLISHED[operation]?.test(one));
    if (kept.length > 0) wrong[`${operation} ${status}`] = kept;
  }
  return reply.data;
}

/** What the page does for an owner; the code that GitHub sends the browser away with. */
function registered(name: string): string {
  const { people, manifests } = github.state;
  const [org, olive] = [people.org('acme'), people.user('olive')];
  if (!org || !olive) throw new Error('the seed has changed');
  const posted = {
    url: 'https://hub.example.org',
    redirect_url: 'http://127.0.0.1:9/back',
    hook_attributes: { url: 'https://hub.example.org/webhooks' },
  };
  return (
    new URL(String(manifests.register(org, olive, posted, { name, state: 'x' }))).searchParams.get('code') ??
    ''
  );
}

const R = '/repos/{owner}/{repo}';
const S = '/repos/acme/study';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('every operation answers as GitHub publishes it', async () => {
  const olive = { as: github.tokens['olive'] };
  const jwt = { as: await github.jwt() };
  const app = { as: await github.installationToken() };

  await call('GET /app', '/app', 200, jwt);
  const conversion = 'POST /app-manifests/{code}/conversions';
  await call(conversion, `/app-manifests/${registered('From a manifest')}/conversions`, 201);
  await call('GET /app/installations', '/app/installations', 200, jwt);
  await call('GET /app/installations/{installation_id}', `/app/installations/${INSTALLATION}`, 200, jwt);
  const narrowed = { body: { permissions: { contents: 'read' }, repositories: ['study'] } };
  await call(
    'POST /app/installations/{installation_id}/access_tokens',
    `/app/installations/${INSTALLATION}/access_tokens`,
    201,
    { ...jwt, ...narrowed },
  );
  await call('GET /orgs/{org}/installation', '/orgs/acme/installation', 200, jwt);
  await call('GET /users/{username}/installation', '/users/acme/installation', 200, jwt);
  await call(`GET ${R}/installation`, `${S}/installation`, 200, jwt);
  await call('GET /installation/repositories', '/installation/repositories', 200, app);
  await call('GET /meta', '/meta', 200);
  await call('GET /rate_limit', '/rate_limit', 200, app);
  await call('GET /user', '/user', 200, olive);
  await call('GET /user/{account_id}', '/user/101', 200, app);
  await call('GET /users/{username}', '/users/olive', 200, app);
  await call('GET /orgs/{org}', '/orgs/acme', 200, app);
  await call('GET /orgs/{org}/members', '/orgs/acme/members', 200, app);
  await call('GET /orgs/{org}/memberships/{username}', '/orgs/acme/memberships/wes', 200, app);
  await call('GET /orgs/{org}/teams', '/orgs/acme/teams', 200, app);
  await call('GET /orgs/{org}/teams/{team_slug}', '/orgs/acme/teams/writers', 200, app);
  await call('GET /orgs/{org}/teams/{team_slug}/members', '/orgs/acme/teams/writers/members', 200, app);
  await call(
    'GET /orgs/{org}/teams/{team_slug}/memberships/{username}',
    '/orgs/acme/teams/writers/memberships/wes',
    200,
    app,
  );
  await call(`GET ${R}/collaborators`, `${S}/collaborators`, 200, app);
  await call(`GET ${R}/collaborators/{username}/permission`, `${S}/collaborators/tess/permission`, 200, app);

  await call(`GET ${R}`, S, 200, app);
  await call(`GET ${R}/branches`, `${S}/branches`, 200, app);
  const branch = await call(`GET ${R}/branches/{branch}`, `${S}/branches/main`, 200, app);
  const first = String(branch['commit']?.['sha']);
  await call(`GET ${R}/commits`, `${S}/commits`, 200, app);
  await call(`GET ${R}/commits/{ref}`, `${S}/commits/main`, 200, app);
  await call(`GET ${R}/contents/{path}`, `${S}/contents/README.md`, 200, app);
  await call(`GET ${R}/contents/{path}`, `${S}/contents/`, 200, app);
  await call(`GET ${R}/readme`, `${S}/readme`, 200, app);
  const put = await call(`PUT ${R}/contents/{path}`, `${S}/contents/new.txt`, 201, {
    ...olive,
    body: { message: 'Add', content: base64('new\n') },
  });
  const sha = put['content']?.['sha'];
  await call(`PUT ${R}/contents/{path}`, `${S}/contents/new.txt`, 200, {
    ...olive,
    body: { message: 'Change', content: base64('newer\n'), sha },
  });
  const now = await call(`GET ${R}/contents/{path}`, `${S}/contents/new.txt`, 200, app);
  await call(`DELETE ${R}/contents/{path}`, `${S}/contents/new.txt`, 200, {
    ...olive,
    body: { message: 'Remove', sha: now['sha'] },
  });
  await call(`GET ${R}/compare/{basehead}`, `${S}/compare/${first}...main`, 200, app);

  const blob = await call(`POST ${R}/git/blobs`, `${S}/git/blobs`, 201, { ...olive, body: { content: 'x' } });
  await call(`GET ${R}/git/blobs/{file_sha}`, `${S}/git/blobs/${blob['sha']}`, 200, app);
  const head = await call(`GET ${R}/git/commits/{commit_sha}`, `${S}/git/commits/${first}`, 200, app);
  const entry = { path: 'deep/x.txt', mode: '100644', type: 'blob', sha: blob['sha'] };
  const tree = await call(`POST ${R}/git/trees`, `${S}/git/trees`, 201, {
    ...olive,
    body: { base_tree: head['tree']?.['sha'], tree: [entry] },
  });
  await call(`GET ${R}/git/trees/{tree_sha}`, `${S}/git/trees/${tree['sha']}?recursive=1`, 200, app);
  const commit = await call(`POST ${R}/git/commits`, `${S}/git/commits`, 201, {
    ...olive,
    body: { message: 'By hand', tree: tree['sha'], parents: [first] },
  });
  await call(`POST ${R}/git/refs`, `${S}/git/refs`, 201, {
    ...olive,
    body: { ref: 'refs/heads/topic', sha: first },
  });
  await call(`PATCH ${R}/git/refs/{ref}`, `${S}/git/refs/heads/topic`, 200, {
    ...olive,
    body: { sha: commit['sha'] },
  });
  await call(`GET ${R}/git/ref/{ref}`, `${S}/git/ref/heads/topic`, 200, app);
  await call(`GET ${R}/git/matching-refs/{ref}`, `${S}/git/matching-refs/heads/to`, 200, app);

  await issues(olive, app);
  await checks(olive, app, String(commit['sha']));
  await pulls(olive, app, first);
  await releases(call, app, olive);
  await organisation(call, olive);
  await provisioning(github, call, olive);
  await fates(github, call, olive);
  await deliveries(jwt);

  expect(wrong).toEqual({});
  expect(OPERATIONS.filter((operation) => !seen.has(operation))).toEqual([]);
});

async function issues(olive: CallOptions, app: CallOptions): Promise<void> {
  await call(`POST ${R}/labels`, `${S}/labels`, 201, {
    ...app,
    body: { name: 'verdict: submit', color: 'abcdef' },
  });
  await call(`GET ${R}/labels`, `${S}/labels`, 200, app);
  await call(`GET ${R}/labels/{name}`, `${S}/labels/verdict%3A%20submit`, 200, app);
  const issue = await call(`POST ${R}/issues`, `${S}/issues`, 201, {
    ...olive,
    body: { title: 'A question', body: 'Why?', labels: ['bug'] },
  });
  const I = `${S}/issues/${issue['number']}`;
  await call(`GET ${R}/issues`, `${S}/issues?state=all`, 200, app);
  await call(`GET ${R}/issues/{issue_number}`, I, 200, app);
  await call(`PATCH ${R}/issues/{issue_number}`, I, 200, {
    ...olive,
    body: { title: 'A better question', assignees: ['wes'] },
  });
  await call(`PATCH ${R}/issues/{issue_number}`, I, 200, { ...olive, body: { assignees: [] } });
  await call(`POST ${R}/issues/{issue_number}/labels`, `${I}/labels`, 200, {
    ...app,
    body: { labels: ['verdict: submit'] },
  });
  await call(`GET ${R}/issues/{issue_number}/labels`, `${I}/labels`, 200, app);
  await call(`PUT ${R}/issues/{issue_number}/labels`, `${I}/labels`, 200, {
    ...app,
    body: { labels: ['release: draft', 'bug'] },
  });
  await call(`DELETE ${R}/issues/{issue_number}/labels/{name}`, `${I}/labels/bug`, 200, app);
  const comment = await call(`POST ${R}/issues/{issue_number}/comments`, `${I}/comments`, 201, {
    ...app,
    body: { body: 'Because.' },
  });
  const C = `${S}/issues/comments/${comment['id']}`;
  await call(`GET ${R}/issues/{issue_number}/comments`, `${I}/comments`, 200, app);
  await call(`GET ${R}/issues/comments`, `${S}/issues/comments`, 200, app);
  await call(`GET ${R}/issues/comments/{comment_id}`, C, 200, app);
  await call(`PATCH ${R}/issues/comments/{comment_id}`, C, 200, {
    ...app,
    body: { body: 'Because of this.' },
  });
  await call(`POST ${R}/issues/{issue_number}/reactions`, `${I}/reactions`, 201, {
    ...app,
    body: { content: 'eyes' },
  });
  await call(`POST ${R}/issues/{issue_number}/reactions`, `${I}/reactions`, 200, {
    ...app,
    body: { content: 'eyes' },
  });
  await call(`GET ${R}/issues/{issue_number}/reactions`, `${I}/reactions`, 200, app);
  await call(`POST ${R}/issues/comments/{comment_id}/reactions`, `${C}/reactions`, 201, {
    ...app,
    body: { content: '+1' },
  });
  await call(`GET ${R}/issues/comments/{comment_id}/reactions`, `${C}/reactions`, 200, app);
  await github.call('DELETE', C, app);
  for (const state of ['closed', 'open'])
    await call(`PATCH ${R}/issues/{issue_number}`, I, 200, { ...olive, body: { state } });
  for (const method of ['PUT', 'DELETE'])
    await github.call(method, `${I}/lock`, { ...olive, body: { lock_reason: 'resolved' } });
  await call(`GET ${R}/issues/{issue_number}/events`, `${I}/events`, 200, app);
  await assigning(call, app, olive, I);

  const onCommit = await call(`POST ${R}/commits/{commit_sha}/comments`, `${S}/commits/main/comments`, 201, {
    ...olive,
    body: { body: '/status' },
  });
  const K = `${S}/comments/${onCommit['id']}`;
  await call(`GET ${R}/comments`, `${S}/comments`, 200, app);
  await call(`GET ${R}/commits/{commit_sha}/comments`, `${S}/commits/main/comments`, 200, app);
  await call(`GET ${R}/comments/{comment_id}`, K, 200, app);
  await call(`PATCH ${R}/comments/{comment_id}`, K, 200, { ...olive, body: { body: '/status please' } });
  await call(`POST ${R}/comments/{comment_id}/reactions`, `${K}/reactions`, 201, {
    ...app,
    body: { content: 'eyes' },
  });
  await call(`GET ${R}/comments/{comment_id}/reactions`, `${K}/reactions`, 200, app);
}

async function checks(olive: CallOptions, app: CallOptions, head_sha: string): Promise<void> {
  const annotation = {
    path: 'project.yaml',
    start_line: 1,
    end_line: 1,
    start_column: 2,
    annotation_level: 'failure',
    message: 'No.',
  };
  const queued = await call(`POST ${R}/check-runs`, `${S}/check-runs`, 201, {
    ...app,
    body: { name: 'sallyport/project', head_sha },
  });
  const C = `${S}/check-runs/${queued['id']}`;
  const done = {
    conclusion: 'failure',
    output: { title: 'One error', summary: 'See the line.', annotations: [annotation] },
    actions: [{ label: 'Run all', description: 'Run all of it', identifier: 'run-all' }],
  };
  const run = await call(`PATCH ${R}/check-runs/{check_run_id}`, C, 200, { ...app, body: done });
  const suite = run['check_suite']?.['id'];
  await call(`GET ${R}/check-runs/{check_run_id}`, C, 200, app);
  await call(`GET ${R}/check-runs/{check_run_id}/annotations`, `${C}/annotations`, 200, app);
  await call(`POST ${R}/check-runs/{check_run_id}/rerequest`, `${C}/rerequest`, 201, olive);
  await call(`GET ${R}/check-suites/{check_suite_id}`, `${S}/check-suites/${suite}`, 200, app);
  await call(
    `GET ${R}/check-suites/{check_suite_id}/check-runs`,
    `${S}/check-suites/${suite}/check-runs`,
    200,
    app,
  );
  await call(
    `POST ${R}/check-suites/{check_suite_id}/rerequest`,
    `${S}/check-suites/${suite}/rerequest`,
    201,
    olive,
  );
  await call(`GET ${R}/commits/{ref}/check-runs`, `${S}/commits/${head_sha}/check-runs`, 200, app);
  await call(`GET ${R}/commits/{ref}/check-suites`, `${S}/commits/topic/check-suites`, 200, app);
  const repo = github.state.repos.find('acme', 'study');
  const held = repo?.checks.get(Number(queued['id']));
  const user = github.state.people.user('olive');
  if (repo && held && user) github.state.checks.click({ kind: 'person', user }, repo, held, 'run-all');
}

async function pulls(olive: CallOptions, app: CallOptions, base: string): Promise<void> {
  const pull = await call(`POST ${R}/pulls`, `${S}/pulls`, 201, {
    ...olive,
    body: { title: 'Topic', head: 'topic', base: 'main', body: 'Please' },
  });
  const P = `${S}/pulls/${pull['number']}`;
  const I = `${S}/issues/${pull['number']}`;
  await call(`GET ${R}/pulls`, `${S}/pulls`, 200, app);
  await call(`GET ${R}/pulls/{pull_number}`, P, 200, app);
  await call(`PATCH ${R}/pulls/{pull_number}`, P, 200, { ...olive, body: { title: 'A topic' } });
  await call(`GET ${R}/pulls/{pull_number}/files`, `${P}/files`, 200, app);
  await call(`GET ${R}/pulls/{pull_number}/commits`, `${P}/commits`, 200, app);
  await call(`GET ${R}/commits/{commit_sha}/pulls`, `${S}/commits/topic/pulls`, 200, app);
  await call(`GET ${R}/issues/{issue_number}`, I, 200, app);
  await call(`POST ${R}/issues/{issue_number}/comments`, `${I}/comments`, 201, {
    ...olive,
    body: { body: '/run' },
  });
  await github.call('POST', `${I}/labels`, { ...olive, body: { labels: ['bug'] } });
  await github.call('DELETE', `${I}/labels/bug`, olive);
  for (const assignees of [['wes'], []]) await github.call('PATCH', I, { ...olive, body: { assignees } });
  for (const method of ['PUT', 'DELETE']) await github.call(method, `${I}/lock`, olive);
  await github.call('PUT', `${S}/contents/more.txt`, {
    ...olive,
    body: { message: 'More', content: base64('more'), branch: 'topic' },
  });
  for (const state of ['closed', 'open']) await github.call('PATCH', P, { ...olive, body: { state } });
  await call(`GET ${R}/commits/{ref}/check-runs`, `${S}/commits/topic/check-runs`, 200, app);
  await reviewing(github, call, olive, Number(pull['number']));
  await call(`PUT ${R}/pulls/{pull_number}/merge`, `${P}/merge`, 200, { ...olive, body: {} });
  await call(`GET ${R}/pulls/{pull_number}`, P, 200, app);
  await github.call('POST', `${S}/git/refs`, { ...olive, body: { ref: 'refs/tags/v1', sha: base } });
  await github.call('DELETE', `${S}/git/refs/heads/topic`, olive);
}

async function deliveries(jwt: CallOptions): Promise<void> {
  await github.state.idle();
  const list = await call('GET /app/hook/deliveries', '/app/hook/deliveries', 200, jwt);
  // Ids are above 2^53: taken from the text, as a careful client must.
  const { text } = await github.call('GET', '/app/hook/deliveries?per_page=1', jwt);
  const id = /"id":(\d+)/.exec(text)?.[1];
  expect(Number(list['length'])).toBeGreaterThan(10);
  await call('GET /app/hook/deliveries/{delivery_id}', `/app/hook/deliveries/${id}`, 200, jwt);
  await call(
    'POST /app/hook/deliveries/{delivery_id}/attempts',
    `/app/hook/deliveries/${id}/attempts`,
    202,
    jwt,
  );
}

test('every event carries what GitHub publishes for it', async () => {
  const { state } = github;
  const [org, wes, mallory] = [
    state.people.org('acme'),
    state.people.user('wes'),
    state.people.user('mallory'),
  ];
  const [study, installation] = [
    state.repos.find('acme', 'study'),
    state.data.installations.get(INSTALLATION),
  ];
  if (!org || !wes || !mallory || !study || !installation) throw new Error('the seed is not what it was');
  state.people.setMember(org, mallory, 'member', null);
  const team = state.people.addTeam(org, 'new-team');
  for (const level of ['read', 'write', 'none'] as const)
    state.people.setTeamRepo(org, team, study, level, null);
  for (const role of ['member', undefined] as const)
    state.people.setTeamMember(org, team, mallory, role, null);
  state.people.setMember(org, mallory, undefined, null);
  for (const level of ['read', 'write', 'none'] as const)
    state.people.setCollaborator(study, mallory, level, null);
  for (const repositories of [[study.id], 'all'] as const)
    state.apps.setRepositories(installation, repositories === 'all' ? 'all' : [...repositories]);
  for (const suspended of [true, false]) state.apps.setSuspended(installation, suspended);
  state.apps.accept(installation);
  state.apps.uninstall(installation);
  const app = state.apps.named('sally');
  if (app) state.apps.install(app, org.id);
  await state.idle();

  const invalid: Record<string, string[]> = {};
  const unpublished = new Set<string>();
  for (const { name, payload } of github.heard) {
    const event = name.replace(/^other: /, '');
    if (!(event in vendored.webhooks.schemas)) {
      unpublished.add(event);
      continue;
    }
    const found = complaints(hookSchema(escape(event)), payload);
    if (found.length > 0) invalid[event] = found;
  }
  const heard = new Set(github.heard.map(({ name }) => name));

  expect(invalid).toEqual({});
  expect([...unpublished]).toEqual([]);
  expect(EVENTS.filter((event) => !heard.has(event))).toEqual([]);
});
