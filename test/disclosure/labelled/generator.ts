/**
 * The labelled set: clean files and twins with one known fault each. Shares nothing with the checks, not
 * even a list of headings: what is hidden here and how is written from the rules for researchers.
 */
import { figureCases, typeCases } from './figures.ts';
import { LAYOUTS, type Layout, type Measured } from './layouts.ts';
import { randomFrom, type Random } from './random.ts';
import { studyFrom, withSmall, type Study } from './study.ts';

export const FAULTS = ['unrounded', 'small', 'rates', 'recoverable', 'underlying', 'type'] as const;
export type Fault = (typeof FAULTS)[number];

export interface LabelledFile {
  name: string;
  bytes: Uint8Array;
}

/** The files of one group of a request. */
export interface Case {
  id: string;
  layout: string;
  /** Undefined: nothing is wrong with it. */
  fault?: Fault;
  files: LabelledFile[];
}

const FIVE = 5;
const round5 = (n: number): number => Math.round(n / FIVE) * FIVE;
const MARKS = ['[REDACTED]', 'redacted', '<=7', 'NA', '*'] as const;

/** About 2 × `perFault` cases for each fault: a faulty one and its clean twin. */
export function labelled(seed: number, perFault: number): Case[] {
  const random = randomFrom(seed);
  const cases: Case[] = [];
  for (let index = 0; index < perFault; index += 1) {
    const layout = LAYOUTS[index % LAYOUTS.length]!;
    cases.push(
      ...countTwins(`${index}`, layout, 'unrounded', random),
      ...countTwins(`${index}`, layout, 'small', random),
    );
    const rated = LAYOUTS.filter(({ withRate }) => withRate);
    cases.push(...rateTwins(`${index}`, rated[index % rated.length]!, random));
    const summed = LAYOUTS.filter(({ withTotals }) => withTotals);
    cases.push(...totalTwins(`${index}`, summed[index % summed.length]!, random));
    cases.push(...figureCases(`${index}`, random), ...typeCases(`${index}`, random));
  }
  return cases;
}

const texts = (table: readonly (readonly number[])[]): string[][] => table.map((row) => row.map(String));
const map = (table: readonly (readonly number[])[], by: (n: number) => number): number[][] =>
  table.map((row) => row.map(by));

function pair(
  id: string,
  layout: Layout,
  fault: Fault,
  study: Study,
  clean: Measured,
  bad: Measured,
): Case[] {
  const one = (shown: Measured): LabelledFile[] => {
    const { name, text } = layout.write(study, shown);
    return [{ name, bytes: Buffer.from(text) }];
  };
  return [
    { id: `${fault}-${id}-clean`, layout: layout.id, files: one(clean) },
    { id: `${fault}-${id}`, layout: layout.id, fault, files: one(bad) },
  ];
}

/** Counts that were rounded, against the same not rounded, or with one small cell left in. */
function countTwins(id: string, layout: Layout, fault: 'unrounded' | 'small', random: Random): Case[] {
  const base = studyFrom(random);
  const { study, row, column } = withSmall(base, random);
  const mark = random.pick(MARKS);
  const hidden = texts(map(study.events, round5));
  const people = texts(map(study.people, round5));
  hidden[row]![column] = mark;
  const clean: Measured = { events: hidden, people };
  const bad = hidden.map((line) => [...line]);
  if (fault === 'small') bad[row]![column] = String(study.events[row]![column]);
  else {
    // Anything from one cell to all of them.
    const all = random.next() < 0.5;
    const [i, j] = [(row + 1) % study.first.groups.length, column];
    for (const [a, line] of bad.entries()) {
      for (const [b, cell] of line.entries()) {
        if (cell === mark || (!all && (a !== i || b !== j))) continue;
        bad[a]![b] = String(unrounded(study.events[a]![b]!));
      }
    }
  }
  return pair(id, layout, fault, study, clean, { events: bad, people });
}

const unrounded = (n: number): number => (n % FIVE === 0 ? n + 2 : n);

/** Rates of rounded counts, against rates of the true ones beside rounded counts. */
function rateTwins(id: string, layout: Layout, random: Random): Case[] {
  const study = studyFrom(random);
  const events = map(study.events, round5);
  const people = map(study.people, round5);
  const scale = { 'r-long': 1000, 'pandas-groupby': 1 }[layout.id] ?? 100;
  const digits = scale === 1 ? 4 : 2;
  const of = (a: number[][], b: number[][]): string[][] =>
    a.map((row, i) => row.map((n, j) => ((scale * n) / whole(layout, b, i, j)).toFixed(digits)));
  const clean: Measured = {
    events: texts(events),
    people: texts(people),
    rate: of(events, layout.withPeople ? people : events),
  };
  const bad: Measured = { ...clean, rate: of(study.events, layout.withPeople ? study.people : study.events) };
  return pair(id, layout, 'rates', study, clean, bad);
}

/** Of whom: the people of the group, or where the layout has none, the sum of its column. */
function whole(layout: Layout, table: number[][], i: number, j: number): number {
  if (layout.withPeople) return table[i]![j]!;
  return table.reduce((sum, row) => sum + row[j]!, 0);
}

/** Two cells hidden in each line, or a total that leaves one alone. */
function totalTwins(id: string, layout: Layout, random: Random): Case[] {
  const { study, row, column } = withSmall(studyFrom(random), random);
  const mark = random.pick(MARKS);
  const events = map(study.events, round5);
  // Hidden first, rounded to at least one step: the sum still has it.
  events[row]![column] = FIVE;
  const rowTotals = events.map((line) => line.reduce((sum, n) => sum + n, 0));
  const columnTotals = study.second.groups.map((_, j) => events.reduce((sum, line) => sum + line[j]!, 0));
  const total = String(rowTotals.reduce((sum, n) => sum + n, 0));
  const one = texts(events);
  one[row]![column] = mark;
  const people = texts(map(study.people, round5));
  const shown = { people, rowTotals: rowTotals.map(String), columnTotals: columnTotals.map(String), total };
  const bad: Measured = { ...shown, events: one };
  // Clean: a rectangle of four cells is hidden, so that every line has two.
  const four = one.map((line) => [...line]);
  const [i, j] = [(row + 1) % four.length, (column + 1) % four[0]!.length];
  four[i]![column] = mark;
  four[row]![j] = mark;
  four[i]![j] = mark;
  return pair(id, layout, 'recoverable', study, { ...shown, events: four }, bad);
}
