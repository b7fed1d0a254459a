import { mkdirSync, writeFileSync } from 'node:fs';
import { readPupils } from './lib/csv.mjs';
import { SMALLEST } from './lib/disclosure.mjs';
import { leastSquares } from './lib/regression.mjs';
import { scatter } from './lib/figure.mjs';

const pupils = readPupils().filter((pupil) => pupil.score !== null);
const names = ['intercept', 'absence_per_10_points', 'free_school_meals', 'deprivation_decile'];
const fit = leastSquares(
  pupils.map((pupil) => [1, 10 * pupil.absence, pupil.freeMeals ? 1 : 0, pupil.deprivation]),
  pupils.map((pupil) => pupil.score),
);

mkdirSync('output', { recursive: true });
writeFileSync(
  'output/model.json',
  `${JSON.stringify(
    {
      outcome: 'mean exam score',
      pupils: Math.round(pupils.length / 5) * 5,
      coefficients: names.map((name, at) => ({
        name,
        estimate: Number(fit.estimates[at].toFixed(3)),
        standard_error: Number(fit.errors[at].toFixed(3)),
      })),
      residual_df: Math.round((pupils.length - names.length) / 5) * 5,
      r_squared: Number(fit.rSquared.toFixed(3)),
    },
    null,
    2,
  )}\n`,
);

const WIDTH = 0.02;
const bins = Array.from({ length: 12 }, (_, at) =>
  pupils.filter((pupil) => Math.floor(pupil.absence / WIDTH) === at),
);
const points = bins
  .map((members, at) => ({
    x: 100 * WIDTH * (at + 0.5),
    y: members.reduce((sum, pupil) => sum + pupil.score, 0) / Math.max(1, members.length),
    count: members.length,
  }))
  .filter((point) => point.count >= SMALLEST);
writeFileSync('output/absence_and_score.svg', scatter(points, 'Absence (% of sessions)', 'Mean score'));
console.log(`Fitted; R² ${fit.rSquared.toFixed(2)}.`);
