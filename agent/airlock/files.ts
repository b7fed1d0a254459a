/** The authors' work on many files at once: copied first, then one transaction for all of them. */
import { sql } from 'drizzle-orm';
import { asJson } from '../../src/db/open.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import type { Command, Content } from '../../src/release/release.ts';
import type { Actor, FileType } from '../../src/release/types.ts';
import { commandAll, stored1, type MadeOrigin } from './command.ts';
import type { Copy } from './copies.ts';
import type { Core, Db, Tx } from './core.ts';
import { activeRequest } from './facts.ts';
import type { AddFiles, FilesDone } from './face.ts';
import { madeBy } from './statement-facts.ts';
import { endedIn, projectOf, rolesIn } from './where.ts';
import { no } from './words.ts';
import type { WorkspaceIndex } from './workspace-index.ts';

export interface Snapshots {
  copies: Map<string, Copy>;
  refused: FilesDone['refused'];
  looks: Map<string, Content>;
  origins: MadeOrigin[];
}

/**
 * Copies what is listed; what cannot be copied is refused by itself. With a disk at its red line nothing is, whatever is
 * listed: what is left is for reviews, the record and releases. Throws what a disk says that is full nevertheless.
 */
export async function snapshots(
  core: Core,
  index: WorkspaceIndex,
  paths: readonly string[],
): Promise<Snapshots | Refusal> {
  if (core.disk?.() === 'red') return no.room();
  const done: Snapshots = { copies: new Map(), refused: [], looks: new Map(), origins: [] };
  const wanted = [...new Set(paths)];
  const taken = await core.copies.take(index, wanted);
  for (const [place, copy] of taken.entries()) {
    const path = wanted[place]!;
    if (isRefusal(copy)) done.refused.push({ path, refusal: orNewer(core, index, copy) });
    else note(done, index, path, copy);
  }
  return done;
}

/** As `snapshots`, for somebody who waits for the answer: a disk that filled up between two looks says no, too. */
async function taken(
  core: Core,
  index: WorkspaceIndex,
  paths: readonly string[],
): Promise<Snapshots | Refusal> {
  try {
    return await snapshots(core, index, paths);
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    core.logger.error({ code: 'airlock.no-room' }, 'The disk is full: no files are taken');
    return no.room();
  }
}

/** Other bytes than were listed: while a newer list is being read, those may well be its. */
export function orNewer(core: Core, { name }: WorkspaceIndex, refused: Refusal): Refusal {
  return refused.code === no.differs().code && core.workspaces.isBehind(name) ? no.newer() : refused;
}

function note(done: Snapshots, index: WorkspaceIndex, path: string, copy: Copy): void {
  const { entry } = index.file(path)!;
  const made = madeBy(index.around(path), path);
  done.copies.set(path, copy);
  done.looks.set(copy.source, copy.content);
  done.origins.push({
    path,
    sha256: copy.sha256,
    job: entry.job_id,
    jobRequest: entry.job_request,
    action: entry.action,
    user: entry.user,
    repo: entry.repo,
    repository: index.repository ?? 0,
    branch: index.branch,
    commit: entry.commit,
    source: copy.source,
    ...(made ? { madeBy: made } : {}),
  });
}

/** Rows of the copies themselves: in the transaction that puts them on a request. */
export async function keepCopies(tx: Tx, copies: Iterable<Copy>, at: number): Promise<void> {
  const rows = [...copies];
  if (rows.length === 0) return;
  await tx.execute(sql`
    with row as (
      select * from json_to_recordset(${asJson(rows)}) as row (source text, sha256 text, size bigint, content text)),
    kept as (
      insert into copies (sha256, size, content, made_at, checked_at)
      select distinct on (sha256) sha256, size, content, ${at}::bigint, ${at}::bigint from row
      on conflict do nothing)
    insert into copy_sources (source, sha256) select distinct on (source) source, sha256 from row
    on conflict do nothing`);
}

export async function addFiles(core: Core, wish: AddFiles): Promise<FilesDone | Refusal> {
  const { by, workspace, group, as, reason } = wish;
  if (by.kind !== 'person') return no.person();
  const index = await core.workspaces.ready(workspace);
  const rules = core.rules(core.clock.now());
  if (!rules) return no.governance();
  const project = projectOf(core, rules, workspace);
  if (!index || project === undefined) return no.workspace();
  // Nothing is copied for somebody whom the rules would refuse in any case.
  if (!rolesIn(core, rules, project, by.id, core.clock.now()).includes('member'))
    return endedIn(core, rules, project, by.id, core.clock.now()) ?? no.workspace();
  const there = wish.request ?? (await activeRequest(core.db, workspace, by.id));
  if (there !== null && (await workspaceOf(core.db, there)) !== workspace) return no.request();
  const id = there ?? core.ids.id();
  const create: Command[] =
    there === null ? [{ type: 'create', id, workspace, project: '', author: by.id, by }] : [];
  const done = await taken(core, index, wish.paths);
  if (isRefusal(done)) return done;
  const adds = [...done.copies].map(([path, { content: _content, ...copy }]) =>
    adding(by, path, copy, { group, as, ...(reason === undefined ? {} : { reason }) }),
  );
  const answer = await commandAll(core, there, [...create, ...adds], besideOf(core, done), true);
  if (isRefusal(answer)) return answer;
  const uncreated = there === null ? answer.refused.get(0) : undefined;
  if (uncreated) return uncreated;
  return outcomeOf(id, [...done.copies.keys()], answer.refused, create.length, done.refused);
}

function adding(
  by: Actor,
  path: string,
  copy: Omit<Copy, 'content'>,
  more: { group: string; as: FileType; reason?: string },
): Command {
  return { type: 'add-file', by, path, ...copy, ...more };
}

export async function updateFiles(
  core: Core,
  by: Actor,
  request: string,
  paths: readonly string[],
  reason?: string,
): Promise<FilesDone | Refusal> {
  const workspace = await workspaceOf(core.db, request);
  const index = workspace === undefined ? undefined : await core.workspaces.ready(workspace);
  if (!index) return no.request();
  const done = await taken(core, index, paths);
  if (isRefusal(done)) return done;
  const updates = [...done.copies].map(
    ([path, { content: _content, ...copy }]): Command => ({
      type: 'update-file',
      by,
      path,
      ...copy,
      ...(reason === undefined ? {} : { reason }),
    }),
  );
  const answer = await commandAll(core, request, updates, besideOf(core, done), true);
  return isRefusal(answer)
    ? answer
    : outcomeOf(request, [...done.copies.keys()], answer.refused, 0, done.refused);
}

export async function withdrawFiles(
  core: Core,
  by: Actor,
  request: string,
  paths: readonly string[],
): Promise<FilesDone | Refusal> {
  const wanted = [...new Set(paths)];
  const commands = wanted.map((path): Command => ({ type: 'withdraw-file', by, path }));
  const answer = await commandAll(core, request, commands, {}, true);
  return isRefusal(answer) ? answer : outcomeOf(request, wanted, answer.refused, 0, []);
}

export function besideOf(core: Core, { looks, origins, copies }: Snapshots) {
  return {
    looks,
    origins,
    also: (tx: Tx): Promise<void> => keepCopies(tx, copies.values(), core.clock.now()),
  };
}

function outcomeOf(
  request: string,
  paths: readonly string[],
  refused: ReadonlyMap<number, Refusal>,
  skip: number,
  before: FilesDone['refused'],
): FilesDone {
  const done: FilesDone = { request, done: [], refused: [...before] };
  for (const [place, path] of paths.entries()) {
    const refusal = refused.get(place + skip);
    if (refusal) done.refused.push({ path, refusal });
    else done.done.push(path);
  }
  return done;
}

async function workspaceOf(db: Db, request: string): Promise<string | undefined> {
  return (await stored1(db, request, false))?.request.workspace;
}
