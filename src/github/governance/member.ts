/**
 * `/member`: a lead asks governance for a member of the project, or to end one; everybody may leave. The role
 * works when the pull request is merged, and not before.
 */
import {
  hasPermission,
  personById,
  rolesOf,
  type Day,
  type Edit,
  type Governance,
  type Person,
  type Project,
} from '../../governance/governance.ts';
import { days, isoDay } from '../../lib/clock.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { derivedId } from '../derived.ts';
import { code, codeList, prose } from '../markdown.ts';
import { mayTakePart } from '../people.ts';
import { propose } from '../proposals/propose.ts';
import type { Room } from '../room.ts';
import { standing, type Saying } from '../run-command.ts';
import type { MemberCommand } from './member-command.ts';
import { no } from './member-words.ts';

/** What `/help` names: all of it to a lead, leaving to whoever can leave. */
export function membersOpenTo(
  room: Room,
  person: number,
  project: Project | undefined,
): 'all' | 'leaving' | undefined {
  const g = room.governance.current();
  if (!g || !project) return undefined;
  if (mayPropose(g, person, project, room.clock.now())) return 'all';
  return isMember(project, person) ? 'leaving' : undefined;
}

const mayPropose = (g: Governance, person: number, project: Project, at: number): boolean =>
  hasPermission(g, 'member_propose', { person, project: project.id }, at);

const isMember = (project: Project, person: number): boolean =>
  project.members.some(({ id }) => id === person);

interface Wish {
  edit: Edit;
  title: string;
  why: string;
  says: string;
}

export async function askForMember(
  room: Room,
  say: Saying,
  command: MemberCommand,
): Promise<string | Refusal> {
  const found = await standing(room, say, mayTakePart);
  if (isRefusal(found)) return found;
  const { governance: g, project } = found;
  const named = await say.client.personNamed(command.login);
  if (!named) return no.noSuchLogin(command.login);
  const leaves = command.what === 'end' && named.id === say.actor.id;
  if (!leaves && !mayPropose(g, say.actor.id, project, room.clock.now())) return no.notLead(project.id);
  const wish =
    command.what === 'add' ? toAdd(room, say, found, command, named) : toEnd(room, project, command, named);
  if (isRefusal(wish)) return wish;
  const { place } = say;
  const { edit, title, why } = wish;
  await room.db.transaction((tx) =>
    propose(tx, room, {
      ...{ key: `member:${say.key}`, edit, title, why },
      askedBy: { id: say.actor.id, login: say.actor.login },
      where: place.kind === 'issue' ? { repository: say.client.repo.id, number: place.number } : null,
    }),
  );
  return wish.says;
}

interface Named {
  id: number;
  login: string;
  bot: boolean;
}

function toAdd(
  room: Room,
  say: Saying,
  { governance: g, project }: { governance: Governance; project: Project },
  { roles, until, reason }: MemberCommand & { what: 'add' },
  named: Named,
): Wish | Refusal {
  if (named.bot) return no.bot(named.login);
  if (named.id === say.actor.id) return no.oneself();
  const today = isoDay(room.clock.now());
  if (until <= today) return no.over(until);
  const person = personById(g, named.id);
  if (!person) return no.notRegistered(named.login, named.id, editPage(room, say, g));
  const lacking = lackingOf(g, project, person, roles, today);
  if (lacking.length > 0) return no.lacking(named.login, lacking, editPage(room, say, g));
  const latest = latestDay(g, project, person, roles);
  if (until > latest.day) return no.tooLong(until, latest.day, latest.whose);
  const held = rolesOf(g, named.id, project.id, room.clock.now());
  const [entry] = project.members.filter(({ id }) => id === named.id);
  if (entry?.until === until && roles.every((role) => held.has(role))) return no.already(named.login, roles);
  // A member who left comes back to what is said now, not to what they were.
  const again = entry !== undefined && entry.until < today ? { from: today } : {};
  const who = `${person.name} (@${person.login}, ${person.id})`;
  return {
    edit: {
      kind: 'add-member',
      project: project.id,
      member: { id: named.id, roles, ...again, until, reason, ref: refOf(say) },
    },
    title: `Member of ${project.id}: ${roles.join(', ')}`,
    why: `${prose(who)} as ${codeList(roles)} of ${code(project.id)} until ${code(until)}. The reason that was given: ${prose(reason)}`,
    says: `governance is asked to make ${code(named.login)} ${codeList(roles)} of ${code(project.id)} until ${code(until)}. The role works when that is merged.`,
  };
}

function toEnd(
  room: Room,
  project: Project,
  { reason }: MemberCommand & { what: 'end' },
  named: Named,
): Wish | Refusal {
  // Its last day is over when it is merged: it acts at once.
  const until = isoDay(room.clock.now() - days(1));
  const entry = project.members.find(({ id }) => id === named.id);
  if (!entry || entry.until <= until) return no.notAMember(named.login, project.id);
  return {
    edit: { kind: 'end-member', project: project.id, person: named.id, until },
    title: `End a membership of ${project.id}`,
    why: `${code(`@${named.login}`)} (GitHub user ${named.id}) is a member of ${code(project.id)} no more. The reason that was given: ${prose(reason)}`,
    says: `governance is asked to end the membership of ${code(named.login)} in ${code(project.id)}. It ends when that is merged.`,
  };
}

/** Who runs jobs is trained, and where the data are real has agreed to what holds for them. */
function lackingOf(
  g: Governance,
  project: Project,
  person: Person,
  roles: readonly string[],
  today: Day,
): string[] {
  const runs = roles.includes('lead') || roles.includes('developer');
  const real = g.backends.some(({ id, data }) => data === 'real' && project.backends.includes(id));
  const { training, agreement, until } = person;
  return [
    ...(until < today ? [`their registration ended on ${until}`] : []),
    ...(runs && (!training || training.expires < today) ? ['they have no training in date'] : []),
    ...(runs && real && (!agreement || agreement.expires < today)
      ? ['they have no data access agreement in date']
      : []),
  ];
}

function latestDay(
  { backends }: Governance,
  project: Project,
  { until, training, agreement }: Person,
  roles: readonly string[],
): { day: Day; whose: string } {
  const runs = roles.includes('lead') || roles.includes('developer');
  const real = backends.some(({ id, data }) => data === 'real' && project.backends.includes(id));
  const limits = [
    { day: project.until, whose: 'the project' },
    { day: until, whose: 'their registration' },
    ...(runs && training ? [{ day: training.expires, whose: 'their training' }] : []),
    ...(runs && real && agreement ? [{ day: agreement.expires, whose: 'their agreement' }] : []),
  ];
  return limits.reduce((first, next) => (next.day < first.day ? next : first));
}

/** Where governance would register them. */
function editPage(room: Room, say: Saying, g: Governance): string {
  const asked = g.deployment.contacts['support'];
  const page = `${room.app.places.web}/${say.client.repo.owner}`;
  return asked === undefined ? page : `${page} (${asked})`;
}

function refOf({ key, place, client }: Saying): string {
  return place.kind === 'issue'
    ? `${client.repo.owner}/${client.repo.name}#${place.number}`
    : `command ${derivedId('command', key)}`;
}
