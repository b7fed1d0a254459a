/** Facts about webhooks, read from the App's own list of deliveries. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { freshBranch, freshIssue, headOf, type Fact, type GitHubUnderTest } from './facts-types.ts';

interface Delivery {
  /** As text: above 2^53. */
  id: string;
  guid: string;
  event: string;
  action: string | null;
  redelivery: boolean;
}

async function deliveries(github: GitHubUnderTest): Promise<Delivery[]> {
  await github.settle();
  const { text } = await github.call('GET', '/app/hook/deliveries?per_page=100', { as: await github.jwt() });
  return JSON.parse(text.replace(/"id":\s*(\d+)/g, '"id":"$1"')) as Delivery[];
}

/** What came since the list was last looked at. */
async function newer(github: GitHubUnderTest, before: readonly Delivery[]): Promise<Delivery[]> {
  const known = new Set(before.map((one) => one.id));
  return (await deliveries(github)).filter((one) => !known.has(one.id));
}

const named = (list: readonly Delivery[], event: string): (string | null)[] =>
  list.filter((one) => one.event === event).map((one) => one.action);

export const hookFacts: Fact[] = [
  {
    name: 'a comment is created once; an edit is edited, never created',
    async check(github) {
      const issue = await freshIssue(github, github.writer);
      const before = await deliveries(github);
      const path = `/repos/${github.repo}/issues`;
      const made = await github.call('POST', `${path}/${String(issue['number'])}/comments`, {
        as: github.writer,
        body: { body: 'one' },
      });
      assert.deepEqual(named(await newer(github, before), 'issue_comment'), ['created']);
      const between = await deliveries(github);
      await github.call('PATCH', `${path}/comments/${String(made.data['id'])}`, {
        as: github.writer,
        body: { body: 'two' },
      });
      assert.deepEqual(named(await newer(github, between), 'issue_comment'), ['edited']);
    },
  },
  {
    name: 'reactions are told to nobody',
    async check(github) {
      const issue = await freshIssue(github, github.writer);
      const before = await deliveries(github);
      await github.call('POST', `/repos/${github.repo}/issues/${String(issue['number'])}/reactions`, {
        as: github.writer,
        body: { content: 'heart' },
      });
      assert.deepEqual(await newer(github, before), []);
    },
  },
  {
    name: 'events that are not subscribed are not sent: a new issue is told, a published release is silent',
    async check(github) {
      const before = await deliveries(github);
      await freshIssue(github, github.writer);
      const made = await github.call('POST', `/repos/${github.repo}/releases`, {
        as: github.writer,
        body: { tag_name: `silent-${randomBytes(4).toString('hex')}`, name: 'Silent' },
      });
      assert.equal(made.status, 201);
      const after = await newer(github, before);
      assert.deepEqual(named(after, 'issues'), ['opened']);
      assert.deepEqual(named(after, 'release'), []);
    },
  },
  {
    name: 'a comment on a pull request is an issue_comment that names it',
    async check(github) {
      const { branch } = await freshBranch(github);
      const repo = await github.call('GET', `/repos/${github.repo}`, { as: github.writer });
      const pull = await github.call('POST', `/repos/${github.repo}/pulls`, {
        as: github.writer,
        body: { title: branch, head: branch, base: repo.data['default_branch'] },
      });
      const before = await deliveries(github);
      await github.call('POST', `/repos/${github.repo}/issues/${String(pull.data['number'])}/comments`, {
        as: github.writer,
        body: { body: 'x' },
      });
      const [comment] = (await newer(github, before)).filter((one) => one.event === 'issue_comment');
      const { data } = await github.call('GET', `/app/hook/deliveries/${comment?.id}`, {
        as: await github.jwt(),
      });
      assert.ok(data['request']?.['payload']?.['issue']?.['pull_request']);
    },
  },
  {
    name: 'a commit comment is created as commit_comment',
    async check(github) {
      const before = await deliveries(github);
      await github.call('POST', `/repos/${github.repo}/commits/${await headOf(github)}/comments`, {
        as: github.writer,
        body: { body: 'x' },
      });
      assert.deepEqual(named(await newer(github, before), 'commit_comment'), ['created']);
    },
  },
  {
    name: 'a push is told once, and asks for checks',
    async check(github) {
      const { branch } = await freshBranch(github);
      const before = await deliveries(github);
      await github.call('PUT', `/repos/${github.repo}/contents/facts/${branch}-2.txt`, {
        as: github.writer,
        body: { message: 'More', content: 'YQ==', branch },
      });
      const news = await newer(github, before);
      assert.deepEqual(named(news, 'push'), [null]);
      assert.deepEqual(named(news, 'check_suite'), ['requested']);
    },
  },
  {
    name: 'a redelivery has the same GUID and a new id above 2^53',
    async check(github) {
      const before = await deliveries(github);
      const old = before[0];
      assert.ok(old && BigInt(old.id) > 2n ** 53n, `id ${old?.id}`);
      const { status } = await github.call('POST', `/app/hook/deliveries/${old.id}/attempts`, {
        as: await github.jwt(),
      });
      assert.equal(status, 202);
      const [again] = (await newer(github, before)).filter((one) => one.guid === old.guid);
      assert.equal(again?.redelivery, true);
    },
  },
  {
    name: 're-requesting a run is told to the App that owns it',
    async check(github) {
      const run = await github.call('POST', `/repos/${github.repo}/check-runs`, {
        as: await github.token(),
        body: { name: github.fresh('fact'), head_sha: await headOf(github), conclusion: 'failure' },
      });
      const before = await deliveries(github);
      await github.call('POST', `/repos/${github.repo}/check-runs/${String(run.data['id'])}/rerequest`, {
        as: await github.token(),
      });
      assert.deepEqual(named(await newer(github, before), 'check_run'), ['rerequested']);
    },
  },
];
