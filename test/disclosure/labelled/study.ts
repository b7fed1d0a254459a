/**
 * What a study would have counted: true counts of people in groups, before anything is hidden. From one
 * study both the clean table and its faulty twin are made.
 */
import type { Random } from './random.ts';

export interface Study {
  /** Two dimensions with their groups. */
  first: Dimension;
  second: Dimension;
  /** People in each group, and how many of them had the event; by first, then second. */
  people: number[][];
  events: number[][];
}

export interface Dimension {
  name: string;
  groups: readonly string[];
}

const FIRST: readonly Dimension[] = [
  { name: 'sex', groups: ['Female', 'Male', 'Unknown'] },
  { name: 'region', groups: ['North East', 'London', 'South West', 'East Midlands'] },
  { name: 'ethnicity', groups: ['White', 'Asian', 'Black', 'Mixed', 'Other'] },
  { name: 'school_type', groups: ['Academy', 'Maintained', 'Independent', 'Special'] },
  { name: 'deprivation', groups: ['1 (most)', '2', '3', '4', '5 (least)'] },
  { name: 'household', groups: ['Single', 'Couple', 'Family', 'Shared'] },
  { name: 'Geschlecht', groups: ['weiblich', 'männlich', 'divers'] },
];
const SECOND: readonly Dimension[] = [
  { name: 'age_group', groups: ['18-39', '40-64', '65-79', '80+'] },
  { name: 'outcome', groups: ['Low', 'Moderate', 'High'] },
  { name: 'year', groups: ['2019', '2020', '2021', '2022'] },
  { name: 'vaccinated', groups: ['Yes', 'No', 'Not known'] },
  { name: 'band', groups: ['Band A', 'Band B', 'Band C', 'Band D'] },
];

export function studyFrom(random: Random): Study {
  const first = random.pick(FIRST);
  const second = random.pick(SECOND);
  const people = first.groups.map(() => second.groups.map(() => random.int(180, 9000)));
  const share = 0.04 + 0.3 * random.next();
  const events = people.map((row) =>
    row.map((n) => Math.max(25, Math.round(n * share * (0.6 + 0.8 * random.next())))),
  );
  return { first, second, people, events };
}

/** Cells small enough to be hidden, one row of them at most. */
export function withSmall(study: Study, random: Random): { study: Study; row: number; column: number } {
  const row = random.int(0, study.first.groups.length - 1);
  const column = random.int(0, study.second.groups.length - 1);
  const events = study.events.map((line) => [...line]);
  events[row]![column] = random.int(2, 6);
  return { study: { ...study, events }, row, column };
}
