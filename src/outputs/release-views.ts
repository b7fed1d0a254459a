/** Reading releases: lists never touch the bytes. */
import { sql, type SQL } from 'drizzle-orm';
import { rowsOf, type Db, textArray } from '../db/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Envelope, ReleaseFile } from '../protocol/protocol.ts';
import { changeOutputs } from './change.ts';
import type {
  FileWithBytes,
  OutputsDeps,
  ReleasedFileView,
  ReleaseView,
  ReleaseWithStatements,
} from './types.ts';
import * as words from './words.ts';

const COLUMNS = sql.raw(`
  id, request, batch, backend, airlock, workspace, project, repository_id::float8 as repository,
  author::float8 as author, declared_at::float8 as "declaredAt", released_at::float8 as "releasedAt"`);

interface FileRow extends Omit<ReleaseFile, 'approvals'> {
  release: string;
  approvals: ReleaseFile['approvals'];
  heldAt: number | null;
  recalledAt: number | null;
  recallCategory: string | null;
}

export async function releaseById(db: Db, id: string): Promise<ReleaseWithStatements | undefined> {
  const [release] = await select(db, sql`id = ${id}`);
  const [rest] = await rowsOf<{ statements: Envelope[] }>(
    db,
    sql`select statements from releases where id = ${id}`,
  );
  return release && rest && { ...release, ...rest };
}

/** Whoever signed a review of it: told with the release, and for the rules of publication alone. */
export async function reviewersOf(db: Db, id: string): Promise<number[]> {
  const [row] = await rowsOf<{ reviewers: number[] }>(
    db,
    sql`select reviewers from releases where id = ${id} and released_at is not null`,
  );
  return row?.reviewers ?? [];
}

/** Those that have arrived as a whole, newest first. */
export function releasesOfProject(db: Db, project: string): Promise<ReleaseView[]> {
  return select(db, sql`project = ${project} and released_at is not null`);
}

export function releasesOfRepository(db: Db, repository: number): Promise<ReleaseView[]> {
  return select(db, sql`repository_id = ${repository} and released_at is not null`);
}

/** Files of these releases that were recalled; statements and bytes are left alone. */
export function recalledFiles(
  db: Db,
  releases: readonly string[],
): Promise<{ release: string; number: number }[]> {
  return rowsOf(
    db,
    sql`select release, number from released_files where release = any(${textArray(releases)}) and recalled_at is not null`,
  );
}

/** Also those on their way. */
export function releasesOfRequest(db: Db, request: string): Promise<ReleaseView[]> {
  return select(db, sql`request = ${request}`);
}

async function select(db: Db, where: SQL): Promise<ReleaseView[]> {
  const releases = await rowsOf<Omit<ReleaseView, 'files'>>(
    db,
    sql`select ${COLUMNS} from releases where ${where} order by coalesce(released_at, declared_at) desc, batch desc`,
  );
  if (releases.length === 0) return [];
  const files = await rowsOf<FileRow>(
    db,
    sql`
      select release, number, path, size, sha256, approvals, held_at::float8 as "heldAt",
        recalled_at::float8 as "recalledAt", recall_category as "recallCategory"
      from released_files where release in (select id from releases where ${where}) order by release, number`,
  );
  const byRelease = new Map<string, ReleasedFileView[]>(releases.map(({ id }) => [id, []]));
  for (const file of files) byRelease.get(file.release)?.push(fileView(file));
  return releases.map((release) => ({ ...release, files: byRelease.get(release.id) ?? [] }));
}

function fileView({ release: _, recalledAt, recallCategory, ...file }: FileRow): ReleasedFileView {
  return {
    ...file,
    recalled: recalledAt === null ? null : { at: recalledAt, category: recallCategory },
  };
}

/** With the bytes; only of a release that has arrived as a whole. */
export async function releasedFile(
  db: Db,
  release: string,
  number: number,
): Promise<FileWithBytes | Refusal> {
  const [row] = await rowsOf<FileRow & { project: string; workspace: string; releasedAt: number | null }>(
    db,
    sql`
      select file.release, number, path, size, sha256, approvals, held_at::float8 as "heldAt",
        recalled_at::float8 as "recalledAt", recall_category as "recallCategory", project, workspace,
        released_at::float8 as "releasedAt"
      from released_files as file join releases on releases.id = file.release
      where file.release = ${release} and number = ${number}::int`,
  );
  if (!row) return words.unknownOutput();
  const { project, workspace, releasedAt, ...file } = row;
  if (file.recalledAt !== null) return words.recalled();
  if (releasedAt === null) return words.notReleased();
  const [blob] = await rowsOf<{ bytes: Uint8Array }>(
    db,
    sql`select bytes from released_blobs where release = ${release} and number = ${number}::int`,
  );
  // Recalled between the two looks.
  if (!blob) return words.recalled();
  return { ...fileView(file), release, project, workspace, bytes: Buffer.from(blob.bytes) };
}

/** Call it before the first byte is sent: whoever has a copy is told of a recall. */
export async function noteDownload(
  deps: OutputsDeps,
  { release, number, person }: { release: string; number: number; person: number },
): Promise<void> {
  await changeOutputs(deps, async (change) => {
    const { tx, now } = change;
    const [of] = await rowsOf<{ request: string; backend: string; batch: number }>(
      tx,
      sql`select request, backend, batch from releases where id = ${release}`,
    );
    if (!of) throw new Error(`no release ${release}`);
    await tx.execute(sql`
      insert into release_downloads (release, number, person, first_at, last_at)
      values (${release}, ${number}, ${person}, ${now}, ${now})
      on conflict (release, number, person) do update set count = release_downloads.count + 1, last_at = ${now}`);
    change.tell({
      type: 'release',
      actor: `person:${person}`,
      subject: `release:${of.request}`,
      body: { event: 'downloaded', backend: of.backend, batch: of.batch, file: number },
    });
  });
}

/** Numeric ids, in order. */
export async function downloadersOf(db: Db, release: string, number: number): Promise<number[]> {
  const rows = await rowsOf<{ person: number }>(
    db,
    sql`
      select person::float8 as person from release_downloads
      where release = ${release} and number = ${number}::int order by person`,
  );
  return rows.map(({ person }) => person);
}
