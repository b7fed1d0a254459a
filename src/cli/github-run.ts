/** `sallyport github run`: the slash command, written on the commit that is checked out, and what comes back. */
import { setTimeout as wait } from 'node:timers/promises';
import { refusal, Refused } from '../lib/refusal.ts';
import { GithubApi, type CheckRun, type Comment } from './github-api.ts';
import { isChanged, originOf, refuseActions, shaOf } from './github-clone.ts';
import { githubPlace } from './github-place.ts';
import { checkLines, hasEnded, hasFailed, plainAnswer } from './github-show.ts';
import type { GithubRunFlags } from './github.ts';

interface Out {
  write(text: string): unknown;
}

/** The App answers within seconds when it is there; a minute is much more than a busy one takes. */
const ANSWER_MS = 120_000;

export async function githubRun(
  actions: readonly string[],
  flags: GithubRunFlags,
  out: Out,
  { env = process.env, dir = '.' }: { env?: NodeJS.ProcessEnv; dir?: string } = {},
): Promise<number> {
  const command = commandOf(actions, flags);
  const sha = await shaOf(dir, 'HEAD');
  if (sha === undefined) throw new Refused(noCommit());
  await refuseActions(dir, sha, actions);
  const place = githubPlace(env, flags.repo, await originOf(dir));
  const api = new GithubApi(place);
  if ((await api.commit(sha)) === undefined) throw new Refused(notPushed(sha));
  const say = (text: string): void => void out.write(`${text}\n`);
  if (await isChanged(dir)) say('note: what you changed and did not commit will not run');
  const asked = await api.commentOnCommit(sha, command);
  say(`${command}\nwritten on ${sha.slice(0, 12)}: ${asked.html_url}`);
  const answer = await answerTo(asked, sha, api, flags.every);
  if (!answer) throw new Refused(noAnswer(asked.html_url));
  say(plainAnswer(answer.body));
  const request = /\brequest `([a-z0-9]{16})` was made\b/.exec(answer.body)?.[1];
  if (request === undefined) return isTaken(answer.body) ? 0 : 1;
  return flags.watch ? follow(`sallyport/run ${request}`, sha, api, flags.every, say) : 0;
}

/** Names were found in project.yaml, and that of a backend has the form of one: nothing else gets into the comment. */
function commandOf(actions: readonly string[], { backend, forceDeps, notify }: GithubRunFlags): string {
  if (backend !== undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(backend))
    throw new Refused(
      refusal(
        'github.bad-backend',
        `${JSON.stringify(backend)} is not the name of a backend.`,
        'Use letters, digits and "-".',
      ),
    );
  return [
    '/run',
    ...actions,
    ...(backend === undefined ? [] : ['--backend', backend]),
    ...(forceDeps ? ['--force-deps'] : []),
    ...(notify === undefined ? [] : ['--notify', notify]),
  ].join(' ');
}

/** By an App, to this comment: what other people write is no answer. */
async function answerTo(
  asked: Comment,
  sha: string,
  api: GithubApi,
  every: number,
): Promise<Comment | undefined> {
  const marker = new RegExp(`^<!-- sallyport:reply:\\d+:commit:${asked.id} -->`);
  const until = performance.now() + Math.max(ANSWER_MS, every * 2000);
  while (performance.now() < until) {
    const found = (await api.comments(sha)).find(
      ({ body, user }) => user?.type === 'Bot' && marker.test(body),
    );
    if (found) return found;
    await wait(every * 1000);
  }
  return undefined;
}

/** A refusal ends with its code. */
const isTaken = (body: string): boolean => !/\([a-z-]+\.[a-z.-]+\)\s*(?:\n|$)/.test(body);

async function follow(
  name: string,
  sha: string,
  api: GithubApi,
  every: number,
  say: (text: string) => void,
): Promise<number> {
  let shown = '';
  for (;;) {
    const check = (await api.checks(sha)).find((one) => one.name === name);
    const text = check ? checkLines([check]).join('\n') : '';
    if (text !== shown) say(text);
    shown = text;
    if (check && hasEnded(check)) return endOf(check);
    await wait(every * 1000);
  }
}

const endOf = (check: CheckRun): number => (hasFailed(check) ? 1 : 0);

const noCommit = () =>
  refusal('github.no-commit', 'This folder is no clone with a commit.', 'Go to your clone of the study.');

const notPushed = (sha: string) =>
  refusal(
    'github.not-pushed',
    `GitHub does not have the commit that is checked out (${sha.slice(0, 12)}).`,
    'Run "git push", then try again.',
  );

const noAnswer = (address: string) =>
  refusal(
    'github.no-answer',
    'The command stands there, but nobody has answered it yet.',
    `Look at ${address}; whether the App is installed on the repository, its owner can say.`,
  );
