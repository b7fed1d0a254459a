/**
 * The shown copy of a request: what its airlock says may be known of it. The newest version wins, each
 * step goes into the public record exactly once, a recall removes the bytes.
 *
 * An airlock speaks only for its own requests, and only of workspaces that belong to its backend. What a
 * step says of the past stands; only who took it may be filled in later, once that may be known.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../db/database.ts';
import { projectById, projectOfRepository } from '../governance/governance.ts';
import { hours, isoTime } from '../lib/clock.ts';
import type { LedgerType } from '../ledger/ledger.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { Json } from '../pipeline/types.ts';
import type { ShownEvent, ShownRequest } from '../protocol/protocol.ts';
import type { Airlock } from './airlocks.ts';
import { changeOutputs, type Change } from './change.ts';
import { recallFiles } from './recall.ts';
import type { OutputsDeps } from './types.ts';
import * as words from './words.ts';

/** How far the zone's clock may run ahead of ours. */
const AHEAD_MS = hours(1);

interface Known extends Airlock {
  epoch: number;
  version: number;
  workspace: string;
  project: string;
  repository: number;
}

/** Undefined when it was taken; taking it again changes nothing. */
export async function takeShown(
  deps: OutputsDeps,
  caller: Airlock,
  shown: ShownRequest,
): Promise<Refusal | undefined> {
  if (!inOrder(shown, deps.clock.now())) return words.stepsMalformed();
  return changeOutputs(deps, async (change) => {
    const known = await knownOrMade(deps, change, caller, shown);
    if (isRefusal(known)) return known;
    const epoch = shown.epoch ?? 0;
    // Said by what the zone was before it was restored: another airlock under the same name, or an old message.
    if (epoch < known.epoch) return words.olderEpoch();
    const told = await takeSteps(change, caller, shown);
    const newer = epoch > known.epoch || shown.version > known.version;
    if (newer) await replace(change, shown);
    if (newer) await recallFiles(change, shown);
    if (newer || told) change.show('review', shown.id);
    return undefined;
  });
}

function inOrder({ events, version, createdAt, epoch = 0 }: ShownRequest, now: number): boolean {
  const rising = events.every((event, at) => event.seq > (events[at - 1]?.seq ?? 0));
  const latest = now + AHEAD_MS;
  const epochs = events.map((event) => event.epoch ?? 0);
  return (
    rising &&
    epochs.every((each, at) => each >= (epochs[at - 1] ?? 0) && each <= epoch) &&
    (events.at(-1)?.seq ?? 0) <= version &&
    createdAt <= latest &&
    events.every(({ at }) => at <= latest)
  );
}

/** Locks the row, so that two reports of one request come one after another. */
async function knownOrMade(
  deps: OutputsDeps,
  change: Change,
  caller: Airlock,
  shown: ShownRequest,
): Promise<Known | Refusal> {
  const known = (await locked(change, shown.id)) ?? (await made(deps, change, caller, shown));
  if (!known) return words.foreignWorkspace();
  if (isRefusal(known)) return known;
  if (known.backend !== caller.backend || known.airlock !== caller.airlock) return words.foreignRequest();
  const same =
    known.workspace === shown.workspace &&
    known.project === shown.project &&
    (shown.repository ?? known.repository) === known.repository;
  return same ? known : words.foreignWorkspace();
}

async function locked({ tx }: Change, id: string): Promise<Known | undefined> {
  const [known] = await rowsOf<Known>(
    tx,
    sql`
      select backend, airlock, epoch::float8 as epoch, version::float8 as version, workspace, project, repository_id::float8 as repository
      from shown_requests where id = ${id} for update`,
  );
  return known;
}

/** The first time, the workspace decides: its backend, its repository, and the project that repository belongs to. */
async function made(
  { governance }: OutputsDeps,
  change: Change,
  caller: Airlock,
  shown: ShownRequest,
): Promise<Known | Refusal | undefined> {
  const { tx, now } = change;
  const [ordered] = await rowsOf<Airlock>(
    tx,
    sql`select backend, airlock from airlock_orders where request = ${shown.id} limit 1`,
  );
  if (ordered && (ordered.backend !== caller.backend || ordered.airlock !== caller.airlock))
    return words.foreignRequest();
  const [home] = await rowsOf<{ repository: number }>(
    tx,
    sql`
      select repository_id::float8 as repository from workspaces
      where name = ${shown.workspace} and exists (
        select 1 from workspace_agents where backend = ${caller.backend} and workspace = ${shown.workspace})`,
  );
  const policy = governance();
  if (!home || !policy) return undefined;
  const project = projectById(policy, shown.project);
  if (!project || projectOfRepository(policy, home.repository)?.id !== project.id) return undefined;
  if (shown.repository !== null && shown.repository !== home.repository) return undefined;
  // Version 0: whatever was sent is newer.
  await tx.execute(sql`
    insert into shown_requests
      (id, backend, airlock, version, workspace, project, repository_id, state, created_at, shown, updated_at)
    values (${shown.id}, ${caller.backend}, ${caller.airlock}, 0, ${shown.workspace}, ${shown.project},
      ${home.repository}, ${shown.state}, ${shown.createdAt}, ${bare(shown)}::jsonb, ${now})
    on conflict (id) do nothing`);
  return locked(change, shown.id);
}

async function replace({ tx, now }: Change, shown: ShownRequest): Promise<void> {
  await tx.execute(sql`
    update shown_requests set epoch = ${shown.epoch ?? 0}::bigint, version = ${shown.version}, state = ${shown.state}, shown = ${bare(shown)}::jsonb,
      updated_at = ${now}
    where id = ${shown.id}`);
}

function bare({ events: _, ...rest }: ShownRequest): string {
  return JSON.stringify(rest);
}

/** True when a step was new, or now says who took it. */
async function takeSteps(change: Change, caller: Airlock, shown: ShownRequest): Promise<boolean> {
  if (shown.events.length === 0) return false;
  const taken = await rowsOf<{ seq: number; fresh: boolean }>(
    change.tx,
    sql`
      insert into shown_steps (request, epoch, seq, at, what, by, state, category, batch, file)
      select ${shown.id}, coalesce(epoch, 0), seq, at, what, by, state, category, batch, file
      from json_to_recordset(${asJson(shown.events)}) as row
        (epoch bigint, seq bigint, at bigint, what text, by bigint, state text, category text, batch int, file int)
      on conflict (request, epoch, seq) do update set by = excluded.by
        where shown_steps.by is null and excluded.by is not null and shown_steps.what = excluded.what
      returning seq::float8 as seq, xmax = 0 as fresh`,
  );
  const fresh = new Set(taken.filter((row) => row.fresh).map(({ seq }) => seq));
  for (const event of shown.events) if (fresh.has(event.seq)) change.tell(leaf(caller, shown, event));
  return taken.length > 0;
}

const VERDICTS: readonly ShownEvent['what'][] = ['review-received', 'reviewed'];
const WITHDRAWALS: readonly ShownEvent['what'][] = ['recalled', 'revoked', 'incident-closed'];

function leaf({ backend, airlock }: Airlock, shown: ShownRequest, event: ShownEvent) {
  const { what, by, at, state, category, batch } = event;
  const rest = { ...(category && { category }), ...(batch && { batch }) };
  return {
    type: typeOf(what),
    actor: by === null ? `airlock:${backend}/${airlock}` : `person:${by}`,
    subject: `release:${shown.id}`,
    body: {
      event: what,
      state,
      at: isoTime(at),
      backend,
      workspace: shown.workspace,
      project: shown.project,
      ...rest,
    } satisfies Record<string, Json>,
  };
}

function typeOf(what: ShownEvent['what']): LedgerType {
  if (VERDICTS.includes(what)) return 'verdict';
  return WITHDRAWALS.includes(what) ? 'withdrawal' : 'release';
}
