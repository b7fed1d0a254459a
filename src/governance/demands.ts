/**
 * What a change of governance takes: how many approvals, of whom, and who gains from it and so cannot give one.
 *
 * Read from the same facts as the plan, so that what a person sees and what is counted are one. What is not
 * known takes the most that any change does.
 */
import { canonicalJson } from '../lib/canonical.ts';
import { keyedChanges, type KeyedChange } from './change.ts';
import { isGovernancePath } from './read.ts';
import { restrict } from './restrict.ts';
import type { GlobalRole, Governance } from './types.ts';

export interface Demand {
  /** `application`, `permissions`, `membership` …; of `policies.approvals` where that has it. */
  what: string;
  number: number;
  /** Any of these roles may approve it, or whoever teams.yml lists in one of these teams. */
  roles: readonly GlobalRole[];
  teams: readonly string[];
}

export interface Demands {
  demands: Demand[];
  /** People who have more rights afterwards than before. */
  gaining: ReadonlySet<number>;
}

export interface Change {
  /** Decides what is needed: a change cannot lower what it needs itself. */
  inForce: Governance;
  /** What the change began from: what is in force, unless that has moved on. */
  before: Governance;
  after: Governance;
}

export function demandsOf({ inForce, before, after }: Change, files: readonly string[]): Demands {
  const changes = keyedChanges(before, after);
  const looser = new Set(keyedChanges(restrict(before, after), after).map(({ key }) => key));
  const demands = new Map<string, Demand>();
  const add = (demand: Demand): void => {
    const key = JSON.stringify([demand.what, demand.teams]);
    const known = demands.get(key);
    if (!known || known.number < demand.number) demands.set(key, demand);
  };
  for (const change of changes) add(demandOf(inForce, after, change, looser.has(change.key)));
  if (files.some((path) => !isGovernancePath(path))) add(ofGovernance('files', strictest(inForce)));
  // A comment, or the order of lines: people still have to see that it is no more. A status may come alone.
  const free = [...demands.values()].every(({ number }) => number === 0);
  if (free && !isOnlyStatus(before, after, files))
    add(ofGovernance('membership', numberOf(inForce, 'membership')));
  const gaining = changes
    .filter(({ key, kind }) => kind === 'gains' || looser.has(key) || key.startsWith('repo '))
    .flatMap(({ key }) => gainers(before, after, key));
  return { demands: [...demands.values()], gaining: new Set(gaining) };
}

/** Nothing else differs, named in a sentence or not, and no other file is touched. */
function isOnlyStatus(before: Governance, after: Governance, files: readonly string[]): boolean {
  const held = new Map(before.projects.map((project) => [project.id, project]));
  const stopped = after.projects.filter((project) => project.status !== held.get(project.id)?.status);
  const own = stopped.map(({ id }) => `projects/${id}.yml`);
  return (
    stopped.length > 0 &&
    files.every((path) => own.includes(path)) &&
    withoutStatus(before) === withoutStatus(after)
  );
}

function withoutStatus(g: Governance): string {
  const projects = g.projects.map(
    ({ status: _is, status_since: _since, status_reason: _why, ...rest }) => rest,
  );
  return canonicalJson({ ...g, commit: '', projects });
}

const ofGovernance = (what: string, number: number): Demand => ({
  ...{ what, number },
  roles: ['governance'],
  teams: [],
});

const strictest = ({ policies }: Governance): number => Math.max(...Object.values(policies.approvals));

const numberOf = (g: Governance, what: string): number => g.policies.approvals[what] ?? strictest(g);

/** What a change is about, by the first word of its key. */
const ABOUT: Record<string, string> = {
  person: 'membership',
  training: 'membership',
  agreement: 'membership',
  member: 'membership',
  copilot: 'membership',
  archived: 'membership',
  paper: 'membership',
  repo: 'membership',
  grant: 'permissions',
  project: 'application',
  alias: 'application',
  conflict: 'application',
  schedule: 'application',
};
const TABLES = ['dataset', 'population', 'component', 'steward'];
const STATUS = /^project \S+ status(_since|_reason)? setting$/;

function demandOf(inForce: Governance, after: Governance, { key }: KeyedChange, loosens: boolean): Demand {
  const words = key.split(' ');
  const [first, second, third] = [words[0]!, words[1]!, words[2]];
  // Going back to work is a decision; stopping is not to be hindered.
  if (STATUS.test(key)) {
    return ofGovernance('status', loosens ? numberOf(inForce, 'membership') : 0);
  }
  if (TABLES.includes(first)) {
    // `steward of population x`, `steward x`, `dataset x`.
    const of = second === 'of' ? key.split(' ').slice(2) : [first === 'steward' ? 'dataset' : first, second];
    const teams = stewardTeams(inForce, of[0]!, of[1]!);
    return { ...ofGovernance('permissions', numberOf(inForce, 'permissions')), teams };
  }
  // Whoever answers for the data judges what everybody may know of it.
  if (first === 'schema') {
    const teams = stewardTeams(inForce, 'dataset', second);
    return { ...ofGovernance('permissions', numberOf(inForce, 'permissions')), teams };
  }
  if (first === 'image')
    return { ...ofGovernance('images', numberOf(inForce, 'images')), roles: ['governance', 'tech_support'] };
  if (first === 'alert') {
    const number = inForce.policies.approvals['alerts'] ?? numberOf(inForce, 'membership');
    return { ...ofGovernance('alerts', number), roles: ['governance', 'tech_support'] };
  }
  if (first === 'project' && third === 'on')
    return ofGovernance('permissions', numberOf(inForce, 'permissions'));
  // Members of a project that is new come with its application.
  const isNew = !inForce.projects.some(({ id }) => id === second);
  const about = ABOUT[first];
  if (about === 'membership' && isNew && after.projects.some(({ id }) => id === second))
    return ofGovernance('application', numberOf(inForce, 'application'));
  return about ? ofGovernance(about, numberOf(inForce, about)) : ofGovernance('others', strictest(inForce));
}

/** Of what is in force: nobody makes themselves a steward by the change that they approve. */
function stewardTeams(g: Governance, table: string, name: string): string[] {
  const entries = [
    ...(table === 'dataset' ? g.datasets.filter(({ dataset }) => dataset === name) : []),
    ...(table === 'population' ? g.populations.filter((each) => each.name === name) : []),
    ...(table === 'component' ? g.components.filter((each) => each.name === name) : []),
  ];
  return entries.map(({ stewardTeam }) => stewardTeam);
}

/** Where the person stands in a key, and where the project. */
const PERSON_AT: Record<string, number> = {
  person: 1,
  training: 1,
  agreement: 1,
  grant: 1,
  member: 2,
  copilot: 2,
  conflict: 2,
  team: 3,
};
const PROJECT_AT: Record<string, number> = {
  project: 1,
  repo: 1,
  schedule: 1,
  alias: 1,
  archived: 1,
  dataset: 2,
  population: 2,
  component: 2,
};

function gainers(before: Governance, after: Governance, key: string): number[] {
  const words = key.split(' ');
  const first = words[0]!;
  const person = PERSON_AT[first];
  if (person !== undefined) return [Number(words[person])];
  const at = PROJECT_AT[first];
  if (at === undefined) return [];
  return [before, after].flatMap(({ projects }) =>
    projects
      .filter(({ id }) => id === words[at])
      .flatMap(({ members, copilot }) => [...members, ...(copilot ? [copilot] : [])].map(({ id }) => id)),
  );
}
