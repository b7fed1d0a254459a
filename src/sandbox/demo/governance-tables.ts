/** What the demo's deployment publishes of its tables. Invented ranges and weights, as everywhere: nothing is counted from the warehouse. */
const SITES = `title: Schools
description: Every school of the county.
tables:
  sites:
    description: One row for each school.
    rows_per_thousand: 40
    columns:
      school_id: {type: text, pattern: 'S[0-9]{4}', unique: true, description: Key of the school.}
      name: {type: text, pattern: 'School [A-Z][0-9]{3}'}
      region: {type: text, categories: [Harbour, Eastmoor, Fairfield, Highvale, Saltmarsh, Far Isles]}
      school_type: {type: text, categories: {AC: 3, MA: 2, FS: 1, SP: 1}, description: By the codelist of school types.}
      deprivation: {type: integer, min: 1, max: 10, description: Of the area; ten is the most deprived tenth.}
`;
const PUPILS = `title: Pupils
description: Everybody on roll.
tables:
  pupils:
    description: One row for each pupil.
    columns:
      pupil_id: {type: integer, min: 100000, max: 999999, unique: true, description: Key of the pupil.}
      school_id: {references: sites.school_id}
      year_group: {type: integer, min: 7, max: 11}
      sex: {type: text, categories: [F, M]}
      free_meals: {type: boolean, true_share: 0.25}
      deprivation: {type: integer, min: 1, max: 10}
`;
const ATTENDANCE = `title: Attendance
description: Half days that were missed, of those that were held.
tables:
  attendance:
    description: One row for each pupil and term.
    rows_per_thousand: 3000
    unique: [[pupil_id, term]]
    columns:
      pupil_id: {references: pupils.pupil_id}
      term: {type: text, categories: [autumn, spring, summer]}
      sessions_possible: {type: integer, categories: [120, 140], unit: half days}
      sessions_absent: {type: integer, min: 0, max: 40, unit: half days}
`;
const RESULTS = `title: Results
description: What pupils reached in three subjects.
tables:
  results:
    description: One row for each pupil and subject; no score where no exam was sat.
    rows_per_thousand: 3000
    unique: [[pupil_id, subject]]
    columns:
      pupil_id: {references: pupils.pupil_id}
      subject: {type: text, categories: [english, mathematics, science]}
      score: {type: decimal, digits: 1, min: 0, max: 100, null_share: 0.02, unit: points}
`;

export const TABLE_FILES: readonly [path: string, text: string][] = [
  ['schemas/sites.yml', SITES],
  ['schemas/pupils.yml', PUPILS],
  ['schemas/attendance.yml', ATTENDANCE],
  ['schemas/results.yml', RESULTS],
];
