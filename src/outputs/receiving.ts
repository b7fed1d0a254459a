/**
 * Receiving a release: first what it is, then its files, each as often as need be.
 *
 * Repeats are told apart by id and hash alone. When the last file is held the release has arrived, once.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, type Tx } from '../db/database.ts';
import { frozenRefusal } from '../freezes/freezes.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { ReleaseDeclaration, ReleaseFile, ShownRequest } from '../protocol/protocol.ts';
import { releaseId } from '../release/release.ts';
import type { Airlock } from './airlocks.ts';
import { changeOutputs, type Change } from './change.ts';
import { checkersOf, isApproved, whyNotDeclared } from './declaration.ts';
import { epochKey, isOutdated, wasDeclaredBefore } from './epochs.ts';
import type { OutputsDeps } from './types.ts';
import * as words from './words.ts';

/** Numbers of the files that need not be sent (any more). */
export async function declareRelease(
  deps: OutputsDeps,
  caller: Airlock,
  declared: ReleaseDeclaration,
): Promise<{ held: number[] } | Refusal> {
  const governance = deps.governance();
  if (!governance) return words.notReady();
  if (declared.release !== releaseId(declared.request, declared.batch))
    return words.releaseOtherRequest('id');
  return changeOutputs(deps, async (change) => {
    const shown = await shownTo(change.tx, caller, declared.request);
    if (!shown) return words.releaseUnknownRequest();
    if (await isOutdated(change.tx, caller, declared.epoch)) return words.olderEpoch();
    const stands = await frozenRefusal(change.tx, { project: shown.project, backend: caller.backend });
    if (stands) return stands;
    const known = await declaredFiles(change.tx, declared.release);
    if (known) {
      const same = fileMap(known) === fileMap(declared.files);
      return same ? { held: heldOf(known) } : words.releaseOtherContent(declared.release);
    }
    const no = whyNotDeclared(declared, shown, governance, change.now);
    if (no) return no;
    const already = await outAlready(change.tx, caller, declared);
    if (already) return words.releasedAlready(already);
    await insert(change, caller, declared);
    const recalled = shown.batches.find(({ number }) => number === declared.batch)?.recalled ?? [];
    if (recalled.length > 0) await insertRecalled(change, declared.release, recalled);
    return { held: heldOf((await declaredFiles(change.tx, declared.release)) ?? []) };
  });
}

/** Locked against reports on the same request, whose recalls must not be overtaken. */
async function shownTo(tx: Tx, { backend, airlock }: Airlock, request: string) {
  const [row] = await rowsOf<{ shown: Omit<ShownRequest, 'events'>; repository: number }>(
    tx,
    sql`
      select shown, repository_id::float8 as repository from shown_requests
      where id = ${request} and backend = ${backend} and airlock = ${airlock} for update`,
  );
  return row && { ...row.shown, repository: row.repository };
}

/** The zone releases no bytes twice, but one that was restored from a backup may not know what it released. */
async function outAlready(
  tx: Tx,
  { backend, airlock }: Airlock,
  { release, workspace, files }: ReleaseDeclaration,
): Promise<string | undefined> {
  const [row] = await rowsOf<{ release: string }>(
    tx,
    sql`
      select held.release from released_files held join releases on releases.id = held.release
        join json_to_recordset(${asJson(files.map(({ path, sha256: hash }) => ({ path, hash })))})
          as wanted (path text, hash text) on wanted.path = held.path and wanted.hash = held.sha256
      where releases.workspace = ${workspace} and held.release <> ${release}
        and held.held_at is not null and held.recalled_at is null
        and exists (select 1 from settings where key = ${epochKey(backend, airlock)}) limit 1`,
  );
  return row?.release;
}

interface DeclaredFile {
  number: number;
  path: string;
  sha256: string;
  held: boolean;
}

async function declaredFiles(tx: Tx, release: string): Promise<DeclaredFile[] | undefined> {
  const files = await rowsOf<DeclaredFile>(
    tx,
    sql`
      select number, path, sha256, held_at is not null or recalled_at is not null as held
      from released_files where release = ${release} order by number`,
  );
  return files.length > 0 ? files : undefined;
}

const heldOf = (files: readonly DeclaredFile[]): number[] =>
  files.filter(({ held }) => held).map(({ number }) => number);

function fileMap(files: readonly Pick<ReleaseFile, 'number' | 'path' | 'sha256'>[]): string {
  const sorted = [...files].sort((a, b) => a.number - b.number);
  return canonicalJson(sorted.map(({ number, path, sha256: hash }) => [number, path, hash]));
}

async function insert(
  { tx, now }: Change,
  { backend, airlock }: Airlock,
  declared: ReleaseDeclaration,
): Promise<void> {
  const { release, request, batch, workspace, project, repository, author, statements, files } = declared;
  const reviewers = JSON.stringify(declared.reviewers);
  await tx.execute(sql`
    insert into releases
      (id, request, batch, backend, airlock, workspace, project, repository_id, author, reviewers,
      statements, declared_at)
    values (${release}, ${request}, ${batch}, ${backend}, ${airlock}, ${workspace}, ${project}, ${repository},
      ${author}, ${reviewers}::jsonb, ${JSON.stringify(statements)}::jsonb, ${now})`);
  await tx.execute(sql`
    insert into released_files (release, number, path, size, sha256, approvals)
    select ${release}, number, path, size, sha256, approvals
    from json_to_recordset(${asJson(files)}) as row (number int, path text, size int, sha256 text, approvals jsonb)`);
}

async function insertRecalled(
  { tx, now }: Change,
  release: string,
  numbers: readonly number[],
): Promise<void> {
  await tx.execute(sql`
    update released_files set recalled_at = ${now}::bigint
    from json_to_recordset(${asJson(numbers.map((number) => ({ number })))}) as gone (number int)
    where released_files.release = ${release} and released_files.number = gone.number`);
}

interface Place {
  size: number;
  sha256: string;
  approvals: ReleaseFile['approvals'];
  held: boolean;
  request: string;
  author: number;
  project: string;
  workspace: string;
  batch: number;
  declaredAt: number;
}

export async function receiveFile(
  deps: OutputsDeps,
  caller: Airlock,
  file: { release: string; number: number; bytes: Uint8Array; epoch?: number | undefined },
): Promise<{ sha256: string } | Refusal> {
  const governance = deps.governance();
  if (!governance) return words.notReady();
  const hash = sha256(file.bytes);
  return changeOutputs(deps, async (change) => {
    const place = await lockedPlace(change.tx, caller, file);
    if (!place) return words.notDeclared();
    // With the release locked: what begins a new epoch now comes after this file, or is seen here.
    if (await isOutdated(change.tx, caller, file.epoch)) return words.olderEpoch();
    if (place.sha256 !== hash || place.size !== file.bytes.length) return words.wrongBytes();
    if (place.held) return { sha256: hash };
    if (await wasDeclaredBefore(change.tx, caller, place.declaredAt)) return words.notDeclared();
    const stands = await frozenRefusal(change.tx, { project: place.project, backend: caller.backend });
    if (stands) return stands;
    // Rights may have gone since it was declared.
    if (!isApproved(place, place.author, checkersOf(governance, place.project, change.now)))
      return words.approvalsMissing(file.number);
    await hold(change, file);
    await finish(change, caller, file.release, place);
    return { sha256: hash };
  });
}

/** The release's row is locked: of two files that arrive at once, one is the last. */
async function lockedPlace(
  tx: Tx,
  { backend, airlock }: Airlock,
  { release, number }: { release: string; number: number },
): Promise<Place | undefined> {
  const [whole] = await rowsOf<
    Pick<Place, 'request' | 'author' | 'project' | 'workspace' | 'batch' | 'declaredAt'>
  >(
    tx,
    sql`
      select request, author::float8 as author, project, workspace, batch,
        declared_at::float8 as "declaredAt" from releases
      where id = ${release} and backend = ${backend} and airlock = ${airlock} for update`,
  );
  if (!whole) return undefined;
  const [file] = await rowsOf<Pick<Place, 'size' | 'sha256' | 'approvals' | 'held'>>(
    tx,
    sql`
      select size, sha256, approvals, held_at is not null or recalled_at is not null as held
      from released_files where release = ${release} and number = ${number}::int for update`,
  );
  return file && { ...whole, ...file };
}

async function hold(
  { tx, now }: Change,
  { release, number, bytes }: { release: string; number: number; bytes: Uint8Array },
): Promise<void> {
  await tx.execute(
    sql`insert into released_blobs (release, number, bytes) values (${release}, ${number}, ${bytes})`,
  );
  await tx.execute(
    sql`update released_files set held_at = ${now} where release = ${release} and number = ${number}`,
  );
}

async function finish(change: Change, caller: Airlock, release: string, place: Place): Promise<void> {
  const { tx, now } = change;
  const finished = await rowsOf(
    tx,
    sql`
      update releases set released_at = ${now} where id = ${release} and released_at is null and not exists (
        select 1 from released_files where release = ${release} and held_at is null and recalled_at is null)
      returning 1`,
  );
  if (finished.length === 0) return;
  const { backend, airlock } = caller;
  const { request, batch, workspace, project } = place;
  change.tell({
    type: 'release',
    actor: `airlock:${backend}/${airlock}`,
    subject: `release:${request}`,
    body: { event: 'received', batch, backend, workspace, project },
  });
  change.show('review', request);
}
