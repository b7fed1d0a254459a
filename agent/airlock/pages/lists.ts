/** Lists of requests: a person's own and their projects', and the checkers' queue. */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray } from '../../../src/db/open.ts';
import {
  ACTIVE,
  hintsAtStake,
  isOverdue,
  isStrong,
  liveFiles,
  outputsAtStake,
  ungraded,
  whyNotChecker,
  workingDaysBetween,
  type Facts,
  type State,
} from '../../../src/release/release.ts';
import type { Deed, ReleaseRequest } from '../../../src/release/types.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { KeptHint } from '../checks/hints.ts';
import { deedsOf } from '../command.ts';
import type { Core, Rules } from '../core.ts';
import { standingFacts } from '../facts.ts';
import type { FileOrigin, Queue, QueueRow, RequestRow } from '../face.ts';
import { viewerIn } from '../where.ts';
import { personOf, rolesAnywhere } from './people.ts';

interface Row {
  folded: string;
  origins: string;
  hints: string | null;
}

export interface Seen {
  request: ReleaseRequest;
  facts: Facts;
}

async function requestsIn(core: Core, rules: Rules, where: ReturnType<typeof sql>): Promise<Seen[]> {
  const at = core.clock.now();
  const rows = await rowsOf<Row>(
    core.db,
    sql`select r.folded, c.hints,
          (select coalesce(json_agg(o.origin), '[]')::text from origins o where o.request = r.id) as origins
        from requests r left join request_checks c on c.request = r.id
        where ${where} order by r.submitted_at nulls last, r.created_at`,
  );
  const people = new Map<string, ReturnType<typeof standingFacts>>();
  const seen: Seen[] = [];
  for (const row of rows) {
    const request = JSON.parse(row.folded) as ReleaseRequest;
    const key = `${request.workspace} ${request.project}`;
    const standing = people.get(key) ?? standingFacts(rules, request.workspace, request.project, at);
    people.set(key, standing);
    const hints = row.hints === null ? [] : (JSON.parse(row.hints) as KeptHint[]);
    seen.push({ request, facts: factsOf(standing, await deedsAt(core, row.origins), hints) });
  }
  return seen;
}

/** While git cannot say, everybody is barred: what is listed is only what needs no independence. */
async function deedsAt(core: Core, text: string): Promise<readonly Deed[]> {
  const origins = (JSON.parse(text) as string[]).map(
    (each) => (JSON.parse(each) as { file: FileOrigin }).file,
  );
  const deeds = await deedsOf(core, origins);
  return isRefusal(deeds) ? [{ known: false, deed: 'committed', named: deeds.code }] : deeds;
}

function factsOf(
  standing: ReturnType<typeof standingFacts>,
  deeds: readonly Deed[],
  hints: readonly KeptHint[],
): Facts {
  return {
    ...standing,
    deeds,
    hints,
    activeRequest: null,
    files: {},
    released: [],
    revoked: [],
    unchecked: [],
    views: [],
  };
}

function rowOf(rules: Rules, { request, facts }: Seen): RequestRow {
  const atStake = outputsAtStake(request);
  // All of it has been released: then it is told by what it asked for.
  const outputs = atStake.length > 0 ? atStake : liveFiles(request).filter(({ type }) => type === 'output');
  return {
    id: request.id,
    workspace: request.workspace,
    project: request.project,
    author: personOf(rules, request.author),
    state: request.state,
    turn: request.turn,
    createdAt: request.createdAt,
    submittedAt: request.submittedAt,
    ...(request.automated ? { automated: true as const } : {}),
    outputs: outputs.length,
    bytes: outputs.reduce((sum, { size }) => sum + size, 0),
    overdue: isOverdue(request, facts.at, rules.release, rules.calendar),
  };
}

/** Newest first. */
export async function requestsOf(
  core: Core,
  person: number,
  filter: { workspace?: string; states?: readonly State[] },
): Promise<RequestRow[]> {
  const rules = core.rules(core.clock.now());
  if (!rules) return [];
  const seen = await requestsIn(
    core,
    rules,
    sql`${filter.workspace === undefined ? sql`true` : sql`r.workspace = ${filter.workspace}`}
      and ${filter.states ? sql`r.state = any(${textArray(filter.states)})` : sql`true`}`,
  );
  return seen
    .filter(({ request, facts }) => viewerIn(core, rules, person, request, facts).as !== 'stranger')
    .map((each) => rowOf(rules, each))
    .sort((a, b) => b.createdAt - a.createdAt);
}

const QUEUED: readonly State[] = [...ACTIVE.filter((state) => state !== 'draft'), 'approved', 'releasing'];

export async function queue(core: Core, checker: number): Promise<Queue> {
  const found: Queue = { mine: [], open: [], returned: [], releasing: [] };
  const rules = core.rules(core.clock.now());
  if (!rules || !rolesAnywhere(core, rules, checker, core.clock.now()).includes('checker')) return found;
  const seen = await requestsIn(core, rules, sql`r.state = any(${textArray(QUEUED)})`);
  for (const each of seen) {
    const { request, facts } = each;
    if (!facts.people[checker]?.roles.includes('checker')) continue;
    if (viewerIn(core, rules, checker, request, facts).as === 'stranger') continue;
    const row = queueRow(rules, each, checker);
    if (request.state === 'returned') found.returned.push(row);
    else if (request.state === 'approved' || request.state === 'releasing') found.releasing.push(row);
    else if (row.mine) found.mine.push(row);
    else found.open.push(row);
  }
  return found;
}

function queueRow(rules: Rules, seen: Seen, checker: number): QueueRow {
  const { request, facts } = seen;
  const mine = request.seats.some((seat) => seat.checker === checker);
  const row = rowOf(rules, seen);
  const hints = hintsAtStake(request, facts);
  const count = (severity: string): number => hints.filter((hint) => hint.severity === severity).length;
  return {
    ...row,
    age: request.submittedAt === null ? 0 : workingDaysBetween(request.submittedAt, facts.at, rules.calendar),
    mine,
    progress: mine
      ? {
          graded: row.outputs - ungraded(request, checker, rules.release).length,
          signed: request.reviews.some(
            ({ checker: who, turn, work }) =>
              who === checker && turn === request.turn && isStrong(work, rules.release),
          ),
        }
      : null,
    hints: { block: count('block'), warn: count('warn') },
    mayClaim: whyNotChecker(checker, request, facts) ?? null,
  };
}

/** Waiting longer than anything should: for the operators. */
export async function stuckRequests(core: Core, rules: Rules): Promise<RequestRow[]> {
  const seen = await requestsIn(core, rules, sql`r.state = any(${textArray(QUEUED)})`);
  return seen.map((each) => rowOf(rules, each)).filter(({ overdue }) => overdue);
}
