/** Facts about issues, comments, labels and reactions. */
import assert from 'node:assert/strict';
import { freshIssue, headOf, type Fact } from './facts-types.ts';

export const talkFacts: Fact[] = [
  {
    name: 'a comment of 65,537 characters is 422, one of 65,536 is taken',
    async check(github) {
      const as = await github.token();
      const issue = await freshIssue(github, as);
      const path = `/repos/${github.repo}/issues/${String(issue['number'])}/comments`;
      assert.equal((await github.call('POST', path, { as, body: { body: 'x'.repeat(65_537) } })).status, 422);
      assert.equal((await github.call('POST', path, { as, body: { body: 'x'.repeat(65_536) } })).status, 201);
    },
  },
  {
    name: 'an issue body of 65,537 characters is 422',
    async check(github) {
      const { status } = await github.call('POST', `/repos/${github.repo}/issues`, {
        as: await github.token(),
        body: { title: 'long', body: 'x'.repeat(65_537) },
      });
      assert.equal(status, 422);
    },
  },
  {
    name: 'an empty comment is 422',
    async check(github) {
      const as = await github.token();
      const issue = await freshIssue(github, as);
      const { status } = await github.call(
        'POST',
        `/repos/${github.repo}/issues/${String(issue['number'])}/comments`,
        { as, body: { body: '' } },
      );
      assert.equal(status, 422);
    },
  },
  {
    name: 'labels at creation by somebody without triage are dropped without a word',
    async check(github) {
      const issue = await freshIssue(github, github.reader, { labels: ['bug'] });
      assert.equal(Number(issue['labels']?.['length']), 0);
    },
  },
  {
    name: 'somebody without triage cannot label afterwards either',
    async check(github) {
      const issue = await freshIssue(github, github.reader);
      const { status } = await github.call(
        'POST',
        `/repos/${github.repo}/issues/${String(issue['number'])}/labels`,
        {
          as: github.reader,
          body: { labels: ['bug'] },
        },
      );
      assert.equal(status, 403);
    },
  },
  {
    name: "somebody's comment cannot be edited by a reader",
    async check(github) {
      const as = await github.token();
      const issue = await freshIssue(github, as);
      const path = `/repos/${github.repo}/issues/${String(issue['number'])}/comments`;
      const comment = await github.call('POST', path, { as, body: { body: 'mine' } });
      const { status } = await github.call(
        'PATCH',
        `/repos/${github.repo}/issues/comments/${String(comment.data['id'])}`,
        {
          as: github.reader,
          body: { body: 'yours' },
        },
      );
      assert.equal(status, 403);
    },
  },
  {
    name: 'a locked issue takes no comment from a reader',
    async check(github) {
      const issue = await freshIssue(github, github.reader);
      const path = `/repos/${github.repo}/issues/${String(issue['number'])}`;
      assert.equal((await github.call('PUT', `${path}/lock`, { as: github.writer })).status, 204);
      assert.equal(
        (await github.call('POST', `${path}/comments`, { as: github.reader, body: { body: '/run' } })).status,
        403,
      );
    },
  },
  {
    name: 'the same reaction again is 200 with the same id, and can be taken back',
    async check(github) {
      const as = await github.token();
      const issue = await freshIssue(github, as);
      const path = `/repos/${github.repo}/issues/${String(issue['number'])}/reactions`;
      const first = await github.call('POST', path, { as, body: { content: 'eyes' } });
      const again = await github.call('POST', path, { as, body: { content: 'eyes' } });
      assert.deepEqual([first.status, again.status, again.data['id']], [201, 200, first.data['id']]);
      assert.equal((await github.call('DELETE', `${path}/${String(first.data['id'])}`, { as })).status, 204);
      assert.equal(Number((await github.call('GET', path, { as })).data['length']), 0);
    },
  },
  {
    name: 'a reaction that GitHub does not know is 422',
    async check(github) {
      const as = await github.token();
      const issue = await freshIssue(github, as);
      const { status } = await github.call(
        'POST',
        `/repos/${github.repo}/issues/${String(issue['number'])}/reactions`,
        {
          as,
          body: { content: 'wave' },
        },
      );
      assert.equal(status, 422);
    },
  },
  {
    name: 'what the App writes is by a Bot whose login ends in [bot]',
    async check(github) {
      const issue = await freshIssue(github, await github.token());
      assert.equal(issue['user']?.['type'], 'Bot');
      assert.match(String(issue['user']?.['login']), /\[bot\]$/);
    },
  },
  {
    name: 'with contents: read an App may comment on a commit, but neither edit that nor react',
    async check(github) {
      const as = await github.token();
      const made = await github.call(
        'POST',
        `/repos/${github.repo}/commits/${await headOf(github)}/comments`,
        { as, body: { body: 'Seen.' } },
      );
      assert.equal(made.status, 201);
      const path = `/repos/${github.repo}/comments/${String(made.data['id'])}`;
      assert.equal((await github.call('GET', path, { as })).status, 200);
      assert.equal((await github.call('PATCH', path, { as, body: { body: 'Seen twice.' } })).status, 403);
      assert.equal(
        (await github.call('POST', `${path}/reactions`, { as, body: { content: 'eyes' } })).status,
        403,
      );
    },
  },
  {
    name: 'a comment on an unknown commit is 422',
    async check(github) {
      const { status } = await github.call(
        'POST',
        `/repos/${github.repo}/commits/${'1'.repeat(40)}/comments`,
        {
          as: github.writer,
          body: { body: 'x' },
        },
      );
      assert.equal(status, 422);
    },
  },
];
