/**
 * Who checks: the airlock gives places when a request is submitted, takes them from who may no longer
 * check or has not begun, and gives them on.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  apply,
  barredSeats,
  chooseCheckers,
  decide,
  type Command,
  type Entry,
  type EntryType,
  type Facts,
  type ReleaseRequest,
} from '../../src/release/release.ts';
import type { Core, Db, Rules } from './core.ts';

const OPENS: readonly EntryType[] = ['REQUEST_SUBMIT', 'REQUEST_UNCLAIM'];
const OPEN: readonly ReleaseRequest['state'][] = ['submitted', 'reviewing'];

/** Fills the places that the command has opened, in its own transaction; `refill`: whoever opened them. */
export async function followUps(
  core: Core,
  db: Db,
  rules: Rules,
  request: ReleaseRequest,
  events: readonly Entry[],
  facts: Facts,
  refill: boolean,
): Promise<{ request: ReleaseRequest; events: Entry[] }> {
  const done: { request: ReleaseRequest; events: Entry[] } = { request, events: [] };
  if (!OPEN.includes(request.state)) return done;
  if (!refill && !events.some(({ type }) => OPENS.includes(type))) return done;
  for (const { checker } of barredSeats(request, facts, rules.release)) {
    take(done, { type: 'unassign', checker, by: { kind: 'airlock' } }, facts, rules);
  }
  const load = await loads(db, request.id);
  const left = await whoLeft(db, done.request, events);
  const { chosen, short } = chooseCheckers(done.request, facts, rules.release, {
    load,
    away: [...rules.away, ...left],
  });
  for (const checker of chosen) {
    take(done, { type: 'assign', checker, by: { kind: 'airlock' } }, facts, rules);
  }
  if (short > 0) {
    core.logger.warn(
      { request: request.id, short, code: 'airlock.checkers-short' },
      'Too few checkers are free and independent',
    );
  }
  return done;
}

function take(
  done: { request: ReleaseRequest; events: Entry[] },
  command: Command,
  facts: Facts,
  rules: Rules,
): void {
  const answer = decide(done.request, command, facts, rules.release);
  if (isRefusal(answer)) return;
  for (const event of answer.events) done.request = apply(done.request, event);
  done.events.push(...answer.events);
}

/** Places each checker holds on other requests under review. */
async function loads(db: Db, request: string): Promise<Record<number, number>> {
  const rows = await rowsOf<{ checker: number; held: number }>(
    db,
    sql`select s.checker::float8 as checker, count(*)::int as held from seats s join requests r on r.id = s.request
        where r.state in ('submitted', 'reviewing', 'consolidating') and s.request <> ${request} group by s.checker`,
  );
  return Object.fromEntries(rows.map(({ checker, held }) => [checker, held]));
}

/** Who gave the place back, or did not use it, this turn: it is not given to them again. */
async function whoLeft(db: Db, request: ReleaseRequest, events: readonly Entry[]): Promise<number[]> {
  const rows = await rowsOf<{ entry: string }>(
    db,
    sql`select entry from entries where request = ${request.id} and type = 'REQUEST_UNCLAIM'`,
  );
  return [...rows.map(({ entry }) => JSON.parse(entry) as Entry), ...events].flatMap((entry) =>
    entry.type === 'REQUEST_UNCLAIM' && entry.turn === request.turn && entry.why !== 'barred'
      ? [entry.checker]
      : [],
  );
}
