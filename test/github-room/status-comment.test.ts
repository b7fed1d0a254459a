import { expect, test } from '@jest/globals';
import { hasEnded, summaryLine, type JobView, type ShownRequest } from '../../src/github/request-view.ts';
import { StatusComment } from '../../src/github/status-comment.ts';
import { phrase, type RequestState } from '../../src/jobs/jobs.ts';

const NINE = Date.parse('2027-03-01T09:00:00Z');

function job(action: string, state: JobView['state'], code: string, more: Partial<JobView> = {}): JobView {
  return {
    id: '0000000000000009',
    action,
    run: 'python:v2 x.py',
    image: null,
    pool: 'general',
    weight: 1,
    why: 'asked-for',
    state,
    code,
    words: phrase(code, more.reason),
    reason: null,
    attempts: 1,
    createdAt: NINE,
    startedAt: null,
    completedAt: null,
    outputsMissing: null,
    outputsWithheld: null,
    exitCode: null,
    logTail: null,
    stopping: false,
    cancelledBy: null,
    reuse: null,
    ...more,
  };
}

function view(jobs: JobView[], state: RequestState = 'running'): ShownRequest {
  return {
    id: '8f3k8f3k8f3k8f3k',
    repository: { id: 70011, owner: 'northshire', name: 'absence' },
    repositoryUrl: 'https://github.com/northshire/absence',
    branch: 'main',
    commit: 'a'.repeat(40),
    backend: 'schools',
    workspace: 'absence-main',
    project: 'ns-2026-014',
    requestedBy: { id: 5, login: 'rowan-example' },
    actions: ['run_all'],
    force: false,
    codelistsOk: true,
    purpose: 'run',
    notify: 'end',
    origin: null,
    outcome: 'accepted',
    refusal: null,
    reused: [],
    jobCount: jobs.length,
    policyCommit: null,
    createdAt: NINE,
    completedAt: null,
    state,
    startedAt: null,
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
   | \`chart\` | refused by the zone (its image is not on the list of images) |  |  |
   | \`report\` | waiting for other jobs |  |  |

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
  ['nothing_to_do', 'nothing to do: every action has succeeded or is already on its way', true],
  ['pending', 'waiting: 0 of 0 jobs succeeded', false],
  ['running', 'running: 0 of 0 jobs succeeded', false],
  ['succeeded', 'succeeded: 0 of 0 jobs', true],
  ['failed', 'failed: 0 of 0 jobs succeeded', true],
  ['cancelled', 'cancelled: 0 of 0 jobs succeeded', true],
] as const)('a request that is %s', (state, line, ended) => {
  expect(summaryLine({ state, jobs: [] })).toBe(line);
  expect(hasEnded({ state })).toBe(ended);
});
