/**
 * What merging a version does, before it is merged: every change by what it is about, how many rights come
 * and go, which rules become looser, and which access ends soon unless somebody renews it.
 *
 * Whoever may read the pull request may read this. E-mail addresses of people have no business in it.
 */
import { keyedChanges, type GovernanceChange } from './change.ts';
import { endsWithin, type End } from './ends.ts';
import { restrict } from './restrict.ts';
import type { Day, Governance } from './types.ts';

export const AREAS = [
  'people',
  'access',
  'teams',
  'projects',
  'data',
  'images',
  'backends',
  'policies',
  'deployment',
  'notices',
] as const;
export type Area = (typeof AREAS)[number];

/** By the first word of a change's key. */
const AREA_OF: Record<string, Area> = {
  person: 'people',
  training: 'people',
  agreement: 'people',
  grant: 'access',
  member: 'access',
  copilot: 'access',
  team: 'teams',
  project: 'projects',
  alias: 'projects',
  conflict: 'projects',
  archived: 'projects',
  schedule: 'projects',
  paper: 'projects',
  repo: 'projects',
  steward: 'data',
  dataset: 'data',
  population: 'data',
  component: 'data',
  schema: 'data',
  image: 'images',
  backend: 'backends',
  key: 'backends',
  policies: 'policies',
  deployment: 'deployment',
};

export interface PlannedChange extends GovernanceChange {
  area: Area;
  /** It gives or loosens something: a zone of its own trust waits for its signers. */
  loosens: boolean;
}

export interface Plan {
  changes: PlannedChange[];
  counts: {
    joining: number;
    leaving: number;
    given: number;
    ended: number;
    imagesRetired: number;
    policiesLoosened: number;
    /** Of all areas. */
    loosening: number;
  };
  /** Access of the new version that ends within 30 days. */
  endingSoon: End[];
}

/** Rights of people and projects; what else comes and goes is a setting or a thing. */
const RIGHTS: readonly Area[] = ['access', 'teams', 'data'];
const SOON_DAYS = 30;

/** `before`: what is in force, undefined when nothing is. `today` in UTC. */
export function planChange(before: Governance | undefined, after: Governance, today: Day): Plan {
  const loose = new Set(keyedChanges(before && restrict(before, after), after).map(({ key }) => key));
  const changes = keyedChanges(before, after).map(({ key, kind, text }): PlannedChange => {
    const area = AREA_OF[/^\w+/.exec(key)![0]] ?? 'notices';
    return { kind, text: discreet(area, text), area, loosens: loose.has(key) };
  });
  const count = (wanted: (change: PlannedChange) => boolean): number => changes.filter(wanted).length;
  const people = (g: Governance | undefined): number[] => (g?.people ?? []).map(({ id }) => id);
  return {
    changes,
    counts: {
      joining: missing(people(after), people(before)),
      leaving: missing(people(before), people(after)),
      given: count(({ area, kind }) => RIGHTS.includes(area) && kind === 'gains'),
      ended: count(({ area, kind }) => RIGHTS.includes(area) && kind === 'loses'),
      imagesRetired: missing(runnable(before), runnable(after)),
      policiesLoosened: before ? count(({ area, loosens }) => area === 'policies' && loosens) : 0,
      loosening: count(({ loosens }) => loosens),
    },
    endingSoon: endsWithin(after, today, SOON_DAYS),
  };
}

/** Images without a day on which they end: one that gets a day is on its way out. */
function runnable(g: Governance | undefined): string[] {
  return (g?.images ?? []).filter(({ retireOn }) => retireOn === null).map((i) => `${i.name}:${i.version}`);
}

function missing<T>(from: readonly T[], there: readonly T[]): number {
  const known = new Set(there);
  return from.filter((each) => !known.has(each)).length;
}

/** Addresses of people say nothing about what a change does. Those of the deployment are its public ones. */
function discreet(area: Area, text: string): string {
  return area === 'deployment' ? text : withoutAddresses(text);
}

export const withoutAddresses = (text: string): string =>
  text.replace(/[^\s"@()]+@[^\s"@()]+\.[^\s"@()]+/g, '(address)');
