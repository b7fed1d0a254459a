import { expect, test } from '@jest/globals';
import { decide, MAX_ATTEMPTS, type ReportedJob, type ReportedTask } from '../../src/jobs/state.ts';
import { JOB_CODES } from '../../src/db/schema/jobs.ts';
import { ENDS, STAGES, ZONE_REASONS, type Update } from '../../src/protocol/protocol.ts';
import { phrase } from '../../src/jobs/jobs.ts';
import { WAIT_CODES } from '../../src/jobs/types.ts';

const job = (given: Partial<ReportedJob> = {}): ReportedJob => ({
  state: 'running',
  code: 'executing',
  attempts: 1,
  isDatabase: false,
  stop: null,
  ...given,
});
const task = (given: Partial<ReportedTask> = {}): ReportedTask => ({
  type: 'run',
  state: 'active',
  ended: null,
  lastAt: 100,
  ...given,
});
const update = (state: Update['state'], given: Partial<Update> = {}): Update => ({
  task: 'a'.repeat(16),
  job: 'b'.repeat(16),
  at: 200,
  state,
  ...given,
});

test.each([
  ['a later stage is taken over', job(), task(), update('finalizing'), { kind: 'stage', code: 'finalizing' }],
  ['the same stage is a repeat', job(), task(), update('executing'), { kind: 'taken' }],
  [
    'an earlier stage that was reported earlier is stale',
    job(),
    task(),
    update('prepared', { at: 50 }),
    { kind: 'stale' },
  ],
  [
    'an earlier stage at the same time is stale',
    job(),
    task(),
    update('prepared', { at: 100 }),
    { kind: 'stale' },
  ],
  [
    'an earlier stage reported later is a step begun anew',
    job(),
    task(),
    update('preparing'),
    { kind: 'stage', code: 'preparing' },
  ],
  [
    "the first stage follows the hub's own",
    job({ code: 'initiated' }),
    task({ lastAt: 0 }),
    update('preparing', { at: 0 }),
    { kind: 'stage', code: 'preparing' },
  ],
  [
    'success ends',
    job(),
    task(),
    update('succeeded'),
    { kind: 'end', state: 'succeeded', code: 'succeeded' },
  ],
  [
    'success ends also when cancelling came too late',
    job({ stop: 'cancelled_by_user' }),
    task(),
    update('succeeded'),
    { kind: 'end', state: 'succeeded', code: 'succeeded' },
  ],
  [
    'any other end of a cancelled job is the cancelling',
    job({ stop: 'cancelled_by_user' }),
    task(),
    update('nonzero_exit'),
    { kind: 'end', state: 'failed', code: 'cancelled_by_user' },
  ],
  [
    'an interruption of a cancelled job is not tried again',
    job({ stop: 'cancelled_by_user' }),
    task(),
    update('interrupted'),
    { kind: 'end', state: 'failed', code: 'cancelled_by_user' },
  ],
  [
    "the zone's own no ends",
    job(),
    task(),
    update('refused_by_zone', { reason: 'image-not-allowed' }),
    { kind: 'end', state: 'failed', code: 'refused_by_zone' },
  ],
  [
    'an interruption is tried again at once',
    job(),
    task(),
    update('interrupted'),
    { kind: 'retry', afterMs: 0 },
  ],
  [
    'interruptions are not tried for ever',
    job({ attempts: MAX_ATTEMPTS }),
    task(),
    update('interrupted'),
    { kind: 'end', state: 'failed', code: 'job_error' },
  ],
  [
    'what passes by itself is tried again later',
    job(),
    task(),
    update('prepare_failed', { reason: 'git-unavailable' }),
    { kind: 'retry', afterMs: 5000 },
  ],
  [
    'and later still',
    job({ attempts: 2 }),
    task(),
    update('prepare_failed', { reason: 'disk-full' }),
    { kind: 'retry', afterMs: 60_000 },
  ],
  [
    'but not for ever',
    job({ attempts: MAX_ATTEMPTS }),
    task(),
    update('prepare_failed', { reason: 'disk-full' }),
    { kind: 'end', state: 'failed', code: 'prepare_failed' },
  ],
  [
    'what does not pass is not tried again',
    job(),
    task(),
    update('prepare_failed', { reason: 'input-missing' }),
    { kind: 'end', state: 'failed', code: 'prepare_failed' },
  ],
  [
    'a preparation that failed without a reason is not tried again',
    job(),
    task(),
    update('prepare_failed'),
    { kind: 'end', state: 'failed', code: 'prepare_failed' },
  ],
  [
    'a database that is busy is tried again',
    job({ isDatabase: true }),
    task(),
    update('nonzero_exit', { exitCode: 4 }),
    { kind: 'retry', afterMs: 60_000 },
  ],
  [
    'a database job that is wrong is not',
    job({ isDatabase: true }),
    task(),
    update('nonzero_exit', { exitCode: 2 }),
    { kind: 'end', state: 'failed', code: 'nonzero_exit' },
  ],
  [
    'the same exit code of another action means nothing',
    job(),
    task(),
    update('nonzero_exit', { exitCode: 4 }),
    { kind: 'end', state: 'failed', code: 'nonzero_exit' },
  ],
  [
    'a repeated end is taken',
    job({ state: 'succeeded', code: 'succeeded' }),
    task({ state: 'done', ended: 'succeeded' }),
    update('succeeded'),
    { kind: 'taken' },
  ],
  [
    'another end after the end is stale',
    job({ state: 'succeeded', code: 'succeeded' }),
    task({ state: 'done', ended: 'succeeded' }),
    update('nonzero_exit'),
    { kind: 'stale' },
  ],
  [
    'a stage after the end is stale',
    job({ state: 'failed', code: 'timed_out' }),
    task({ state: 'done', ended: 'timed_out' }),
    update('finalizing'),
    { kind: 'stale' },
  ],
  [
    'a stage of a cancel task says nothing of the job',
    job(),
    task({ type: 'cancel' }),
    update('preparing'),
    { kind: 'taken' },
  ],
  [
    "an end reported on the cancel task is the job's",
    job({ stop: 'cancelled_by_user' }),
    task({ type: 'cancel' }),
    update('cancelled_by_user'),
    { kind: 'end', state: 'failed', code: 'cancelled_by_user' },
  ],
] as const)('%s', (_name, given, of, reported, expected) => {
  expect(decide(given, of, reported)).toEqual(expected);
});

test('every end of the protocol leads to a code that the database takes', () => {
  for (const end of ENDS) {
    const decision = decide(job({ attempts: MAX_ATTEMPTS }), task(), update(end));
    if (decision.kind !== 'end') throw new Error(`${end} does not end the job`);
    expect(JOB_CODES[decision.state] as readonly string[]).toContain(decision.code);
  }
  for (const stage of STAGES) expect(JOB_CODES.running as readonly string[]).toContain(stage);
});

test('every code and every reason of the zone has a phrase of its own', () => {
  const codes = [...new Set<string>([...Object.values(JOB_CODES).flat(), ...WAIT_CODES])];
  const phrases = codes.map((code) => phrase(code));
  expect(phrases).not.toContain('unknown');
  expect(new Set(phrases).size).toBe(codes.length);
  for (const reason of ZONE_REASONS)
    expect(phrase('prepare_failed', reason)).toMatch(/^failed: it could not be prepared \(.+\)$/);
  expect(phrase('made-up')).toBe('unknown');
});
