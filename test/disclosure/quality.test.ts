/** The labelled set for one seed: the bench measures more. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { labelled } from './labelled/generator.ts';
import { findingsOf, score } from './labelled/score.ts';

const CLEAN = path.join(import.meta.dirname, 'clean');

test('injected faults are found and clean twins are left alone', () => {
  const scores = score(labelled(Number(process.env['SALLYPORT_SEED'] ?? 4), 35));

  for (const { found, injected } of scores.faults) expect(found).toBeGreaterThanOrEqual(0.95 * injected);
  expect(scores.alarms.length).toBeLessThanOrEqual(0.02 * scores.clean);
});

test('the generator shares nothing with the checks: it imports node’s own modules and itself', () => {
  const folder = path.join(import.meta.dirname, 'labelled');
  // The scores are taken of the checks: they make nothing.
  const generator = readdirSync(folder).filter((name) => name !== 'score.ts');
  const imported = generator.flatMap((name) =>
    [...readFileSync(path.join(folder, name), 'utf8').matchAll(/(?:from|import\() ?'([^']+)'/g)].map(
      ([, from]) => from!,
    ),
  );

  expect(imported.length).toBeGreaterThan(5);
  expect(imported.filter((from) => !/^(node:|\.\/)/.test(from) || from === './score.ts')).toEqual([]);
});

test('the set is large, and the faults of tables are in at least five shapes, with clean twins', () => {
  const cases = labelled(4, 35);
  const shapes = (fault: string): number =>
    new Set(cases.filter((each) => each.fault === fault).map(({ layout }) => layout)).size;

  expect(cases.length).toBeGreaterThanOrEqual(400);
  for (const fault of ['unrounded', 'small', 'rates']) expect(shapes(fault)).toBeGreaterThanOrEqual(5);
  // What can be worked out of totals goes into each shape that has some.
  expect(shapes('recoverable')).toBe(4);
  expect(cases.filter(({ fault }) => !fault).length).toBeGreaterThanOrEqual(cases.length / 2);
});

test('the same seed makes the same set', () => {
  expect(labelled(9, 3)).toEqual(labelled(9, 3));
  expect(labelled(9, 3)).not.toEqual(labelled(10, 3));
});

test.each(readdirSync(CLEAN))('%s, written by hand, raises nothing', (name) => {
  const files = [name, ...(name.endsWith('.svg') ? ['totals.csv'] : [])];

  expect(findingsOf(files.map((one) => ({ name: one, bytes: readFileSync(path.join(CLEAN, one)) })))).toEqual(
    [],
  );
});
