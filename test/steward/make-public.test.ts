/** Making a repository public: only what is due, and nothing in whose history anything was found. */
import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type VisibilityResult } from '../../src/steward/make-public.ts';
import { HISTORY_LIMITS } from '../../src/steward/history.ts';
import { GitHubTrouble } from '../../src/steward/steward.ts';
import { visibilityWorld } from '../support/visibility-world.ts';

const world = visibilityWorld();
const { study } = world;

const paths = (answer: VisibilityResult | string): string[] | string =>
  typeof answer !== 'string' && answer.state === 'found'
    ? answer.files.map(({ why, path }) => `${why} ${path}`)
    : JSON.stringify(answer);

describe('a repository that is due', () => {
  test('becomes public, which is read back, and is noted as the steward’s own deed', async () => {
    const { repo, ask, opened } = study();

    const answer = await ask();

    expect(answer).toEqual({ state: 'public', already: false, files: 3, rulesets_lost: 0 });
    expect(repo.private).toBe(false);
    expect(opened.get(String(repo.id))).toBe(repo.id);
    expect(await ask()).toEqual({ state: 'public', already: true, files: 0, rulesets_lost: 0 });
  });

  test('keeps its rulesets: one that GitHub switched off on the way is put back in force', async () => {
    const { repo, ask } = study();
    const now = Date.now();
    const ruleset = {
      ...{
        id: 77,
        name: 'History stays',
        target: 'branch' as const,
        enforcement: 'active' as 'active' | 'disabled',
      },
      ...{ bypass_actors: [], rules: [{ type: 'deletion' as const }], createdAt: now, updatedAt: now },
      conditions: { ref_name: { include: ['~ALL'], exclude: [] } },
    };
    repo.rulesets = new Map([[77, ruleset]]);

    const answer = await ask({
      async around(call, work) {
        const done = await work();
        if (call === 'make-public') ruleset.enforcement = 'disabled';
        return done;
      },
    });

    expect(answer).toMatchObject({ state: 'public', rulesets_lost: 0 });
    expect(repo.rulesets.get(77)!.enforcement).toBe('active');
  });

  test('does not pretend: a repository that stayed private is told as such', async () => {
    const { repo, ask } = study();

    const answer = await ask({
      async around(call, work) {
        const done = await work();
        if (call === 'make-public') repo.private = true;
        return done;
      },
    });

    expect(answer).toBe('visibility.stayed-private');
  });

  test.each(['before', 'after'] as const)(
    'killed %s it was made public, the next steward finishes',
    async (when) => {
      const { repo, ask, opened } = study();
      const killed = ask({
        async around(call, work) {
          if (call === 'make-public' && when === 'before') throw new Error('killed');
          const done = await work();
          if (call === 'make-public') throw new Error('killed');
          return done;
        },
      });
      await expect(killed).rejects.toThrow('killed');

      expect(opened.get(String(repo.id))).toBe(repo.id);
      expect(await ask()).toMatchObject({ state: 'public', already: when === 'after' });
      expect(repo.private).toBe(false);
    },
  );
});

describe('what was ever in it', () => {
  test('is found on another branch, in a commit that was taken back, and in a tag', async () => {
    const { repo, commit, git, ask } = study();
    await commit({ 'analysis/outputs/people.txt': 'x\n' }, 'side');
    await commit({ 'people.csv': 'a\n1\n' });
    await commit({ 'people.csv': null });
    const lost = await commit({ 'old.dta': 'x' }, 'gone');
    git('update-ref', 'refs/tags/v0', lost);
    git('update-ref', '-d', 'refs/heads/gone');

    expect(paths(await ask())).toEqual([
      'folder analysis/outputs/people.txt',
      'type old.dta',
      'type people.csv',
    ]);
    expect(repo.private).toBe(true);
  });

  test('is found behind references that no page shows: pull requests, notes, others', async () => {
    const { commit, git, ask } = study();
    for (const [at, ref] of ['refs/pull/1/head', 'refs/notes/commits', 'refs/hidden/x'].entries()) {
      const sha = await commit({ [`secret-${at}.csv`]: `${at}\n` }, `b${at}`);
      git('update-ref', ref, sha);
      git('update-ref', '-d', `refs/heads/b${at}`);
    }

    expect(paths(await ask())).toEqual(['type secret-0.csv', 'type secret-1.csv', 'type secret-2.csv']);
  });

  test('is found where no commit leads: tags of files, of trees, of tags', async () => {
    const { commit, git, ask } = study();
    const sha = await commit({ 'inner/table.csv': 'a\n' }, 'inner');
    git('update-ref', '-d', 'refs/heads/inner');
    git('update-ref', 'refs/tags/file', git('rev-parse', `${sha}:inner/table.csv`));
    git('tag', '-a', '-m', 'x', 'tagged', git('rev-parse', `${sha}:inner`));
    git('tag', '-a', '-m', 'x', 'twice', 'tagged');

    expect(paths(await ask())).toEqual([
      'reference refs/tags/file',
      'reference refs/tags/tagged',
      'reference refs/tags/twice',
      'type table.csv',
    ]);
  });

  test('is found when it came in with a merge alone, and under each of its names', async () => {
    const { commit, git, ask } = study();
    const base = await commit({ 'codelists/same.csv': 'same\n' });
    const [left, right] = [await commit({ 'l.md': 'l' }, 'left'), await commit({ 'r.md': 'r' }, 'right')];
    const blob = git('rev-parse', `${base}:codelists/same.csv`);
    const tree = execTree(git, left, blob);
    git('update-ref', 'refs/heads/main', git('commit-tree', tree, '-p', left, '-p', right, '-m', 'Merge'));

    expect(paths(await ask())).toEqual(['type evil.csv']);
  });

  test('is found in Git LFS, where only a pointer stands', async () => {
    const { commit, ask } = study();
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 123456789\n`;
    await commit({ 'weights.bin': pointer });

    expect(paths(await ask())).toEqual(['large weights.bin']);
  });

  test('is read, too: a key in a commit that was taken back is told by path, kind and commit, never by its text', async () => {
    const { repo, commit, git, ask, g } = study();
    const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
    const key = `-----${'BEGIN'} PRIVATE KEY-----\n${line}\n`;
    const text = `${'x'.repeat(200_000)}\n${key}`;
    const came = await commit({ 'codelists/key.txt': text, 'code.py': 'x = 1\n' });
    await commit({ 'codelists/key.txt': null });
    await commit({ '.env': 'DB_PASSWORD=h7Qz-pl\n', 'env.py': 'DB_PASSWORD=h7Qz-pl\n' }, 'side');

    const answer = await ask();

    expect(answer).toEqual({
      state: 'found',
      count: 2,
      files: [
        {
          ...{ why: 'secret', secret: 'env-file', path: '.env', size: 20 },
          ...{ object: git('rev-parse', 'side:.env'), commit: git('rev-parse', 'side') },
        },
        {
          ...{ why: 'secret', secret: 'private-key', path: 'codelists/key.txt', size: text.length },
          ...{ object: git('rev-parse', `${came}:codelists/key.txt`), commit: came },
        },
      ],
    });
    expect(JSON.stringify(answer)).not.toMatch(/MII|h7Qz/);
    expect(repo.private).toBe(true);
    g.projects[0]!.repos[0]!.cleared = (answer as { files: { object: string }[] }).files.map(
      ({ object }) => ({
        ...{ object, reason: 'Replaced everywhere', ref: 'GOV-11' },
      }),
    );
    expect(await ask()).toMatchObject({ state: 'public' });
  });

  test('may go when governance has cleared exactly these bytes', async () => {
    const { commit, git, ask, g, repo } = study();
    const sha = await commit({ 'dummy.csv': 'made up\n' });
    const object = git('rev-parse', `${sha}:dummy.csv`);
    g.projects[0]!.repos[0]!.cleared = [{ object, reason: 'Made up', ref: 'GOV-9' }];
    await commit({ 'dummy.csv': 'real\n' });
    expect(paths(await ask())).toEqual(['type dummy.csv']);

    g.projects[0]!.repos[0]!.cleared.push({
      object: git('rev-parse', 'main:dummy.csv'),
      reason: 'Made up too',
      ref: 'GOV-10',
    });
    expect(await ask()).toMatchObject({ state: 'public' });
    expect(repo.private).toBe(false);
  });

  test('of more files than anybody reads, the most telling are told, and the count is of all', async () => {
    const { commit, ask } = study();
    const many = Object.fromEntries(Array.from({ length: 230 }, (_, at) => [`data/${at}.csv`, `${at}`]));
    await commit({ ...many, [`output/${'deep/'.repeat(80)}x.txt`]: 'x' });

    const answer = await ask();

    expect(answer).toMatchObject({
      state: 'found',
      count: 231,
      files: { length: 200, 0: { why: 'folder' } },
    });
    expect(Math.max(...(answer as { files: { path: string }[] }).files.map(({ path }) => path.length))).toBe(
      300,
    );
  });

  test('that is too large to look through makes nothing public, and leaves no copy behind', async () => {
    const { commit, ask, repo } = study();
    await commit(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`f${at}.py`, `${at}`])));

    expect(await ask({ limits: { ...HISTORY_LIMITS, files: 20 } })).toBe('visibility.too-much');
    expect(await ask({ limits: { ...HISTORY_LIMITS, bytes: 100 } })).toBe('visibility.too-much');
    expect(await ask({ limits: { ...HISTORY_LIMITS, contents: 50 } })).toBe('visibility.too-much');
    expect(repo.private).toBe(true);
    expect(existsSync(join(world.dir, `scan-${repo.id}`))).toBe(false);
  });

  test('and was pushed while it was looked through is looked at first', async () => {
    const { git, ask, repo } = study();
    const limits = {
      ...HISTORY_LIMITS,
      get files(): number {
        git('update-ref', 'refs/heads/late', 'refs/heads/main');
        return HISTORY_LIMITS.files;
      },
    };

    await expect(ask({ limits })).rejects.toThrow(GitHubTrouble);
    expect(repo.private).toBe(true);
    expect(await ask()).toMatchObject({ state: 'public' });
  });
});

describe('a hub that asks for what is not due', () => {
  test('is refused: the day before, and with a first run that it moved before the project began', async () => {
    const { ask, repo, g } = study();

    expect(await ask({ today: '2027-02-28' })).toBe('visibility.not-due');
    expect(await ask({ start: '2020-01-01', today: '2026-11-21' })).toBe('visibility.not-due');
    expect(await ask({ start: null })).toBe('visibility.not-due');
    g.projects[0]!.repos[0]!.extensions = [
      { on: '2027-01-01', until: '2028-03-01', reason: 'Still at work', ref: 'GOV-1' },
    ];
    expect(await ask()).toBe('visibility.not-due');
    expect(repo.private).toBe(true);
  });

  test('is believed as soon as this steward has verified a publication from there', async () => {
    const { ask, repo } = study();

    expect(await ask({ start: null })).toBe('visibility.not-due');
    expect(await ask({ start: null, published: true })).toMatchObject({ state: 'public' });
    expect(repo.private).toBe(false);
  });

  test('is refused repositories of nobody, of other purposes, of others, and exempt ones', async () => {
    const { ask, repo, g } = study();
    const [project] = g.projects;

    expect(await ask({ repository: 9005 })).toBe('visibility.not-of-project');
    expect(await ask({ owner: 'elsewhere' })).toBe('visibility.other-owner');
    project!.repos.push({ id: 9005, visibility: 'public', extensions: [], cleared: [] });
    expect(await ask({ repository: 9005 })).toBe('visibility.kept-private');
    project!.repos.push({ id: 70999, visibility: 'public', extensions: [], cleared: [] });
    expect(await ask({ repository: 70999 })).toBe('visibility.gone');
    project!.repos[0]!.exempt = { reason: 'A tool', ref: 'GOV-2' };
    repo.topics = ['non-research'];
    expect(await ask()).toBe('visibility.exempt');
    expect(repo.private).toBe(true);
    repo.topics = [];
    repo.archived = true;
    expect(await ask()).toBe('visibility.archived');
  });
});

/** The tree of a commit with one more file. */
function execTree(git: (...args: string[]) => string, commit: string, blob: string): string {
  const entries = git('ls-tree', commit);
  const made = execFileSync('git', ['mktree'], {
    input: `${entries}\n100644 blob ${blob}\tevil.csv\n`,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], GIT_DIR: gitDir(git) },
  });
  return made.trim();
}
const gitDir = (git: (...args: string[]) => string): string => git('rev-parse', '--absolute-git-dir');
