import { readPupils, writeTable } from './lib/csv.mjs';
import { shownCount } from './lib/disclosure.mjs';

// Real pupils miss exams: the model leaves those scores out, so count them instead of stopping.
const pupils = readPupils();
const without = (count) =>
  pupils.filter((pupil) => pupil.scores.filter((score) => score === null).length === count);

writeTable(
  'output/quality.csv',
  [0, 1, 2, 3].map((count) => ({ scores_missing: count, pupils: shownCount(without(count).length) })),
);
