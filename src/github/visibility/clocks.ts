/**
 * Every repository that governance names, looked at: since when it has been run on real data, by when it has to
 * be public, and whether it is. Looks at tables, governance and GitHub, never at events, so that nothing that was
 * lost matters; done again it changes nothing.
 */
import { and, eq, inArray, isNull, ne, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { record } from '../../db/record.ts';
import { proposals } from '../../db/schema/stewarding.ts';
import { endWarnings, repositoryClocks } from '../../db/schema/visibility.ts';
import { frozenAt } from '../../freezes/freezes.ts';
import type { Governance } from '../../governance/governance.ts';
import { isoDay, isoTime } from '../../lib/clock.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import { askSteward, taskOf } from '../../stewarding/stewarding.ts';
import { placeOf, visibilityOf, type Place, type Visibility, type Why } from '../../visibility/visibility.ts';
import type { Room } from '../room.ts';
import { troubleOf } from '../trouble.ts';
import { clockOf, firstRealJob, heldOf, isAwaited, leaf, type Clock } from './clock-rows.ts';
import { reminderToSay } from './reminders.ts';
import { Sightings, type Seen } from './seen.ts';

/** How many rows changed, or have something to be said. */
export async function lookAtClocks(room: Room): Promise<number> {
  const governance = room.governance.current();
  if (!governance) return 0;
  let changed = 0;
  let listed: Promise<Sightings> | undefined;
  const sightings = (): Promise<Sightings> => (listed ??= Sightings.now(room));
  for (const project of governance.projects) {
    for (const { id } of project.repos) {
      try {
        changed += Number(await lookAtClock(room, { governance, sightings }, id));
      } catch (error) {
        // One repository out of reach must not keep the others waiting; a lost connection is tried again with all.
        if (troubleOf(error, 0).kind === 'wait') throw error;
        room.logger.warn(
          { err: error, repository: id, code: 'visibility.look' },
          'A repository could not be looked at',
        );
      }
    }
  }
  return changed;
}

async function lookAtClock(
  room: Room,
  { governance: g, sightings }: { governance: Governance; sightings(): Promise<Sightings> },
  id: number,
): Promise<boolean> {
  const place = placeOf(g, id);
  if (!place) return false;
  const before = await clockOf(room.db, id);
  const first = before?.startedAt == null ? await firstRealJob(room.db, id) : undefined;
  const start = before?.startedAt ?? first?.startedAt;
  // Nothing has been run and nothing is asked for: GitHub need not be asked about it.
  const published = await isAwaited(room.db, id);
  if (
    start === undefined &&
    !before &&
    !published &&
    place.repository.visibility === 'private' &&
    !hasPaper(place)
  )
    return false;
  const seen = await (await sightings()).of(id);
  if (seen === 'unsure') return false;
  return room.db.transaction(async (tx) => {
    await lockRow(tx, id, place, room.clock.now());
    return settleClock(tx, room, { g, place, first, seen, published });
  });
}

const hasPaper = ({ project, repository }: Place): boolean =>
  project.papers.some(({ repos }) => repos.includes(repository.id));

/** There from here on, and ours until the end of the transaction. */
async function lockRow(tx: Tx, id: number, { project }: Place, now: number): Promise<void> {
  await tx
    .insert(repositoryClocks)
    .values({ repository: id, project: project.id, state: 'open-ended', updatedAt: now })
    .onConflictDoNothing();
  await tx.execute(sql`select 1 from repository_clocks where repository = ${id} for update`);
}

interface Look {
  g: Governance;
  place: Place;
  first: { job: string; startedAt: number } | undefined;
  seen: Seen | undefined;
  published: boolean;
}

async function settleClock(tx: Tx, room: Room, look: Look): Promise<boolean> {
  const { g, place, seen } = look;
  const { id } = place.repository;
  const row = (await clockOf(tx, id))!;
  const now = room.clock.now();
  const start = row.startedAt ?? look.first?.startedAt;
  const pending = await isPending(tx, row);
  const topics = seen?.topics ?? row.topics ?? [];
  const visibility = visibilityOf(g, place, {
    start: start === undefined ? undefined : isoDay(start),
    pending,
    published: look.published,
    topics,
    today: isoDay(now),
  });
  const next = nextRow(row, look, visibility, now);
  const change = { ...next, ...(!pending && { askedAt: null, proposal: null }) };
  const differs = Object.entries(change).some(
    ([key, value]) => JSON.stringify(row[key as keyof Clock] ?? null) !== JSON.stringify(value ?? null),
  );
  if (differs) {
    await tx
      .update(repositoryClocks)
      .set({ ...change, updatedAt: now })
      .where(eq(repositoryClocks.repository, id));
    await record(tx, ...leavesOf(room, row, { ...row, ...change }));
  }
  const after = { ...row, ...change };
  if (after.state === 'due' || after.state === 'blocked') await askToFlip(tx, room, after, seen);
  const news = differs || (await reminderToSay(tx, g, after, isoDay(now))) !== undefined;
  if (news) await queueOutbox(tx, newsOfClock(after), now);
  return news;
}

/** The study's own issue; and governance's, once something stood in the way. */
export function newsOfClock({
  repository,
  blocked,
}: Pick<Clock, 'repository' | 'blocked'>): { topic: string; subject: string }[] {
  const subject = String(repository);
  return [{ topic: 'due', subject }, ...(blocked === null ? [] : [{ topic: 'due-held', subject }])];
}

/** Everything that this life shows, to be written again. */
export async function everyClock(db: Db): Promise<{ topic: string; subject: string }[]> {
  const clocks = await db.select().from(repositoryClocks).where(ne(repositoryClocks.state, 'open-ended'));
  const places = await db.selectDistinct({ subject: endWarnings.place }).from(endWarnings);
  return [...clocks.flatMap(newsOfClock), ...places.map(({ subject }) => ({ topic: 'ends', subject }))];
}

async function isPending(tx: Tx, { proposal }: Clock): Promise<boolean> {
  if (proposal === null) return false;
  const [open] = await tx
    .select({ id: proposals.id })
    .from(proposals)
    .where(
      and(
        eq(proposals.id, proposal),
        inArray(proposals.state, ['asked', 'opened']),
        isNull(proposals.endedAt),
      ),
    );
  return open !== undefined;
}

type Change = Pick<
  Clock,
  | 'project'
  | 'startedAt'
  | 'firstJob'
  | 'state'
  | 'due'
  | 'flip'
  | 'why'
  | 'topics'
  | 'publicSince'
  | 'blocked'
>;

function nextRow(row: Clock, { place, first, seen }: Look, visibility: Visibility, now: number): Change {
  const isPublic = seen ? seen.public : row.publicSince !== null;
  const due = 'due' in visibility ? visibility : undefined;
  const blocked = visibility.is === 'due' && !isPublic ? row.blocked : null;
  return {
    project: place.project.id,
    startedAt: row.startedAt ?? first?.startedAt ?? null,
    firstJob: row.firstJob ?? first?.job ?? null,
    state: isPublic ? 'public' : stateOf(visibility, blocked !== null, seen),
    // Asked for by governance, it has been due since the first day that was seen.
    due: (due && AT_ONCE.includes(due.why) && row.why === due.why ? row.due : due?.due) ?? null,
    flip: due ? (due.is === 'running' ? due.flip : due.due) : null,
    why: due?.why ?? null,
    topics: seen?.topics ?? row.topics,
    publicSince: isPublic ? (row.publicSince ?? now) : null,
    blocked,
  };
}

/** Due on no day of its own: since the first day on which that was seen. */
const AT_ONCE: readonly Why[] = ['governance', 'publication'];

function stateOf({ is }: Visibility, blocked: boolean, seen: Seen | undefined): Clock['state'] {
  if (is === 'due' && !seen) return 'gone';
  return is === 'due' && blocked ? 'blocked' : is;
}

function leavesOf(room: Room, before: Clock, after: Clock): LedgerEntry[] {
  const { repository, project, due } = after;
  const tell = (event: string, body: LedgerEntry['body']): LedgerEntry =>
    leaf(room, repository, { event, project, ...body });
  const leaves: LedgerEntry[] = [];
  const began = before.startedAt === null && after.startedAt !== null && after.firstJob !== null;
  if (began && after.startedAt !== null && due !== null)
    leaves.push(tell('clock-started', { job: after.firstJob, started: isoTime(after.startedAt), due }));
  else if (before.due !== null && due !== null && before.due !== due)
    leaves.push(tell('due-changed', { due, was: before.due, why: after.why }));
  // What the steward has made public is told by its own answer.
  if (before.publicSince === null && after.publicSince !== null)
    leaves.push(tell('made-public', { by: 'hand', due, why: after.why }));
  if (before.publicSince !== null && after.publicSince === null) leaves.push(tell('private-again', { due }));
  return leaves;
}

/**
 * Once a day: what stood in the way yesterday may be gone; and when governance has changed, which may have cleared
 * it. Nothing is published of what stands still.
 */
async function askToFlip(tx: Tx, room: Room, row: Clock, seen: Seen | undefined): Promise<void> {
  if (!seen || (await frozenAt(tx, { project: row.project, backend: '' }))) return;
  const now = room.clock.now();
  const key = `visibility:${row.repository}`;
  const asked = await taskOf(tx, key);
  const today = isoDay(now);
  const cleared = heldOf(row)?.policy !== room.governance.current()?.commit;
  if (asked?.state === 'wanted' || (asked && isoDay(asked.askedAt) === today && !cleared)) return;
  const task = await askSteward(tx, {
    key,
    do: 'visibility',
    payload: {
      repository: row.repository,
      owner: seen.owner,
      start: row.startedAt === null ? null : isoDay(row.startedAt),
    },
    now,
    again: true,
  });
  await tx.update(repositoryClocks).set({ task }).where(eq(repositoryClocks.repository, row.repository));
}
