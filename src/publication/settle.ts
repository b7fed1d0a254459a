/**
 * What follows from a recall: a GitHub Release that lists a recalled file must go, and the other files
 * come back under a new tag. Derived from state each time, so that no recall can be missed.
 */
import { and, desc, eq, inArray, type SQL } from 'drizzle-orm';
import { publicationEditions, publicationFiles, publications } from '../db/schema/publications.ts';
import { changePublications, type Change } from './change.ts';
import { nameOf, releasesIn, sorted } from './set.ts';
import type { FileRef, PublicationDeps } from './types.ts';
import { RECALLED } from './words.ts';

/** Every live publication of a release, brought to what the release is now. Call it when a file was recalled. */
export async function settleRelease(deps: PublicationDeps, release: string): Promise<void> {
  await settleLive(deps, eq(publicationFiles.release, release));
}

/** All of them: what the steward's questions do before they are answered. */
export async function settleAll(deps: PublicationDeps): Promise<void> {
  await settleLive(deps);
}

async function settleLive(deps: PublicationDeps, only?: SQL): Promise<void> {
  const live = await deps.db
    .select({
      release: publicationFiles.release,
      number: publicationFiles.number,
      id: publications.id,
      project: publications.project,
      workspace: publications.workspace,
      repository: publications.repositoryId,
    })
    .from(publicationFiles)
    .innerJoin(publications, eq(publications.id, publicationFiles.publication))
    .where(and(eq(publicationFiles.live, true), only));
  if (live.length === 0) return;
  const recalled = await deps.releases.recalled(deps.db, releasesIn(live));
  const gone = new Set(recalled.map(nameOf));
  const hit = new Map(live.filter((file) => gone.has(nameOf(file))).map((file) => [file.id, file]));
  for (const publication of hit.values())
    await changePublications(deps, publication, (change) => settle(change, publication, gone));
}

async function settle(
  change: Change,
  { id, repository }: { id: string; repository: number },
  gone: ReadonlySet<string>,
): Promise<void> {
  const { tx, now } = change;
  const listed = await tx
    .select({ release: publicationFiles.release, number: publicationFiles.number })
    .from(publicationFiles)
    .where(and(eq(publicationFiles.publication, id), eq(publicationFiles.live, true)));
  const lost = listed.filter((file) => gone.has(nameOf(file)));
  if (lost.length === 0) return;
  const rest = listed.filter((file) => !gone.has(nameOf(file)));
  for (const { release, number } of lost)
    await tx
      .update(publicationFiles)
      .set({ live: false })
      .where(
        and(
          eq(publicationFiles.publication, id),
          eq(publicationFiles.release, release),
          eq(publicationFiles.number, number),
        ),
      );
  await endEditions(change, id);
  if (rest.length > 0) {
    await tx.update(publications).set({ state: 'approved' }).where(eq(publications.id, id));
    await newEdition(change, id, rest);
  } else {
    await tx
      .update(publications)
      .set({ state: 'withdrawn', endedAt: now, why: RECALLED })
      .where(eq(publications.id, id));
  }
  change.tell(id, 'withdrawal', 'hub', {
    event: 'recalled',
    releases: releasesIn(lost),
    repository,
    reissued: rest.length > 0,
  });
  change.shows(id);
}

/** Whatever of it is on GitHub, or on its way there, has to go. */
export async function endEditions({ tx, now }: Change, publication: string): Promise<void> {
  await tx
    .update(publicationEditions)
    .set({ state: 'unwanted', code: null, attempts: 0, nextAt: now })
    .where(
      and(
        eq(publicationEditions.publication, publication),
        inArray(publicationEditions.state, ['wanted', 'published']),
      ),
    );
}

/** A tag is used once: GitHub remembers those of immutable releases for ever. */
export async function newEdition(
  { tx, now }: Change,
  publication: string,
  files: readonly FileRef[],
): Promise<void> {
  const [last] = await tx
    .select({ number: publicationEditions.number })
    .from(publicationEditions)
    .where(eq(publicationEditions.publication, publication))
    .orderBy(desc(publicationEditions.number))
    .limit(1);
  const number = (last?.number ?? 0) + 1;
  await tx.insert(publicationEditions).values({
    publication,
    number,
    tag: `outputs-${publication}.${number}`,
    files: sorted(files),
    nextAt: now,
    createdAt: now,
  });
}
