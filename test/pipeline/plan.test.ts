import { describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { plan, type PastJob, type Plan } from '../../src/pipeline/pipeline.ts';
import { pipelineWith } from './support.ts';

const CHAIN = pipelineWith({ extract: [], model: ['extract'], report: ['model'] });

function past(states: Record<string, PastJob['state']>): Map<string, PastJob> {
  return new Map(
    Object.entries(states).map(([action, state]) => [action, { job: `job-${action}`, action, state }]),
  );
}

/** `model asked-for <- extract` for each job, `extract succeeded` for what is reused. */
function planned(
  asked: string[],
  states: Record<string, PastJob['state']> = {},
  force = false,
  pipeline = CHAIN,
): string[] {
  const answer = plan({ pipeline, asked, latest: past(states), force });
  if (isRefusal(answer)) throw new Error(answer.says);
  return [
    ...answer.jobs.map(
      ({ action, why, waitsFor }) => `${action} ${why}${waitsFor.length ? ` <- ${waitsFor.join(', ')}` : ''}`,
    ),
    ...answer.reused.map(({ action, why }) => `(${action} ${why})`),
  ];
}

describe('the table', () => {
  const named = ['extract'];
  const dependency = ['model'];
  test.each([
    ['none, by name', planned(named), ['extract asked-for']],
    ['none, dependency', planned(dependency), ['extract never-run', 'model asked-for <- extract']],
    ['none, forced', planned(dependency, {}, true), ['extract never-run', 'model asked-for <- extract']],
    ['pending, by name', planned(named, { extract: 'pending' }), ['(extract active)']],
    [
      'pending, dependency',
      planned(dependency, { extract: 'pending' }),
      ['model asked-for <- extract', '(extract active)'],
    ],
    [
      'running, forced',
      planned(dependency, { extract: 'running' }, true),
      ['model asked-for <- extract', '(extract active)'],
    ],
    ['succeeded, by name', planned(named, { extract: 'succeeded' }), ['extract asked-for']],
    [
      'succeeded, dependency',
      planned(dependency, { extract: 'succeeded' }),
      ['model asked-for', '(extract succeeded)'],
    ],
    [
      'succeeded, forced',
      planned(dependency, { extract: 'succeeded' }, true),
      ['extract forced', 'model asked-for <- extract'],
    ],
    ['failed, by name', planned(named, { extract: 'failed' }), ['extract asked-for']],
    [
      'failed, dependency',
      planned(dependency, { extract: 'failed' }),
      ['extract failed-before', 'model asked-for <- extract'],
    ],
    [
      'failed, forced',
      planned(dependency, { extract: 'failed' }, true),
      ['extract failed-before', 'model asked-for <- extract'],
    ],
  ])('%s', (_case, answer, expected) => {
    expect(answer).toEqual(expected);
  });
});

test('run_all asks for no action by name: what succeeded is left, what failed runs again', () => {
  expect(planned(['run_all'], { extract: 'succeeded', model: 'failed' })).toEqual([
    'model failed-before',
    'report never-run <- model',
    '(extract succeeded)',
  ]);
  expect(
    planned(['run_all', 'extract'], { extract: 'succeeded', model: 'succeeded', report: 'succeeded' }),
  ).toEqual(['(extract succeeded)', '(model succeeded)', '(report succeeded)']);
  expect(planned(['run_all'], { extract: 'succeeded' }, true)).toEqual([
    'extract forced',
    'model never-run <- extract',
    'report never-run <- model',
  ]);
});

test('nothing to do is a plan without jobs', () => {
  const states = { extract: 'succeeded', model: 'running', report: 'pending' } as const;
  expect(planned(['run_all'], states)).toEqual(['(extract succeeded)', '(model active)', '(report active)']);
  expect(planned(['model', 'report'], states)).toEqual(['(model active)', '(report active)']);
});

test('what is reused is not looked behind', () => {
  expect(planned(['report'], { model: 'succeeded', extract: 'failed' })).toEqual([
    'report asked-for',
    '(model succeeded)',
  ]);
});

test('an action asked for by name runs although another needs it first', () => {
  expect(planned(['report', 'extract', 'report'], { extract: 'succeeded', model: 'failed' })).toEqual([
    'extract asked-for',
    'model failed-before <- extract',
    'report asked-for <- model',
  ]);
});

describe('refused', () => {
  const refused = (asked: string[], pipeline = CHAIN): unknown =>
    plan({ pipeline, asked, latest: new Map(), force: false });
  test('an unknown action, with what there is', () => {
    expect(refused(['extrct'])).toMatchObject({
      code: 'plan.unknown-action',
      says: '"extrct" is not an action of this project.',
      next: 'Did you mean "extract"? The actions are extract, model, report, run_all.',
    });
  });
  test('several, also beside known ones', () => {
    expect(refused(['model', 'x\u202e', 'yyyyyy'])).toMatchObject({
      says: '"x\\u202e", "yyyyyy" are not actions of this project.',
    });
  });
  test('among many actions some are named', () => {
    const many = pipelineWith(
      Object.fromEntries(Array.from({ length: 1_100 }, (_, index) => [`a${index}`, []])),
    );
    expect(refused(['zzzzzz'], many)).toMatchObject({
      next: expect.stringMatching(/^The actions are a0, a1, .*, a19 and 1,081 more\.$/),
    });
  });
  test('no action', () => {
    expect(refused([])).toMatchObject({ code: 'plan.nothing-asked' });
  });
  test('names that every object has are no actions', () => {
    expect(refused(['constructor'])).toMatchObject({ code: 'plan.unknown-action' });
  });
});

test('a chain of 10,000 is planned, dependencies first', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `a${index}`);
  const pipeline = pipelineWith(
    Object.fromEntries(names.map((name, index) => [name, index ? [names[index - 1]!] : []])),
  );
  const answer = plan({ pipeline, asked: [names.at(-1)!], latest: new Map(), force: false }) as Plan;
  expect(answer.jobs.map(({ action }) => action)).toEqual(names);
});

test('every plan is closed and in order', () => {
  const graph = fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
  const state = fc.constantFrom<PastJob['state'] | undefined>(
    'pending',
    'running',
    'succeeded',
    'failed',
    undefined,
  );
  fc.assert(
    fc.property(
      graph,
      fc.array(state, { minLength: 8, maxLength: 8 }),
      fc.array(fc.nat({ max: 8 }), { minLength: 1 }),
      fc.boolean(),
      (edges, states, asked, force) => {
        const names = edges.map((_, index) => `a${index}`);
        const needs = edges.map((targets, index) =>
          [...new Set(targets.filter((target) => target < index))].map((target) => names[target]!),
        );
        const pipeline = pipelineWith(Object.fromEntries(names.map((name, index) => [name, needs[index]!])));
        const latest = new Map(
          names.flatMap((action, index) =>
            states[index] ? [[action, { job: action, action, state: states[index] }] as const] : [],
          ),
        );
        const wanted = asked.map((index) => names[index % names.length]!);

        const { jobs, reused } = plan({ pipeline, asked: wanted, latest, force }) as Plan;

        const place = new Map(jobs.map(({ action }, index) => [action, index]));
        const held = new Map(reused.map(({ action, why }) => [action, why]));
        expect(place.size + held.size).toBe(jobs.length + reused.length);
        for (const name of wanted) expect(place.has(name) || held.get(name) === 'active').toBe(true);
        for (const [index, job] of jobs.entries()) {
          for (const need of pipeline.actions.find(({ name }) => name === job.action)!.needs) {
            expect(
              place.has(need)
                ? place.get(need)! < index && job.waitsFor.includes(need)
                : job.waitsFor.includes(need) === (held.get(need) === 'active'),
            ).toBe(true);
          }
        }
      },
    ),
  );
});
