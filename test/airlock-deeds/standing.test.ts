/** Whether the commit behind a file is still in its repository, and merged: what git says, at a real remote. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { standingFrom, type StandingOf } from '../../agent/airlock/deeds/standing.ts';
import { Mirrors } from '../../agent/store/mirror.ts';
import { fixedClock, minutes } from '../../src/lib/clock.ts';
import { gitFetch } from '../../src/lib/git.ts';
import { gitUpstream, type GitUpstream } from '../support/git-upstream.ts';

let upstream: GitUpstream;
let dir: string;
let repository: string;
let count = 0;
let fetches: string[];
let standing: StandingOf;
const clock = fixedClock('2026-10-01T12:00:00Z');
const { signal } = new AbortController();

beforeAll(async () => {
  upstream = await gitUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-standing-'));
  repository = `northshire-research/merged-${++count}`;
  git('init', '-q', '--bare', '-b', 'trunk', join(upstream.root, `${repository}.git`));
  fetches = [];
  const mirrors = new Mirrors(
    join(dir, 'mirrors'),
    async ({ dir: into, owner, name, refspecs, prune, signal: stop }) => {
      fetches.push(refspecs[0]!);
      await gitFetch({
        dir: into,
        url: `${upstream.origin}/${owner}/${name}`,
        refspecs,
        prune,
        signal: stop,
      });
    },
    clock,
  );
  standing = standingFrom(mirrors);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const closed = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
const who = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.edu',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.edu',
};
const git = (...args: string[]): string =>
  execFileSync('git', args, { encoding: 'utf8', env: { ...closed, ...who } }).trim();
const remote = (...args: string[]): string => git('-C', join(upstream.root, `${repository}.git`), ...args);

function commit(branch: string, message: string, ...parents: string[]): string {
  const tree = remote('hash-object', '-t', 'tree', '-w', '/dev/null');
  const sha = remote('commit-tree', tree, '-m', message, ...parents.flatMap((parent) => ['-p', parent]));
  remote('update-ref', `refs/heads/${branch}`, sha);
  return sha;
}

const asked = (sha: string, more: object = {}) =>
  standing({ repo: `https://github.com/${repository}`, repository: 4711, commit: sha, ...more }, signal);

test('the default branch is the one that HEAD names, whatever it is called', async () => {
  const first = commit('trunk', 'one');
  const side = commit('main', 'two', first);

  expect(await asked(first)).toBe('default');
  expect(await asked(side)).toBe('branch');
});

test('what is merged later is merged, after at most a minute', async () => {
  const first = commit('trunk', 'one');
  const side = commit('topic/a', 'two', first);
  expect(await asked(side)).toBe('branch');
  commit('trunk', 'merge', first, side);
  expect(await asked(side)).toBe('branch');

  clock.advance(minutes(1));

  expect(await asked(side)).toBe('default');
});

test('a commit that was forced away, or whose branch was deleted, is on none, though it is held here still', async () => {
  const first = commit('trunk', 'one');
  const side = commit('topic', 'two', first);
  const forced = commit('trunk', 'three', first);
  expect([await asked(side), await asked(forced)]).toEqual(['branch', 'default']);
  remote('update-ref', '-d', 'refs/heads/topic');
  // A branch whose name is below that of the one that went.
  commit('topic/more', 'five', first);
  commit('trunk', 'four', first);

  clock.advance(minutes(1));

  expect([await asked(side), await asked(forced), await asked(first)]).toEqual(['none', 'none', 'default']);
});

test('a commit that was pushed after the last look is looked for, not judged by that', async () => {
  const first = commit('trunk', 'one');
  expect(await asked(first)).toBe('default');
  const second = commit('trunk', 'two', first);

  expect(await asked(second)).toBe('default');
});

test('one look serves all commits of a repository, and a merged one needs no look at other branches', async () => {
  const first = commit('trunk', 'one');
  const second = commit('trunk', 'two', first);

  expect([await asked(first), await asked(second)]).toEqual(['default', 'default']);
  expect(fetches).toEqual(['+HEAD:refs/sallyport/default']);
});

test('what nobody can say is unknown: no repository, none there any more, no commit, the network away', async () => {
  const sha = commit('trunk', 'one');

  expect(await asked(sha, { repository: 0 })).toBe('unknown');
  expect(await asked(sha, { repo: 'https://github.com/northshire-research/gone', repository: 4712 })).toBe(
    'unknown',
  );
  expect(await asked('HEAD')).toBe('unknown');
  upstream.intercept = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };
  expect(await asked(sha)).toBe('unknown');
  upstream.intercept = undefined;
  expect(await asked(sha)).toBe('default');
});
