/**
 * Released files, for members of their project; the fact of a release, for everybody.
 *
 * One check stands before the list, the page of a file, the file and the archive: the permission
 * `release_file_view` in the release's project, or the publisher's role while a publication of the release is
 * open, asked of governance as it is now. Without it nothing tells a file that is there from one that is not.
 */
import { frozenAt, type FreezeView } from '../freezes/freezes.ts';
import { isRefusal } from '../lib/refusal.ts';
import type { FileWithBytes, ReleaseView, StepView } from '../outputs/outputs.ts';
import { logDeed } from './log.ts';
import { askedFiles } from '../publication/publication.ts';
import { mayHaveFiles, mayPublish, projectsFor } from './rights.ts';
import type { Member, MembersDeps } from './types.ts';

export type ReleaseWord = 'released' | 'recalled in part' | 'recalled';

/** What everybody may know. */
export interface ReleaseFact {
  id: string;
  workspace: string;
  backend: string;
  releasedAt: number;
  word: ReleaseWord;
  /** When something of it was recalled, oldest first. */
  recalls: number[];
}

/** Undefined while files are still on their way: nothing shows before its time. */
export async function factOf(deps: MembersDeps, id: string): Promise<ReleaseFact | undefined> {
  const release = await completeRelease(deps, id);
  return release && { ...release.fact, recalls: await recallsOf(deps, release.view) };
}

/** Releases of all projects whose files the member may have, newest first. */
export async function releasesFor(deps: MembersDeps, member: Member): Promise<ReleaseView[]> {
  const governance = deps.governance();
  if (!governance) return [];
  const projects = projectsFor(governance, member.person, deps.clock.now());
  const lists = await Promise.all(
    projects.map((project) => deps.outputs.releasesOfProject(deps.db, project)),
  );
  return lists
    .flat()
    .filter(({ releasedAt }) => releasedAt !== null)
    .sort((a, b) => (b.releasedAt ?? 0) - (a.releasedAt ?? 0));
}

/** The release with its files, or undefined for whoever may not have them. */
export async function releaseFor(
  deps: MembersDeps,
  member: Member,
  id: string,
): Promise<ReleaseView | undefined> {
  const release = await completeRelease(deps, id);
  const governance = deps.governance();
  if (!release || !governance) return undefined;
  if (await frozenAt(deps.db, release.view)) return undefined;
  const about = [governance, member.person, release.view.project, deps.clock.now()] as const;
  if (mayHaveFiles(...about)) return release.view;
  if (!mayPublish(...about)) return undefined;
  // A publisher reads the files they are asked about, no others, and nothing before they are asked.
  const asked = await askedFiles(deps, id);
  const files = release.view.files.filter(({ number }) => asked.has(number));
  return files.length > 0 ? { ...release.view, files } : undefined;
}

/** Since when nobody looks at what was released here: it says so to whoever would otherwise see less than yesterday. */
export async function pauseOf(
  deps: MembersDeps,
  id: string,
): Promise<Pick<FreezeView, 'scope' | 'at'> | undefined> {
  const release = await completeRelease(deps, id);
  const on = release && (await frozenAt(deps.db, release.view));
  return on && { scope: on.scope, at: on.at };
}

/** Bytes for this member, written down before they are handed over. Undefined for whoever may not have them. */
export async function fileFor(
  deps: MembersDeps,
  member: Member,
  asked: { release: string; number: number; what: 'RELEASED_FILE_VIEW' | 'RELEASED_FILE_DOWNLOAD' },
): Promise<FileWithBytes | undefined> {
  const { release, number, what } = asked;
  const view = await releaseFor(deps, member, release);
  const listed = view?.files.find((file) => file.number === number && !file.recalled);
  if (!listed) return undefined;
  const { person, session } = member;
  await logDeed(deps.db, {
    at: deps.clock.now(),
    what,
    person,
    session,
    release,
    file: number,
    sha256: listed.sha256,
  });
  // Before the bytes are read: a recall that comes in between takes them away, or finds this person noted.
  if (what === 'RELEASED_FILE_DOWNLOAD') await deps.outputs.noteDownload(deps, { release, number, person });
  const file = await deps.outputs.releasedFile(deps.db, release, number);
  return isRefusal(file) ? undefined : file;
}

/** That the member was shown which files there are. */
export function noteListing(deps: MembersDeps, member: Member, release: string): Promise<void> {
  return logDeed(deps.db, {
    at: deps.clock.now(),
    what: 'RELEASED_LISTING_VIEW',
    person: member.person,
    session: member.session,
    release,
  });
}

async function completeRelease(
  deps: MembersDeps,
  id: string,
): Promise<{ view: ReleaseView; fact: Omit<ReleaseFact, 'recalls'> } | undefined> {
  if (!/^[a-z0-9]{16}-[1-9][0-9]{0,3}$/.test(id)) return undefined;
  // Not by its own id: that would read the statements over it, megabytes perhaps, for a page that needs none.
  const batches = await deps.outputs.releasesOfRequest(deps.db, id.split('-')[0] ?? '');
  const view = batches.find((one) => one.id === id);
  if (!view || view.releasedAt === null) return undefined;
  const { workspace, backend, releasedAt } = view;
  return { view, fact: { id, workspace, backend, releasedAt, word: wordOf(view) } };
}

export function wordOf({ files }: Pick<ReleaseView, 'files'>): ReleaseWord {
  const gone = files.filter(({ recalled }) => recalled !== null).length;
  if (gone === 0) return 'released';
  return gone === files.length ? 'recalled' : 'recalled in part';
}

async function recallsOf(deps: MembersDeps, { request, batch }: ReleaseView): Promise<number[]> {
  const steps: StepView[] = await deps.outputs.stepsOf(deps.db, request);
  const times = steps
    .filter((step) => (step.what === 'recalled' || step.what === 'revoked') && step.batch === batch)
    .map(({ at }) => at);
  // How many files a recall concerned is not told by how often a time stands here.
  return [...new Set(times)].sort((a, b) => a - b);
}
