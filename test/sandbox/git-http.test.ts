/** The real git against the sandbox: clone, push, shallow fetch, and what a push sets off. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git as runGit } from './facts-code.ts';
import { world, type Payload, type World } from './world.ts';

let github: World;
let folder: string;

beforeEach(async () => {
  github = await world();
  folder = mkdtempSync(join(tmpdir(), 'git-http-'));
});
afterEach(async () => {
  await github.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function git(...args: string[]): Promise<string> {
  const { code, text } = await runGit(folder, ...args);
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}: ${text}`);
  return text.trim();
}

function url(login: string | undefined, repo = 'study'): string {
  const at = new URL(`${github.url}/acme/${repo}.git`);
  if (login) Object.assign(at, { username: login, password: github.tokens[login] ?? 'ghp_wrong' });
  return at.href;
}

async function commit(files: Record<string, string | Buffer>, message = 'A change'): Promise<string> {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  await git('add', '-A');
  await git('commit', '-q', '-m', message);
  return git('rev-parse', 'HEAD');
}

function heard(name: string): Payload[] {
  return github.heard.filter((one) => one.name === name).map((one) => one.payload);
}

test('a public repository is cloned by anybody, a private one by who may read it', async () => {
  expect((await runGit(folder, 'clone', '-q', url(undefined), 'a')).code).toBe(0);
  expect((await runGit(folder, 'clone', '-q', url('rita', 'secret'), 'b')).code).toBe(0);
  expect((await runGit(folder, 'clone', '-q', url('mallory', 'secret'), 'c')).text).toMatch(/not found/);
  expect((await runGit(folder, 'clone', '-q', url('nobody', 'secret'), 'd')).text).toMatch(
    /Authentication failed/,
  );
});

test('a stranger to a private repository is asked for credentials', async () => {
  const answer = await fetch(`${github.url}/acme/secret.git/info/refs?service=git-upload-pack`);

  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Basic realm="GitHub"');
});

test('an installation token clones, in the password and in an Authorization header', async () => {
  const token = await github.installationToken();
  const at = new URL(url(undefined, 'secret'));
  const header = `http.extraHeader=Authorization: Bearer ${token}`;
  expect((await runGit(folder, '-c', header, 'clone', '-q', at.href, 'a')).code).toBe(0);
  Object.assign(at, { username: 'x-access-token', password: token });
  expect((await runGit(folder, 'clone', '-q', at.href, 'b')).code).toBe(0);
  github.state.apps.expireTokens();
  expect((await runGit(folder, 'clone', '-q', at.href, 'c')).text).toMatch(/Authentication failed/);
});

test('a push is told with its commits, oldest first, and what each changed', async () => {
  await git('clone', '-q', url('wes'), '.');
  const before = await git('rev-parse', 'HEAD');
  const first = await commit({ 'new.txt': 'new', 'README.md': 'changed' }, 'Add and change');
  await git('rm', '-q', 'project.yaml');
  const second = await commit({}, 'Remove');
  await git('push', '-q', 'origin', 'main');

  expect(await github.news()).toEqual(['check_suite.requested', 'other: check_suite.requested', 'push']);
  expect(heard('push')[0]).toMatchObject({
    ref: 'refs/heads/main',
    before,
    after: second,
    created: false,
    deleted: false,
    forced: false,
    commits: [
      { id: first, message: 'Add and change', added: ['new.txt'], modified: ['README.md'], removed: [] },
      { id: second, message: 'Remove', added: [], modified: [], removed: ['project.yaml'] },
    ],
    head_commit: { id: second },
    pusher: { name: 'wes' },
    sender: { login: 'wes', id: 102 },
    repository: { full_name: 'acme/study', id: 7001 },
    installation: { id: 9001 },
  });
  expect(heard('check_suite.requested')[0]).toMatchObject({
    check_suite: { head_sha: second, head_branch: 'main', before, after: second },
  });
});

test('a new branch, a forced push and a deletion say what they are', async () => {
  await git('clone', '-q', url('wes'), '.');
  await git('checkout', '-q', '-b', 'feature/x');
  const first = await commit({ 'x.txt': '1' });
  await git('push', '-q', 'origin', 'feature/x');
  expect(await github.news()).toEqual([
    'check_suite.requested',
    'create',
    'other: check_suite.requested',
    'push',
  ]);
  expect(heard('push')[0]).toMatchObject({ created: true, forced: false, commits: [{ id: first }] });
  expect(heard('create')[0]).toMatchObject({ ref: 'feature/x', ref_type: 'branch', master_branch: 'main' });

  await git('commit', '-q', '--amend', '-m', 'Another');
  await git('push', '-q', '--force', 'origin', 'feature/x');
  await github.news();
  expect(heard('push')[1]).toMatchObject({ forced: true, before: first });

  await git('push', '-q', 'origin', ':feature/x', 'HEAD:refs/tags/v1');
  expect(await github.news()).toEqual(['create', 'delete', 'push', 'push']);
  expect(heard('push').slice(2)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        ref: 'refs/heads/feature/x',
        deleted: true,
        after: '0'.repeat(40),
        head_commit: null,
      }),
      expect.objectContaining({ ref: 'refs/tags/v1', created: true }),
    ]),
  );
});

test('more than three tags or a hidden ref in one push are not told, and pull request refs cannot be pushed', async () => {
  await git('clone', '-q', url('wes'), '.');
  await git('push', '-q', 'origin', ...[1, 2, 3, 4].map((n) => `HEAD:refs/tags/t${n}`));
  expect(await github.news()).toEqual([]);
  expect((await runGit(folder, 'push', '-q', 'origin', 'HEAD:refs/pull/9/head')).text).toMatch(
    /deny|hidden|rejected/i,
  );
});

test('a person without write access is told so', async () => {
  await git('clone', '-q', url('tess'), '.');
  await commit({ 'x.txt': '1' });

  expect((await runGit(folder, 'push', '-q', 'origin', 'main')).text).toMatch(/403/);
  expect(await github.news()).toEqual([]);
});

test('one commit that is no longer a tip is fetched by its sha, shallow', async () => {
  await git('clone', '-q', url('wes'), 'work');
  const old = (await runGit(join(folder, 'work'), 'rev-parse', 'HEAD')).text.trim();
  const study = github.state.repos.find('acme', 'study');
  const wes = github.state.people.user('wes');
  if (!study || !wes) throw new Error('no seed');
  await github.state.repos.commitFiles({ kind: 'person', user: wes }, study, {
    message: 'On',
    files: new Map([['on.txt', 'on']]),
  });
  await git('init', '-q', 'shallow');

  const fetched = await runGit(join(folder, 'shallow'), 'fetch', '-q', '--depth=1', url('wes'), old);

  expect(fetched).toMatchObject({ code: 0 });
  expect((await runGit(join(folder, 'shallow'), 'rev-list', '--count', 'FETCH_HEAD')).text.trim()).toBe('1');
});

test('a push too large to be sent in one piece arrives, and so does a compressed request', async () => {
  await git('clone', '-q', url('wes'), '.');
  const sha = await commit({ 'large.bin': randomBytes(3 * 1024 * 1024) });
  // Many branches make the next fetch's request long enough for git to compress it.
  await git(
    'push',
    '-q',
    'origin',
    'main',
    ...Array.from({ length: 60 }, (_, n) => `HEAD~0:refs/heads/b${n}`),
  );
  const second = mkdtempSync(join(tmpdir(), 'git-http-'));
  try {
    expect((await runGit(second, 'clone', '-q', '--no-local', url('wes'), '.')).code).toBe(0);
    expect((await runGit(second, 'rev-parse', 'origin/b59')).text.trim()).toBe(sha);
  } finally {
    rmSync(second, { recursive: true, force: true });
  }
});

test('two pushes at the same time are told once each', async () => {
  await git('clone', '-q', url('wes'), '.');
  await commit({ 'x.txt': '1' });

  await Promise.all(['one', 'two'].map((name) => git('push', '-q', 'origin', `HEAD:refs/heads/${name}`)));
  await github.news();

  expect(
    heard('push')
      .map(({ ref }) => ref)
      .sort(),
  ).toEqual(['refs/heads/one', 'refs/heads/two']);
});

test('a pull request follows its branch, and is merged when its commits arrive in the base', async () => {
  await git('clone', '-q', url('wes'), '.');
  await git('checkout', '-q', '-b', 'topic');
  const first = await commit({ 'x.txt': '1' });
  await git('push', '-q', 'origin', 'topic');
  const as = github.tokens['wes'];
  await github.call('POST', '/repos/acme/study/pulls', {
    as,
    body: { title: 'Topic', head: 'topic', base: 'main' },
  });
  const second = await commit({ 'x.txt': '2' });
  await git('push', '-q', 'origin', 'topic');
  await github.news();
  expect(heard('pull_request.synchronize')[0]).toMatchObject({
    before: first,
    after: second,
    pull_request: { head: { sha: second } },
  });

  await git('push', '-q', 'origin', 'topic:main');

  expect(await github.news()).toContain('pull_request.closed');
  expect(heard('pull_request.closed')[0]).toMatchObject({ pull_request: { merged: true, state: 'closed' } });
});
