/**
 * A change of governance as a pull request: written on what is merged and valid, in the fork that nobody is
 * governed by, and decided by people. What is asked for is an edit that says what it does; its files are ours.
 */
import {
  applyEditWhole,
  isGovernancePath,
  readGovernance,
  whyNotPropose,
  type Edit,
  type Governance,
} from '../../governance/governance.ts';
import { hasCommit, readTexts } from '../../lib/git-objects.ts';
import { gitFetch } from '../../lib/git.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import type { PayloadOf, ResultOf } from '../../protocol/steward-tasks.ts';
import type { StewardParts } from '../handle.ts';
import { no } from '../words.ts';
import { commitFiles, mergedTree, pushBranch } from './change-commit.ts';
import { NotNow } from './not-now.ts';
import {
  closePull,
  forkById,
  openPull,
  pullOf,
  writeHeader,
  type Places,
  type ProposedPull,
} from './proposal-github.ts';
import { withTheirs, workOn } from './others-work.ts';
import type { TaskRule } from './tasks.ts';

type Payload = PayloadOf<'propose'>;
type Result = ResultOf<'propose'>;

export const proposeChange: TaskRule<'propose'> = {
  async carryOut(parts, payload, { askedAt }) {
    const g = await parts.governance();
    if (!g) throw new NotNow(no.governance());
    const places = await placesOf(parts, g);
    if (isRefusal(places)) return places;
    const branch = `proposal/${payload.proposal}`;
    const there = await pullOf(parts.github, places, branch);
    if (there?.merged_at) return { state: 'merged', pull: there.number };
    if (payload.want === 'closed') return close(parts, places, there);
    // Closed by people: it is not opened again behind their backs.
    if (there?.state === 'closed') return { state: 'closed', pull: there.number };
    const edit: Edit = payload.edit;
    const against = whyNotPropose(g, edit, payload.askedBy.id, parts.clock.now());
    if (against) return against;
    const { dir } = parts.mirror;
    const files = applyEditWhole(await textsAt(dir, g.commit), edit);
    if (isRefusal(files)) {
      if (files.code !== 'edit.nothing') return files;
      if (there) await closePull(parts.github, places, there.number);
      return { state: 'merged', pull: there?.number ?? null };
    }
    if (there && (await stillFits(parts, places, g, there))) return opened(there);
    const author = await parts.github.author();
    const by = { author, at: askedAt, message: messageOf(payload) };
    const ours = await commitFiles(dir, { base: g.commit, files, ...by });
    const commit = there ? await inPlaceOf(dir, g, there, ours, by) : ours;
    // People settle it on the pull request, whose checks say what is wrong.
    if (there && (commit === undefined || commit === there.head.sha)) return opened(there);
    const authorization = await writeHeader(parts.github, places);
    const url = gitUrl(parts, places);
    await pushBranch(dir, { url, authorization, commit: commit ?? ours, branch, instead: there?.head.sha });
    if (there) return { ...opened(there), head: commit ?? ours };
    const { title, why: body } = payload;
    return opened(await openPull(parts.github, places, { branch, title, body }));
  },
};

/** What the branch is to hold instead of its head; undefined: it is left as it is. */
async function inPlaceOf(
  dir: string,
  g: Governance,
  { head: { sha: head } }: ProposedPull,
  now: string,
  by: Parameters<typeof withTheirs>[2],
): Promise<string | undefined> {
  const { ours: before, others } = await workOn(dir, { head, merged: g.commit, author: by.author });
  if (!others) return now;
  const commit = before && (await withTheirs(dir, { before, now, head }, by));
  return commit && (await isValid(dir, commit)) ? commit : undefined;
}

/** Only a fork of the governance repository itself, in the same organisation: its commits are proposals there and nothing more. */
async function placesOf({ github, mirror }: StewardParts, g: Governance): Promise<Places | Refusal> {
  const { owner: org, name, id, branch } = mirror.repository;
  const named = g.deployment.github.repos['proposals'];
  if (named === undefined) return no.noProposals();
  const fork = await forkById(github, org, named);
  if (!fork) return no.proposalsGone(named);
  if (named === id || fork.id !== named || !fork.fork || fork.parent?.id !== id)
    return no.proposalsElsewhere(named);
  if (fork.owner.login.toLowerCase() !== org.toLowerCase()) return no.proposalsElsewhere(named);
  if (fork.archived) return no.proposalsArchived(named);
  return { org, governance: { id, name, branch }, fork: { id: fork.id, name: fork.name } };
}

async function close(
  { github }: StewardParts,
  places: Places,
  there: ProposedPull | undefined,
): Promise<Result> {
  if (there?.state === 'open') await closePull(github, places, there.number);
  return { state: 'closed', pull: there?.number ?? null };
}

/** What merging it now would leave is a valid version. */
async function stillFits(
  parts: StewardParts,
  places: Places,
  g: Governance,
  { head }: ProposedPull,
): Promise<boolean> {
  const { dir } = parts.mirror;
  if (!(await hasCommit(dir, head.sha)))
    await gitFetch({
      dir,
      url: gitUrl(parts, places),
      refspecs: [`+refs/heads/${head.ref}:refs/sallyport/proposal`],
      authorization: await writeHeader(parts.github, places),
    });
  const tree = await mergedTree(dir, g.commit, head.sha);
  return tree !== undefined && isValid(dir, tree);
}

async function isValid(dir: string, version: string): Promise<boolean> {
  const { findings } = readGovernance(await textsAt(dir, version), version);
  return findings.every(({ severity }) => severity !== 'error');
}

const textsAt = (dir: string, commit: string): Promise<Map<string, string>> =>
  readTexts(dir, commit, ({ path }) => isGovernancePath(path));

const gitUrl = ({ github }: StewardParts, { org, fork }: Places): string =>
  `${github.places.git}/${org}/${fork.name}.git`;

function messageOf({ title, proposal, askedBy }: Payload): string {
  return [title, '', `Proposal: ${proposal}`, `Requested-by: ${askedBy.id}`, ''].join('\n');
}

const opened = ({ number, html_url, head }: ProposedPull): Extract<Result, { state: 'open' }> => ({
  state: 'open',
  pull: number,
  url: html_url,
  head: head.sha,
});
