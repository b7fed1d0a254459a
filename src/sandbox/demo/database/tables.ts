/** The warehouse's tables. A dataset of the demo is one table; `suspensions` exists and is never granted. */
export const TABLES = {
  sites: [
    'school_id text primary key',
    'name text',
    'region text',
    'school_type text',
    'deprivation integer',
  ],
  pupils: [
    'pupil_id integer primary key',
    'school_id text',
    'year_group integer',
    'sex text',
    'free_meals boolean',
    'deprivation integer',
  ],
  attendance: ['pupil_id integer', 'term text', 'sessions_possible integer', 'sessions_absent integer'],
  results: ['pupil_id integer', 'subject text', 'score numeric(4,1)'],
  suspensions: ['pupil_id integer', 'excluded_on date', 'days integer', 'reason text'],
} as const;

export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];
/** What the demo's project is granted. */
export const GRANTED: readonly TableName[] = ['sites', 'pupils', 'attendance', 'results'];

export function createTable(table: TableName): string {
  return `create table ${table} (${TABLES[table].join(', ')})`;
}
