/**
 * The task `onboard`. The hub names a repository and nothing else: whether it may be written to, and what is offered,
 * the steward finds in merged governance and its own templates. One branch per round, one pull request per branch.
 */
import type { Governance } from '../../governance/governance.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import type { PayloadOf, ResultOf } from '../../protocol/steward-tasks.ts';
import { PullGitHub, type SeenPull, type SeenRepository } from '../pull-github.ts';
import { GitHubTrouble } from '../github.ts';
import type { StewardParts } from '../handle.ts';
import { body, commitMessage, no, TITLE } from '../onboard-words.ts';
import { digestOf, skeletonFor, type SkeletonFile } from '../skeleton.ts';
import { no as stewardNo } from '../words.ts';
import { NotNow } from './not-now.ts';
import type { TaskRule } from './tasks.ts';

type Payload = PayloadOf<'onboard'>;
type Result = ResultOf<'onboard'>;

interface Place {
  github: PullGitHub;
  repository: SeenRepository;
  head: string;
}

export const onboard: TaskRule<'onboard'> = {
  async carryOut(parts, payload) {
    const g = await parts.governance();
    if (!g) throw new NotNow(stewardNo.governance());
    const place = await placeFor(parts, g, payload);
    if (isRefusal(place)) return place;
    const { github, repository, head } = place;
    const branch = payload.round === 1 ? 'sallyport/onboarding' : `sallyport/onboarding-${payload.round}`;
    const pull = await github.pullOf(repository, branch);
    if (pull && pull.state !== 'open')
      return { state: pull.merged_at ? 'merged' : 'closed', pull: pull.number };
    if ((await github.blob(repository, 'project.yaml', head)) !== undefined) return { state: 'not-needed' };
    const files = skeletonFor(g, parts.clock.now(), repository.name);
    if (!files) return no.noImage();
    return pull ? keep(parts, place, pull, branch, files) : offer(place, branch, files);
  },
};

async function placeFor(
  parts: StewardParts,
  g: Governance,
  { repository: id, owner }: Payload,
): Promise<Place | Refusal> {
  const { code_orgs: orgs, repos, review_repos: reviews } = g.deployment.github;
  const held = (name: string): boolean => orgs.some((org) => org.toLowerCase() === name.toLowerCase());
  if (!held(owner)) return no.otherOwner(owner);
  if ([...Object.values(repos), ...Object.values(reviews)].includes(id)) return no.otherPurpose(id);
  const github = new PullGitHub(parts.github, owner, 'onboarding');
  const repository = await reached(() => github.repository(id));
  if (!repository || repository.archived) return no.outOfReach();
  const { login } = repository.owner;
  if (!held(login)) return no.otherOwner(login);
  const full = `${login}/${repository.name}`.toLowerCase();
  if (Object.values(reviews).some((name) => typeof name === 'string' && name.toLowerCase() === full))
    return no.otherPurpose(id);
  const head = await reached(() => github.head(repository, repository.default_branch));
  return head === undefined ? no.empty() : { github, repository, head };
}

/** Undefined where the App is not installed. */
async function reached<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const away = error instanceof GitHubTrouble && [403, 404, 422].includes(error.status);
    if (away && ['organisation', 'token'].includes(error.call)) return undefined;
    throw error;
  }
}

/** What is there already is not touched. */
async function offer(
  { github, repository, head }: Place,
  branch: string,
  files: readonly SkeletonFile[],
): Promise<Result> {
  const tip = await github.head(repository, branch);
  const [added, left] = await apart({ github, repository, head }, files);
  if (tip === undefined) {
    const commit = await committed(github, repository, head, added, false);
    await github.createRef(repository, `refs/heads/${branch}`, commit);
  }
  const paths = (list: readonly SkeletonFile[]): string[] => list.map(({ path }) => path);
  const { number } = await github.openPull(repository, {
    branch,
    title: TITLE,
    body: body(paths(added), paths(left)),
  });
  return { state: 'open', pull: number, skeleton: digestOf(files), touched: false };
}

/** Brought up to date while nobody but us pushed to it. */
async function keep(
  parts: StewardParts,
  place: Place,
  pull: SeenPull,
  branch: string,
  files: readonly SkeletonFile[],
): Promise<Result> {
  const { github, repository } = place;
  const bot = await parts.github.botLogin();
  const commits = await github.commits(repository, pull.number);
  const touched = commits.some(({ author }) => author?.login !== bot);
  const result = { state: 'open', pull: pull.number, skeleton: digestOf(files), touched } as const;
  if (touched) return result;
  const [added] = await apart(place, files);
  const changed: SkeletonFile[] = [];
  for (const file of added) {
    const wanted = await github.putBlob(repository, file.text);
    if ((await github.blob(repository, file.path, pull.head.sha)) !== wanted) changed.push(file);
  }
  if (changed.length === 0) return result;
  await github.move(repository, branch, await committed(github, repository, pull.head.sha, changed, true));
  return result;
}

async function apart(
  { github, repository, head }: Place,
  files: readonly SkeletonFile[],
): Promise<[added: SkeletonFile[], left: SkeletonFile[]]> {
  const there = await Promise.all(files.map(({ path }) => github.blob(repository, path, head)));
  return [
    files.filter((_file, at) => there[at] === undefined),
    files.filter((_file, at) => there[at] !== undefined),
  ];
}

function committed(
  github: PullGitHub,
  repository: SeenRepository,
  parent: string,
  files: readonly SkeletonFile[],
  again: boolean,
): Promise<string> {
  const entries = files.map(({ path, text }) => [path, text] as const);
  return github.commit(repository, parent, commitMessage(again), entries);
}
