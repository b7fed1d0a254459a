import { expect, test } from '@jest/globals';
import type { LaptopEvent } from '../../agent/laptop.ts';
import { githubScreen, plainScreen } from '../../src/cli/run-show.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { readProject, type Action } from '../../src/pipeline/pipeline.ts';

const action = readProject(`version: 5
actions:
  model:
    run: python:v2 a.py
    outputs: {moderately_sensitive: {t: t.csv}}
`).pipeline?.actions[0] as Action;

const NO_EXIT = { outOfMemory: false, timedOut: false, diskFull: false, stopped: false, interrupted: false };

function ended(state: 'succeeded' | 'nonzero_exit', log: string): Extract<LaptopEvent, { type: 'ended' }> {
  return {
    type: 'ended',
    action,
    logFile: 'metadata/model.log',
    result: {
      outcome: { state, message: 'The program ended with an error.', hint: '' },
      exit: { code: 1, startedAt: 0, finishedAt: 0, ...NO_EXIT },
      outputs: [
        {
          path: 't.csv',
          level: 'moderately_sensitive',
          hash: '',
          size: 1,
          at: 0,
          excluded: true,
          message: 'It is 50% too large.',
        },
      ],
      collected: { outputs: [], unmatched: [], hints: [], refused: [] },
      log,
      metrics: { cpu_mean: 12.3, cpu_peak: 99.6, mem_mb_peak: 2048 },
      tookMs: 125_000,
    },
  };
}
const over = (one: Extract<LaptopEvent, { type: 'ended' }>): LaptopEvent => ({
  type: 'over',
  ended: [{ action: 'model', result: one.result }],
  notRun: [],
  continued: false,
});

function printed(
  make: typeof plainScreen | typeof githubScreen,
  timestamps: boolean,
  ...events: LaptopEvent[]
): string {
  let text = '';
  const screen = make({
    out: { write: (more) => (text += more) },
    timestamps,
    clock: fixedClock('2027-03-01T09:00:00.123Z'),
    project: 'study, one/project.yaml',
    token: 'secret',
  });
  for (const event of events) screen.show(event);
  screen.section('checks', ['t.csv: fine']);
  screen.close();
  return text;
}

test('in plain lines, with the time before each when that is asked for', () => {
  const done = ended('succeeded', '');
  const started: LaptopEvent = { type: 'started', action, image: 'python:v2' };
  expect(printed(plainScreen, true, started, done, over(done))).toMatchInlineSnapshot(`
"2027-03-01T09:00:00Z model: running python:v2
2027-03-01T09:00:00Z model: t.csv would be withheld from review: It is 50% too large.
2027-03-01T09:00:00Z model: done in 125.0 s, 1 output
2027-03-01T09:00:00Z
2027-03-01T09:00:00Z action  result        time  cpu mean  cpu peak  memory peak
2027-03-01T09:00:00Z model   done    2 min 05 s      12 %     100 %      2.0 GiB
2027-03-01T09:00:00Z
2027-03-01T09:00:00Z checks:
2027-03-01T09:00:00Z t.csv: fine
"
`);
});

test('for GitHub: the log in a group, what failed on the line of its action', () => {
  const failed = ended('nonzero_exit', '2027-03-01T08:59:59.5Z reading\n');
  expect(printed(githubScreen, false, failed, over(failed))).toMatchInlineSnapshot(`
"::group::log of model
reading
::endgroup::
model: t.csv would be withheld from review: It is 50% too large.
model: The program ended with an error.
::warning file=study%2C one/project.yaml,line=3,col=3,title=model::model: t.csv would be withheld from review: It is 50%25 too large.
::error file=study%2C one/project.yaml,line=3,col=3,title=model::model: The program ended with an error.

action  result        time  cpu mean  cpu peak  memory peak
model   failed  2 min 05 s      12 %     100 %      2.0 GiB
::group::checks
t.csv: fine
::endgroup::
"
`);
});

test('a program cannot give commands to the runner of a workflow', () => {
  const hostile =
    '2027-03-01T08:59:59.5Z ok\n2027-03-01T08:59:59.6Z   ::add-mask::x\n2027-03-01T08:59:59.7Z ##[error]x\n';
  const text = printed(githubScreen, false, ended('nonzero_exit', hostile));
  expect(text).toContain('::stop-commands::secret\nok\n  ::add-mask::x\n##[error]x\n::secret::\n');
});

test('for GitHub with times, the log has those of its lines; a program without a log has no group', () => {
  expect(printed(githubScreen, true, ended('nonzero_exit', '2027-03-01T08:59:59.5Z reading\n'))).toContain(
    '::group::log of model\n2027-03-01T08:59:59.5Z reading\n::endgroup::\n2027-03-01T09:00:00Z model:',
  );
  expect(printed(githubScreen, false, ended('nonzero_exit', ''))).toContain(
    'model: it wrote nothing to its log',
  );
});

test('findings about the project are annotations, too', () => {
  const found = { code: 'P9', severity: 'error' as const, line: 4, column: 5, message: 'Not a key.' };
  expect(printed(githubScreen, false, { type: 'finding', found })).toContain(
    '::error file=study%2C one/project.yaml,line=4,col=5,title=P9::Not a key.',
  );
  expect(printed(plainScreen, false, { type: 'finding', found })).toContain(
    'project.yaml:4:5 error: Not a key.',
  );
});
