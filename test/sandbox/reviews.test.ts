/** Forks, pull requests from them, reviews, and who may merge: as GitHub documents them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MANIFEST, world, type World } from './world.ts';

let github: World;
const S = '/repos/acme/study';
const person = (login: string): { as: string } => ({ as: github.tokens[login]! });

beforeAll(async () => {
  const permissions = { ...MANIFEST.default_permissions, administration: 'write' };
  github = await world({
    manifest: { default_permissions: permissions, default_events: MANIFEST.default_events },
  });
});
afterAll(() => github.stop());

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A commit on a branch of the fork. */
async function proposed(branch: string, text: string): Promise<string> {
  const fork = github.state.repos.find('acme', 'study-proposals')!;
  const user = github.state.people.user('wes')!;
  const store = github.state.repos.git(fork);
  if (!store.branch(branch)) {
    const body = { ref: `refs/heads/${branch}`, sha: store.branch('main')! };
    await github.call('POST', '/repos/acme/study-proposals/git/refs', { ...person('wes'), body });
  }
  const made = await github.state.repos.commitFiles({ kind: 'person', user }, fork, {
    branch,
    message: text,
    files: new Map([[`${branch}.txt`, text]]),
  });
  return (made as { sha: string }).sha;
}

async function open(branch: string, login = 'wes'): Promise<number> {
  const body = { title: branch, head: `acme:${branch}`, head_repo: 'study-proposals', base: 'main' };
  const made = await github.call('POST', `${S}/pulls`, { ...person(login), body });
  expect(made.status).toBe(201);
  return Number(made.data['number']);
}

const review = (number: number, login: string, body: object) =>
  github.call('POST', `${S}/pulls/${number}/reviews`, { ...person(login), body });

test('a fork in the same organisation has a name of its own, all branches, and its parent', async () => {
  const body = { organization: 'acme', name: 'study-proposals' };
  const made = await github.call('POST', `${S}/forks`, { ...person('wes'), body });
  expect(made.status).toBe(202);
  expect(made.data).toMatchObject({ fork: true, parent: { id: 7001 }, has_issues: false, private: false });
  const again = await github.call('POST', `${S}/forks`, { ...person('wes'), body });
  expect(again.data['id']).toEqual(made.data['id']);
  const app = { as: await github.installationToken() };
  const forks = await github.call('GET', `${S}/forks`, app);
  expect(forks.data).toMatchObject([{ name: 'study-proposals' }]);
  const ofStrangers = await github.call('POST', `${S}/forks`, { ...person('mallory'), body });
  expect(ofStrangers.status).toBe(404);
  const narrow = await github.installationToken({ permissions: { contents: 'write' } });
  expect((await github.call('POST', `${S}/forks`, { as: narrow, body })).status).toBe(403);
});

test('GitHub wants a fork of the same owner by name, and finds its pull request by owner and branch', async () => {
  await proposed('one', 'one');
  const unnamed = { title: 'x', head: 'acme:one', base: 'main' };
  expect((await github.call('POST', `${S}/pulls`, { ...person('wes'), body: unnamed })).status).toBe(422);
  const elsewhere = { ...unnamed, head_repo: 'secret' };
  expect((await github.call('POST', `${S}/pulls`, { ...person('wes'), body: elsewhere })).status).toBe(422);
  const number = await open('one');
  const found = await github.call('GET', `${S}/pulls?head=acme:one&state=all`, person('wes'));
  expect(found.data).toMatchObject([
    { number, head: { ref: 'one', repo: { name: 'study-proposals' } }, base: { repo: { name: 'study' } } },
  ]);
  const other = await github.call('GET', `${S}/pulls?head=mallory:one&state=all`, person('wes'));
  expect(other.data).toEqual([]);
});

test('opening one takes pull_requests: write here and reading there, and no right to write either', async () => {
  await proposed('narrow', 'narrow');
  const fork = github.state.repos.find('acme', 'study-proposals')!.id;
  const body = { title: 'n', head: 'acme:narrow', head_repo: 'study-proposals', base: 'main' };
  const token = (wish: object) => github.installationToken(wish);
  const read = { contents: 'read', pull_requests: 'read' };
  const noWrite = await token({ permissions: read, repository_ids: [7001, fork] });
  expect((await github.call('POST', `${S}/pulls`, { as: noWrite, body })).status).toBe(403);
  const propose = { contents: 'read', pull_requests: 'write' };
  const enough = await token({ permissions: propose, repository_ids: [7001, fork] });
  const made = await github.call('POST', `${S}/pulls`, { as: enough, body });
  expect(made.status).toBe(201);
  const merge = await github.call('PUT', `${S}/pulls/${Number(made.data['number'])}/merge`, { as: enough });
  expect(merge.status).toBe(403);
  const content = { message: 'm', content: base64('x'), branch: 'main' };
  expect((await github.call('PUT', `${S}/contents/x.txt`, { as: enough, body: content })).status).toBe(403);
});

test('a push to the fork moves the head, and its commits are found here', async () => {
  await proposed('moves', 'first');
  const number = await open('moves');
  await github.news();
  const sha = await proposed('moves', 'second');
  expect(await github.news()).toContain('pull_request.synchronize');
  const pull = await github.call('GET', `${S}/pulls/${number}`, person('wes'));
  expect(pull.data).toMatchObject({ head: { sha }, commits: 2 });
  expect((await github.call('GET', `${S}/commits/${sha}`, person('wes'))).status).toBe(200);
  const gone = await github.call('DELETE', '/repos/acme/study-proposals/git/refs/heads/moves', person('wes'));
  expect(gone.status).toBe(204);
  expect((await github.call('GET', `${S}/pulls/${number}`, person('wes'))).data).toMatchObject({
    state: 'closed',
  });
});

test('a review belongs to the commit it was made on, and stays there', async () => {
  const first = await proposed('reviewed', 'first');
  const number = await open('reviewed');
  await github.news();
  expect((await review(number, 'tess', { event: 'APPROVE' })).data).toMatchObject({
    ...{ state: 'APPROVED', commit_id: first, user: { id: 103 } },
  });
  expect(await github.news()).toEqual(['pull_request_review.submitted']);
  expect(github.heard.at(-1)!.payload).toMatchObject({
    review: { state: 'approved' },
    pull_request: { number },
  });
  await proposed('reviewed', 'second');
  const all = await github.call('GET', `${S}/pulls/${number}/reviews`, person('wes'));
  expect(all.data).toMatchObject([{ state: 'APPROVED', commit_id: first }]);
});

test('nobody approves their own, everybody who can read may review, and none without words but an approval', async () => {
  await proposed('own', 'own');
  const number = await open('own');
  const own = await review(number, 'wes', { event: 'APPROVE' });
  expect([own.status, own.text]).toEqual([422, expect.stringContaining('your own') as unknown]);
  expect((await review(number, 'wes', { event: 'REQUEST_CHANGES', body: 'x' })).status).toBe(422);
  expect((await review(number, 'mallory', { event: 'APPROVE' })).status).toBe(200);
  expect((await review(number, 'tess', { event: 'COMMENT' })).status).toBe(422);
  expect((await review(number, 'tess', { event: 'DANCE' })).status).toBe(422);
  expect((await review(number, 'tess', {})).status).toBe(422);
  expect((await review(number, 'tess', { event: 'APPROVE', commit_id: 'a'.repeat(40) })).status).toBe(422);
  const app = { as: await github.installationToken(), body: { event: 'APPROVE' } };
  expect((await github.call('POST', `${S}/pulls/${number}/reviews`, app)).data).toMatchObject({
    user: { type: 'Bot' },
  });
});

test('one is dismissed by whoever may write, with a reason', async () => {
  await proposed('dismissed', 'dismissed');
  const number = await open('dismissed');
  const { data } = await review(number, 'tess', { event: 'APPROVE' });
  const at = `${S}/pulls/${number}/reviews/${Number(data['id'])}`;
  const body = { message: 'out of date' };
  expect((await github.call('PUT', `${at}/dismissals`, { ...person('tess'), body })).status).toBe(403);
  expect((await github.call('PUT', `${at}/dismissals`, { ...person('wes'), body: {} })).status).toBe(422);
  await github.news();
  const done = await github.call('PUT', `${at}/dismissals`, { ...person('wes'), body });
  expect(done.data).toMatchObject({ state: 'DISMISSED' });
  expect(await github.news()).toEqual(['pull_request_review.dismissed']);
  expect((await github.call('PUT', `${at}/dismissals`, { ...person('wes'), body })).status).toBe(422);
  expect((await github.call('GET', at, person('wes'))).data).toMatchObject({ state: 'DISMISSED' });
  expect((await github.call('GET', `${at}9`, person('wes'))).status).toBe(404);
});

test('a pull request from a fork is merged here', async () => {
  await proposed('merged', 'merged');
  const number = await open('merged');
  expect((await github.call('PUT', `${S}/pulls/${number}/merge`, person('tess'))).status).toBe(403);
  expect((await github.call('PUT', `${S}/pulls/${number}/merge`, person('wes'))).status).toBe(200);
  expect((await github.call('GET', `${S}/contents/merged.txt`, person('wes'))).status).toBe(200);
  expect((await github.call('GET', `${S}/pulls/${number}`, person('wes'))).data).toMatchObject({
    merged: true,
  });
});
