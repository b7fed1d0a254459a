/**
 * Publications on the hub's pages: what everybody may know of one, who may choose files for one, who may end it.
 *
 * That a publication was asked for, and what became of it, is in the public record; which files it lists is
 * public when they are. Before that it is for whoever may have the files: members of the project, and publishers.
 */
import { asksForOwner, whyNotAsk, whyNotWithdraw } from '../publication/publication.ts';
import type { FileRef, OwnerSaid, PublicationView, WithdrawalCategory } from '../publication/publication.ts';
import type { ReleaseView } from '../outputs/outputs.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { mayHaveFiles, mayPublish } from './rights.ts';
import type { Member, MembersDeps } from './types.ts';
import * as words from './words.ts';

const OPEN: readonly PublicationView['state'][] = ['draft', 'approved', 'published'];

export interface PublicationPage {
  publication: PublicationView;
  /** Files that are not public too, and who did what. */
  whole: boolean;
  /** Why this person cannot withdraw it; undefined when they can. */
  notWithdraw: Refusal | undefined;
}

export async function publicationPage(
  deps: MembersDeps,
  member: Member | undefined,
  id: string,
): Promise<PublicationPage | undefined> {
  if (!/^[a-z0-9]{16}$/.test(id)) return undefined;
  const publication = await deps.publications.byId(id);
  const g = deps.governance();
  if (!publication || !g) return undefined;
  if (!member) return { publication, whole: false, notWithdraw: words.signInFirst() };
  const at = deps.clock.now();
  const about = [g, member.person, publication.project, at] as const;
  return {
    publication,
    // A publisher sees what they are asked about, as long as they are asked.
    whole: mayHaveFiles(...about) || (mayPublish(...about) && OPEN.includes(publication.state)),
    notWithdraw: whyNotWithdraw(g, publication, member.person, at),
  };
}

/** Of one workspace on one backend. */
export interface Place {
  project: string;
  backend: string;
  workspace: string;
}

export interface Choice {
  place: Place;
  /** The study's, by number. */
  repository: number;
  /** Newest first. */
  releases: { release: ReleaseView; notAsk: Refusal | undefined }[];
  publications: PublicationView[];
  ownerAsked: boolean;
}

/** Undefined for whoever may not have these files, and where nothing was released. */
export async function choiceFor(
  deps: MembersDeps,
  member: Member,
  place: Place,
): Promise<Choice | undefined> {
  const g = deps.governance();
  const at = deps.clock.now();
  if (!g || !mayHaveFiles(g, member.person, place.project, at)) return undefined;
  const all = await deps.outputs.releasesOfProject(deps.db, place.project);
  const releases = all.filter(
    ({ releasedAt, backend, workspace }) =>
      releasedAt !== null && backend === place.backend && workspace === place.workspace,
  );
  const [newest] = releases;
  if (!newest) return undefined;
  return {
    place,
    repository: newest.repository,
    releases: releases.map((release) => ({ release, notAsk: whyNotAsk(g, [release], member.person, at) })),
    publications: await deps.publications.ofWorkspace(place),
    ownerAsked: asksForOwner(g, place.project),
  };
}

/** Publications that list files of a release: for its members. */
export async function publicationsOfRelease(
  deps: MembersDeps,
  { id, project, backend, workspace }: ReleaseView,
): Promise<PublicationView[]> {
  const all = await deps.publications.ofWorkspace({ project, backend, workspace });
  return all.filter(({ releases }) => releases.includes(id));
}

export async function askToPublish(
  deps: MembersDeps,
  member: Member,
  choice: Choice,
  asked: { files: readonly FileRef[]; owner?: OwnerSaid },
): Promise<PublicationView | Refusal> {
  const known = new Set(choice.releases.map(({ release }) => release.id));
  // Of another workspace, or of nobody's: they were not on the page.
  const files = asked.files.filter(({ release }) => known.has(release));
  if (files.length === 0) return words.nothingChosen();
  const { owner } = asked;
  const made = await deps.publications.ask({
    actor: member.person,
    repository: choice.repository,
    files,
    ...(owner && { owner }),
  });
  if (isRefusal(made))
    deps.logger.info({ code: made.code, person: member.person }, 'A publication was not asked for');
  return made;
}

export function withdraw(
  deps: MembersDeps,
  member: Member,
  said: { publication: string; category: WithdrawalCategory },
): Promise<PublicationView | Refusal> {
  return deps.publications.withdraw({ ...said, actor: member.person });
}
