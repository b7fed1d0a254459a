/** `sallyport init --git`: a first commit with what was written, and nothing else. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InitFlags } from '../../src/cli/init.ts';
import { filesIn, initIn } from '../support/init.ts';

let top: string;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'init-'));
});
afterEach(() => rmSync(top, { recursive: true }));

const at = (...names: string[]): string => path.join(top, ...names);
const init = (folder: string, flags: Partial<InitFlags> = {}) => initIn(top, folder, flags);

function put(name: string, text: string): void {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
}

const GIT = { GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_DATE: '2026-11-21T09:00:00Z' };

/** git as somebody has set it up, or nobody: nothing of this machine counts. */
async function asGit<T>(identity: string, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  writeFileSync(at('gitconfig'), identity);
  Object.assign(process.env, { ...GIT, GIT_CONFIG_GLOBAL: at('gitconfig'), HOME: top });
  try {
    return await work();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
const SOMEBODY = '[user]\n\tname = Somebody\n\temail = somebody@example.org\n';
const git = (folder: string, ...words: string[]): string =>
  spawnSync('git', words, { cwd: at(folder), encoding: 'utf8', env: process.env }).stdout;

test('with --git one commit holds what was written, and nothing that must be committed is ignored', () =>
  asGit(SOMEBODY, async () => {
    const { said } = await init('s', { git: true });
    expect(said).toContain(`Committed: ${filesIn(at('s')).length} files.`);
    expect(said).not.toContain('git init');
    expect(git('s', 'status', '--porcelain')).toBe('');
    expect(git('s', 'log', '--format=%s %an %D')).toBe('Begin the study Somebody HEAD -> main\n');
    expect(git('s', 'ls-tree', '-r', '--name-only', 'HEAD').trimEnd().split('\n').sort()).toEqual(
      filesIn(at('s')),
    );
    const committed = ['codelists/a-b.csv', 'codelists/codelists.json', 'local_codelists/own.csv', 'LICENSE'];
    const made = ['output/table.csv', 'metadata/generate.log', 'analysis/__pycache__/x.pyc'];
    expect(
      git('s', 'check-ignore', '--', ...committed, ...made)
        .trimEnd()
        .split('\n'),
    ).toEqual(made);
    expect(git('s', 'check-attr', 'eol', 'diff', '--', 'output/table.csv')).toBe(
      'output/table.csv: eol: lf\noutput/table.csv: diff: unset\n',
    );
    expect((await init('s', { git: true })).said).toContain('There was nothing to commit.');
  }));

test('in a repository that is there only what was written is committed, and what it ignores is left out', () =>
  asGit(SOMEBODY, async () => {
    put('s/theirs', 'staged');
    put('s/.gitignore', '.vscode\n');
    git('s', 'init', '-q', '-b', 'trunk');
    git('s', 'add', 'theirs');
    const { said, code } = await init('s', { git: true });
    expect(code).toBe(0);
    expect(said).toMatch(/Committed: \d+ files\./);
    expect(git('s', 'status', '--porcelain')).toBe('A  theirs\n?? .gitignore\n');
    const below = await init('s/studies/one', { git: true });
    expect(below.said).toContain('at the top of a repository only, which is /work/s.');
    expect(git('s', 'log', '--format=%s %D')).toBe('Begin the study HEAD -> trunk\nBegin the study \n');
  }));

test('when git does not know who commits, the files are there and it is said', () =>
  asGit('[user]\n\tuseConfigOnly = true\n', async () => {
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect((await init('s', { git: true })).code).toBe(1);
      expect(said.mock.calls.join('')).toMatch(/it does not know who you are .*\(init\.not-committed\)\n$/);
    } finally {
      said.mockRestore();
    }
    expect(existsSync(at('s', 'project.yaml'))).toBe(true);
  }));

test('where git is missing, the files are there and it is said', () =>
  asGit(SOMEBODY, async () => {
    process.env['PATH'] = at('nothing');
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect((await init('s', { git: true })).code).toBe(1);
      expect(said.mock.calls.join('')).toMatch(/\(init\.no-git\)\n$/);
    } finally {
      said.mockRestore();
    }
  }));
