/** What GitHub may show of a request, made in the zone: no name, text, grade, count per check or bare hash. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../../src/db/open.ts';
import type { ShownRequest } from '../../src/protocol/airlock.ts';
import {
  hintsAtStake,
  incidentDue,
  outputsAtStake,
  validReviews,
  type Entry,
  type Facts,
  type ReleaseRequest,
} from '../../src/release/release.ts';
import type { KeptHint } from './checks/hints.ts';
import { commandFacts } from './request-facts.ts';
import type { Core } from './core.ts';
import { inEpoch, shownEvents } from './shown-events.ts';

/** From here on it is "many". */
const MANY = 10;
const MOST_EVENTS = 500;

interface Row {
  folded: string;
  told: number;
  hints: string | null;
  reviews: string;
  entries: string;
}

export async function pendingShown(core: Core, limit: number): Promise<string[]> {
  const rows = await rowsOf<{ subject: string }>(
    core.db,
    sql`select subject from outbox where topic = 'shown' and version > told order by at, subject limit ${limit}::int`,
  );
  return rows.map(({ subject }) => subject);
}

export async function markShown(
  core: Core,
  taken: readonly { id: string; version: number }[],
): Promise<void> {
  if (taken.length === 0) return;
  await core.db.execute(sql`
    update outbox set told = greatest(told, least(t.version, outbox.version))
    from json_to_recordset(${asJson(taken)}) as t (id text, version int)
    where outbox.topic = 'shown' and outbox.subject = t.id`);
}

export async function shown(core: Core, ids: readonly string[]): Promise<ShownRequest[]> {
  if (ids.length === 0) return [];
  const rows = await rowsOf<Row>(
    core.db,
    sql`
      select r.folded, coalesce(o.told, 0)::int as told, c.hints,
        (select coalesce(json_agg(json_build_object('turn', v.turn, 'checker', v.checker, 'seq', v.seq, 'commitment', v.commitment)), '[]')::text
          from reviews v where v.request = r.id) as reviews,
        (select json_agg(e.entry order by e.seq)::text from entries e where e.request = r.id) as entries
      from requests r
        left join outbox o on o.topic = 'shown' and o.subject = r.id
        left join request_checks c on c.request = r.id
      where r.id in (select json_array_elements_text(${asJson(ids)}))`,
  );
  const made = await Promise.all(rows.map((row) => shownOf(core, row)));
  const byId = new Map(made.map((each) => [each.id, each]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

async function shownOf(core: Core, row: Row): Promise<ShownRequest> {
  const request = JSON.parse(row.folded) as ReleaseRequest;
  const entries = (JSON.parse(row.entries) as string[]).map((text) => JSON.parse(text) as Entry);
  const hints = row.hints === null ? [] : (JSON.parse(row.hints) as KeptHint[]);
  const facts = await commandFacts(core, core.db, request);
  const told = shownEvents(entries);
  const events = told.events.filter(({ seq }) => seq > row.told).slice(0, MOST_EVENTS);
  const open = request.submittedAt !== null && request.state !== 'draft' && request.state !== 'returned';
  return {
    id: request.id,
    // When there is more to tell than fits, the rest is told next time.
    version: events.length === MOST_EVENTS ? events.at(-1)!.seq : Math.max(1, told.version),
    workspace: request.workspace,
    project: request.project,
    repository: (await core.workspaces.ready(request.workspace))?.repository ?? null,
    author: request.author,
    ...(request.automated ? { automated: true } : {}),
    state: request.state,
    turn: request.turn,
    ...inEpoch(request),
    createdAt: request.createdAt,
    submittedAt: request.submittedAt,
    decidedAt: told.decidedAt,
    // While it is being edited, numbers would tell of each edit.
    files: open ? asked(request) : 0,
    hints: open ? level(request, hints, facts) : 'none',
    checkers: request.seats.map(({ checker }) => checker),
    reviews: facts ? reviewsIn(request, facts, core) : 0,
    short: facts ? shortOf(request) : 0,
    category: told.category ?? null,
    commitments: commitmentsOf(request, row.reviews),
    batches: request.batches.map(({ number, state, files }) => ({
      number,
      state,
      recalled: files.filter(({ revoked }) => revoked).map((file) => file.number),
    })),
    ...incidentsOf(core, request),
    events,
  };
}

function incidentsOf(core: Core, request: ReleaseRequest): Pick<ShownRequest, 'incidents'> {
  const rules = core.rules(core.clock.now());
  if (request.incidents.length === 0 || !rules) return {};
  return {
    incidents: request.incidents.map((incident) => ({
      number: incident.number,
      category: incident.category,
      files: incident.files,
      openedAt: incident.openedAt,
      dueAt: incidentDue(incident, rules.release),
      closedAt: incident.closed?.at ?? null,
    })),
  };
}

function asked(request: ReleaseRequest): number {
  const out = request.batches.filter(({ state }) => state !== 'halted').flatMap(({ files }) => files);
  return outputsAtStake(request).length + out.length;
}

function level(
  request: ReleaseRequest,
  hints: readonly KeptHint[],
  facts: Facts | undefined,
): ShownRequest['hints'] {
  const all = facts ? hintsAtStake(request, { ...facts, hints }) : hints;
  const count = all.filter(({ severity }) => severity !== 'inform').length;
  if (count === 0) return 'none';
  return count < MANY ? 'some' : 'many';
}

function reviewsIn(request: ReleaseRequest, facts: Facts, core: Core): number {
  const rules = core.rules(core.clock.now());
  return rules ? new Set(validReviews(request, facts, rules.release).map(({ checker }) => checker)).size : 0;
}

const CHECKERS = 2;

function shortOf(request: ReleaseRequest): number {
  const open = request.state === 'submitted' || request.state === 'reviewing';
  return open ? Math.max(0, CHECKERS - request.seats.length) : 0;
}

/** The last of each checker's this turn; their order says nothing about who was first. */
function commitmentsOf(request: ReleaseRequest, text: string): string[] {
  const rows = JSON.parse(text) as { turn: number; checker: number; seq: number; commitment: string }[];
  const last = new Map<number, string>();
  for (const { turn, checker, commitment } of rows.sort((a, b) => a.seq - b.seq)) {
    if (turn === request.turn) last.set(checker, commitment);
  }
  return [...last.values()].sort();
}
