/** Tables of an invented county, as governance would write them. */
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  generate,
  tablesFile,
  type Asked,
  type DatasetTables,
  type MadeTable,
} from '../../src/tables/tables.ts';

/** Written forms by dataset and table. */
export function datasets(all: Record<string, Record<string, unknown>>): DatasetTables[] {
  return Object.entries(all).map(([dataset, tables]) => ({
    dataset,
    ...tablesFile.parse({ title: dataset, tables }),
  }));
}

export const COUNTY = datasets({
  people: {
    sites: {
      rows_per_thousand: 40,
      columns: {
        school_id: { type: 'text', pattern: 'S[0-9]{4}', unique: true },
        region: { type: 'text', categories: ['North, East', 'South', "King's"] },
      },
    },
    pupils: {
      columns: {
        pupil_id: { type: 'integer', min: 100_000, max: 999_999, unique: true },
        school_id: { references: 'sites.school_id' },
        year_group: { type: 'integer', min: 7, max: 11 },
        sex: { type: 'text', categories: { F: 3, M: 1 } },
        free_meals: { type: 'boolean', true_share: 0.2 },
        born: { type: 'date', from: '2008-09-01', until: '2013-08-31' },
      },
    },
  },
  school: {
    attendance: {
      rows_per_thousand: 3000,
      unique: [['pupil_id', 'term']],
      columns: {
        pupil_id: { references: 'pupils.pupil_id' },
        term: { type: 'text', categories: ['autumn', 'spring', 'summer'] },
        sessions: { type: 'integer', categories: [120, 140] },
      },
    },
    scores: {
      rows_per_thousand: 2500,
      columns: {
        pupil_id: { references: 'pupils.pupil_id', null_share: 0.05 },
        subject: { type: 'text', categories: ['english', 'science'] },
        score: { type: 'decimal', digits: 1, min: -5, max: 100, null_share: 0.1 },
      },
    },
    profiles: {
      columns: {
        pupil_id: { references: 'pupils.pupil_id', unique: true },
        big: { type: 'integer', min: 0, max: 5_000_000_000 },
        whole: { type: 'decimal', min: 1, max: 9 },
        agrees: { type: 'boolean' },
      },
    },
    'warehouse.visits': {
      unique: [['day', 'door']],
      columns: {
        pupil_id: { references: 'profiles.pupil_id' },
        day: { type: 'date', from: '2025-01-01', until: '2030-12-31' },
        door: { type: 'text', categories: ['a', 'b'] },
        seen: { type: 'timestamp', from: '2025-01-01', until: '2025-02-28' },
      },
    },
  },
});

export function madeOf(
  of: readonly DatasetTables[],
  asked: Asked,
  encode?: (text: string) => string,
): MadeTable[] {
  const made = generate(of, asked, encode);
  if (isRefusal(made)) throw new Error(made.says);
  return made;
}

export const rowsOf = (table: MadeTable): (string | null)[][] =>
  Array.from({ length: table.rows }, (_, at) => [...table.row(at)]);
