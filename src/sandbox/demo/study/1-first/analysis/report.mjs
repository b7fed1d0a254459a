import { groupBy, readPupils, readTable, writeTable } from './lib/csv.mjs';
import { shownCount, shownMean } from './lib/disclosure.mjs';

const terms = new Map(readTable('codelists/westmere-school-types.csv').map((row) => [row.code, row.term]));
const pupils = readPupils().filter((pupil) => terms.has(pupil.schoolType));

for (const [region, members] of groupBy(pupils, (pupil) => pupil.region)) {
  const name = region.toLowerCase().replaceAll(' ', '_');
  const types = groupBy(members, (pupil) => pupil.schoolType);
  writeTable(
    `output/by_region_${name}.csv`,
    [...types].sort().map(([code, group]) => ({
      school_type: terms.get(code),
      pupils: shownCount(group.length),
      absence_percent: shownMean(group.map((pupil) => 100 * pupil.absence)),
      mean_score: shownMean(group.filter((pupil) => pupil.score !== null).map((pupil) => pupil.score)),
    })),
  );
}
