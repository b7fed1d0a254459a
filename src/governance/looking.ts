/**
 * May this person look at unreleased outputs of this project, as one of its people, now?
 *
 * The same reasons in the same order as for a run, since looking needs the same two halves: a place in the
 * project and the person's own grant of the backend. Asked at every request of the viewer; nothing is cached.
 * Who looks by another role (checker, operator, governance) is not asked this.
 */
import { isoDay } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import {
  backendRefusals,
  personRefusals,
  projectRefusals,
  realDataRefusals,
  type RunQuestion,
} from './access.ts';
import { backendById, live, personById, projectById } from './lookup.ts';
import { no } from './refusals.ts';
import type { Day, Governance, Project, ProjectRole } from './types.ts';

export interface LookQuestion extends RunQuestion {
  /** What zone.yml says. Only where governance says dummy too, nothing is asked for that real data needs. */
  data: 'real' | 'dummy';
}

const LOOKING: readonly ProjectRole[] = ['developer', 'lead'];

/** Every reason why not. */
export function lookRefusals(
  g: Governance,
  { person: who, project: where, backend: on, data, at }: LookQuestion,
): Refusal[] {
  const day = isoDay(at);
  const person = personById(g, who);
  const project = projectById(g, where);
  if (!person) return [no.personUnknown(who)];
  if (!project) return [no.projectUnknown(where)];
  const backend = backendById(g, on);
  const found = [
    ...personRefusals(person, day),
    ...placeRefusals(project, who, day),
    ...projectRefusals(g, project, at),
  ];
  if (!backend) return [...found, no.backendUnknown(on)];
  if (data === 'dummy' && backend.data === 'dummy') return found;
  return [
    ...found,
    ...backendRefusals(backend, person, project, day),
    ...realDataRefusals(person, project, day),
  ];
}

/** What ended for somebody who has, or had, a place in the project from which one looks; undefined for all others. */
export function endedLook(g: Governance, question: LookQuestion): Refusal | undefined {
  const project = projectById(g, question.project);
  return project && placesOf(project, question.person).length > 0 ? lookRefusals(g, question)[0] : undefined;
}

/** The same over all projects, then what ended for a checker: why nothing is left to see here. */
export function endedEverywhere(g: Governance, question: Omit<LookQuestion, 'project'>): Refusal | undefined {
  const day = isoDay(question.at);
  const person = personById(g, question.person);
  if (!person) return undefined;
  const checks = g.teams.some(
    ({ role, members }) => role === 'output_checker' && members.some(({ id }) => id === person.id),
  );
  return [
    ...personRefusals(person, day),
    ...g.projects.flatMap(({ id }) => endedLook(g, { ...question, project: id }) ?? []),
    ...g.teams.flatMap(({ role, members }) =>
      members
        .filter(({ id, until }) => id === person.id && until < day)
        .map(({ until }) => no.roleEnded(role, until)),
    ),
    ...(checks && !person.training ? [no.trainingMissing()] : []),
    ...(checks && person.training && person.training.expires < day
      ? [no.trainingExpired(person.training.expires)]
      : []),
  ][0];
}

interface Place {
  from?: Day;
  until: Day;
}

function placesOf({ members, copilot }: Project, who: number): Place[] {
  return [
    ...members.filter(({ id, roles }) => id === who && roles.some((role) => LOOKING.includes(role))),
    ...(copilot?.id === who ? [{ until: copilot.access_until }] : []),
  ];
}

function placeRefusals(project: Project, who: number, day: Day): Refusal[] {
  const places = placesOf(project, who);
  if (places.some((place) => live(place, day))) return [];
  const ended = places.flatMap(({ until }) => (until < day ? [until] : [])).sort();
  const last = ended.at(-1);
  return [last === undefined ? no.notAMember(project.id) : no.membershipEnded(project.id, last)];
}
