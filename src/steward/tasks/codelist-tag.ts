/**
 * A tag for a published version. The steward looks for itself: whether the pull request was merged, who signed its
 * head off by governance in force, and that what was merged are the bytes that were signed.
 */
import { isSigned, requestedBy, signingOf } from '../../codelists/codelists.ts';
import { personById, type Governance } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import type { PayloadOf } from '../../protocol/steward-tasks.ts';
import { PullGitHub, type SeenPull, type SeenRepository } from '../pull-github.ts';
import { no } from '../codelist-words.ts';
import type { StewardParts } from '../handle.ts';
import { no as stewardNo } from '../words.ts';
import { NotNow } from './not-now.ts';
import type { TaskRule } from './tasks.ts';

export const tagCodelist: TaskRule<'codelist-tag'> = {
  async carryOut(parts, payload) {
    const found = await registryFor(parts, payload.repository);
    if (isRefusal(found)) return found;
    const { g, github, repository } = found;
    const pull = await github.pull(repository, payload.pull);
    if (!pull?.merged_at || pull.head.sha !== payload.head || pull.merge_commit_sha !== payload.commit)
      return no.notMerged();
    const against =
      (await unsigned(github, repository, pull, g, parts)) ?? (await differs(github, repository, payload));
    if (against) return against;
    const there = await github.tag(repository, payload.line);
    if (there === undefined) await github.createRef(repository, `refs/tags/${payload.line}`, payload.commit);
    else if (there !== payload.commit) return no.tagTaken(payload.line);
    return { tag: payload.line, commit: payload.commit };
  },
};

/** The one repository that merged governance names, of the organisation that governs. */
export async function registryFor(
  parts: StewardParts,
  id: number,
): Promise<{ g: Governance; github: PullGitHub; repository: SeenRepository } | Refusal> {
  const g = await parts.governance();
  if (!g) throw new NotNow(stewardNo.governance());
  if (g.deployment.github.repos['codelists'] !== id) return no.noRegistry();
  const { owner } = parts.mirror.repository;
  const github = new PullGitHub(parts.github, owner, 'codelist');
  const repository = await github.repository(id);
  if (!repository || repository.archived || repository.owner.login.toLowerCase() !== owner.toLowerCase())
    return no.outOfReach();
  return { g, github, repository };
}

async function unsigned(
  github: PullGitHub,
  repository: SeenRepository,
  pull: SeenPull,
  g: Governance,
  { clock }: StewardParts,
): Promise<Refusal | undefined> {
  const [reviews, commits] = [
    await github.reviews(repository, pull.number),
    await github.commits(repository, pull.number),
  ];
  const makers = new Set([
    ...(pull.user ? [pull.user.id] : []),
    ...commits.flatMap(({ author, commit }) => [
      ...(author ? [author.id] : []),
      ...requestedBy(commit.message),
    ]),
  ]);
  const today = isoDay(clock.now());
  const signing = signingOf({
    head: pull.head.sha,
    reviews: reviews.flatMap(({ user, state, commit_id, submitted_at }) =>
      user
        ? [
            {
              person: user.id,
              isPerson: user.type === 'User',
              state,
              commit: commit_id ?? null,
              inTime: isInTime(submitted_at, pull.merged_at),
            },
          ]
        : [],
    ),
    makers,
    isMember: (id) => (personById(g, id)?.until ?? '') >= today,
  });
  return isSigned(signing) ? undefined : no.notSigned();
}

/** What is said after the merge signs nothing off. */
function isInTime(said: string | null | undefined, merged: string | null | undefined): boolean {
  return Date.parse(said ?? '') <= Date.parse(merged ?? '');
}

/** By git's own name of the bytes, so that a list of any length is compared without reading it. */
async function differs(
  github: PullGitHub,
  repository: SeenRepository,
  { line, head, commit }: PayloadOf<'codelist-tag'>,
): Promise<Refusal | undefined> {
  const [signed, merged] = [
    await github.blob(repository, `${line}.csv`, head),
    await github.blob(repository, `${line}.csv`, commit),
  ];
  return signed !== undefined && signed === merged ? undefined : no.otherBytes();
}
