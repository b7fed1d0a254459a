/** `sallyport github status`: the checks of a commit, once or until all have ended. */
import { setTimeout as wait } from 'node:timers/promises';
import { refusal, Refused } from '../lib/refusal.ts';
import { GithubApi, type CheckRun } from './github-api.ts';
import { originOf, shaOf } from './github-clone.ts';
import { githubPlace } from './github-place.ts';
import { checkLines, hasEnded, hasFailed, jobsOf } from './github-show.ts';
import type { GithubStatusFlags } from './github.ts';

interface Out {
  write(text: string): unknown;
}

export async function githubStatus(
  ref: string,
  { repo, every, watch, json }: GithubStatusFlags,
  out: Out,
  { env = process.env, dir = '.' }: { env?: NodeJS.ProcessEnv; dir?: string } = {},
): Promise<number> {
  const place = githubPlace(env, repo, await originOf(dir));
  const api = new GithubApi(place);
  const here = repo === undefined ? await shaOf(dir, ref) : undefined;
  const sha = await api.commit(here ?? ref);
  if (sha === undefined) throw new Refused(notThere(ref));
  let shown = '';
  for (;;) {
    const checks = await api.checks(sha);
    const isOver = checks.length > 0 && checks.every(hasEnded);
    const text = json ? jsonOf(sha, checks) : textOf(sha, checks);
    // A program reads one object, at the end; a person what is new.
    if (text !== shown && (!json || !watch || isOver)) out.write(`${text}\n`);
    shown = text;
    if (!watch || isOver) return checks.some(hasFailed) ? 1 : 0;
    await wait(every * 1000);
  }
}

function textOf(sha: string, checks: readonly CheckRun[]): string {
  const lines = checks.length > 0 ? checkLines(checks) : ['There is no check on it yet.'];
  return [`commit ${sha}`, ...lines].join('\n');
}

function jsonOf(sha: string, checks: readonly CheckRun[]): string {
  const shown = checks.map((check) => {
    const [head = [], ...rows] = jobsOf(check);
    const jobs = rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ''])));
    const { name, status, conclusion, html_url: address, output } = check;
    return { name, status, conclusion, title: output.title, address, ...(jobs.length > 0 && { jobs }) };
  });
  return JSON.stringify({ commit: sha, checks: shown }, null, 2);
}

const notThere = (ref: string) =>
  refusal(
    'github.not-pushed',
    `GitHub has no commit ${JSON.stringify(ref.slice(0, 100))} in this repository.`,
    'Run "git push", or name a commit or branch that is there.',
  );
