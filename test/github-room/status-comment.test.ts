import { expect, test } from '@jest/globals';
import { hasEnded, overall, type JobView, type RequestView } from '../../src/github/request-view.ts';
import { STATE_WORDS, stateWords } from '../../src/github/states.ts';
import { StatusComment } from '../../src/github/status-comment.ts';
import { JOB_CODES } from '../../src/db/schema/jobs.ts';

const NINE = Date.parse('2027-03-01T09:00:00Z');

function job(action: string, state: JobView['state'], code: string, more: Partial<JobView> = {}): JobView {
  return { id: '0000000000000009', action, state, code, ...more };
}

function view(jobs: JobView[]): RequestView {
  return {
    id: '8f3k8f3k8f3k8f3k',
    purpose: 'run',
    repositoryUrl: 'https://github.com/northshire/absence',
    branch: 'main',
    commit: 'a'.repeat(40),
    backend: 'schools',
    requestedByLogin: 'rowan-example',
    actions: ['run_all'],
    outcome: 'accepted',
    notify: 'end',
    createdAt: NINE,
    jobs,
  };
}

test('the comment shows each job, in words from the fixed list', () => {
  const body = StatusComment.render(
    StatusComment.of(
      view([
        job('extract', 'succeeded', 'succeeded', {
          startedAt: NINE,
          completedAt: NINE + 62_000,
          outputsWithheld: true,
        }),
        job('model', 'failed', 'nonzero_exit', { startedAt: NINE, completedAt: NINE + 4000, exitCode: 3 }),
        job('chart', 'failed', 'refused_by_zone', { reason: 'image-not-allowed' }),
        job('report', 'pending', 'waiting_on_dependencies'),
      ]),
    ),
  );

  expect(body).toMatchInlineSnapshot(`
   "<!-- sallyport:request:8f3k8f3k8f3k8f3k -->
   **Request \`8f3k8f3k8f3k8f3k\`**: running: 1 of 4 jobs succeeded

   \`run_all\` on backend \`schools\`, asked for by \`rowan-example\`
   commit [\`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\`](https://github.com/northshire/absence/commit/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) of branch \`main\`

   | action | state | started | took |
   | --- | --- | --- | --- |
   | \`extract\` | succeeded; some files were withheld, see the viewer | 2027-03-01 09:00 UTC | 1 min 2 s |
   | \`model\` | failed: the program ended with an error (exit code 3) | 2027-03-01 09:00 UTC | 4 s |
   | \`chart\` | refused by the secure zone: the image is not on the list |  |  |
   | \`report\` | waiting for an action before it |  |  |

   Stop it with \`/cancel 8f3k8f3k8f3k8f3k\`. Outputs stay in the secure zone."
  `);
});

test('what is read back is what was written', () => {
  for (const comment of [
    StatusComment.of(view([])),
    StatusComment.of(view([job('extract', 'running', 'executing', { startedAt: NINE })])),
    StatusComment.of({
      ...view([job('a.b-c_d', 'pending', 'created')]),
      branch: 'feature/`odd`',
      actions: ['a', 'b'],
    }),
  ]) {
    expect(StatusComment.parse(StatusComment.render(comment))).toEqual(comment);
  }
});

test('a comment that is not ours is not read', () => {
  expect(StatusComment.parse('hello')).toBeUndefined();
  expect(StatusComment.parse('<!-- sallyport:request:8f3k8f3k8f3k8f3k -->\nhello')).toBeUndefined();
});

test.each([
  ['nothing to do', [], true],
  ['waiting', [['pending', 'created']], false],
  [
    'running',
    [
      ['succeeded', 'succeeded'],
      ['pending', 'created'],
    ],
    false,
  ],
  ['succeeded', [['succeeded', 'succeeded']], true],
  [
    'failed',
    [
      ['failed', 'nonzero_exit'],
      ['failed', 'cancelled_by_user'],
    ],
    true,
  ],
  [
    'failed',
    [
      ['failed', 'nonzero_exit'],
      ['failed', 'dependency_failed'],
    ],
    true,
  ],
  [
    'cancelled',
    [
      ['failed', 'cancelled_by_user'],
      ['failed', 'dependency_failed'],
    ],
    true,
  ],
] as const)('a request is %s', (expected, jobs, ended) => {
  const shown = view(jobs.map(([state, code], at) => job(`a${at}`, state, code)));
  expect(overall(shown)).toBe(expected);
  expect(hasEnded(shown)).toBe(ended);
});

test('every code a job can have has words', () => {
  for (const code of Object.values(JOB_CODES).flat()) expect(Object.keys(STATE_WORDS)).toContain(code);
  expect(stateWords('constructor')).toBe('unknown');
  expect(stateWords('prepare_failed', 'toString')).toBe('failed: could not be prepared');
});
