import { expect, test } from '@jest/globals';
import { weigher } from '../../src/jobs/weights.ts';
import { aBackend } from '../support/jobs.ts';

const weigh = weigher(
  aBackend({
    weights: {
      default: [
        { match: 'r:v2 .*', weight: 2 },
        { match: '.{500}', weight: 3 },
      ],
      workspaces: { 'study-main': [{ match: 'big_.*', weight: 1.5 }] },
    },
  }),
  'study-main',
);

test.each([
  ['a workspace table is matched with the name of the action', 'big_model', 'r:v2 model.R', 1.5],
  ['the default table with the whole command', 'model', 'r:v2 model.R', 2],
  ['and not with the name', 'r:v2 x', 'python:v2 x.py', 1],
  ['both in full', 'a_big_model', 'xr:v2 model.R', 1],
  ['of a long text the beginning is matched', 'model', `python:v2 ${'x'.repeat(100_000)}`, 3],
])('%s', (_case, name, run, weight) => {
  expect(weigh({ name, run })).toBe(weight);
});
