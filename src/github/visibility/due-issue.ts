/** The topics `due` and `due-held`: the issue with the day in the study repository, and governance's own about what is in the way. */
import { asc, eq } from 'drizzle-orm';
import { repositorySignoffs } from '../../db/schema/visibility.ts';
import { live, rolesOf, type Governance, type Project } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { releasesOfRepository } from '../../outputs/outputs.ts';
import { retryEditions } from '../../publication/publication.ts';
import { placeOf } from '../../visibility/visibility.ts';
import { marker } from '../markdown.ts';
import { propose } from '../proposals/propose.ts';
import { ourselves } from '../provision/show-project.ts';
import { findRepository, OutOfReach, showFor } from '../reach.ts';
import { knownIssue, showIssue } from '../release/show-issue.ts';
import { knownRepository, type Room } from '../room.ts';
import { clockOf, heldOf, isAwaited, type Clock } from './clock-rows.ts';
import * as words from './due-words.ts';
import { reminderKey, reminderToSay } from './reminders.ts';

export const dueKey = (repository: number): string => `issue:due:${repository}`;
const dueHeldKey = (repository: number): string => `issue:due-held:${repository}`;

export async function showDue(room: Room, subject: string, force: boolean): Promise<void> {
  const g = room.governance.current();
  const clock = await clockOf(room.db, Number(subject));
  if (!g || !clock) return;
  const facts = await factsOf(room, g, clock);
  if (!facts) return;
  const key = dueKey(clock.repository);
  const open = ['running', 'due', 'blocked', 'gone'].includes(clock.state);
  // Nothing to say about a repository for which no day was ever set.
  if (!open && !(await knownIssue({ room }, key))) return;
  const show = await showFor(room, clock.repository, force);
  const issue = await showIssue(show, {
    key,
    mark: words.dueMark(clock.repository),
    title: words.dueTitle(facts),
    body: ({ replaces }) => words.dueBody({ ...facts, replaces }),
    labels: [],
    open,
    reason: 'completed',
  });
  if (issue === 'off') throw new OutOfReach('the repository has no issues');
  if (clock.state === 'public' && clock.task !== null) await afterwards(room, facts);
  const ahead = open ? await reminderToSay(room.db, g, clock, isoDay(room.clock.now())) : undefined;
  if (ahead === undefined) return;
  const mark = marker('due-reminder', `${clock.repository}:${clock.due}:${ahead}`);
  const body = `${mark}\n${words.reminderText(g, facts, ahead)}`;
  await show.comment({ key: reminderKey(clock, ahead), issue: issue.number, mark, body, final: true });
}

async function afterwards(room: Room, facts: words.DueFacts): Promise<void> {
  const { repository } = facts.clock;
  if (await isAwaited(room.db, repository)) await retryEditions(room.publications, repository);
  await sayInGovernance(room, facts);
}

/** The project file says private still: what is so is proposed, so that nobody puts it back. */
async function sayInGovernance(room: Room, { clock, place }: words.DueFacts): Promise<void> {
  const { repository, due } = clock;
  if (place.repository.visibility === 'public') return;
  const askedBy = await ourselves(room);
  await room.db.transaction((tx) =>
    propose(tx, room, {
      key: `visibility:${repository}:${due}`,
      edit: { kind: 'repo-visibility', project: place.project.id, repo: repository, visibility: 'public' },
      askedBy,
      where: null,
      title: `Repository ${repository} of ${place.project.id} is public`,
      why: `It had to be public by ${due ?? 'now'}, and was made so. The project file says private still.`,
    }),
  );
}

async function factsOf(room: Room, g: Governance, clock: Clock): Promise<words.DueFacts | undefined> {
  const place = placeOf(g, clock.repository);
  if (!place) return undefined;
  const signOffs = await room.db
    .select()
    .from(repositorySignoffs)
    .where(eq(repositorySignoffs.repository, clock.repository))
    .orderBy(asc(repositorySignoffs.item));
  const { months, pending_days: pendingDays } = g.policies.visibility;
  return {
    ...{ clock, place, months, pendingDays, replaces: undefined },
    start: clock.startedAt === null ? undefined : isoDay(clock.startedAt),
    signOffs: signOffs.map(({ item, login, at }) => ({ item, login, on: isoDay(at) })),
    released: (await releasesOfRepository(room.db, clock.repository)).length > 0,
    held: clock.state === 'blocked' ? heldOf(clock) : undefined,
    leads: leadsOf(g, place.project, room.clock.now()),
  };
}

/** Logins, as governance knows them. */
export function leadsOf(g: Governance, project: Project, at: number): string[] {
  const ids = project.members
    .filter((member) => live(member, isoDay(at)) && rolesOf(g, member.id, project.id, at).has('lead'))
    .map(({ id }) => id);
  return g.people.filter(({ id }) => ids.includes(id)).map(({ login }) => login);
}

export async function showHeld(room: Room, subject: string, force: boolean): Promise<void> {
  const clock = await clockOf(room.db, Number(subject));
  const g = room.governance.current();
  if (!clock || !g) return;
  const key = dueHeldKey(clock.repository);
  const held = clock.state === 'blocked' ? heldOf(clock) : undefined;
  if (!held && !(await knownIssue({ room }, key))) return;
  const home = await findRepository(room, room.governance.repositoryId);
  if (!home) throw new OutOfReach('the App is not installed on the governance repository');
  const show = await showFor(room, home.id, force);
  const study = await knownRepository(room.db, clock.repository);
  const name = study ? `${study.owner}/${study.name}` : String(clock.repository);
  const there = await knownIssue({ room }, dueKey(clock.repository));
  const issue = await showIssue(show, {
    key,
    mark: words.heldMark(clock.repository),
    title: words.heldIssueTitle(clock.project),
    body: ({ replaces }) =>
      words.heldIssueBody({ clock, held, replaces }, { name, issue: there && `${name}#${there.number}` }),
    labels: [],
    open: held !== undefined,
    reason: 'completed',
  });
  if (issue === 'off') throw new OutOfReach('the governance repository has no issues');
}
