/** The part of the conformance story about releases, settings and issues that go. */
import type { CallOptions, Reached, World } from './world.ts';

type Caller = (operation: string, path: string, status: number, options?: CallOptions) => Promise<Reached>;

const R = '/repos/{owner}/{repo}';
const S = '/repos/acme/study';

/** Who is assigned, and the timeline of the issue `at`. */
export async function assigning(
  call: Caller,
  app: CallOptions,
  olive: CallOptions,
  at: string,
): Promise<void> {
  await call(`GET ${R}/assignees`, `${S}/assignees`, 200, app);
  const somebody = { ...app, body: { assignees: ['tess'] } };
  await call(`POST ${R}/issues/{issue_number}/assignees`, `${at}/assignees`, 201, somebody);
  await call(`DELETE ${R}/issues/{issue_number}/assignees`, `${at}/assignees`, 200, somebody);
  const said = { ...olive, body: { body: 'Well.' } };
  await call(`POST ${R}/issues/{issue_number}/comments`, `${at}/comments`, 201, said);
  await call(`GET ${R}/issues/{issue_number}/timeline`, `${at}/timeline?per_page=100`, 200, app);
}

export async function releases(call: Caller, app: CallOptions, olive: CallOptions): Promise<void> {
  const make = (body: Record<string, unknown>): Promise<Reached> =>
    call(`POST ${R}/releases`, `${S}/releases`, 201, { ...app, body });
  const draft = await make({ tag_name: 'r1', draft: true, name: 'One', body: 'Notes' });
  const at = `${S}/releases/${String(draft['id'])}`;
  const asset = await call(
    `POST ${R}/releases/{release_id}/assets`,
    String(draft['upload_url']).replace(/\{.*$/, '?name=a.csv&label=A'),
    201,
    { ...app, bytes: Buffer.from('a,b\n'), headers: { 'content-type': 'text/csv' } },
  );
  await call(`GET ${R}/releases/{release_id}`, at, 200, app);
  await call(`PATCH ${R}/releases/{release_id}`, at, 200, {
    ...app,
    body: { name: 'First', draft: false },
  });
  const path = `${S}/releases/assets/${String(asset['id'])}`;
  await call(`GET ${R}/releases/assets/{asset_id}`, path, 200);
  await call(`PATCH ${R}/releases/assets/{asset_id}`, path, 200, { ...app, body: { label: 'Table' } });
  await call(`GET ${R}/releases/{release_id}/assets`, `${at}/assets`, 200);
  await call(`GET ${R}/releases`, `${S}/releases`, 200);
  await call(`GET ${R}/releases/latest`, `${S}/releases/latest`, 200);
  await call(`GET ${R}/releases/tags/{tag}`, `${S}/releases/tags/r1`, 200);
  await make({ tag_name: 'r2', prerelease: true });
  await call(`PATCH ${R}/releases/{release_id}`, at, 200, { ...olive, body: { draft: true } });
  await call(`DELETE ${R}/releases/{release_id}`, at, 204, olive);
}

/** A repository made by an owner, and a team with somebody in it who may do something there. */
export async function organisation(call: Caller, olive: CallOptions): Promise<void> {
  const made = { name: 'made', private: true, has_wiki: false, has_projects: false };
  await call('POST /orgs/{org}/repos', '/orgs/acme/repos', 201, { ...olive, body: made });
  const team = { name: 'checkers', privacy: 'secret', description: 'Who check' };
  await call('POST /orgs/{org}/teams', '/orgs/acme/teams', 201, { ...olive, body: team });
  const at = '/orgs/acme/teams/checkers';
  await call('PUT /orgs/{org}/teams/{team_slug}/memberships/{username}', `${at}/memberships/tess`, 200, {
    ...olive,
    body: { role: 'member' },
  });
  const whole = { headers: { accept: 'application/vnd.github.v3.repository+json' } };
  await call(
    'GET /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}',
    '/orgs/acme/teams/writers/repos/acme/study',
    200,
    { ...olive, ...whole },
  );
}

/** A repository from a template, its topics, teams and rulesets. */
export async function reviewing(
  github: World,
  call: Caller,
  olive: CallOptions,
  number: number,
): Promise<void> {
  const wes = { as: github.tokens['wes'] };
  const fork = { organization: 'acme', name: 'study-fork' };
  await call(`POST ${R}/forks`, `${S}/forks`, 202, { ...olive, body: fork });
  await call(`GET ${R}/forks`, `${S}/forks`, 200, olive);
  const reviews = `${S}/pulls/${number}/reviews`;
  const made = await call(`POST ${R}/pulls/{pull_number}/reviews`, reviews, 200, {
    ...wes,
    body: { event: 'APPROVE' },
  });
  await call(`GET ${R}/pulls/{pull_number}/reviews`, reviews, 200, olive);
  const one = `${reviews}/${Number(made['id'])}`;
  await call(`GET ${R}/pulls/{pull_number}/reviews/{review_id}`, one, 200, olive);
  const dismiss = `PUT ${R}/pulls/{pull_number}/reviews/{review_id}/dismissals`;
  await call(dismiss, `${one}/dismissals`, 200, { ...olive, body: { message: 'out of date' } });
}

export async function provisioning(github: World, call: Caller, olive: CallOptions): Promise<void> {
  github.state.repos.find('acme', 'study')!.isTemplate = true;
  const generated = { owner: 'acme', name: 'generated', private: true, description: 'From a template' };
  const template = 'POST /repos/{template_owner}/{template_repo}/generate';
  await call(template, `${S}/generate`, 201, { ...olive, body: generated });
  const at = '/repos/acme/generated';
  await call(`PUT ${R}/topics`, `${at}/topics`, 200, { ...olive, body: { names: ['one', 'two'] } });
  await call(`GET ${R}/topics`, `${at}/topics`, 200, olive);
  await call(`GET ${R}/teams`, `${S}/teams`, 200, olive);
  const body = {
    ...{ name: 'Main', target: 'branch', enforcement: 'active', bypass_actors: [] },
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [{ type: 'deletion' }, { type: 'non_fast_forward' }],
  };
  const made = await call(`POST ${R}/rulesets`, `${at}/rulesets`, 201, { ...olive, body });
  const one = `${at}/rulesets/${Number(made['id'])}`;
  await call(`GET ${R}/rulesets`, `${at}/rulesets`, 200, olive);
  await call(`GET ${R}/rulesets/{ruleset_id}`, one, 200, olive);
  await call(`PUT ${R}/rulesets/{ruleset_id}`, one, 200, {
    ...olive,
    body: { rules: [{ type: 'deletion' }] },
  });
  const label = `${S}/labels/${encodeURIComponent('release: draft')}`;
  await github.call('POST', `${S}/labels`, { ...olive, body: { name: 'release: draft', color: 'ededed' } });
  await call(`PATCH ${R}/labels/{name}`, label, 200, {
    ...olive,
    body: { color: '0969da', description: 'A state' },
  });
  await call(`GET ${R}/rules/branches/{branch}`, `${at}/rules/branches/main`, 200, olive);
}

/** What becomes of a repository's settings and of issues that go. */
export async function fates(github: World, call: Caller, olive: CallOptions): Promise<void> {
  for (const body of [{ description: 'Changed' }, { private: true }, { private: false, has_issues: true }])
    await call(`PATCH ${R}`, S, 200, { ...olive, body });
  const { state } = github;
  const [study, secret] = [state.repos.find('acme', 'study'), state.repos.find('acme', 'secret')];
  const [user, app] = [state.people.user('olive'), state.apps.named('sally')];
  if (!study || !secret || !user || !app) throw new Error('the seed is not what it was');
  const by = { kind: 'person', user } as const;
  for (const title of ['goes', 'moves']) {
    const { data } = await github.call('POST', `${S}/issues`, { ...olive, body: { title } });
    const issue = study.issues.get(Number(data['number']));
    if (!issue) throw new Error('the issue is not there');
    if (title === 'goes') state.fates.delete(by, study, issue);
    else state.fates.transfer(by, study, issue, secret);
  }
  state.oauth.revoke(user, app);
}
