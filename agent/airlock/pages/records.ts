/** What happened: to one request, in the whole zone; and how the airlock itself is doing. */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray } from '../../../src/db/open.ts';
import { rolesOf } from '../../../src/governance/governance.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import { activity, CHAIN_START, type Activity, type Entry } from '../../../src/release/release.ts';
import type { Checks } from '../checks/service.ts';
import { stored1 } from '../command.ts';
import type { Core, Rules } from '../core.ts';
import type { AuditFilter, AuditRow, Operations } from '../face.ts';
import { commandFacts } from '../request-facts.ts';
import { failedNotices } from '../notices.ts';
import { scheduleRows } from '../schedules/schedules.ts';
import { incidentRows } from './incidents.ts';
import { settingOf } from '../settings.ts';
import { endedIn, viewerIn } from '../where.ts';
import { no } from '../words.ts';
import { stuckRequests } from './lists.ts';
import { loginOf, personOf } from './people.ts';

export async function activityOf(
  core: Core,
  person: number,
  id: string,
): Promise<(Activity & { login?: string; ofLogin?: string })[] | Refusal> {
  const stored = await stored1(core.db, id, false);
  const rules = core.rules(core.clock.now());
  if (!rules) return no.governance();
  if (!stored) return no.request();
  const facts = await commandFacts(core, core.db, stored.request);
  if (!facts) return no.governance();
  const viewer = viewerIn(core, rules, person, stored.request, facts);
  if (viewer.as === 'stranger')
    return endedIn(core, rules, stored.request.project, person, facts.at) ?? no.request();
  const rows = await rowsOf<{ entry: string }>(
    core.db,
    sql`select entry from entries where request = ${id} and seq <= ${stored.request.seq}::int order by seq`,
  );
  const entries = rows.map(({ entry }) => JSON.parse(entry) as Entry);
  return activity(stored.request, entries, viewer).map((each) => ({
    ...each,
    ...(each.by === undefined ? {} : { login: loginOf(rules, each.by) }),
    ...(each.of === undefined ? {} : { ofLogin: loginOf(rules, each.of) }),
  }));
}

const LOOKS = [
  'WORKSPACE_FILE_VIEW',
  'REQUEST_FILE_VIEW',
  'LISTING_VIEW',
  'CODE_VIEW',
  'AUDIT_VIEW',
  'RELEASED_FILE_VIEW',
];

/** Operators and auditors read who looked at what; a request's own entries are read at the request, where they are filtered. */
export async function auditLog(
  core: Core,
  person: number,
  filter: AuditFilter,
): Promise<AuditRow[] | Refusal> {
  const rules = core.rules(core.clock.now());
  if (!rules) return no.governance();
  if (!isAuditor(core, rules, person)) return no.auditors();
  const hidden = filter.views ? [] : LOOKS;
  const rows = await rowsOf<
    Omit<AuditRow, 'person' | 'details'> & { person: number | null; details: string | null }
  >(
    core.db,
    sql`
      select id::float8 as id, at::float8 as at, type, person::float8 as person, workspace, request, path, sha256, details
      from log
      where id < ${filter.before ?? Number.MAX_SAFE_INTEGER}::bigint
        and not (type = any(${textArray(hidden)}))
        and ${filter.person === undefined ? sql`true` : sql`person = ${filter.person}::bigint`}
        and ${filter.workspace === undefined ? sql`true` : sql`workspace = ${filter.workspace}`}
        and ${filter.request === undefined ? sql`true` : sql`request = ${filter.request}`}
        and ${filter.type === undefined ? sql`true` : sql`type = ${filter.type}`}
        and at >= ${filter.since ?? 0}::bigint and at <= ${filter.until ?? Number.MAX_SAFE_INTEGER}::bigint
      order by id desc limit ${Math.min(filter.count, 1000)}::int`,
  );
  return rows.map(({ person: who, details, ...row }) => ({
    ...row,
    person: who === null ? null : personOf(rules, who),
    details: details === null ? {} : (JSON.parse(details) as Record<string, unknown>),
  }));
}

export function isOperator(core: Core, rules: Rules, person: number): boolean {
  return rolesOf(rules.governance, person, undefined, core.clock.now()).has('deployment_operator');
}

function isAuditor(core: Core, rules: Rules, person: number): boolean {
  return (
    isOperator(core, rules, person) ||
    rolesOf(rules.governance, person, undefined, core.clock.now()).has('governance')
  );
}

export async function operations(core: Core, checks: Checks, person: number): Promise<Operations | Refusal> {
  const rules = core.rules(core.clock.now());
  if (!rules) return no.governance();
  if (!isOperator(core, rules, person)) return no.operators();
  const uploads = await rowsOf<Operations['uploads'][number]>(
    core.db,
    sql`select request, batch, number as file, attempts, next_at::float8 as "nextAt", failed_at::float8 as "failedAt", code
        from uploads order by request, batch, number`,
  );
  const waiting = await rowsOf<Operations['waiting'][number]>(
    core.db,
    sql`select topic, count(*)::int as count, min(at)::float8 as oldest from outbox where version > told group by topic`,
  );
  const copies = await rowsOf<{ sha256: string | null; broken_at: number | null; checked_at: number }>(
    core.db,
    sql`select sha256, broken_at::float8 as broken_at, checked_at::float8 as checked_at from copies`,
  );
  const chain = await rowsOf<{ entries: number; lines: number; head: string | null }>(
    core.db,
    sql`select (select count(*)::int from entries) as entries, (select count(*)::int from log) as lines,
          (select hash from log_chain order by seq desc limit 1) as head`,
  );
  return {
    schedules: await scheduleRows(core, rules),
    failedNotices: await failedNotices(core.db),
    incidents: await incidentRows(core, rules),
    uploads,
    waiting,
    copies: {
      total: copies.length,
      checkedAt: copies.length === 0 ? null : Math.min(...copies.map(({ checked_at }) => checked_at)),
      broken: copies.flatMap(({ sha256, broken_at }) =>
        broken_at !== null && sha256 !== null ? [sha256] : [],
      ),
    },
    checks: { waiting: checks.waiting, failed: checks.failed },
    ...(core.disk && { disk: core.disk() }),
    chain: {
      entries: chain[0]?.entries ?? 0,
      log: chain[0]?.lines ?? 0,
      head: chain[0]?.head ?? CHAIN_START,
      checkedAt: numberOf(await settingOf(core.db, 'chain-checked-at')),
      broken: (await settingOf(core.db, 'chain-broken')) ?? null,
    },
    stuck: await stuckRequests(core, rules),
  };
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
