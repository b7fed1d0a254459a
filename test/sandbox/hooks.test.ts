/** Who is told what, signed how, and every way in which a delivery goes wrong. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { INSTALLATION, world, type World } from './world.ts';
import type { Fault } from '../../src/sandbox/github/github.ts';

const S = '/repos/acme/study';
let github: World;

beforeEach(async () => {
  github = await world();
});
afterEach(async () => {
  jest.useRealTimers();
  await github.stop();
});

async function issue(title = 'A question'): Promise<number> {
  const { data } = await github.call('POST', `${S}/issues`, { as: github.tokens['wes'], body: { title } });
  return Number(data['number']);
}

async function headSha(): Promise<string> {
  const { data } = await github.call('GET', `${S}/commits/main`, { as: github.tokens['wes'] });
  return String(data['sha']);
}

async function deliveries(
  query = '',
): Promise<{ guid: string; status: string; status_code: number; redelivery: boolean; id: string }[]> {
  const { text } = await github.call('GET', `/app/hook/deliveries${query}`, { as: await github.jwt() });
  return JSON.parse(text.replace(/"id":(\d+)/g, '"id":"$1"')) as Awaited<ReturnType<typeof deliveries>>;
}

function fault(one: Fault): void {
  github.state.faults.add(one);
}

test('a delivery is signed and says what it is', async () => {
  await issue();
  await github.state.idle();

  expect(github.heard[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-hook-installation-target-type': 'integration',
    'x-github-hook-installation-target-id': '4242',
    'x-github-delivery': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'x-hub-signature-256': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
  });
});

test('one event has one GUID for all Apps, and foreign checks are told too', async () => {
  const as = await github.installationToken();
  await github.call('POST', `${S}/check-runs`, { as, body: { name: 'a', head_sha: await headSha() } });

  expect(await github.news()).toEqual(['check_run.created', 'other: check_run.created']);
  expect(github.heard[0]?.guid).toBe(github.heard[1]?.guid);
});

test('a button is for completed runs, for writers, and for the App that made it', async () => {
  const as = await github.installationToken();
  const actions = [{ label: 'Run', description: 'Run it', identifier: 'run' }];
  const made = await github.call('POST', `${S}/check-runs`, {
    as,
    body: { name: 'a', head_sha: await headSha(), actions },
  });
  const [study, wes, tess] = [
    github.state.repos.find('acme', 'study'),
    github.state.people.user('wes'),
    github.state.people.user('tess'),
  ];
  const run = study?.checks.get(Number(made.data['id']));
  if (!study || !run || !wes || !tess) throw new Error('no seed');
  const click = (user: typeof wes, identifier: string) =>
    github.state.checks.click({ kind: 'person', user }, study, run, identifier);

  expect(click(wes, 'run')).toMatchObject({ status: 422 });
  await github.call('PATCH', `${S}/check-runs/${run.id}`, { as, body: { conclusion: 'neutral' } });
  await github.news();
  expect(click(tess, 'run')).toMatchObject({ status: 403 });
  expect(click(wes, 'walk')).toMatchObject({ status: 422 });
  expect(click(wes, 'run')).toBeUndefined();
  expect(await github.news()).toEqual(['check_run.requested_action']);
  expect(github.heard.at(-1)?.payload).toMatchObject({
    requested_action: { identifier: 'run' },
    sender: { login: 'wes' },
  });
});

test('an App may not touch the run of another', async () => {
  const made = await github.call('POST', `${S}/check-runs`, {
    as: await github.installationToken(),
    body: { name: 'a', head_sha: await headSha() },
  });
  const { data } = await github.call('POST', '/app/installations/9002/access_tokens', {
    as: await github.jwt(4343),
  });
  const as = String(data['token']);

  expect(
    await github.call('PATCH', `${S}/check-runs/${String(made.data['id'])}`, {
      as,
      body: { conclusion: 'success' },
    }),
  ).toMatchObject({ status: 403 });
  expect(
    await github.call('POST', `${S}/check-runs/${String(made.data['id'])}/rerequest`, { as }),
  ).toMatchObject({ status: 403 });
});

test('an App hears nothing of repositories it is not installed on', async () => {
  const user = github.state.people.user('wes');
  const secret = github.state.repos.find('acme', 'secret');
  if (!user || !secret) throw new Error('no seed');
  await github.state.repos.commitFiles({ kind: 'person', user }, secret, {
    message: 'x',
    files: new Map([['x', 'x']]),
  });

  expect(await github.news()).toEqual(['check_suite.requested', 'push']);
});

test('a suspended installation hears of its suspension and then nothing, and gets no token', async () => {
  const as = await github.installationToken();
  const installation = github.state.data.installations.get(INSTALLATION);
  if (!installation) throw new Error('no seed');
  github.state.apps.setSuspended(installation, true);
  await issue();

  expect(await github.news()).toEqual(['installation.suspend']);
  expect(await github.call('GET', `${S}/issues`, { as })).toMatchObject({ status: 403 });
  expect(
    await github.call('POST', `/app/installations/${INSTALLATION}/access_tokens`, { as: await github.jwt() }),
  ).toMatchObject({ status: 403 });
});

test('a permission that an App asks for later is not there before the owner accepts it', async () => {
  const app = github.state.apps.named('sally');
  const installation = github.state.data.installations.get(INSTALLATION);
  if (!app || !installation) throw new Error('no seed');
  github.state.apps.changeManifest(app, {
    default_permissions: { administration: 'write' },
    default_events: [],
  });
  expect(installation.permissions).not.toHaveProperty('administration');

  github.state.apps.accept(installation);

  expect(installation.permissions).toEqual({ metadata: 'read', administration: 'write' });
  expect(await github.news()).toEqual(['installation.new_permissions_accepted']);
});

test('a manifest that asks for events without their permission, or for what is always sent, is refused', () => {
  const app = github.state.apps.named('sally');
  if (!app) throw new Error('no seed');

  const no = github.state.apps.changeManifest(app, {
    default_permissions: { checks: 'admin', colour: 'read' },
    default_events: ['push', 'installation', 'nonsense'],
  });

  expect(no?.errors).toMatchInlineSnapshot(`
   [
     "checks cannot be "admin"",
     "Default permission records resource is not included in the list: colour",
     "Default events are not supported by permissions: push wants contents:read",
     "Default events unsupported: installation",
     "Default events unsupported: nonsense",
   ]
  `);
});

test('what was said is said as it was, however late', async () => {
  const number = await issue();
  fault({ kind: 'hold', next: 1, event: 'issue_comment.created' });
  const as = github.tokens['wes'];
  const { data } = await github.call('POST', `${S}/issues/${number}/comments`, {
    as,
    body: { body: 'before' },
  });
  await github.call('PATCH', `${S}/issues/comments/${String(data['id'])}`, { as, body: { body: 'after' } });
  await github.news();

  github.state.faults.release();

  expect(await github.news()).toEqual(['issue_comment.created']);
  expect(github.heard.at(-1)?.payload).toMatchObject({ comment: { body: 'before' } });
});

test('a dropped delivery is listed without an answer, escapes the failure filter, and can be sent again', async () => {
  fault({ kind: 'drop', next: 1 });
  await issue();
  expect(await github.news()).toEqual([]);
  const [lost] = await deliveries();
  expect(lost).toMatchObject({ status: 'failed to connect to host', status_code: 0, redelivery: false });
  expect(await deliveries('?status=failure')).toEqual([]);

  await github.call('POST', `/app/hook/deliveries/${lost?.id}/attempts`, { as: await github.jwt() });

  expect(await github.news()).toEqual(['issues.opened']);
  expect(github.heard[0]?.guid).toBe(lost?.guid);
  const [again, old] = await deliveries();
  expect(again).toMatchObject({ guid: lost?.guid, status: 'OK', redelivery: true });
  expect(old).toEqual(lost);
  expect(BigInt(again?.id ?? 0)).toBeGreaterThan(2n ** 53n);
});

test('a vanished event leaves no trace at all', async () => {
  fault({ kind: 'vanish', next: 1, event: 'issues' });
  await issue();

  expect(await github.news()).toEqual([]);
  expect(await deliveries()).toEqual([]);
});

test('a duplicate has the same GUID', async () => {
  fault({ kind: 'duplicate', next: 1 });
  await issue();

  expect(await github.news()).toEqual(['issues.opened', 'issues.opened']);
  expect(github.heard[0]?.guid).toBe(github.heard[1]?.guid);
});

test('a delayed delivery comes after later ones, and idle waits for it', async () => {
  // By a clock of the test's own: on a busy machine the delay is over before the second one is sent.
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'Date', 'performance'] });
  fault({ kind: 'delay', next: 1, ms: 300 });
  await issue('first');
  await issue('second');
  let isIdle = false;
  const idle = github.state.idle().then(() => (isIdle = true));
  while (github.heard.length === 0) await new Promise(setImmediate);
  await issue('third');
  while (github.heard.length === 1) await new Promise(setImmediate);
  expect(isIdle).toBe(false);
  jest.advanceTimersByTime(300);
  jest.useRealTimers();
  await idle;

  expect(github.heard.map(({ payload }) => (payload['issue'] as { title: string }).title)).toEqual([
    'second',
    'third',
    'first',
  ]);
});

test('the next deliveries come in the opposite order', async () => {
  fault({ kind: 'reorder', next: 3 });
  for (const title of ['first', 'second', 'third']) await issue(title);
  await github.state.idle();

  expect(github.heard.map(({ payload }) => (payload['issue'] as { title: string }).title)).toEqual([
    'third',
    'second',
    'first',
  ]);
});

test('an error answer and no answer in time are recorded, and never sent again by themselves', async () => {
  github.answer(500);
  await issue();
  await github.news();
  expect(await deliveries('?status=failure')).toMatchObject([
    { status: 'Invalid HTTP Response: 500', status_code: 500 },
  ]);

  github.state.hooks.answerLimitMs = 50;
  let finish: (status: number) => void = () => undefined;
  github.answer(() => new Promise((resolve) => (finish = resolve)));
  await issue();
  await github.state.idle();
  finish(202);
  expect((await deliveries())[0]).toMatchObject({ status: 'timed out', status_code: 0 });
});

test('an event above 25 MB is dropped', async () => {
  const user = github.state.people.user('wes');
  const study = github.state.repos.find('acme', 'study');
  if (!user || !study) throw new Error('no seed');
  // The message is in the push twice, in the check suite once.
  await github.state.repos.commitFiles({ kind: 'person', user }, study, {
    message: 'x'.repeat(13_500_000),
    files: new Map([['x', 'x']]),
  });

  expect(await github.news()).toEqual(['check_suite.requested', 'other: check_suite.requested']);
});

test('the list of deliveries is read with a cursor', async () => {
  for (const title of ['a', 'b', 'c']) await issue(title);
  await github.news();
  const first = await github.call('GET', '/app/hook/deliveries?per_page=2', { as: await github.jwt() });
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  expect(next).toMatch(/cursor=v1_\d+/);
  await issue('d');
  await github.news();

  const second = await github.call('GET', next, { as: await github.jwt() });

  expect(Number(first.data['length'])).toBe(2);
  expect(Number(second.data['length'])).toBe(1);
  expect(second.headers.get('link')).toBeNull();
});
