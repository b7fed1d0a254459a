/**
 * Looking at bytes. Whoever may not is answered as if there were nothing; whoever may leaves a line in the
 * log before the first byte goes out. A path is looked up in a list first and opened beneath its root after.
 */
import { readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { type LogType, type Watcher } from '../../src/release/release.ts';
import type { Actor, ReleaseRequest, RequestFile, Session } from '../../src/release/types.ts';
import { openBeneath } from '../store/beneath.ts';
import { stored1 } from './command.ts';
import { codeBefore } from './code-since.ts';
import { looksLike } from './content.ts';
import type { Core } from './core.ts';
import type { Delivery, LogLine, Opened, Where } from './face.ts';
import { originsOf } from './facts.ts';
import { hashOf } from './landing.ts';
import { logLines } from './log.ts';
import { commandFacts } from './request-facts.ts';
import { endedIn, mayLook, projectOf, rolesIn, viewerIn } from './where.ts';
import { no } from './words.ts';
import { validFile, type WorkspaceIndex } from './workspace-index.ts';

/** Bytes with their SHA-256, which was taken of these very bytes. */
interface Hashed {
  bytes: Buffer;
  hash: string;
}

interface Found extends Hashed {
  path: string;
  log: Pick<LogLine, 'type' | 'workspace' | 'request'>;
  /** Looks at a request's own files count as having seen them. */
  request?: string;
}

export async function open(
  core: Core,
  person: number,
  delivery: Delivery,
  where: Where,
): Promise<Opened | Refusal> {
  if (delivery.session.person !== person) return no.file();
  const found = await find(core, person, delivery, where);
  if (isRefusal(found)) {
    await logLines(core, core.db, [denied(person, delivery, where, found)]);
    return found;
  }
  const { path, bytes, hash } = found;
  const load = core.ids.id();
  await written(core, { load, person, delivery, found, hash });
  return {
    load,
    sha256: hash,
    size: bytes.length,
    content: looksLike(bytes),
    path,
    read: (range) => Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]),
  };
}

async function written(
  core: Core,
  {
    load,
    person,
    delivery,
    found,
    hash,
  }: { load: string; person: number; delivery: Delivery; found: Found; hash: string },
): Promise<void> {
  const { session, method, purpose, range } = delivery;
  await core.db.transaction(async (tx) => {
    await logLines(core, tx, [
      {
        ...found.log,
        person,
        session: session.id,
        path: found.path,
        sha256: hash,
        details: { method, purpose, range },
      },
    ]);
    await tx.execute(sql`
      insert into loads (id, request, sha256, size, person, session, strength, signed_in_at, method, purpose, range, sent, shown, at)
      values (${load}, ${found.request ?? null}, ${hash}, ${found.bytes.length}::bigint, ${person}::bigint, ${session.id},
        ${session.strength}, ${session.signedInAt}::bigint, ${method}, ${purpose}, ${range}, 0, false,
        ${core.clock.now()}::bigint)`);
  });
}

/** Once: what is said of a delivery a second time does not make it longer. */
export async function sent(core: Core, load: string, bytes: number): Promise<void> {
  await core.db.execute(
    sql`update loads set sent = ${Math.max(0, Math.floor(bytes))}::bigint where id = ${load} and sent = 0`,
  );
}

/** Said by the session that got the last byte; of anything else nothing is believed. */
export async function drawn(core: Core, session: Session, load: string): Promise<void> {
  await core.db.execute(sql`
    update loads set shown = true
    where id = ${load} and session = ${session.id} and person = ${session.person}::bigint
      and purpose = 'page' and sent >= size`);
}

function find(core: Core, person: number, delivery: Delivery, where: Where): Promise<Found | Refusal> {
  switch (where.kind) {
    case 'workspace':
      return inWorkspace(core, person, where.workspace, where.path);
    case 'code':
      return codeOfWorkspace(core, person, where);
    case 'request':
    case 'request-code':
    case 'previous-code':
    case 'previous':
      return inRequest(core, person, delivery, where);
  }
}

function lookInto(core: Core, person: number, workspace: string): WorkspaceIndex | Refusal {
  const at = core.clock.now();
  const rules = core.rules(at);
  if (!rules) return no.governance();
  const project = projectOf(core, rules, workspace);
  const index = core.workspaces.get(workspace);
  if (!index && core.workspaces.isReading) return no.reading();
  if (!index || project === undefined) return no.file();
  if (!mayLook(rolesIn(core, rules, project, person, at)))
    return endedIn(core, rules, project, person, at) ?? no.file();
  return index;
}

async function inWorkspace(
  core: Core,
  person: number,
  workspace: string,
  path: string,
): Promise<Found | Refusal> {
  const index = lookInto(core, person, workspace);
  if (isRefusal(index)) return index;
  const there = await bytesInWorkspace(index, path);
  if (isRefusal(there)) return there;
  return { path, ...there, log: { type: 'WORKSPACE_FILE_VIEW', workspace } };
}

/** A listed output or log, a log from before logs were signed, or why an output is withheld. */
export async function bytesInWorkspace(index: WorkspaceIndex, path: string): Promise<Hashed | Refusal> {
  const listed = validFile(index, path);
  if (listed) {
    const bytes = readBeneath(index.medium, path, listed.size);
    if (!bytes) return no.file();
    const found = await hashed(bytes);
    return found.hash === listed.sha256 ? found : no.differs();
  }
  const withheld = path.endsWith('.txt') ? index.file(path.slice(0, -4)) : undefined;
  if (withheld?.excluded) return hashed(Buffer.from(`${withheld.entry.message ?? ''}\n`));
  const log = isJobLog(index, path) ? readBeneath(index.medium, path, LOG_LIMIT) : undefined;
  return log ? hashed(log) : no.file();
}

async function hashed(bytes: Buffer): Promise<Hashed> {
  return { bytes, hash: await hashOf(bytes) };
}

const LOG_LIMIT = 32 * 1024 * 1024;

export function isJobLog(index: WorkspaceIndex, path: string): boolean {
  const action = /^metadata\/([^/]+)\.log$/.exec(path)?.[1];
  return action !== undefined && index.ran(action) && index.lastRun(action) === undefined;
}

/** Undefined when it leads elsewhere, is gone, or is longer than it may be. */
function readBeneath(root: string, path: string, most: number): Buffer | undefined {
  let file;
  try {
    file = openBeneath(root, path);
  } catch {
    return undefined;
  }
  try {
    const size = Number(file.stat.size);
    return size > most ? undefined : readFd(file.fd, size);
  } finally {
    file.close();
  }
}

async function codeOfWorkspace(
  core: Core,
  person: number,
  where: Extract<Where, { kind: 'code' }>,
): Promise<Found | Refusal> {
  const index = lookInto(core, person, where.workspace);
  if (isRefusal(index)) return index;
  const entry = index.file(where.output)?.entry;
  if (!entry) return no.file();
  const place = { repo: entry.repo, repository: index.repository ?? 0, commit: entry.commit };
  const bytes = await core.code.file(place, where.path);
  return bytes
    ? { path: where.path, ...(await hashed(bytes)), log: { type: 'CODE_VIEW', workspace: where.workspace } }
    : no.file();
}

/** Why somebody whose place in the request's project ended does nothing to it any more; undefined for all others. */
export async function whyOver(core: Core, by: Actor, id: string): Promise<Refusal | undefined> {
  if (by.kind !== 'person') return undefined;
  const at = core.clock.now();
  const rules = core.rules(at);
  const stored = rules && (await stored1(core.db, id, false));
  if (!stored || !endedIn(core, rules, stored.request.project, by.id, at)) return undefined;
  const held = await watched(core, by.id, id);
  return isRefusal(held) ? held : undefined;
}

/** A request that this person may look into, and as what. */
export async function watched(
  core: Core,
  person: number,
  id: string,
): Promise<{ request: ReleaseRequest; as: Watcher } | Refusal> {
  const stored = await stored1(core.db, id, false);
  if (!stored) return no.request();
  const facts = await commandFacts(core, core.db, stored.request);
  const rules = core.rules(core.clock.now());
  if (!facts || !rules) return no.governance();
  const { as } = viewerIn(core, rules, person, stored.request, facts);
  if (as === 'stranger')
    return endedIn(core, rules, stored.request.project, person, facts.at) ?? no.request();
  return { request: stored.request, as };
}

async function inRequest(
  core: Core,
  person: number,
  delivery: Delivery,
  where: Extract<Where, { request: string }>,
): Promise<Found | Refusal> {
  const held = await watched(core, person, where.request);
  if (isRefusal(held)) return held;
  const { request, as } = held;
  const file = request.files.find(({ number }) => number === where.file);
  if (!file) return no.file();
  const download = delivery.purpose === 'download';
  if (download && (as !== 'checker' || where.kind !== 'request')) return no.file();
  const log = (type: LogType): Found['log'] => ({ type, workspace: request.workspace, request: request.id });
  if (where.kind === 'request-code' || where.kind === 'previous-code') {
    return codeOfRequest(core, request, file, where, log('CODE_VIEW'));
  }
  const hash = where.kind === 'request' ? file.sha256 : await previousHash(core, request, file.path);
  if (hash === undefined) return no.file();
  const bytes = await core.copies.verified(hash);
  if (!bytes) return no.broken();
  if (where.kind === 'previous') return { path: file.path, bytes, hash, log: log('RELEASED_FILE_VIEW') };
  const type = download ? 'REQUEST_FILE_DOWNLOAD' : 'REQUEST_FILE_VIEW';
  return { path: file.path, bytes, hash, log: log(type), request: request.id };
}

async function codeOfRequest(
  core: Core,
  request: ReleaseRequest,
  file: RequestFile,
  { kind, path }: Extract<Where, { kind: 'request-code' | 'previous-code' }>,
  log: Found['log'],
): Promise<Found | Refusal> {
  const own = (await originsOf(core.db, request.id)).find((each) => each.path === file.path);
  const origin = own && kind === 'previous-code' ? await codeBefore(core, request, file, own.commit) : own;
  const bytes = origin && (await core.code.file(origin, path));
  return bytes ? { path, ...(await hashed(bytes)), log } : no.file();
}

async function previousHash(
  core: Core,
  { id, workspace }: ReleaseRequest,
  path: string,
): Promise<string | undefined> {
  const rows = await rowsOf<{ sha256: string }>(
    core.db,
    sql`select sha256 from released where workspace = ${workspace} and path = ${path} and request <> ${id}
        and uploaded = 1 and revoked = 0 order by at desc limit 1`,
  );
  return rows[0]?.sha256;
}

function denied(person: number, { session }: Delivery, where: Where, refused: Refusal): LogLine {
  return {
    type: 'ACCESS_DENIED',
    person,
    session: session.id,
    ...('workspace' in where ? { workspace: where.workspace } : {}),
    ...('request' in where ? { request: where.request } : {}),
    details: { code: refused.code, kind: where.kind },
  };
}

function readFd(fd: number, size: number): Buffer | undefined {
  const buffer = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const read = readSync(fd, buffer, length, size - length, length);
    if (read === 0) return undefined;
    length += read;
  }
  return buffer;
}
