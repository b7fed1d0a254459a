/**
 * What ends soon, said while there is time: thirty days ahead, and again seven. Each once, whichever hub looks
 * and whatever its clock says: what was announced is a row, by what it is, its day and the round.
 */
import { gte, sql } from 'drizzle-orm';
import { asJson, rowsOf, type Tx } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { endWarnings } from '../../db/schema/visibility.ts';
import { endsWithin, type End, type Governance } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { sha256 } from '../../lib/hash.ts';
import { keepSetting, settingOf, type Room } from '../room.ts';

export const ROUNDS = [30, 7] as const;
export const GOVERNANCE = 'governance';
/** Of a project; no place is called like another. */
export const placeOfProject = (project: string): string => `p-${project}`;

/** How many were announced anew. */
export async function warnOfEnds(room: Room): Promise<number> {
  const g = room.governance.current();
  if (!g) return 0;
  const now = room.clock.now();
  const today = isoDay(now);
  const found = endsSoon(g, today).map((each) => ({ ...each, key: keyOf(each.end, each.round) }));
  const known = new Set(
    (
      await room.db.select({ key: endWarnings.key }).from(endWarnings).where(gte(endWarnings.until, today))
    ).map(({ key }) => key),
  );
  const fresh = found.filter(({ key }) => !known.has(key));
  const before = (await settingOf<Record<string, string>>(room.db, LISTS)) ?? {};
  const lists = listsOf(found);
  const places = new Set([...Object.keys(before), ...Object.keys(lists)]);
  const changed = [...places].filter((place) => before[place] !== lists[place]);
  if (fresh.length === 0 && changed.length === 0) return 0;
  const made = await room.db.transaction(async (tx) => {
    const news = [...changed, ...fresh.map(({ place }) => place)];
    await queueOutbox(
      tx,
      news.map((subject) => ({ topic: 'ends', subject })),
      now,
    );
    return keep(tx, fresh, now);
  });
  await keepSetting(room.db, LISTS, lists, now);
  return made;
}

/** What each place's list holds, so that one that became shorter is written again too. */
const LISTS = 'ends-soon';

function listsOf(found: readonly (Ending & { key: string })[]): Record<string, string> {
  const lists: Record<string, string> = {};
  for (const { place, end } of found) lists[place] = sha256(`${lists[place] ?? ''}\n${end.of}\n${end.until}`);
  return lists;
}

async function keep(tx: Tx, fresh: readonly (Ending & { key: string })[], now: number): Promise<number> {
  const rows = fresh.map(({ key, place, round, end }) => {
    const together = fresh.filter((each) => each.place === place).map((each) => each.key);
    const batch = sha256(`${place} ${together.sort().join(' ')}`).slice(0, 16);
    return { key, place, round, end, until: end.until, batch };
  });
  const made = await rowsOf(
    tx,
    sql`
      insert into end_warnings (key, place, batch, round, "end", until, warned_at)
      select key, place, batch, round, "end", until, ${now}::bigint
      from json_to_recordset(${asJson(rows)}) as row (key text, place text, batch text, round integer, "end" jsonb, until text)
      on conflict (key) do nothing returning key`,
  );
  return made.length;
}

export interface Ending {
  end: End;
  place: string;
  round: number;
}

/** What ends within the first round, with where it is said. What a project that is over would lose is no news. */
export function endsSoon(g: Governance, today: string): Ending[] {
  return endsWithin(g, today, ROUNDS[0]).flatMap((end) => {
    const place = placeFor(g, end);
    if (place === undefined) return [];
    const near = endsWithinDays(end.until, today, ROUNDS[1]);
    return [{ end, place, round: near ? ROUNDS[1] : ROUNDS[0] }];
  });
}

const endsWithinDays = (until: string, today: string, count: number): boolean =>
  (Date.parse(until) - Date.parse(today)) / 86_400_000 <= count;

const AT_WORK = ['ongoing', 'ongoing_linked', 'postponed'];

function placeFor(g: Governance, { what, project, person }: End): string | undefined {
  const atWork = g.projects.filter(({ status, repos }) => AT_WORK.includes(status) && repos.length > 0);
  if (project !== undefined) {
    if (atWork.some(({ id }) => id === project)) return placeOfProject(project);
    return g.projects.some(({ id, status }) => id === project && AT_WORK.includes(status))
      ? GOVERNANCE
      : undefined;
  }
  if (what === 'role') return GOVERNANCE;
  // One place for a person, however many projects they have.
  const own = atWork.filter(
    ({ members, copilot }) => copilot?.id === person || members.some(({ id }) => id === person),
  );
  const first = own.map(({ id }) => id).sort()[0];
  return first === undefined ? GOVERNANCE : placeOfProject(first);
}

const keyOf = ({ of, until }: End, round: number): string => sha256(`${of}\n${until}\n${round}`);
