import { describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import {
  isReusable,
  readActionFile,
  reusableRefusal,
  withReusable,
  type Action,
  type ReusableProblem,
} from '../../src/pipeline/pipeline.ts';
import { pipelineOf } from './support.ts';

test('an action.yaml says what runs; other keys are the author’s own', () => {
  expect(readActionFile('name: join\nrun: python:v2 python "join all.py" --flag\n')).toEqual({
    action: {
      run: 'python:v2 python "join all.py" --flag',
      image: { name: 'python', tag: 'v2' },
      args: ['python', 'join all.py', '--flag'],
    },
    diagnostics: [],
  });
});

test.each([
  ['nothing', '', 'action.run 1:1'],
  ['a list', '- run', 'action.run 1:1'],
  ['no run', 'name: x', 'action.run 1:1'],
  ['run as a list', 'run: [x]', 'action.run 1:6'],
  ['no image', 'run: python x', 'action.run 1:6'],
  ['nothing to run', 'run: " "', 'action.run 1:6'],
  ['NUL', 'run: "python:v2 \\0"', 'action.run 1:6'],
  ['an open quote', `run: python:v2 'x`, 'action.run 1:6'],
  ['a database', 'run: sqlrunner:v1 x.sql', 'action.database 1:6'],
  ['no YAML', 'run: [', 'project.yaml-syntax 1:7'],
])('%s is refused at its place', (_name, text, expected) => {
  const { action, diagnostics } = readActionFile(text);
  expect(action).toBeUndefined();
  expect(diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual([expected]);
});

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readActionFile(text)));
});

test('the command is the action’s words, the user’s words behind the image, then the config', () => {
  const [action] = pipelineOf(
    JSON.stringify({
      version: 5,
      actions: {
        a: { run: 'join:v1 --by id', config: { n: 1 }, outputs: { highly_sensitive: { d: 'd.csv' } } },
      },
    }),
  ).actions;
  expect(isReusable(action!.image)).toBe(true);
  expect(withReusable(action!, readActionFile('run: python:v2 python join.py').action!)).toEqual({
    image: { name: 'python', tag: 'v2' },
    command: ['python', 'join.py', '--by', 'id', '--config', '{"n":1}'],
  });
});

test.each(['ehrql', 'stata-mp', 'r', 'jupyter', 'python', 'sqlrunner'])(
  '%s is no reusable action',
  (name) => {
    expect(isReusable({ name, tag: 'v1' })).toBe(false);
  },
);

describe('a refusal says whose mistake it is', () => {
  const action: Pick<Action, 'name' | 'image'> = { name: 'merge', image: { name: 'join', tag: 'v1' } };
  const problems: ReusableProblem[] = [
    { type: 'no-repository' },
    { type: 'no-version' },
    { type: 'not-on-main' },
    { type: 'no-file' },
    { type: 'bad-file', diagnostics: readActionFile('name: x\nrun: sqlrunner:v1 x.sql').diagnostics },
    { type: 'bad-file', diagnostics: [] },
    { type: 'image-not-allowed', image: { name: 'perl', tag: 'v5' } },
  ];
  test('each', () => {
    expect(
      problems
        .map((problem) => reusableRefusal(action, problem))
        .map(({ code, whose, says, next }) => `${code} (${whose}) ${says} ${next}`),
    ).toMatchInlineSnapshot(`
     [
       "reusable.no-repository (yours) Action "merge", image "join:v1": there is no runtime image and no reusable action called "join". Correct the first word of "run".",
       "reusable.no-version (yours) Action "merge", image "join:v1": the reusable action "join" has no version "v1". Use one of its tags in the first word of "run".",
       "reusable.not-on-main (the author’s) Action "merge", image "join:v1": this version of the reusable action was never merged to its main branch. This is a mistake of the action’s author: tell them, or use another version of it.",
       "reusable.no-file (the author’s) Action "merge", image "join:v1": the reusable action has no action.yaml at this version. This is a mistake of the action’s author: tell them, or use another version of it.",
       "reusable.bad-file (the author’s) Action "merge", image "join:v1": the action.yaml of the reusable action has a mistake in line 2: A reusable action may not read a database. This is a mistake of the action’s author: tell them, or use another version of it.",
       "reusable.bad-file (the author’s) Action "merge", image "join:v1": the action.yaml of the reusable action has a mistake in line 1: it cannot be read. This is a mistake of the action’s author: tell them, or use another version of it.",
       "reusable.image-not-allowed (the author’s) Action "merge", image "join:v1": the reusable action runs in "perl:v5", which is not an image of this deployment. This is a mistake of the action’s author: tell them, or use another version of it.",
     ]
    `);
  });
});
