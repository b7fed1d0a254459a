/**
 * When does a repository have to be public?
 *
 * Public by default, private on request, public at the latest so many months after its first run on real
 * data; later only as far as an approved extension says, at once when a paper is registered for it. The same
 * function answers the hub, the steward and the page, each with what it knows.
 */
import type { Day, Governance, Project, Repository } from '../governance/types.ts';
import { addDays, addMonths, daysBetween, earliest, latest } from './days.ts';
import type { Question, Why } from './types.ts';

export type Visibility =
  /** Nothing has been run on real data, and nobody asks for it to be public. */
  | { is: 'open-ended' }
  | { is: 'exempt'; reason: string; ref: string }
  /** `flip`: the day on which it is done; later than `due` while a request waits for its decision. */
  | { is: 'running'; due: Day; flip: Day; why: Why }
  | { is: 'due'; due: Day; why: Why };

export interface Place {
  project: Project;
  repository: Repository;
}

export function placeOf(g: Governance, id: number): Place | undefined {
  for (const project of g.projects) {
    const repository = project.repos.find((each) => each.id === id);
    if (repository) return { project, repository };
  }
  return undefined;
}

/** Governance says so, and so does the repository itself: neither is enough alone. */
export function isExempt(g: Governance, { repository }: Place, topics: readonly string[] = []): boolean {
  return repository.exempt !== undefined && topics.includes(g.policies.visibility.exempt_topic);
}

/** By the rule alone: months and extensions. */
export function dueDay(g: Governance, { repository }: Place, start: Day): Day {
  const rule = addMonths(start, g.policies.visibility.months);
  return latest(rule, ...repository.extensions.map(({ until }) => until));
}

/** The first day on which a paper of this repository was registered. */
export function paperDay({ project, repository }: Place): Day | undefined {
  const days = project.papers.filter(({ repos }) => repos.includes(repository.id)).map(({ on }) => on);
  return days.length === 0 ? undefined : earliest(...days);
}

/** Whether it is public already is not asked: then the clock is closed, and nothing is left to be done. */
export function visibilityOf(g: Governance, place: Place, question: Question): Visibility {
  const { start, pending, published, topics, today } = question;
  const { exempt, visibility } = place.repository;
  if (visibility === 'public') return { is: 'due', due: today, why: 'governance' };
  if (exempt && isExempt(g, place, topics)) return { is: 'exempt', ...exempt };
  if (published) return { is: 'due', due: today, why: 'publication' };
  const paper = paperDay(place);
  const rule = start === undefined ? undefined : dueDay(g, place, start);
  if (paper !== undefined && (rule === undefined || paper < rule))
    return paper <= today ? { is: 'due', due: paper, why: 'paper' } : running(paper, paper, 'paper');
  if (rule === undefined) return { is: 'open-ended' };
  // Whoever asked early must not have less time for it than who asked on the last day.
  const flip = pending ? addDays(rule, g.policies.visibility.pending_days) : rule;
  return flip <= today ? { is: 'due', due: rule, why: 'due' } : running(rule, flip, 'due');
}

const running = (due: Day, flip: Day, why: Why): Visibility => ({ is: 'running', due, flip, why });

/** The day an extension would run to, counted from the day on which it would otherwise be due. */
export function extendedTo(g: Governance, place: Place, start: Day): Day {
  return addMonths(dueDay(g, place, start), g.policies.visibility.extension_months);
}

/**
 * Which reminder is to stand in the issue now: the days ahead that it was meant for; undefined before the
 * first. Of several that fell due while nobody was there only the nearest is said.
 */
export function reminderDue(g: Governance, flip: Day, today: Day): number | undefined {
  const left = daysBetween(today, flip);
  const ahead = g.policies.visibility.remind
    .map((written) => Number(written.slice(1, -1)))
    .filter((count) => left <= count);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}
