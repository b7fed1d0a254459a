/** What the steward has to do now, and what becomes of an edition when it has answered. */
import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { repositories } from '../db/schema/github.ts';
import { publicationApprovals, publicationEditions, publications } from '../db/schema/publications.ts';
import { frozenAt } from '../freezes/freezes.ts';
import { hours, isoDay, minutes } from '../lib/clock.ts';
import type { Repository } from '../protocol/messages.ts';
import { subjectOf, provenance, review } from '../protocol/statements.ts';
import type { Envelope } from '../protocol/airlock.ts';
import {
  WITHDRAWN_FOR,
  type RemoveOrder,
  type StewardOrder,
  type StewardResult,
} from '../protocol/steward.ts';
import { callSteward, changePublications, type Change, type Row } from './change.ts';
import { ownerOf } from './owner-told.ts';
import { declared, releasesIn } from './set.ts';
import { newEdition } from './settle.ts';
import type { PublicationDeps, ReleaseFacts } from './types.ts';

const AT_ONCE = 5;
/** A "no" is asked again: the repository may have become public. */
const REFUSED_AGAIN_MS = hours(1);
const FIRST_RETRY_MS = minutes(1);
/** More tags than this are not tried: somebody takes them on purpose. */
const MOST_EDITIONS = 50;

export type Edition = typeof publicationEditions.$inferSelect;

/** Due now, removals first: what was recalled goes before anything new comes. */
export async function dueOrders(deps: PublicationDeps): Promise<StewardOrder[]> {
  const { db, clock } = deps;
  const due = await db
    .select()
    .from(publicationEditions)
    .where(
      and(
        inArray(publicationEditions.state, ['wanted', 'unwanted']),
        lte(publicationEditions.nextAt, clock.now()),
      ),
    )
    .orderBy(
      asc(sql`${publicationEditions.state} = 'wanted'`),
      asc(publicationEditions.nextAt),
      asc(publicationEditions.tag),
    );
  const orders: StewardOrder[] = [];
  // One that cannot be put into words takes nobody's place.
  for (const edition of due) {
    const order = await orderOf(deps, edition);
    if (order) orders.push(order);
    if (orders.length >= AT_ONCE) break;
  }
  return orders;
}

/** When the next one is due; undefined when none waits. */
export async function nextDue(db: Db): Promise<number | undefined> {
  const [row] = await rowsOf<{ at: number | null }>(
    db,
    sql`select min(next_at)::float8 as at from publication_editions where state in ('wanted', 'unwanted')`,
  );
  return row?.at ?? undefined;
}

/** Undefined while it cannot be put into words: the repository is unknown to the App, or its release is gone. */
async function orderOf(deps: PublicationDeps, edition: Edition): Promise<StewardOrder | undefined> {
  const { db } = deps;
  const [row] = await db.select().from(publications).where(eq(publications.id, edition.publication));
  const repository = row && (await nameOf(db, row.repositoryId));
  if (!row || !repository) return undefined;
  const both = { publication: row.id, edition: edition.number, tag: edition.tag, repository };
  if (edition.state === 'unwanted') return { want: 'gone', ...both, note: noteOf(row) };
  // Taking back goes on, giving out does not: it is due again when the freeze has been lifted.
  if (await frozenAt(db, row)) return undefined;
  const found = await Promise.all(releasesIn(edition.files).map((id) => deps.releases.byId(db, id)));
  const releases = found.filter((each) => each !== undefined);
  if (releases.length < found.length) return undefined;
  const approvals = await db
    .select({ person: publicationApprovals.person, at: publicationApprovals.at })
    .from(publicationApprovals)
    .where(eq(publicationApprovals.publication, row.id))
    .orderBy(asc(publicationApprovals.at), asc(publicationApprovals.person));
  const files = declared(releases, edition.files).map(({ release, number, path, size, sha256 }) => ({
    ...{ release, number, path, size, sha256 },
  }));
  return {
    want: 'published',
    ...both,
    orderedAt: edition.createdAt,
    requestedBy: row.requestedBy,
    requestedAt: row.requestedAt,
    approvals,
    owner: ownerOf(row),
    reviewers: [...new Set(releases.flatMap(({ reviewers }) => reviewers))].sort((a, b) => a - b),
    files,
    statements: releases.flatMap((release) =>
      statementsAbout(
        release,
        new Set(files.filter((file) => file.release === release.id).map((file) => file.sha256)),
      ),
    ),
  };
}

/** What a person took back leaves a note where it was; what was recalled goes without a trace. */
function noteOf({ state, why, endedAt }: Row): RemoveOrder['note'] {
  const category = WITHDRAWN_FOR.find((each) => each === why);
  return state === 'withdrawn' && category && endedAt !== null ? { category, on: isoDay(endedAt) } : null;
}

/** Of these files alone: what is said of others is not public. */
function statementsAbout(release: ReleaseFacts, hashes: ReadonlySet<string>): Envelope[] {
  return release.statements.filter((envelope) => {
    const hash = hashIn(envelope);
    return hash !== undefined && hashes.has(hash);
  });
}

/** Not verified here: the steward does that, and would not believe us. */
function hashIn({ payload }: Envelope): string | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
    const made = provenance.safeParse(value);
    if (made.success) return subjectOf({ kind: 'provenance', statement: made.data }).sha256;
    const reviewed = review.safeParse(value);
    return reviewed.success ? subjectOf({ kind: 'review', statement: reviewed.data }).sha256 : undefined;
  } catch {
    return undefined;
  }
}

async function nameOf(db: Db, id: number): Promise<Repository | undefined> {
  const [row] = await db
    .select({ owner: repositories.owner, name: repositories.name })
    .from(repositories)
    .where(eq(repositories.id, id));
  return row && { id, ...row };
}

/** Whether nothing of this publication goes out now. */
export async function isFrozen(db: Db, publication: string): Promise<boolean> {
  const [row] = await db.select().from(publications).where(eq(publications.id, publication));
  return row !== undefined && (await frozenAt(db, row)) !== undefined;
}

export async function editionOf(db: Db, publication: string, number: number): Promise<Edition | undefined> {
  const [row] = await db
    .select()
    .from(publicationEditions)
    .where(and(eq(publicationEditions.publication, publication), eq(publicationEditions.number, number)));
  return row;
}

/** A late or repeated report changes nothing that has moved on. False when there is no such edition. */
export async function takeReport(
  deps: PublicationDeps,
  told: { publication: string; edition: number; want: StewardOrder['want']; result: StewardResult },
): Promise<boolean> {
  const [row] = await deps.db.select().from(publications).where(eq(publications.id, told.publication));
  if (!row) return false;
  return changePublications(deps, row, async (change) => {
    const edition = await editionOf(change.tx, told.publication, told.edition);
    if (!edition) return false;
    if (edition.state !== (told.want === 'gone' ? 'unwanted' : 'wanted')) return true;
    await apply(change, edition, row.repositoryId, told.result);
    return true;
  });
}

async function apply(
  change: Change,
  edition: Edition,
  repository: number,
  result: StewardResult,
): Promise<void> {
  const { publication, number } = edition;
  switch (result.outcome) {
    case 'published': {
      const { githubRelease, url, commit } = result;
      await edit(change, edition, {
        ...{ state: 'published', githubRelease, url, commit, code: null, attempts: 0 },
        publishedAt: change.now,
      });
      await change.tx
        .update(publications)
        .set({ state: 'published' })
        .where(eq(publications.id, publication));
      change.tell(publication, 'publication', 'steward', {
        event: 'published',
        edition: number,
        repository,
        tag: edition.tag,
        commit,
        url,
      });
      return change.shows(publication);
    }
    case 'gone':
      await edit(change, edition, { state: 'gone', code: null, goneAt: change.now });
      change.tell(publication, 'withdrawal', 'steward', {
        event: 'gone',
        edition: number,
        repository,
        tag: edition.tag,
      });
      return change.shows(publication);
    case 'tag-taken':
      if (number >= MOST_EDITIONS) return putOff(change, edition, 'steward.tags-taken', REFUSED_AGAIN_MS);
      await edit(change, edition, { state: 'gone', code: 'steward.tag-taken', goneAt: change.now });
      await newEdition(change, publication, edition.files);
      return change.shows(publication);
    case 'refused':
      return putOff(change, edition, result.code, REFUSED_AGAIN_MS);
    case 'failed':
      return putOff(change, edition, result.code, Math.min(FIRST_RETRY_MS * 2 ** edition.attempts, hours(1)));
  }
}

async function putOff(change: Change, edition: Edition, code: string, ms: number): Promise<void> {
  await edit(change, edition, { code, attempts: edition.attempts + 1, nextAt: change.now + ms });
  if (edition.code !== code) change.shows(edition.publication);
}

async function edit(
  { tx }: Change,
  { publication, number }: Edition,
  values: Partial<Edition>,
): Promise<void> {
  await tx
    .update(publicationEditions)
    .set(values)
    .where(and(eq(publicationEditions.publication, publication), eq(publicationEditions.number, number)));
}

/** Something that held the steward back may have changed, the repository's visibility for one: it is asked at once. */
export async function retryEditions(deps: PublicationDeps, repository: number): Promise<void> {
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    await tx.execute(sql`
    update publication_editions set next_at = ${now}
    from publications
    where publications.id = publication_editions.publication and publications.repository_id = ${repository}
      and publication_editions.state in ('wanted', 'unwanted') and publication_editions.next_at > ${now}`);
    await callSteward(tx);
  });
  deps.wake();
}
