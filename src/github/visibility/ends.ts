/**
 * What ends soon, said while there is time: thirty days ahead, and again seven. Each once, whichever hub looks
 * and whatever its clock says: what was announced is a row, by what it is, its day and the round.
 */
import { gte, sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { endWarnings } from '../../db/schema/visibility.ts';
import { endsWithin, type End, type Governance } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { sha256 } from '../../lib/hash.ts';
import type { Room } from '../room.ts';

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
  if (fresh.length === 0) return 0;
  return room.db.transaction(async (tx) => {
    const rows = fresh.map(({ key, place, round, end }) => ({
      ...{ key, place, round, end, until: end.until },
      batch: sha256(
        `${place} ${fresh
          .filter((each) => each.place === place)
          .map((each) => each.key)
          .sort()
          .join(' ')}`,
      ).slice(0, 16),
    }));
    const made = await rowsOf<{ place: string }>(
      tx,
      sql`
        insert into end_warnings (key, place, batch, round, "end", until, warned_at)
        select key, place, batch, round, "end", until, ${now}::bigint
        from json_to_recordset(${asJson(rows)}) as row (key text, place text, batch text, round integer, "end" jsonb, until text)
        on conflict (key) do nothing returning place`,
    );
    const places = [...new Set(made.map(({ place }) => place))];
    await queueOutbox(
      tx,
      places.map((subject) => ({ topic: 'ends', subject })),
      now,
    );
    return made.length;
  });
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
