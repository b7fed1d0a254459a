/**
 * The GitHub Release of one edition: draft → assets → publish, or gone. Every step looks first at what is
 * there, so that it may be cut off anywhere and begun again; nothing is kept but on GitHub itself.
 */
import type { Repository } from '../protocol/messages.ts';
import type { RemoveOrder, PublishOrder, StewardResult } from '../protocol/steward.ts';
import { releaseBody, releaseTitle, withdrawnBody, WITHDRAWN_TITLE } from './body.ts';
import { GitHubTrouble, type GitHubAsset, type GitHubRelease, type StewardGitHub } from './github.ts';
import type { Prepared, PreparedAsset } from './prepare.ts';

export interface Found {
  ours: GitHubRelease[];
  /** Somebody else's release has this tag. */
  foreign: boolean;
}

export async function findReleases(github: StewardGitHub, repo: Repository, tag: string): Promise<Found> {
  const bot = await github.botLogin();
  const all = await github.releasesTagged(repo, tag);
  const ours = all.filter(({ author }) => author?.login === bot);
  return { ours, foreign: ours.length < all.length };
}

/** A draft with every asset, whole; an earlier try's draft is finished. Undefined: the tag is somebody else's. */
export async function draftEdition(
  github: StewardGitHub,
  { repository: repo, tag }: PublishOrder,
  prepared: Prepared,
  defaultBranch: string,
): Promise<GitHubRelease | undefined> {
  const { ours, foreign } = await findReleases(github, repo, tag);
  const published = ours.find((release) => !release.draft);
  // A tag without a release of ours was made by somebody else: GitHub would publish at their commit.
  if (foreign || (!published && (await github.tag(repo, tag)) !== undefined)) return undefined;
  const [kept = await newDraft(github, repo, tag, prepared, defaultBranch), ...spare] = published
    ? [published, ...ours.filter(({ id }) => id !== published.id)]
    : ours;
  for (const { id } of spare) await github.deleteRelease(repo, id);
  await bringAssets(github, repo, kept, prepared.assets);
  return kept;
}

/** At the commit that made the files; where GitHub does not take that, at the head of the default branch. */
async function newDraft(
  github: StewardGitHub,
  repo: Repository,
  tag: string,
  { content, commit }: Prepared,
  defaultBranch: string,
): Promise<GitHubRelease> {
  const wish = { tag, name: releaseTitle(content), body: releaseBody(content) };
  return orAtBranch(commit, defaultBranch, (target) => github.createDraft(repo, { ...wish, target }));
}

/** The commit may have gone from the repository, or change workflows, which takes another permission. */
async function orAtBranch<T>(
  commit: string,
  branch: string,
  work: (target: string) => Promise<T>,
): Promise<T> {
  try {
    return await work(commit);
  } catch (error) {
    if (!(error instanceof GitHubTrouble) || (error.status !== 404 && error.status !== 422)) throw error;
    return work(branch);
  }
}

/** Exactly these, whole: what is half there, altered or strange goes first. */
async function bringAssets(
  github: StewardGitHub,
  repo: Repository,
  release: GitHubRelease,
  wanted: readonly PreparedAsset[],
): Promise<void> {
  const there = await github.assets(repo, release.id);
  for (const asset of there) {
    if (!wanted.some((each) => isWhole(asset, each))) await github.deleteAsset(repo, asset.id);
  }
  for (const asset of wanted) {
    if (!there.some((each) => isWhole(each, asset))) await github.upload(repo, release, asset);
  }
  const now = await github.assets(repo, release.id);
  const complete =
    now.length === wanted.length && wanted.every((asset) => now.some((each) => isWhole(each, asset)));
  if (!complete) throw new GitHubTrouble('assets', 0);
}

function isWhole(there: GitHubAsset, wanted: PreparedAsset): boolean {
  return (
    there.name === wanted.name &&
    there.state === 'uploaded' &&
    there.size === wanted.size &&
    // A server that keeps no digests is believed about the size.
    (there.digest === undefined || there.digest === null || there.digest === `sha256:${wanted.sha256}`)
  );
}

/** From here on the public sees it. */
export async function publishEdition(
  github: StewardGitHub,
  { repository: repo, tag }: PublishOrder,
  draft: GitHubRelease,
  { content, commit }: Prepared,
  defaultBranch: string,
): Promise<StewardResult> {
  const wish = { tag, body: releaseBody(content) };
  const release = draft.draft
    ? await orAtBranch(commit, defaultBranch, (target) => github.publish(repo, draft.id, { ...wish, target }))
    : draft;
  const at = await github.tag(repo, tag);
  if (at === undefined) throw new GitHubTrouble('tag', 404);
  return { outcome: 'published', githubRelease: release.id, url: release.html_url, commit: at };
}

/**
 * The files first, then what names them. After a recall nothing is left, and the tag goes too; what a person
 * withdrew leaves a note where it was, since papers and people point there. A tag that others made stays.
 */
export async function removeEdition(
  github: StewardGitHub,
  order: RemoveOrder,
  hub: () => Promise<string>,
): Promise<StewardResult> {
  const { repository: repo, tag, note } = order;
  const { ours, foreign } = await findReleases(github, repo, tag);
  const shown = ours.find(({ draft }) => !draft);
  const text = async (): Promise<string> => withdrawnBody(order, note!, await hub());
  const kept = note !== null && shown !== undefined && (await leaveNote(github, order, shown, text));
  for (const { id } of ours) if (!kept || id !== shown.id) await github.deleteRelease(repo, id);
  if (!kept && !foreign && shown) await github.deleteTag(repo, tag);
  return { outcome: 'gone' };
}

/** False where GitHub does not let a published release be changed: then it goes as a whole. */
async function leaveNote(
  github: StewardGitHub,
  { repository: repo, tag }: RemoveOrder,
  release: GitHubRelease,
  text: () => Promise<string>,
): Promise<boolean> {
  for (const { id } of await github.assets(repo, release.id)) await github.deleteAsset(repo, id);
  // A "no" to deleting is not told apart from "gone already": what is there now counts.
  if ((await github.assets(repo, release.id)).length > 0) return false;
  const body = await text();
  try {
    await github.rewrite(repo, release.id, { tag, name: WITHDRAWN_TITLE, body });
    return true;
  } catch (error) {
    if (!(error instanceof GitHubTrouble) || error.status < 400 || error.status >= 500) throw error;
    return false;
  }
}
