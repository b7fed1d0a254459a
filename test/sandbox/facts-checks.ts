/** Facts about check runs. */
import assert from 'node:assert/strict';
import { freshBranch, headOf, type Fact, type GitHubUnderTest } from './facts-types.ts';
import type { Reply } from './world.ts';

const OUTPUT = { title: 'A title', summary: 'A summary' };
const action = (change: Record<string, string> = {}): Record<string, string> => ({
  label: 'Run',
  description: 'Run it',
  identifier: 'run',
  ...change,
});
const annotations = (count: number): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, i) => ({
    path: 'README.md',
    start_line: i + 1,
    end_line: i + 1,
    annotation_level: 'warning',
    message: `${i}`,
  }));

async function create(github: GitHubUnderTest, body: Record<string, unknown>, as?: string): Promise<Reply> {
  return github.call('POST', `/repos/${github.repo}/check-runs`, {
    as: as ?? (await github.token()),
    body: { name: github.fresh('fact'), head_sha: await headOf(github), ...body },
  });
}

/** Creating it so is 422. */
function refused(name: string, body: (github: GitHubUnderTest) => Record<string, unknown>): Fact {
  return {
    name,
    async check(github) {
      assert.equal((await create(github, body(github))).status, 422);
    },
  };
}

export const checkFacts: Fact[] = [
  {
    name: 'a person cannot create a check run',
    async check(github) {
      assert.equal((await create(github, {}, github.writer)).status, 403);
    },
  },
  refused('a check run on an unknown commit is 422', () => ({ head_sha: '1'.repeat(40) })),
  refused('a check run on a branch name is 422: it must be a sha', () => ({ head_sha: 'main' })),
  refused('a check run without a name is 422', () => ({ name: undefined })),
  refused('an output without a summary is 422', () => ({ output: { title: 'x' } })),
  refused('a summary of 65,536 characters is 422', () => ({
    output: { ...OUTPUT, summary: 'x'.repeat(65_536) },
  })),
  refused('a text of 65,536 characters is 422', () => ({ output: { ...OUTPUT, text: 'x'.repeat(65_536) } })),
  refused('51 annotations in one call are 422', () => ({
    output: { ...OUTPUT, annotations: annotations(51) },
  })),
  refused('4 actions are 422', () => ({
    conclusion: 'neutral',
    actions: [1, 2, 3, 4].map((n) => action({ identifier: `a${n}` })),
  })),
  refused('an action label of 21 characters is 422', () => ({
    conclusion: 'neutral',
    actions: [action({ label: 'x'.repeat(21) })],
  })),
  refused('an action identifier of 21 characters is 422', () => ({
    conclusion: 'neutral',
    actions: [action({ identifier: 'x'.repeat(21) })],
  })),
  refused('an action description of 41 characters is 422', () => ({
    conclusion: 'neutral',
    actions: [action({ description: 'x'.repeat(41) })],
  })),
  refused('an unknown conclusion is 422', () => ({ conclusion: 'splendid' })),
  refused('completed without a conclusion is 422', () => ({ status: 'completed' })),
  {
    name: 'the limits themselves are allowed',
    async check(github) {
      const { status, text } = await create(github, {
        conclusion: 'neutral',
        output: { ...OUTPUT, summary: 'x'.repeat(65_535), annotations: annotations(50) },
        actions: [1, 2, 3].map((n) =>
          action({ identifier: `${n}`.repeat(20), label: 'x'.repeat(20), description: 'x'.repeat(40) }),
        ),
      });
      assert.equal(status, 201, text);
    },
  },
  {
    name: 'annotations of an update are appended',
    async check(github) {
      const as = await github.token();
      const run = await create(github, { output: { ...OUTPUT, annotations: annotations(50) } });
      const path = `/repos/${github.repo}/check-runs/${String(run.data['id'])}`;
      await github.call('PATCH', path, { as, body: { output: { ...OUTPUT, annotations: annotations(3) } } });
      const list = await github.call('GET', `${path}/annotations?per_page=100`, { as });
      assert.equal(Number(list.data['length']), 53);
      assert.equal(
        Number((await github.call('GET', path, { as })).data['output']?.['annotations_count']),
        53,
      );
    },
  },
  {
    name: 'a conclusion alone completes a run',
    async check(github) {
      const run = await create(github, { status: 'in_progress' });
      const { data } = await github.call(
        'PATCH',
        `/repos/${github.repo}/check-runs/${String(run.data['id'])}`,
        {
          as: await github.token(),
          body: { conclusion: 'success' },
        },
      );
      assert.deepEqual([data['status'], data['conclusion']], ['completed', 'success']);
    },
  },
  {
    name: 'a run is found again by commit, name and external id',
    async check(github) {
      const { sha } = await freshBranch(github);
      const name = github.fresh('fact');
      const made = await create(github, { name, head_sha: sha, external_id: 'job-1' });
      const path = `/repos/${github.repo}/commits/${sha}/check-runs?check_name=${encodeURIComponent(name)}`;
      const { data } = await github.call('GET', path, { as: await github.token() });
      assert.equal(Number(data['total_count']), 1);
      assert.deepEqual(
        [data['check_runs']?.[0]?.['id'], data['check_runs']?.[0]?.['external_id']],
        [made.data['id'], 'job-1'],
      );
    },
  },
  {
    name: 'the newest run of a name hides the older ones unless all are asked for',
    async check(github) {
      const { sha } = await freshBranch(github);
      const name = github.fresh('fact');
      for (const conclusion of ['failure', 'success'])
        await create(github, { name, head_sha: sha, conclusion });
      const list = async (filter: string): Promise<Reply['data']> =>
        (
          await github.call(
            'GET',
            `/repos/${github.repo}/commits/${sha}/check-runs?check_name=${name}${filter}`,
            { as: await github.token() },
          )
        ).data;
      const latest = await list('');
      assert.deepEqual(
        [Number(latest['total_count']), latest['check_runs']?.[0]?.['conclusion']],
        [1, 'success'],
      );
      assert.equal(Number((await list('&filter=all'))['total_count']), 2);
    },
  },
  {
    name: 'the buttons of a run are not given back',
    async check(github) {
      const { data } = await create(github, { conclusion: 'neutral', actions: [action()] });
      assert.equal('actions' in data, false);
    },
  },
  {
    name: 're-requesting leaves the run as it is',
    async check(github) {
      const as = await github.token();
      const run = await create(github, { conclusion: 'failure' });
      const path = `/repos/${github.repo}/check-runs/${String(run.data['id'])}`;
      assert.equal((await github.call('POST', `${path}/rerequest`, { as })).status, 201);
      assert.equal((await github.call('GET', path, { as })).data['conclusion'], 'failure');
    },
  },
];
