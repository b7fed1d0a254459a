/**
 * What is left to do for a project that is completed: what can be seen is seen, the rest a lead says.
 *
 * Access ends `closing_days` after the day of the status, whatever is ticked: the list is for people.
 */
import { days, isoDay } from '../lib/clock.ts';
import { live } from './lookup.ts';
import type { Day, Governance, Project } from './types.ts';

export const COMPLETED = ['completed_linked', 'completed_awaiting'] as const;
export const isCompleted = ({ status }: Project): boolean => COMPLETED.some((each) => each === status);

/** The last day on which members may run and look; undefined when the status does not say since when it holds. */
export function closesOn(g: Governance, { status_since: since }: Project): Day | undefined {
  return since === undefined ? undefined : isoDay(Date.parse(since) + days(g.policies.closing_days));
}

/** Of one repository, as it was read; undefined: out of reach. */
export interface RepositoryFacts {
  id: number;
  /** As people call it. */
  called: string;
  public: boolean;
  /** Names in its top folder. */
  names: readonly string[];
}

export interface CompletionFacts {
  /** Of every workspace that is not archived, whether it says what it was for. */
  workspaces: readonly { name: string; purpose: boolean }[];
  repositories: readonly (RepositoryFacts | undefined)[];
  /** Released files that are in no publication. */
  unpublished: number;
}

export const ITEMS = ['purposes', 'texts', 'papers', 'outputs', 'public', 'ended'] as const;
export type ItemId = (typeof ITEMS)[number];

export interface Item {
  id: ItemId;
  done: boolean;
  /** Only a lead can say it: their tick counts. */
  byLead: boolean;
  /** What is left, by name or number. */
  left: readonly string[];
}

const README = /^readme(\.|$)/i;
const LICENCE = /^(licen[cs]e|copying)(\.|$)/i;

export function completionItems(
  g: Governance,
  project: Project,
  facts: CompletionFacts,
  ticked: ReadonlySet<string>,
  at: number,
): Item[] {
  const day = isoDay(at);
  const seen = (id: ItemId, left: readonly string[]): Item => ({
    id,
    done: left.length === 0,
    byLead: false,
    left,
  });
  const said = (id: ItemId, shown: boolean, left: readonly string[]): Item =>
    shown ? { id, done: true, byLead: false, left: [] } : { id, done: ticked.has(id), byLead: true, left };
  const nameless = facts.workspaces.filter(({ purpose }) => !purpose).map(({ name }) => name);
  const closes = closesOn(g, project);
  const over = closes !== undefined && day > closes;
  const members = over ? [] : project.members.filter((member) => live(member, day));
  return [
    said('purposes', nameless.length === 0, nameless),
    seen(
      'texts',
      project.repos.flatMap(({ id }, index) => textsLeft(id, facts.repositories[index])),
    ),
    said('papers', project.papers.length > 0, []),
    said('outputs', facts.unpublished === 0, facts.unpublished === 0 ? [] : [String(facts.unpublished)]),
    seen(
      'public',
      project.repos.flatMap(({ id }, index) =>
        facts.repositories[index]?.public ? [] : [nameOf(id, facts.repositories[index])],
      ),
    ),
    seen('ended', [
      ...members.map(({ id }) => `member ${id}`),
      ...(over ? [] : grantedTo(g, project.id, day)),
    ]),
  ];
}

/** What the project may still use, by name. */
function grantedTo(g: Governance, project: string, day: Day): string[] {
  const datasets = g.datasets.map(({ dataset: name, grants }) => ({ name, grants }));
  return [...datasets, ...g.populations, ...g.components]
    .filter(({ grants }) => grants.some((grant) => grant.project === project && live(grant, day)))
    .map(({ name }) => name);
}

const nameOf = (id: number, seen: RepositoryFacts | undefined): string => seen?.called ?? `repository ${id}`;

function textsLeft(id: number, seen: RepositoryFacts | undefined): string[] {
  const names = seen?.names ?? [];
  return [
    ...(names.some((name) => README.test(name)) ? [] : [`README of ${nameOf(id, seen)}`]),
    ...(names.some((name) => LICENCE.test(name)) ? [] : [`licence of ${nameOf(id, seen)}`]),
  ];
}

/** Which boxes are ticked in a text: each has its name beside it, where people do not see it. */
export function tickedIn(body: string): Set<string> {
  const found = [...body.matchAll(/^- \[([ xX])\] <!-- item:([a-z]+) -->/gm)];
  return new Set(found.filter(([, mark]) => mark !== ' ').map(([, , id]) => id!));
}
