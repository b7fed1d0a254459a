/** Who is assigned, what the timeline tells, and issues that are deleted, transferred or switched off. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { APP_ID, callApi, world, type CallOptions, type Reply, type World } from './world.ts';

const S = '/repos/acme/study';
let github: World;
let olive: CallOptions;
let wes: CallOptions;
let mallory: CallOptions;
let app: CallOptions;

beforeAll(async () => {
  github = await world({ limits: { contentPerMinute: 10_000, pointsPerMinute: 100_000 } });
  const as = (login: string): CallOptions => ({ as: github.tokens[login] });
  [olive, wes, mallory] = [as('olive'), as('wes'), as('mallory')];
  app = { as: await github.installationToken() };
});
afterAll(async () => {
  await github.stop();
});
beforeEach(async () => {
  await told();
});

const control = (method: string, path: string, body: unknown = {}): Promise<Reply> =>
  callApi(`${github.url}/_sandbox`, method, path, { as: github.controlToken, body });
/** What was sent since the last time, in the order in which it happened: it may arrive in another. */
let heard = 0;
async function told(): Promise<string[]> {
  await github.state.idle();
  const all = github.state.hooks.log.of(APP_ID, Date.now()).reverse();
  const names = all.slice(heard).map((one) => (one.action ? `${one.event}.${one.action}` : one.event));
  heard = all.length;
  return names;
}
const open = async (by = wes, body: Record<string, unknown> = {}, repo = S): Promise<string> => {
  const { data } = await github.call('POST', `${repo}/issues`, { ...by, body: { title: 'One', ...body } });
  return `${repo}/issues/${String(data['number'])}`;
};
const assignees = (reply: Reply): unknown[] =>
  Object.values(reply.data['assignees'] ?? {}).map((one) => one['login']);
const assign = (path: string, names: string[], by = app, method = 'POST'): Promise<Reply> =>
  github.call(method, `${path}/assignees`, { ...by, body: { assignees: names } });

test('members who may read and people who may write can be assigned, strangers only where they spoke', async () => {
  const issue = await open();
  const able = async (login: string): Promise<number[]> => [
    (await github.call('GET', `${S}/assignees/${login}`, app)).status,
    (await github.call('GET', `${issue}/assignees/${login}`, app)).status,
  ];
  expect([await able('tess'), await able('mallory'), await able('sally[bot]'), await able('nobody')]).toEqual(
    [
      [204, 204],
      [404, 404],
      [404, 404],
      [404, 404],
    ],
  );
  await github.call('POST', `${issue}/comments`, { ...mallory, body: { body: 'Me' } });
  expect(await able('mallory')).toEqual([404, 204]);
  const { data } = await github.call('GET', `${S}/assignees`, app);
  expect(Object.values(data).map((one) => one['login'])).toEqual(['olive', 'wes', 'tess', 'rita']);
});

test('assigning adds, leaves out without a word whom it cannot, and is told once for each', async () => {
  const issue = await open();
  await told();
  const first = await assign(issue, ['tess', 'mallory', 'nobody']);
  const second = await assign(issue, ['tess', 'rita']);
  expect([first.status, assignees(first), assignees(second)]).toEqual([201, ['tess'], ['tess', 'rita']]);
  expect(await told()).toEqual(['issues.assigned', 'issues.assigned']);
  const less = await assign(issue, ['tess', 'wes'], app, 'DELETE');
  expect([less.status, assignees(less), await told()]).toEqual([200, ['rita'], ['issues.unassigned']]);
});

test('an assignee who cannot be is 422 where a whole list is given, and nothing is made', async () => {
  const before = github.state.repos.find('acme', 'study')?.lastNumber;
  const made = await github.call('POST', `${S}/issues`, {
    ...wes,
    body: { title: 'x', assignees: ['mallory'] },
  });
  expect([made.status, made.data['errors']]).toEqual([
    422,
    [{ resource: 'Issue', field: 'assignees', code: 'invalid', value: 'mallory' }],
  ]);
  expect(github.state.repos.find('acme', 'study')?.lastNumber).toBe(before);
  const issue = await open();
  expect((await github.call('PATCH', issue, { ...wes, body: { assignees: ['ghost'] } })).status).toBe(422);
});

test('readers assign nobody and are not told; an App without issues: write is refused', async () => {
  const issue = await open();
  const silent = await assign(issue, ['tess'], mallory);
  expect([silent.status, assignees(silent)]).toEqual([201, []]);
  const weak = { as: await github.installationToken({ permissions: { issues: 'read' } }) };
  expect((await assign(issue, ['tess'], weak)).status).toBe(403);
  expect((await assign(issue, ['tess'], {})).status).toBe(401);
});

test('an issue has at most ten assignees', async () => {
  const org = github.state.people.org('acme');
  const logins = Array.from({ length: 11 }, (_, i) => `member-${i}`);
  for (const login of logins) {
    const user = github.state.people.addUser(login);
    org?.members.set(user.id, 'member');
  }
  const issue = await open();
  expect((await assign(issue, logins)).status).toBe(422);
  expect((await assign(issue, logins.slice(1))).status).toBe(201);
});

test('the timeline tells who labelled when, with the comments in between; events leave those out', async () => {
  const issue = await open();
  await github.call('POST', `${issue}/labels`, { ...wes, body: { labels: ['verdict: submit'] } });
  await github.call('POST', `${issue}/comments`, { ...mallory, body: { body: 'Hm.' } });
  await github.call('DELETE', `${issue}/labels/verdict%3A%20submit`, app);
  const history = async (kind: string): Promise<unknown[]> =>
    Object.values((await github.call('GET', `${issue}/${kind}`, app)).data).map((one) => [
      one['event'],
      one['actor']?.['login'],
      one['label']?.['name'] ?? one['body'],
    ]);
  expect(await history('timeline')).toEqual([
    ['labeled', 'wes', 'verdict: submit'],
    ['commented', 'mallory', 'Hm.'],
    ['unlabeled', 'sally[bot]', 'verdict: submit'],
  ]);
  expect((await history('events')).length).toBe(2);
});

test('a deleted issue is 410 with all below it, 404 to strangers, and its number is not used again', async () => {
  const issue = await open(wes, {}, '/repos/acme/secret');
  const comment = await github.call('POST', `${issue}/comments`, { ...wes, body: { body: 'x' } });
  await told();
  expect((await control('DELETE', issue, { by: 'wes' })).status).toBe(403);
  expect((await control('DELETE', issue, { by: 'olive' })).status).toBe(200);
  expect(await told()).toEqual(['issues.deleted']);

  const after = [
    await github.call('GET', issue, app),
    await github.call('PATCH', issue, { ...app, body: { title: 'y' } }),
    await github.call('GET', `${issue}/comments`, app),
    await github.call('POST', `${issue}/comments`, { ...app, body: { body: 'y' } }),
    await github.call('POST', `${issue}/labels`, { ...app, body: { labels: ['bug'] } }),
    await github.call('POST', `${issue}/assignees`, { ...app, body: { assignees: ['wes'] } }),
    await github.call('POST', `${issue}/reactions`, { ...app, body: { content: 'eyes' } }),
  ];
  expect(after.map((reply) => reply.status)).toEqual([410, 410, 410, 410, 410, 410, 410]);
  const commentPath = `/repos/acme/secret/issues/comments/${String(comment.data['id'])}`;
  expect((await github.call('GET', commentPath, app)).status).toBe(404);
  expect((await github.call('GET', issue, mallory)).status).toBe(404);
  expect(await open(wes, {}, '/repos/acme/secret')).not.toBe(issue);
});

test('a transferred issue is 301 to where it is, also by way of two moves, and 404 to who may not see there', async () => {
  const issue = await open();
  await github.call('POST', `${issue}/comments`, { ...wes, body: { body: 'kept' } });
  await told();
  const moved = await control('POST', `${issue}/transfer`, { by: 'wes', to: 'acme/secret' });
  expect([moved.status, await told()]).toEqual([200, ['issues.transferred', 'issues.opened']]);

  const answer = await github.call('GET', `${issue}/comments`, app);
  const target = `/repositories/7002/issues/${String(moved.data['number'])}/comments`;
  expect([answer.status, answer.headers.get('location')]).toEqual([301, `${github.url}/api/v3${target}`]);
  expect((await github.call('GET', target, app)).data[0]?.['body']).toBe('kept');
  expect((await github.call('POST', `${issue}/comments`, { ...app, body: { body: 'x' } })).status).toBe(301);
  expect((await github.call('GET', issue, mallory)).status).toBe(404);

  await control('DELETE', `/repos/acme/secret/issues/${String(moved.data['number'])}`, { by: 'olive' });
  expect((await github.call('GET', issue, app)).status).toBe(410);
});

test('an issue goes neither from private to public, nor to another owner, nor by the hand of a reader', async () => {
  const hidden = await open(wes, {}, '/repos/acme/secret');
  const issue = await open();
  const go = async (path: string, to: string, by: string): Promise<number> =>
    (await control('POST', `${path}/transfer`, { by, to })).status;
  expect([
    await go(hidden, 'acme/study', 'wes'),
    await go(issue, 'acme/study', 'wes'),
    await go(issue, 'acme/secret', 'tess'),
    await go(issue, 'acme/none', 'wes'),
  ]).toEqual([422, 422, 403, 404]);
});

test('with issues switched off they are 410, while pull requests go on', async () => {
  const issue = await open();
  const comment = await github.call('POST', `${issue}/comments`, { ...wes, body: { body: 'x' } });
  await github.call('PUT', `${S}/contents/x.txt`, { ...wes, body: { message: 'x', content: 'eA==' } });
  const { data } = await github.call('GET', `${S}/commits`, wes);
  const ref = { ref: 'refs/heads/topic', sha: data[1]?.['sha'] };
  await github.call('POST', `${S}/git/refs`, { ...wes, body: ref });
  await github.call('PUT', `${S}/contents/y.txt`, {
    ...wes,
    body: { message: 'y', content: 'eA==', branch: 'topic' },
  });
  const pull = await github.call('POST', `${S}/pulls`, {
    ...wes,
    body: { title: 'p', head: 'topic', base: 'main' },
  });
  expect((await github.call('PATCH', S, { ...wes, body: { has_issues: false } })).status).toBe(403);
  expect((await github.call('PATCH', S, { ...app, body: { has_issues: false } })).status).toBe(403);
  const off = await github.call('PATCH', S, { ...olive, body: { has_issues: false } });
  expect([off.status, off.data['has_issues']]).toEqual([200, false]);

  const commentPath = `${S}/issues/comments/${String(comment.data['id'])}`;
  expect([
    (await github.call('POST', `${S}/issues`, { ...wes, body: { title: 'x' } })).status,
    (await github.call('GET', `${S}/issues`, app)).status,
    (await github.call('GET', issue, app)).status,
    (await github.call('POST', `${issue}/comments`, { ...app, body: { body: 'x' } })).status,
    (await github.call('POST', `${issue}/labels`, { ...app, body: { labels: ['bug'] } })).status,
    (await github.call('POST', `${issue}/reactions`, { ...app, body: { content: 'eyes' } })).status,
    (await github.call('GET', commentPath, app)).status,
  ]).toEqual([410, 410, 410, 410, 410, 410, 404]);
  const talk = `${S}/issues/${String(pull.data['number'])}`;
  expect((await github.call('POST', `${talk}/comments`, { ...app, body: { body: '/run' } })).status).toBe(
    201,
  );

  await control('PATCH', S, { has_issues: true });
  expect((await github.call('GET', issue, app)).status).toBe(200);
});

test('making a repository private and public again is told, and hides it', async () => {
  await github.call('PATCH', S, { ...olive, body: { private: true } });
  expect((await github.call('GET', S, mallory)).status).toBe(404);
  await github.call('PATCH', S, { ...olive, body: { visibility: 'public', description: 'Open' } });
  expect((await github.call('GET', S, mallory)).data['description']).toBe('Open');
  expect(await told()).toEqual([
    'repository.privatized',
    'repository.edited',
    'repository.publicized',
    'public',
  ]);
});
