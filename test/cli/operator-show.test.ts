/** What an operator reads on a terminal. */
import { expect, test } from '@jest/globals';
import { InvalidArgumentError } from 'commander';
import { showBackends } from '../../src/cli/operator-call.ts';
import { moment, oneLine } from '../../src/cli/operator-options.ts';
import { showInspected, showJobs, showMaintenance, span } from '../../src/cli/operator-show.ts';

const AT = Date.parse('2027-03-01T09:00:00Z');
const JOB = {
  job: 'abcdefghijklmnop',
  request: 'request000000001',
  action: 'model',
  workspace: 'study-main',
  backend: 'zone-one',
  state: 'running',
  code: 'executing',
  words: 'running',
  pool: 'general',
  weight: 1,
  attempts: 2,
  login: 'researcher',
  createdAt: AT - 7_300_000,
  startedAt: AT - 600_000,
  completedAt: null,
  agent: 'agent-1',
  stopping: false,
} as const;

test('a list of jobs has columns, and says of what waits for how long and what for', () => {
  const waits = {
    ...JOB,
    job: 'bcdefghijklmnopq',
    state: 'pending',
    words: 'waiting: the backend is paused',
    attempts: 0,
    startedAt: null,
    agent: null,
  } as const;
  const ended = {
    ...JOB,
    state: 'failed',
    words: 'stopped by an operator',
    completedAt: AT - 540_000,
    agent: null,
  } as const;
  expect(showJobs({ at: AT, jobs: [waits, JOB, { ...JOB, stopping: true }, ended] })).toMatchInlineSnapshot(`
   "JOB               STATE    AGE     BACKEND   WORKSPACE   ACTION  BY          WHAT
   bcdefghijklmnopq  pending  2 h     zone-one  study-main  model   researcher  waiting: the backend is paused
   abcdefghijklmnop  running  10 min  zone-one  study-main  model   researcher  running, on agent-1, attempt 2
   abcdefghijklmnop  running  10 min  zone-one  study-main  model   researcher  is being stopped, on agent-1, attempt 2
   abcdefghijklmnop  failed   60 s    zone-one  study-main  model   researcher  stopped by an operator, attempt 2
   "
  `);
  expect(showJobs({ at: AT, jobs: [] })).toBe('no such jobs\n');
});

test('a request is shown with its jobs, their attempts, its record, and how far GitHub is', () => {
  const found = {
    request: JOB.request,
    job: null,
    state: 'running',
    outcome: 'accepted',
    refusal: null,
    repository: 'code-org/study',
    branch: 'main',
    commit: 'a'.repeat(40),
    backend: 'zone-one',
    workspace: 'study-main',
    project: 'project-one',
    login: 'researcher',
    createdAt: AT - 7_300_000,
    completedAt: null,
    jobs: [
      {
        ...{ job: JOB.job, action: 'model', state: 'pending', code: 'waiting_on_dependencies' },
        ...{ words: 'waiting for other jobs', attempts: 1, pool: 'general', weight: 1, stopping: false },
        waitsFor: [{ job: 'cdefghijklmnopqr', action: 'extract', code: 'executing' }],
        tasks: [
          {
            ...{ id: 'task000000000001', type: 'run', agent: 'agent-1', seq: 1, state: 'done' },
            ...{ ended: 'interrupted', createdAt: AT - 900_000, lastAt: null, doneAt: AT - 600_000 },
          },
          {
            ...{ id: 'task000000000002', type: 'run', agent: 'agent-1', seq: 2, state: 'active' },
            ...{ ended: null, createdAt: AT - 500_000, lastAt: AT - 30_000, doneAt: null },
          },
        ],
      },
    ],
    timeline: [
      {
        ...{ at: AT - 7_300_000, place: 41, actor: 'person:7', subject: `request:${JOB.request}` },
        ...{ event: 'submitted', code: null, agent: null, why: null },
      },
      {
        ...{ at: AT, place: null, actor: 'operator', subject: `job:${JOB.job}`, event: 'reset' },
        ...{ code: 'waiting_on_new_task', agent: null, why: 'it hangs' },
      },
    ],
    github: [
      {
        ...{ topic: 'request', state: 'pending', attempts: 3, notBefore: AT + 60_000 },
        ...{ lastError: 'GitHub answers 502\nand more', createdAt: AT - 60_000, doneAt: null },
      },
    ],
  };
  expect(showInspected({ at: AT, found })).toMatchInlineSnapshot(`
   "request  request000000001  running
   code     code-org/study main aaaaaaaaaaaa
   place    zone-one, workspace study-main, project project-one
   asked    by researcher, 2027-03-01 06:58Z

   job abcdefghijklmnop model: waiting for other jobs (general, weight 1, attempts 1)
     waits for extract (job cdefghijklmnopqr, executing)
     run task task000000000001 to agent-1, 2027-03-01 08:45Z: interrupted, 2027-03-01 08:50Z
     run task task000000000002 to agent-1, 2027-03-01 08:51Z: last heard 30 s ago

   record
     TIME               PLACE  OF                        EVENT      BY
     2027-03-01 06:58Z  41     request:request000000001  submitted  person:7
     2027-03-01 09:00Z  -      job:abcdefghijklmnop      reset      operator, waiting_on_new_task, "it hangs"

   github
     pending, ordered 2027-03-01 08:59Z, attempts 3, next try in 60 s: GitHub answers 502
   "
  `);
  expect(showInspected({ at: AT, found: { ...found, jobs: [], github: [] } })).toContain(
    'was never told of it',
  );
});

test('a backend says when its database is maintained', () => {
  const backend = {
    ...{ id: 'zone-one', data: 'real' as const, active: true, lastSeenAt: AT, silent: false, agents: [] },
    ...{ pausedAt: null, pausedWhy: null, running: [], waiting: 3 },
    maintenance: { from: AT - 1000, until: AT + 3_600_000, why: 'upgrade' },
  } as const;
  const planned = { ...backend, maintenance: { from: AT + 1000, until: null, why: '' } };
  const shown = [backend, planned].map((each) =>
    showBackends({ at: AT, backends: [{ ...each, agents: [], running: [] }] }),
  );
  expect(shown.join('')).toMatchInlineSnapshot(`
   "zone-one (real data): last seen 0 s ago; 0 running, 3 waiting
     database maintained since 2027-03-01 08:59Z until 2027-03-01 10:00Z: upgrade
   zone-one (real data): last seen 0 s ago; 0 running, 3 waiting
     database maintenance planned from 2027-03-01 09:00Z
   "
  `);
  expect([
    showMaintenance('zone-one', true, { from: AT, until: null }),
    showMaintenance('zone-one', true, { from: AT, until: AT + 3_600_000 }),
    showMaintenance('zone-one', false, { from: AT, until: AT }),
  ]).toMatchInlineSnapshot(`
   [
     "the database of zone-one is being maintained from 2027-03-01 09:00Z until you say "off"
   ",
     "the database of zone-one is being maintained from 2027-03-01 09:00Z until 2027-03-01 10:00Z
   ",
     "the database of zone-one is not being maintained any more
   ",
   ]
  `);
});

test('times have a zone, reasons are one line', () => {
  expect(moment('2027-03-01T22:00Z')).toBe(Date.parse('2027-03-01T22:00:00Z'));
  expect(moment('2027-03-01T22:00:30+01:00')).toBe(Date.parse('2027-03-01T21:00:30Z'));
  for (const bad of ['', 'tomorrow', '2027-03-01', '2027-03-01T22:00', '2027-13-01T22:00Z', '1e12'])
    expect(() => moment(bad)).toThrow(InvalidArgumentError);
  expect(oneLine('its disk was full')).toBe('its disk was full');
  for (const bad of ['two\nlines', 'a\u202eb', 'x'.repeat(301)])
    expect(() => oneLine(bad)).toThrow(InvalidArgumentError);
  expect([0, 119_000, 120_000, 7_200_000, 172_800_000, -5].map(span)).toEqual([
    '0 s',
    '119 s',
    '2 min',
    '2 h',
    '2 d',
    '0 s',
  ]);
});
