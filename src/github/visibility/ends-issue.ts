/** The topic `ends`: one issue "What ends soon" in a place, kept as it is now, and one comment for each announcement. */
import { and, eq, gte } from 'drizzle-orm';
import { endWarnings } from '../../db/schema/visibility.ts';
import { projectById, type End, type Governance } from '../../governance/governance.ts';
import { days, isoDay } from '../../lib/clock.ts';
import { marker } from '../markdown.ts';
import { findRepository, OutOfReach, showFor } from '../reach.ts';
import { knownIssue, showIssue } from '../release/show-issue.ts';
import type { KnownRepository, Room } from '../room.ts';
import { leadsOf } from './due-issue.ts';
import { endsSoon, GOVERNANCE, placeOfProject } from './ends.ts';
import { endsBody, endsComment, endsMark } from './ends-words.ts';

/** What was announced longer ago is not said any more: it has ended. */
const REMEMBERED_DAYS = 40;

export async function showEnds(room: Room, place: string, force: boolean): Promise<void> {
  const g = room.governance.current();
  if (!g) return;
  const now = room.clock.now();
  const here = endsSoon(g, isoDay(now)).filter((each) => each.place === place);
  const home = await repositoryFor(room, g, place);
  if (!home) throw new OutOfReach('no repository in which it could be said');
  const show = await showFor(room, home.id, force);
  const key = `issue:ends:${place}`;
  const isPublic = (await show.client.describe())?.private === false;
  if (here.length === 0 && !(await knownIssue({ room }, key))) return;
  const issue = await showIssue(show, {
    key,
    mark: endsMark(place),
    title: 'What ends soon',
    body: ({ replaces }) =>
      endsBody(
        g,
        place,
        here.map(({ end }) => end),
        { isPublic, replaces },
      ),
    labels: [],
    open: here.length > 0,
    reason: 'completed',
  });
  if (issue === 'off') throw new OutOfReach('the repository has no issues');
  for (const { batch, ends, round } of await announced(room, place, now)) {
    const still = ends.filter((end) =>
      here.some((each) => each.end.of === end.of && each.end.until === end.until),
    );
    // Prolonged before it could be said.
    if (still.length === 0) continue;
    const mark = marker('ends', batch);
    const leads = leadsFor(g, place, now);
    const body = `${mark}\n${endsComment(g, still, { isPublic, leads, round })}`;
    const said = await show.kept(`ends:${batch}`, 'comment');
    if (!said?.githubId)
      await show.comment({ key: `ends:${batch}`, issue: issue.number, mark, body, final: true });
  }
}

function leadsFor(g: Governance, place: string, now: number): string[] {
  const project = g.projects.find(({ id }) => placeOfProject(id) === place);
  return project ? leadsOf(g, project, now) : [];
}

/** The first of the project's repositories in which issues can be written; governance's own for everything else. */
async function repositoryFor(room: Room, g: Governance, place: string): Promise<KnownRepository | undefined> {
  const project = place === GOVERNANCE ? undefined : projectById(g, place.slice(placeOfProject('').length));
  for (const { id } of project?.repos ?? []) {
    const found = await findRepository(room, id);
    if (found && !found.suspended) return found;
  }
  return findRepository(room, room.governance.repositoryId);
}

interface Announcement {
  batch: string;
  ends: End[];
  round: number;
}

async function announced(room: Room, place: string, now: number): Promise<Announcement[]> {
  const rows = await room.db
    .select()
    .from(endWarnings)
    .where(and(eq(endWarnings.place, place), gte(endWarnings.warnedAt, now - days(REMEMBERED_DAYS))))
    .orderBy(endWarnings.warnedAt, endWarnings.until, endWarnings.key);
  const batches = new Map<string, Announcement>();
  for (const { batch, end, round } of rows) {
    const known = batches.get(batch);
    // Written by this room from its own type.
    const each = end as unknown as End;
    if (known) {
      known.ends.push(each);
      known.round = Math.min(known.round, round);
    } else batches.set(batch, { batch, ends: [each], round });
  }
  return [...batches.values()];
}
