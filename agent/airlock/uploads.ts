/**
 * Out of the zone: what is to be sent, what is declared, what arrived. Bytes are hashed afresh before and
 * while they leave; what no longer matches stays, and somebody is told.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { isRefusal, refusal, type Refusal } from '../../src/lib/refusal.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { ReleaseDeclaration } from '../../src/protocol/airlock.ts';
import { PROTOCOL } from '../../src/protocol/protocol.ts';
import {
  declaration,
  keyDigest,
  whyNotSent,
  type Actor,
  type Batch,
  type BatchFile,
  type ReleaseRequest,
} from '../../src/release/release.ts';
import { command, stored1 } from './command.ts';
import type { Core } from './core.ts';
import type { DueBatch, FileRef, LinkUploads } from './link/types.ts';
import { statementsFor } from './release-statements.ts';
import { reviewersOf } from './reviewers.ts';
import { commandFacts } from './request-facts.ts';
import { rolesIn } from './where.ts';
import { no } from './words.ts';

const AIRLOCK: Actor = { kind: 'airlock' };
/** A start that was refused is tried again after so long: governance may have changed, a freeze may have ended. */
const START_AGAIN_MS = 10 * 60_000;

export function uploadsOf(core: Core): LinkUploads {
  return {
    due: () => due(core),
    start: (request, batch) => start(core, request, batch),
    declaration: (request, batch) => declared(core, request, batch),
    bytes: (file) => bytesOf(core, file),
    confirm: (file, hash) => confirm(core, file, hash),
    failed: (file, failure) => failed(core, file, failure),
  };
}

interface DueRow {
  request: string;
  batch: number;
  state: string;
  number: number;
  attempts: number;
  next_at: number;
  start_at: number;
  project: string;
}

async function due(core: Core): Promise<DueBatch[]> {
  const rows = await rowsOf<DueRow>(
    core.db,
    sql`
      select r.request, r.batch, r.state, r.number, q.project, coalesce(u.attempts, 0)::int as attempts,
        coalesce(u.next_at, 0)::float8 as next_at, coalesce(s.next_at, 0)::float8 as start_at
      from released r join requests q on q.id = r.request
        left join uploads u on u.request = r.request and u.batch = r.batch and u.number = r.number
        left join uploads s on s.request = r.request and s.batch = r.batch and s.number = 0
      where r.state in ('queued', 'uploading') and r.uploaded = 0 and u.failed_at is null
      order by r.at, r.request, r.batch, r.number`,
  );
  const batches = new Map<string, DueBatch>();
  for (const row of rows) {
    const { request, batch, state, number, attempts, next_at: nextAt } = row;
    // Its files are as they were when it goes on; nothing of it counts as failed meanwhile.
    if (core.freezes?.over(row.project)) continue;
    const queued = state === 'queued';
    if (queued && row.start_at > core.clock.now()) continue;
    const key = `${request} ${batch}`;
    const known = batches.get(key) ?? { request, batch, queued, files: [] };
    known.files.push({ number, attempts, nextAt });
    batches.set(key, known);
  }
  return [...batches.values()];
}

async function batchOf(
  core: Core,
  request: string,
  number: number,
): Promise<{ request: ReleaseRequest; batch: Batch } | undefined> {
  const stored = await stored1(core.db, request, false);
  const batch = stored?.request.batches.find((each) => each.number === number);
  return stored && batch && { request: stored.request, batch };
}

async function start(core: Core, id: string, number: number): Promise<Refusal | undefined> {
  const held = await batchOf(core, id, number);
  if (!held) return no.noQueued();
  if (held.batch.state === 'uploading') return undefined;
  const hashes: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const { path, sha256: hash } of held.batch.files)
    hashes[path] = (await core.copies.hashNow(hash)) ?? '';
  const answer = await command(core, id, { type: 'start-upload', batch: number, hashes, by: AIRLOCK });
  if (!isRefusal(answer)) return undefined;
  const now = core.clock.now();
  core.logger.error({ request: id, batch: number, code: answer.code }, 'A release could not be started');
  await writeTry(
    core,
    { request: id, batch: number, number: 0 },
    { attempts: 1, nextAt: now + START_AGAIN_MS, code: answer.code },
  );
  return answer;
}

async function declared(core: Core, id: string, number: number): Promise<ReleaseDeclaration | undefined> {
  const held = await batchOf(core, id, number);
  if (held?.batch.state !== 'uploading') return undefined;
  const { request, batch } = held;
  const plain = declaration(request, number)!;
  const statements = await statementsFor(core, request, batch);
  if (isRefusal(statements)) throw new Error(statements.code);
  return {
    protocol: PROTOCOL,
    release: plain.release,
    request: id,
    batch: number,
    workspace: request.workspace,
    project: request.project,
    repository: statements.repository,
    author: request.author,
    reviewers: await reviewersOf(core.db, id, number),
    files: batch.files.map(({ number: file, path, size, sha256: hash, approvals }) => ({
      number: file,
      path,
      size,
      sha256: hash,
      approvals: approvals.map(({ checker, key }) => ({ checker, key: keyDigest(id, path, checker, key) })),
    })),
    statements: statements.envelopes,
  };
}

async function fileOf(core: Core, { request, batch, number }: FileRef) {
  const held = await batchOf(core, request, batch);
  const file = held?.batch.files.find((each) => each.number === number);
  if (!file) throw new Error(refusal('airlock.unknown-file', 'no such file of a batch').code);
  return file;
}

async function bytesOf(core: Core, ref: FileRef): Promise<Buffer> {
  const file = await handOut(core, ref);
  const bytes = await core.copies.verified(file.sha256);
  // Read once and hashed as read: what is sent is what was hashed.
  if (!bytes || bytes.length !== file.size || sha256(bytes) !== file.sha256) {
    core.logger.error(
      { request: ref.request, code: 'airlock.stored-copy' },
      'A stored copy is damaged: it is not sent',
    );
    throw new Error('airlock.stored-copy');
  }
  return bytes;
}

/** Asked of each file before its bytes are read, and written down: once given out they may be outside. */
async function handOut(core: Core, ref: FileRef): Promise<BatchFile> {
  const { request: id, batch: number } = ref;
  const held = await batchOf(core, id, number);
  const file = held?.batch.files.find((each) => each.number === ref.number);
  const rules = core.rules(core.clock.now());
  const facts = held && (await commandFacts(core, core.db, held.request));
  if (!held || !file || !rules || !facts) throw new Error('airlock.unknown-file');
  const why = whyNotSent(held.request, { batch: number, path: file.path }, facts, rules.release);
  if (why) {
    core.logger.error({ request: id, batch: number, code: why.code }, 'A file may not leave any more');
    throw new Error(why.code);
  }
  await core.db.execute(sql`
    insert into handed_out (request, batch, number, at)
    values (${id}, ${number}::int, ${ref.number}::int, ${core.clock.now()}::bigint) on conflict do nothing`);
  return file;
}

async function wasHandedOut(core: Core, { request, batch, number }: FileRef): Promise<boolean> {
  const rows = await rowsOf(
    core.db,
    sql`select 1 from handed_out
        where request = ${request} and batch = ${batch}::int and number = ${number}::int`,
  );
  return rows.length > 0;
}

async function confirm(core: Core, ref: FileRef, hash: string): Promise<void> {
  const { path, uploaded, sha256: known } = await fileOf(core, ref);
  // The last file ends the release: said once more, it is still true.
  if (uploaded && known === hash) return;
  const answer = await command(core, ref.request, {
    type: 'confirm-upload',
    batch: ref.batch,
    path,
    sha256: hash,
    handedOut: await wasHandedOut(core, ref),
    by: AIRLOCK,
  });
  if (isRefusal(answer)) throw new Error(answer.code);
}

async function failed(
  core: Core,
  ref: FileRef,
  failure: { attempts: number; nextAt: number | null; code: string },
): Promise<void> {
  await writeTry(core, ref, failure);
  if (failure.nextAt !== null) return;
  const { path } = await fileOf(core, ref);
  const answer = await command(core, ref.request, {
    type: 'fail-upload',
    batch: ref.batch,
    path,
    by: AIRLOCK,
  });
  core.logger.error(
    { request: ref.request, batch: ref.batch, code: failure.code, recorded: !isRefusal(answer) },
    'A file could not be uploaded: an operator has to try again',
  );
}

async function writeTry(
  core: Core,
  { request, batch, number }: FileRef,
  { attempts, nextAt, code }: { attempts: number; nextAt: number | null; code: string },
): Promise<void> {
  const now = core.clock.now();
  await core.db.execute(sql`
    insert into uploads (request, batch, number, attempts, next_at, failed_at, code)
    values (${request}, ${batch}::int, ${number}::int, ${attempts}::int, ${nextAt ?? now}::bigint,
      ${nextAt === null ? now : null}::bigint, ${code})
    on conflict (request, batch, number) do update set attempts = excluded.attempts, next_at = excluded.next_at,
      failed_at = excluded.failed_at, code = excluded.code`);
}

/** By an operator: counted from the beginning again. */
export async function retryUpload(
  core: Core,
  by: Actor,
  request: string,
  batch: number,
): Promise<Refusal | undefined> {
  const held = await batchOf(core, request, batch);
  const rules = core.rules(core.clock.now());
  if (!rules) return no.governance();
  if (!held) return no.request();

  const roles =
    by.kind === 'person' ? rolesIn(core, rules, held.request.project, by.id, core.clock.now()) : [];
  if (!roles.includes('operator')) return no.operators();
  const gone = await rowsOf<{ number: number }>(
    core.db,
    sql`delete from uploads where request = ${request} and batch = ${batch}::int returning number`,
  );
  if (gone.length === 0) return no.nothingFailed();
  core.changed();
  return undefined;
}
