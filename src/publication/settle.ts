/**
 * What follows from a recall: a GitHub Release that lists a recalled file must go, and the other files
 * come back under a new tag. Derived from state each time, so that no recall can be missed.
 */
import { and, asc, desc, eq, inArray, type SQL } from 'drizzle-orm';
import { publicationEditions, publicationFiles, publications } from '../db/schema/publications.ts';
import { changePublications, type Change } from './change.ts';
import { LIVE_STATES } from './live.ts';
import type { PublicationDeps } from './types.ts';
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
    .select({ release: publicationFiles.release, number: publicationFiles.number })
    .from(publicationFiles)
    .where(and(eq(publicationFiles.live, true), only));
  if (live.length === 0) return;
  const recalled = await deps.releases.recalled(deps.db, [...new Set(live.map((file) => file.release))]);
  const lost = live.filter(({ release, number }) =>
    recalled.some((file) => file.release === release && file.number === number),
  );
  for (const release of new Set(lost.map((file) => file.release))) {
    const gone = new Set(recalled.filter((file) => file.release === release).map(({ number }) => number));
    await changePublications(deps, release, async (change) => {
      const rows = await change.tx
        .select({ id: publications.id, repository: publications.repositoryId })
        .from(publications)
        .where(and(eq(publications.release, release), inArray(publications.state, [...LIVE_STATES])));
      for (const row of rows) await settle(change, { ...row, release }, gone);
    });
  }
}

async function settle(
  change: Change,
  { id, release, repository }: { id: string; release: string; repository: number },
  gone: ReadonlySet<number>,
): Promise<void> {
  const { tx, now } = change;
  const listed = await tx
    .select({ number: publicationFiles.number })
    .from(publicationFiles)
    .where(and(eq(publicationFiles.publication, id), eq(publicationFiles.live, true)))
    .orderBy(asc(publicationFiles.number));
  const lost = listed.filter(({ number }) => gone.has(number)).map(({ number }) => number);
  if (lost.length === 0) return;
  const rest = listed.filter(({ number }) => !gone.has(number)).map(({ number }) => number);
  await tx
    .update(publicationFiles)
    .set({ live: false })
    .where(and(eq(publicationFiles.publication, id), inArray(publicationFiles.number, lost)));
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
    release,
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
export async function newEdition({ tx, now }: Change, publication: string, files: number[]): Promise<void> {
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
    files,
    nextAt: now,
    createdAt: now,
  });
}
