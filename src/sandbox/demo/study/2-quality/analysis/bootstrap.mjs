// How sure is the slope? Resamples the pupils many times: instant on dummy data, minutes on the real.
import { mkdirSync, writeFileSync } from 'node:fs';
import { readPupils } from './lib/csv.mjs';

const SAMPLES = 1_000_000;
const pupils = readPupils().filter((pupil) => pupil.score !== null);
const absence = Float64Array.from(pupils, (pupil) => 100 * pupil.absence);
const score = Float64Array.from(pupils, (pupil) => pupil.score);

let state = 20260115;
function draw(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 4294967296) * below);
}

function slope() {
  let [n, x, y, xx, xy] = [absence.length, 0, 0, 0, 0];
  for (let at = 0; at < n; at += 1) {
    const drawn = draw(n);
    x += absence[drawn];
    y += score[drawn];
    xx += absence[drawn] ** 2;
    xy += absence[drawn] * score[drawn];
  }
  return (n * xy - x * y) / (n * xx - x * x);
}

const slopes = Float64Array.from({ length: SAMPLES }, slope).sort();
const at = (share) => Number(slopes[Math.floor(share * (SAMPLES - 1))].toFixed(3));
mkdirSync('output', { recursive: true });
writeFileSync(
  'output/slope_interval.json',
  `${JSON.stringify({ samples: SAMPLES, low: at(0.025), middle: at(0.5), high: at(0.975) }, null, 2)}\n`,
);
