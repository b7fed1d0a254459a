/** What a publication is now. Read afresh each time: what is public follows from state, it is not stored. */
import { and, asc, eq, inArray, sql, type SQL } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import {
  publicationApprovals,
  publicationEditions,
  publicationFiles,
  publications,
} from '../db/schema/publications.ts';
import { isLive, OPEN_STATES } from './live.ts';
import type { EditionView, PublicationDeps, PublicationView } from './types.ts';

export interface WhichPublications {
  release?: string;
  request?: string;
  project?: string;
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
  if (which.release !== undefined) conditions.push(eq(publications.release, which.release));
  if (which.request !== undefined) conditions.push(eq(publications.request, which.request));
  if (which.project !== undefined) conditions.push(eq(publications.project, which.project));
  if (which.repository !== undefined) conditions.push(eq(publications.repositoryId, which.repository));
  const rows = await deps.db
    .select()
    .from(publications)
    .where(and(...conditions))
    .orderBy(asc(publications.requestedAt), asc(publications.id));
  return Promise.all(rows.map((row) => viewOf(deps, row)));
}

/** Somebody has asked that files of this release be public, and was not told no. */
export async function isAskedFor({ db }: Pick<PublicationDeps, 'db'>, release: string): Promise<boolean> {
  const [row] = await db
    .select({ id: publications.id })
    .from(publications)
    .where(and(eq(publications.release, release), inArray(publications.state, [...OPEN_STATES])))
    .limit(1);
  return row !== undefined;
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
    .orderBy(asc(publicationFiles.number));
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
  const facts = await releases.byId(db, row.release);
  const open = new Set(await publicFiles({ db, releases }, row.release));
  const { release, request, project, workspace, state, requestedBy, requestedAt, reference } = row;
  return {
    id,
    release,
    request,
    project,
    workspace,
    repository: row.repositoryId,
    state,
    requestedBy,
    requestedAt,
    reference,
    approvals,
    needed: governance()?.policies.approvals['publish'] ?? 1,
    endedBy: row.endedBy,
    endedAt: row.endedAt,
    why: row.why,
    files: files.flatMap(({ number, live }) => {
      const held = facts?.files.find((file) => file.number === number);
      if (!held) return [];
      const { path, size, sha256, recalled } = held;
      return [{ number, path, size, sha256, recalled, public: live && open.has(number) }];
    }),
    editions: editions.map(editionView),
  };
}

function editionView(row: typeof publicationEditions.$inferSelect): EditionView {
  const { number, tag, state, code, url, commit, publishedAt, files } = row;
  return { number, tag, state, code, url, commit, publishedAt, files };
}
