/** What a publication is now. Read afresh each time: what is public follows from state, it is not stored. */
import { and, asc, eq, inArray, sql, type SQL } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import {
  publicationApprovals,
  publicationEditions,
  publicationFiles,
  publications,
} from '../db/schema/publications.ts';
import { isLive, LIVE_STATES, OPEN_STATES } from './live.ts';
import { ownerOf } from './owner-told.ts';
import { asksForOwner } from './owner.ts';
import { declared, nameOf, releasesIn } from './set.ts';
import type { EditionView, PublicationDeps, PublicationView } from './types.ts';

export interface WhichPublications {
  release?: string;
  request?: string;
  project?: string;
  workspace?: string;
  repository?: number;
}

type Reading = Pick<PublicationDeps, 'db' | 'releases' | 'governance'>;

export async function publicationById(deps: Reading, id: string): Promise<PublicationView | undefined> {
  const [row] = await deps.db.select().from(publications).where(eq(publications.id, id));
  return row && (await viewOf(deps, row));
}

/** Oldest first. */
export async function publicationsOf(deps: Reading, which: WhichPublications): Promise<PublicationView[]> {
  const conditions: SQL[] = [];
  if (which.release !== undefined) conditions.push(lists(sql`release = ${which.release}`));
  if (which.request !== undefined) conditions.push(lists(sql`starts_with(release, ${`${which.request}-`})`));
  if (which.workspace !== undefined) conditions.push(eq(publications.workspace, which.workspace));
  if (which.project !== undefined) conditions.push(eq(publications.project, which.project));
  if (which.repository !== undefined) conditions.push(eq(publications.repositoryId, which.repository));
  const rows = await deps.db
    .select()
    .from(publications)
    .where(and(...conditions))
    .orderBy(asc(publications.requestedAt), asc(publications.id));
  return Promise.all(rows.map((row) => viewOf(deps, row)));
}

/** A release is named `<request>-<batch>`. */
const lists = (release: SQL): SQL =>
  sql`${publications.id} in (select publication from publication_files where ${release})`;

/** Numbers of the files of a release that somebody has asked to be public, and was not told no. */
export async function askedFiles({ db }: Pick<PublicationDeps, 'db'>, release: string): Promise<Set<number>> {
  const rows = await db
    .select({ number: publicationFiles.number })
    .from(publicationFiles)
    .innerJoin(publications, eq(publications.id, publicationFiles.publication))
    .where(and(eq(publicationFiles.release, release), inArray(publications.state, [...OPEN_STATES])));
  return new Set(rows.map(({ number }) => number));
}

/** Numbers of the files of a release that are public: listed by a live publication and not recalled. */
export async function publicFiles(
  deps: Pick<PublicationDeps, 'db' | 'releases'>,
  release: string,
): Promise<number[]> {
  const facts = await deps.releases.byId(deps.db, release);
  const out = new Set(facts?.files.filter(({ recalled }) => !recalled).map(({ number }) => number));
  const rows = await rowsOf<{ number: number }>(
    deps.db,
    sql`
      select number from publication_files join publications on publications.id = publication_files.publication
      where publication_files.release = ${release} and live and ${isLive()}
      order by number`,
  );
  return rows.map(({ number }) => number).filter((number) => out.has(number));
}

async function viewOf(
  { db, releases, governance }: Reading,
  row: typeof publications.$inferSelect,
): Promise<PublicationView> {
  const { id } = row;
  const files = await db
    .select()
    .from(publicationFiles)
    .where(eq(publicationFiles.publication, id))
    .orderBy(asc(publicationFiles.release), asc(publicationFiles.number));
  const approvals = await db
    .select({ person: publicationApprovals.person, at: publicationApprovals.at })
    .from(publicationApprovals)
    .where(eq(publicationApprovals.publication, id))
    .orderBy(asc(publicationApprovals.at), asc(publicationApprovals.person));
  const editions = await db
    .select()
    .from(publicationEditions)
    .where(eq(publicationEditions.publication, id))
    .orderBy(asc(publicationEditions.number));
  const named = releasesIn(files);
  const found = await Promise.all(named.map((release) => releases.byId(db, release)));
  const facts = found.filter((each) => each !== undefined);
  const isLiveNow = (LIVE_STATES as readonly string[]).includes(row.state);
  const live = new Set(files.filter((file) => file.live).map(nameOf));
  const owner = ownerOf(row);
  const g = governance();
  const { project, workspace, backend, state, requestedBy, requestedAt } = row;
  return {
    ...{ id, project, workspace, backend, state, requestedBy, requestedAt, approvals, owner },
    releases: named,
    requests: [...new Set(named.map((release) => release.slice(0, release.lastIndexOf('-'))))],
    repository: row.repositoryId,
    ownerMissing: owner === null && g !== undefined && asksForOwner(g, project),
    needed: g?.policies.approvals['publish'] ?? 1,
    endedBy: row.endedBy,
    endedAt: row.endedAt,
    why: row.why,
    files: declared(facts, files).map(({ release, number, path, size, sha256, recalled }) => ({
      ...{ release, number, path, size, sha256, recalled },
      public: !recalled && isLiveNow && live.has(nameOf({ release, number })),
    })),
    editions: editions.map(editionView),
  };
}

function editionView(row: typeof publicationEditions.$inferSelect): EditionView {
  const { number, tag, state, code, url, commit, publishedAt, files } = row;
  return { number, tag, state, code, url, commit, publishedAt, files };
}
