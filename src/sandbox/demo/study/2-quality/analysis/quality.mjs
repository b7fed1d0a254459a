import { readPupils, writeTable } from './lib/csv.mjs';

const pupils = readPupils();
const complete = pupils.filter((pupil) => pupil.scores.every((score) => score !== null));
if (complete.length < pupils.length)
  throw new Error(`${pupils.length - complete.length} pupils lack a score.`);

writeTable('output/quality.csv', [{ check: 'every pupil has three scores', result: 'yes' }]);
