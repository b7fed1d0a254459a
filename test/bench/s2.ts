/** S2-<class>: how many injected faults of a labelled set the checks find, and how often they cry at clean files. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { labelled } from '../disclosure/labelled/generator.ts';
import { findingsOf, score } from '../disclosure/labelled/score.ts';
import { figure, type Figure, type Measure } from './figure.ts';

/** Two of them unseen while the checks were written; the seed can be given, too. */
const SEEDS = process.env['SALLYPORT_SEED']?.split(',').map(Number) ?? [1, 20_270_301, 987_654_321];
const PER_FAULT = 70;

const FOUND = { unit: ' %', must: { is: '>=', than: 95 }, stretch: { is: '>=', than: 99 } } as const;
const ALARMS = { unit: ' %', must: { is: '<=', than: 2 }, stretch: { is: '<=', than: 0.5 } } as const;

export const s2: Measure = {
  id: 'S2',
  run() {
    const runs = SEEDS.map((seed) => score(labelled(seed, PER_FAULT)));
    const figures: Figure[] = runs[0]!.faults.map(({ fault }) => {
      const ones = runs.flatMap(({ faults }) => faults.filter((one) => one.fault === fault));
      const injected = sum(ones.map((one) => one.injected));
      const found = sum(ones.map((one) => one.found));
      const missed = ones.flatMap((one) => one.missed);
      return figure({
        ...FOUND,
        id: `S2-${fault}`,
        title: `injected faults found: ${fault}`,
        value: (100 * found) / injected,
        detail: `${found} of ${injected}, seeds ${SEEDS.join(', ')}${missed.length > 0 ? `; missed ${missed.slice(0, 5).join(', ')}` : ''}`,
      });
    });
    const clean = sum(runs.map((run) => run.clean));
    const alarms = runs.flatMap((run) => run.alarms);
    figures.push(
      figure({
        ...ALARMS,
        id: 'S2-clean',
        title: 'clean generated groups with any B or W finding',
        value: (100 * alarms.length) / clean,
        detail: `${alarms.length} of ${clean}${
          alarms.length > 0
            ? `: ${alarms
                .slice(0, 5)
                .map(({ id }) => id)
                .join(', ')}`
            : ''
        }`,
      }),
      byHand(),
    );
    return Promise.resolve(figures);
  },
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Clean tables written by hand; a figure's file stands with its table. */
function byHand(): Figure {
  const folder = path.join(process.cwd(), 'test/disclosure/clean');
  const names = readdirSync(folder).sort();
  const alarms = names.filter((name) => {
    const files = [name, ...(/\.svg$/.test(name) ? ['totals.csv'] : [])];
    return (
      findingsOf(files.map((one) => ({ name: one, bytes: readFileSync(path.join(folder, one)) }))).length > 0
    );
  });
  return figure({
    ...ALARMS,
    id: 'S2-hand',
    title: 'clean files written by hand with any B or W finding',
    value: (100 * alarms.length) / names.length,
    detail: `${alarms.length} of ${names.length}${alarms.length > 0 ? `: ${alarms.join(', ')}` : ''}`,
  });
}
