/**
 * What follows from a recall: a GitHub Release that lists a recalled file must go, and the other files
 * come back under a new tag. Derived from state each time, so that no recall can be missed.
 */
import { and, asc, desc, eq, inArray } from 'drizzle-orm';
import { publicationEditions, publicationFiles, publications } from '../db/schema/publications.ts';
import { changePublications, type Change } from './change.ts';
import { LIVE_STATES } from './live.ts';
import type { PublicationDeps, ReleaseFacts } from './types.ts';
import { RECALLED } from './words.ts';

/** Every live publication of a release, brought to what the release is now. Call it whenever a file was recalled. */
export async function settleRelease(deps: PublicationDeps, release: string): Promise<void> {
  const facts = await deps.releases.byId(deps.db, release);
  if (!facts || !facts.files.some(({ recalled }) => recalled)) return;
  if (!(await needsSettling(deps, facts))) return;
  await changePublications(deps, release, async (change) => {
    const live = await change.tx
      .select({ id: publications.id })
      .from(publications)
      .where(and(eq(publications.release, release), inArray(publications.state, [...LIVE_STATES])));
    for (const { id } of live) await settle(change, id, facts);
  });
}

/** All of them: what the steward's poll does before it answers. */
export async function settleAll(deps: PublicationDeps): Promise<void> {
  const rows = await deps.db
    .selectDistinct({ release: publications.release })
    .from(publications)
    .where(inArray(publications.state, [...LIVE_STATES]));
  for (const { release } of rows) await settleRelease(deps, release);
}

async function needsSettling(deps: PublicationDeps, facts: ReleaseFacts): Promise<boolean> {
  const recalled = facts.files.filter((file) => file.recalled).map(({ number }) => number);
  const rows = await deps.db
    .select({ number: publicationFiles.number })
    .from(publicationFiles)
    .where(
      and(
        eq(publicationFiles.release, facts.id),
        eq(publicationFiles.live, true),
        inArray(publicationFiles.number, recalled),
      ),
    )
    .limit(1);
  return rows.length > 0;
}

async function settle(change: Change, id: string, facts: ReleaseFacts): Promise<void> {
  const { tx, now } = change;
  const gone = new Set(facts.files.filter(({ recalled }) => recalled).map(({ number }) => number));
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
    release: facts.id,
    repository: facts.repository,
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
  await tx
    .insert(publicationEditions)
    .values({
      publication,
      number,
      tag: `outputs-${publication}.${number}`,
      files,
      nextAt: now,
      createdAt: now,
    });
}
