/** The first commit of a study. The person's own git with their own settings: the commit is theirs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';
import { no } from './init-words.ts';

const MESSAGE = 'Begin the study';

/** The folder at the top of the repository in which this one is; undefined in none. */
export function repositoryAbove(folder: string): string | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return at;
    if (path.dirname(at) === at) return undefined;
  }
}

/** Commits these files and nothing else; those that the repository ignores are left out. Answers how many. */
export function commit(folder: string, files: readonly string[]): number | Refusal {
  const inside = repositoryAbove(folder) !== undefined;
  const made = inside ? '' : git(folder, ['init', '--quiet', '--initial-branch=main']);
  if (isRefusal(made)) return made;
  if (files.length === 0) return 0;
  const ignored = git(folder, ['check-ignore', '-z', '--stdin'], `${files.join('\0')}\0`, [0, 1]);
  if (isRefusal(ignored)) return ignored;
  const taken = files.filter((file) => !ignored.split('\0').includes(file));
  if (taken.length === 0) return 0;
  for (const words of [
    ['add', '--', ...taken],
    ['commit', '--quiet', `--message=${MESSAGE}`, '--', ...taken],
  ]) {
    const done = git(folder, words);
    if (isRefusal(done)) return done;
  }
  return taken.length;
}

function git(
  folder: string,
  words: readonly string[],
  input = '',
  fine: readonly number[] = [0],
): string | Refusal {
  const done = spawnSync('git', words, { cwd: folder, input, encoding: 'utf8', env: process.env });
  if (done.error) return no.noGit();
  if (done.status !== null && fine.includes(done.status)) return done.stdout;
  return no.notCommitted(reason(done.stderr));
}

/** Git explains at length; the person needs the line that says what is wrong. */
function reason(said: string): string {
  if (/user\.(?:name|email)|identity/i.test(said))
    return 'it does not know who you are (git config --global user.name "…", then user.email)';
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  return printable(
    (lines.find((line) => /^(?:fatal|error):/.test(line)) ?? lines[0] ?? 'it said nothing').slice(0, 300),
  );
}
