/**
 * Entries into the database: appended and chained, and with them, in the same transaction, everything that
 * is kept beside the folded state because it must be unique, be found by hash, or be told to the hub.
 */
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, textArray } from '../../src/db/open.ts';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { keyedDigest } from '../../src/lib/hash.ts';
import {
  CHAIN_START,
  chained,
  reviewRecord,
  type Entry,
  type EntryOf,
  type EntryType,
  type ReleaseRequest,
} from '../../src/release/release.ts';
import type { Core, Tx } from './core.ts';
import { isShown } from './shown-events.ts';

export interface Stored {
  request: ReleaseRequest;
  head: string;
}

const oneOf = (...types: EntryType[]) => {
  const set = new Set<EntryType>(types);
  return (events: readonly Entry[]): boolean => events.some(({ type }) => set.has(type));
};
const changesFiles = oneOf('REQUEST_FILE_ADD', 'REQUEST_FILE_UPDATE', 'REQUEST_FILE_WITHDRAW');
const changesSeats = oneOf('REQUEST_CLAIM', 'REQUEST_UNCLAIM');
const changesBatches = oneOf(
  'REQUEST_FILE_RELEASE',
  'REQUEST_FILE_UPLOAD',
  'REQUEST_FILE_REVOKE',
  'REQUEST_RELEASE',
  'REQUEST_HALT',
  'REQUEST_WITHDRAW',
  'REQUEST_ADMIN',
  'REQUEST_RESTORE',
);

/** `before` is undefined for a new request. Answers the hash of the last entry. */
export async function persist(
  core: Pick<Core, 'clock'>,
  tx: Tx,
  before: Stored | undefined,
  after: ReleaseRequest,
  events: readonly Entry[],
): Promise<string> {
  const links = chainOf(events, before?.head ?? CHAIN_START);
  const head = links.at(-1)?.hash ?? before?.head ?? CHAIN_START;
  const now = core.clock.now();
  await writeRequest(tx, before !== undefined, after, head, now);
  await tx.execute(sql`
    insert into entries (request, seq, type, at, actor, entry, previous, hash)
    select ${after.id}, seq, type, at, actor, entry, previous, hash
    from json_to_recordset(${asJson(links)})
      as row (seq int, type text, at bigint, actor bigint, entry text, previous text, hash text)`);
  if (changesFiles(events)) await writeFiles(tx, after, before !== undefined);
  if (changesSeats(events)) await writeSeats(tx, after);
  if (changesBatches(events)) await writeReleased(tx, after, now);
  for (const entry of events) if (entry.type === 'REQUEST_REVIEW') await commitTo(tx, entry);
  await writeRejected(tx, before?.request, after);
  if (events.some(isShown)) await queueNews(tx, after.id, events.filter(isShown).length, now);
  return head;
}

function chainOf(events: readonly Entry[], head: string) {
  let previous = head;
  return events.map((entry) => {
    const link = chained(entry, previous);
    previous = link.hash;
    const actor = entry.by.kind === 'person' ? entry.by.id : null;
    return {
      seq: entry.seq,
      type: entry.type,
      at: entry.at,
      actor,
      entry: canonicalJson(entry),
      previous: link.previous,
      hash: link.hash,
    };
  });
}

async function writeRequest(
  tx: Tx,
  isThere: boolean,
  request: ReleaseRequest,
  head: string,
  now: number,
): Promise<void> {
  const { id, workspace, project, author, state, turn, seq, createdAt, submittedAt } = request;
  const folded = JSON.stringify(request);
  if (isThere) {
    await tx.execute(sql`
      update requests set author = ${author}::bigint, state = ${state}, turn = ${turn}::int, seq = ${seq}::int,
        submitted_at = ${submittedAt}::bigint, changed_at = ${now}::bigint, head = ${head}, folded = ${folded}
      where id = ${id}`);
    return;
  }
  await tx.execute(sql`
    insert into requests (id, workspace, project, author, state, turn, seq, created_at, submitted_at, changed_at, head, folded)
    values (${id}, ${workspace}, ${project}, ${author}::bigint, ${state}, ${turn}::int, ${seq}::int,
      ${createdAt}::bigint, ${submittedAt}::bigint, ${now}::bigint, ${head}, ${folded})`);
}

async function writeFiles(tx: Tx, { id, files }: ReleaseRequest, isThere: boolean): Promise<void> {
  const rows = files.map(({ path, number, sha256, source, withdrawn }) => ({
    path,
    number,
    sha256,
    source,
    withdrawn: withdrawn ? 1 : 0,
  }));
  if (isThere) await tx.execute(sql`delete from request_files where request = ${id}`);
  await tx.execute(sql`
    insert into request_files (request, path, number, sha256, source, withdrawn)
    select ${id}, path, number, sha256, source, withdrawn
    from json_to_recordset(${asJson(rows)}) as row (path text, number int, sha256 text, source text, withdrawn int)`);
}

async function writeSeats(tx: Tx, { id, seats }: ReleaseRequest): Promise<void> {
  await tx.execute(sql`delete from seats where request = ${id}`);
  await tx.execute(sql`
    insert into seats (request, checker, kind, since)
    select ${id}, checker, kind, since
    from json_to_recordset(${asJson(seats.map(({ checker, as, since }) => ({ checker, kind: as, since })))})
      as row (checker bigint, kind text, since bigint)`);
}

/** The two approvers stand in the row, where the database holds that they are two and not the author. */
async function writeReleased(tx: Tx, request: ReleaseRequest, now: number): Promise<void> {
  const sources = new Map(request.files.map(({ path, source }) => [path, source]));
  const rows = request.batches.flatMap(({ number: batch, state, files }) =>
    files.map((file) => {
      const [first, second] = [...new Set(file.approvals.map(({ checker }) => checker))];
      return {
        batch,
        number: file.number,
        path: file.path,
        sha256: file.sha256,
        source: sources.get(file.path) ?? file.sha256,
        size: file.size,
        state,
        uploaded: file.uploaded ? 1 : 0,
        revoked: file.revoked ? 1 : 0,
        first: first ?? null,
        second: second ?? null,
      };
    }),
  );
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into released (request, batch, number, workspace, project, path, sha256, source, size, at, state, uploaded, revoked, author, first, second)
    select ${request.id}, batch, number, ${request.workspace}, ${request.project}, path, sha256, source, size,
      ${now}::bigint, state, uploaded, revoked, ${request.author}::bigint, first, second
    from json_to_recordset(${asJson(rows)}) as row (batch int, number int, path text, sha256 text, source text,
      size bigint, state text, uploaded int, revoked int, first bigint, second bigint)
    on conflict (request, batch, number)
    do update set state = excluded.state, uploaded = excluded.uploaded, revoked = excluded.revoked`);
}

/** What was signed is bound now and opened later: a keyed digest with a nonce nobody knows. */
async function commitTo(tx: Tx, entry: EntryOf<'REQUEST_REVIEW'>): Promise<void> {
  const nonce = randomBytes(32).toString('hex');
  const record = reviewRecord(entry);
  await tx.execute(sql`
    insert into reviews (request, turn, checker, seq, commitment, nonce, record, at)
    values (${entry.request}, ${entry.turn}::int, ${entry.checker}::bigint, ${entry.seq}::int,
      ${keyedDigest(nonce, record)}, ${nonce}, ${record}, ${entry.at}::bigint)`);
}

async function writeRejected(
  tx: Tx,
  before: ReleaseRequest | undefined,
  { id, rejectedHashes }: ReleaseRequest,
): Promise<void> {
  if (rejectedHashes.length === (before?.rejectedHashes.length ?? 0)) return;
  await tx.execute(sql`
    insert into rejected_hashes (request, sha256)
    select ${id}, hash from unnest(${textArray(rejectedHashes)}) as hash
    on conflict do nothing`);
}

async function queueNews(tx: Tx, request: string, steps: number, now: number): Promise<void> {
  await tx.execute(sql`
    insert into outbox (topic, subject, version, told, at)
    values ('shown', ${request}, ${steps}::int, 0, ${now}::bigint)
    on conflict (topic, subject) do update set version = outbox.version + excluded.version,
      at = case when outbox.told = outbox.version then excluded.at else outbox.at end`);
}

/** Rows of requests, parsed; in the order asked for where ids are given. */
export async function requestsWhere(db: Core['db'], where: ReturnType<typeof sql>): Promise<Stored[]> {
  const rows = await rowsOf<{ folded: string; head: string }>(
    db,
    sql`select folded, head from requests where ${where}`,
  );
  return rows.map(({ folded, head }) => ({ request: JSON.parse(folded) as ReleaseRequest, head }));
}
