/**
 * An invented county's pupils: nothing in it is taken from anybody, much of it behaves like the real thing.
 *
 * Deprivation raises free meals and absence; all three lower results; a few schools are very good.
 * There are small corners on purpose (islands with two schools, a hospital school with six pupils),
 * because tables of small counts are what output checking is about. About one result in seventy is
 * missing, more often among the absent: dummy data has none, which is how the story's action fails.
 */
import { randomFrom, type Random } from './random.ts';
import type { TableName } from './tables.ts';

export const PUPILS = 52_000;
const SCHOOLS = 240;
const YEARS = [7, 11] as const;
const TERMS = [
  ['autumn', 140],
  ['spring', 120],
  ['summer', 120],
] as const;
const SUBJECTS = [
  ['english', 1.5],
  ['mathematics', -1],
  ['science', 0],
] as const;

interface Region {
  name: string;
  share: number;
  deprivation: number;
}
const REGIONS: readonly [Region, ...Region[]] = [
  { name: 'Harbour', share: 0.3, deprivation: 7.2 },
  { name: 'Eastmoor', share: 0.24, deprivation: 6 },
  { name: 'Fairfield', share: 0.2, deprivation: 4.6 },
  { name: 'Highvale', share: 0.16, deprivation: 2.8 },
  { name: 'Saltmarsh', share: 0.1, deprivation: 5.4 },
];
const ISLANDS = 'Far Isles';
const TYPES = ['AC', 'AC', 'AC', 'MA', 'MA', 'FS'] as const;

interface School {
  id: string;
  name: string;
  region: string;
  type: string;
  deprivation: number;
  size: number;
  effect: number;
}

/** Rows of every table as CSV without a header; empty means null. */
export function makeWarehouse(seed: number, pupils = PUPILS): Record<TableName, string> {
  const random = randomFrom(seed);
  const schools = makeSchools(random, pupils);
  const lines: Record<TableName, string[]> = {
    sites: schools.map((s) => `${s.id},${s.name},${s.region},${s.type},${Math.round(s.deprivation)}`),
    pupils: [],
    attendance: [],
    results: [],
    suspensions: [],
  };
  let id = 100_000;
  for (const school of schools) {
    for (let n = 0; n < school.size; n += 1) addPupil(lines, (id += random.between(1, 9)), school, random);
  }
  return mapValues(lines, (rows) => `${rows.join('\n')}\n`);
}

function makeSchools(random: Random, pupils: number): School[] {
  const schools: School[] = [];
  const weights: number[] = [];
  for (let n = 0; n < SCHOOLS; n += 1) {
    const region = regionAt(n / SCHOOLS);
    schools.push(
      school(
        n,
        region.name,
        random.pick(TYPES),
        clamp(random.normal(region.deprivation, 1.6), 1, 10),
        random,
      ),
    );
    weights.push(random.between(60, 340));
  }
  const corners: readonly [string, string, number][] = [
    [ISLANDS, 'MA', 43],
    [ISLANDS, 'FS', 12],
    ['Harbour', 'SP', 71],
    ['Highvale', 'AP', 19],
    ['Fairfield', 'HS', 6],
  ];
  const cornerPupils = corners.reduce((sum, [, , size]) => sum + size, 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = pupils - cornerPupils;
  schools.forEach((made, n) => {
    made.size = Math.min(left, Math.ceil(((pupils - cornerPupils) * (weights[n] ?? 0)) / total));
    left -= made.size;
  });
  for (const [region, type, size] of corners) {
    schools.push({ ...school(schools.length, region, type, 5, random), size });
  }
  return schools;
}

function regionAt(share: number): Region {
  let upTo = 0;
  for (const region of REGIONS) {
    upTo += region.share;
    if (share < upTo) return region;
  }
  return REGIONS[0];
}

const FIRST = ['Ash', 'Birch', 'Castle', 'Dene', 'Elm', 'Fern', 'Grange', 'Hazel', 'Ivy', 'Kings'] as const;
const SECOND = ['bank', 'brook', 'field', 'gate', 'hill', 'mead', 'ridge', 'stone', 'view', 'wood'] as const;

function school(n: number, region: string, type: string, deprivation: number, random: Random): School {
  const name = `${random.pick(FIRST)}${random.pick(SECOND)} School ${n + 1}`;
  const id = `S${String(n + 1).padStart(4, '0')}`;
  return { id, name, region, type, deprivation, size: 0, effect: random.normal(0, 3) };
}

function addPupil(lines: Record<TableName, string[]>, id: number, at: School, random: Random): void {
  const deprivation = Math.round(clamp(random.normal(at.deprivation, 1.8), 1, 10));
  const meals = random.chance(1 / (1 + Math.exp(4.1 - 0.5 * deprivation)));
  const year = random.between(YEARS[0], YEARS[1]);
  lines.pupils.push(`${id},${at.id},${year},${random.chance(0.51) ? 'M' : 'F'},${meals},${deprivation}`);

  // Skewed, as absence is: most miss little, a few miss much.
  const usual = 0.022 + 0.004 * deprivation + (meals ? 0.025 : 0);
  const absence = clamp(usual * Math.exp(random.normal(0, 0.6)), 0, 0.9);
  for (const [term, possible] of TERMS) {
    const missed = Math.round(clamp(random.normal(possible * absence, 2.2), 0, possible));
    lines.attendance.push(`${id},${term},${possible},${missed}`);
  }

  const ability = random.normal(66 - 1.3 * deprivation - (meals ? 3 : 0) - 95 * absence + at.effect, 9);
  for (const [subject, shift] of SUBJECTS) {
    const missing = random.chance(0.008 + 0.11 * absence);
    const score = clamp(random.normal(ability + shift, 6), 0, 100).toFixed(1);
    lines.results.push(`${id},${subject},${missing ? '' : score}`);
  }

  if (random.chance(0.008 + 0.25 * absence)) {
    const day = `2025-${String(random.between(1, 12)).padStart(2, '0')}-${String(random.between(1, 28)).padStart(2, '0')}`;
    lines.suspensions.push(
      `${id},${day},${random.between(1, 10)},${random.chance(0.7) ? 'conduct' : 'safety'}`,
    );
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function mapValues<K extends string, A, B>(record: Record<K, A>, change: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(record).map(([key, value]) => [key, change(value)])) as Record<
    K,
    B
  >;
}
