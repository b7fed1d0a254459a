/**
 * May this person run, or cancel, work of this project on this backend now?
 *
 * Every reason is found, in a fixed order from the person outwards; what ends first ends access.
 * Governance answers afresh at every action and when a queued job starts, so nothing is cached.
 */
import { days, isoDay } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import { backendById, live, personById, projectById } from './lookup.ts';
import { hasPermission, rolesOf } from './permissions.ts';
import { no } from './refusals.ts';
import type { Backend, Day, Governance, Person, Project } from './types.ts';

export interface RunQuestion {
  /** Numeric GitHub id. */
  person: number;
  project: string;
  backend: string;
  /** Milliseconds. */
  at: number;
}

/** The first reason why not, or undefined. */
export function mayRun(g: Governance, question: RunQuestion): Refusal | undefined {
  return runRefusals(g, question)[0];
}

/** Every reason why not. */
export function runRefusals(
  g: Governance,
  { person: who, project: where, backend: on, at }: RunQuestion,
): Refusal[] {
  const day = isoDay(at);
  const person = personById(g, who);
  const project = projectById(g, where);
  const backend = backendById(g, on);
  return [
    ...(person ? personRefusals(person, day) : [no.personUnknown(who)]),
    ...(project
      ? [...roleRefusals(g, who, project, at), ...projectRefusals(g, project, at)]
      : [no.projectUnknown(where)]),
    ...(backend ? backendRefusals(backend, person, project, day) : [no.backendUnknown(on)]),
    ...(backend?.data === 'real' ? realDataRefusals(person, project, day) : []),
  ];
}

/** Whether a push by this person starts the dummy run: a role is needed, a grant, training or condition is not. */
export function mayDummyRun(
  g: Governance,
  { person: who, project: where, at }: Omit<RunQuestion, 'backend'>,
): Refusal | undefined {
  const person = personById(g, who);
  const project = projectById(g, where);
  if (!person) return no.personUnknown(who);
  if (!project) return no.projectUnknown(where);
  return [
    ...personRefusals(person, isoDay(at)),
    ...roleRefusals(g, who, project, at),
    ...projectRefusals(g, project, at),
  ][0];
}

/** The person who asked (even without the role by now), whoever holds `job_cancel`, staff and governance. */
export function mayCancel(
  g: Governance,
  { person, project, requestedBy, at }: { person: number; project: string; requestedBy: number; at: number },
): Refusal | undefined {
  if (person === requestedBy) return undefined;
  const who = { person, project };
  const may =
    hasPermission(g, 'job_cancel', who, at) ||
    hasPermission(g, 'staff_area_access', who, at) ||
    rolesOf(g, person, project, at).has('governance');
  return may ? undefined : no.cancel(project);
}

/** Why the project as such runs nothing, whoever asks: approval, end, status. */
export function projectRefusals(g: Governance, project: Project, at: number): Refusal[] {
  const day = isoDay(at);
  const found: Refusal[] = [];
  if (day < project.approval.on) found.push(no.projectNotYet(project.id, project.approval.on));
  if (day > project.until) found.push(no.projectEnded(project.id, project.until));
  if (isClosed(g, project, day)) found.push(no.projectStatus(project.id, project.status));
  return found;
}

const COMPLETED = ['completed_linked', 'completed_awaiting'];
const RUNNING = ['ongoing', 'ongoing_linked'];

/** A completed project keeps running for `closing_days`; a postponed or retired one stops at once. */
function isClosed(g: Governance, project: Project, day: Day): boolean {
  if (RUNNING.includes(project.status)) return false;
  if (!COMPLETED.includes(project.status) || project.status_since === undefined) return true;
  return day > isoDay(Date.parse(project.status_since) + days(g.policies.closing_days));
}

export function personRefusals(person: Person, day: Day): Refusal[] {
  return day > person.until ? [no.personEnded(person.until)] : [];
}

function roleRefusals(g: Governance, who: number, project: Project, at: number): Refusal[] {
  if (hasPermission(g, 'job_run', { person: who, project: project.id }, at)) return [];
  const day = isoDay(at);
  const member = project.members.find(({ id }) => id === who);
  if (member && day > member.until) return [no.membershipEnded(project.id, member.until)];
  if (rolesOf(g, who, project.id, at).size > 0) return [no.roleMissing(project.id)];
  return [no.notAMember(project.id)];
}

export function backendRefusals(
  backend: Backend,
  person: Person | undefined,
  project: Project | undefined,
  day: Day,
): Refusal[] {
  const found: Refusal[] = [];
  if (!backend.active) found.push(no.backendInactive(backend.id));
  if (project && !project.backends.includes(backend.id))
    found.push(no.backendNotInProject(backend.id, project));
  const grants = person?.backends.filter(({ id }) => id === backend.id) ?? [];
  if (!person || grants.some((grant) => live(grant, day))) return found;
  const last = grants
    .map(({ until }) => until)
    .sort()
    .at(-1);
  if (last !== undefined && last < day) found.push(no.grantEnded(backend.id, last));
  else found.push(no.notGranted(backend.id));
  return found;
}

/** What only data about real people asks for. */
export function realDataRefusals(
  person: Person | undefined,
  project: Project | undefined,
  day: Day,
): Refusal[] {
  const found: Refusal[] = [];
  if (person && !person.training) found.push(no.trainingMissing());
  if (person?.training && day > person.training.expires)
    found.push(no.trainingExpired(person.training.expires));
  if (person && !person.agreement) found.push(no.agreementMissing());
  if (person?.agreement && day > person.agreement.expires)
    found.push(no.agreementExpired(person.agreement.expires));
  for (const condition of project?.approval.conditions ?? []) {
    const met = condition.met_on !== null && condition.met_on <= day;
    if (!met && condition.blocks.includes('run')) found.push(no.conditionOpen(condition.text));
  }
  return found;
}
