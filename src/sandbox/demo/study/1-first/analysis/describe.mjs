import { groupBy, readPupils, writeTable } from './lib/csv.mjs';
import { shownCount, shownMean } from './lib/disclosure.mjs';

const pupils = readPupils();
const groups = groupBy(pupils, (pupil) => `${pupil.region},${pupil.freeMeals ? 'yes' : 'no'}`);

writeTable(
  'output/absence_by_region.csv',
  [...groups].sort().map(([name, members]) => {
    const [region, freeMeals] = name.split(',');
    return {
      region,
      free_school_meals: freeMeals,
      pupils: shownCount(members.length),
      absence_percent: shownMean(members.map((pupil) => 100 * pupil.absence)),
      mean_score: shownMean(members.filter((pupil) => pupil.score !== null).map((pupil) => pupil.score)),
    };
  }),
);
console.log(`${groups.size} groups described.`);
