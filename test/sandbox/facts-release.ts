/** Facts about releases and their files, assignees, the timeline, and tokens for codes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { freshIssue, headOf, type Fact, type GitHubUnderTest } from './facts-types.ts';
import { callApi, type Reply } from './world.ts';

async function release(github: GitHubUnderTest, body: Record<string, unknown> = {}): Promise<Reply> {
  return github.call('POST', `/repos/${github.repo}/releases`, {
    as: github.writer,
    body: { tag_name: github.fresh('fact'), ...body },
  });
}

const at = (github: GitHubUnderTest, made: Reply): string =>
  `/repos/${github.repo}/releases/${String(made.data['id'])}`;

async function upload(github: GitHubUnderTest, made: Reply, name: string, text: string): Promise<Reply> {
  const url = String(made.data['upload_url']).replace(/\{.*$/, `?name=${encodeURIComponent(name)}`);
  return github.call('POST', url, {
    as: github.writer,
    bytes: Buffer.from(text),
    headers: { 'content-type': 'text/plain' },
  });
}

async function tagStatus(github: GitHubUnderTest, tag: unknown): Promise<number> {
  return (
    await github.call('GET', `/repos/${github.repo}/git/ref/tags/${String(tag)}`, { as: github.writer })
  ).status;
}

function refused(name: string, body: Record<string, unknown>): Fact {
  return {
    name,
    async check(github) {
      assert.equal((await release(github, body)).status, 422);
    },
  };
}

const releaseFacts: Fact[] = [
  {
    name: 'an App with contents: read cannot make a release',
    async check(github) {
      const { status } = await github.call('POST', `/repos/${github.repo}/releases`, {
        as: await github.token({ permissions: { contents: 'read' } }),
        body: { tag_name: github.fresh('fact') },
      });
      assert.equal(status, 403);
    },
  },
  {
    name: 'a draft makes no tag and is 404 for readers, publishing it makes the tag',
    async check(github) {
      const made = await release(github, { draft: true });
      assert.equal(made.status, 201);
      assert.equal(made.data['published_at'], null);
      assert.equal(await tagStatus(github, made.data['tag_name']), 404);
      assert.equal((await github.call('GET', at(github, made), { as: github.reader })).status, 404);
      const done = await github.call('PATCH', at(github, made), {
        as: github.writer,
        body: { draft: false },
      });
      assert.equal(done.status, 200);
      assert.equal(await tagStatus(github, made.data['tag_name']), 200);
      assert.equal((await github.call('GET', at(github, made), { as: github.reader })).status, 200);
    },
  },
  {
    name: 'a tag has one published release',
    async check(github) {
      const made = await release(github);
      assert.equal((await release(github, { tag_name: made.data['tag_name'] })).status, 422);
    },
  },
  refused('a release of an unknown target is 422', { target_commitish: 'no-such-branch' }),
  refused('a release without a tag name is 422', { tag_name: undefined }),
  refused('a tag name that git would not take is 422', { tag_name: 'two words' }),
  refused('release notes of 125,001 characters are 422', { body: 'x'.repeat(125_001) }),
  {
    name: 'a deleted release leaves its tag',
    async check(github) {
      const made = await release(github, { target_commitish: await headOf(github) });
      assert.equal((await github.call('DELETE', at(github, made), { as: github.writer })).status, 204);
      assert.equal(await tagStatus(github, made.data['tag_name']), 200);
    },
  },
  {
    name: 'a prerelease is not the latest',
    async check(github) {
      const whole = await release(github);
      await release(github, { prerelease: true });
      const { data } = await github.call('GET', `/repos/${github.repo}/releases/latest`, {
        as: github.reader,
      });
      assert.equal(data['tag_name'], whole.data['tag_name']);
    },
  },
  {
    name: 'a file of a release has its size and sha256, and comes back byte for byte by way of a redirect',
    async check(github) {
      const made = await release(github);
      const text = `a,b\r\n${github.fresh('é')}\n`;
      const asset = await upload(github, made, 'table.csv', text);
      assert.equal(asset.status, 201);
      assert.equal(asset.data['size'], Buffer.byteLength(text));
      assert.equal(asset.data['digest'], `sha256:${createHash('sha256').update(text).digest('hex')}`);
      const got = await github.call('GET', String(asset.data['url']), {
        as: github.writer,
        headers: { accept: 'application/octet-stream' },
      });
      const bytes =
        got.status === 302 ? await (await fetch(got.headers.get('location') ?? '')).text() : got.text;
      assert.equal(bytes, text);
    },
  },
  {
    name: 'a name is taken once in a release, and special characters become dots',
    async check(github) {
      const made = await release(github);
      assert.equal((await upload(github, made, 'table (1).csv', 'x')).data['name'], 'table.1.csv');
      assert.equal((await upload(github, made, 'table.1.csv', 'y')).status, 422);
    },
  },
  {
    name: 'a file is uploaded by who may write only',
    async check(github) {
      const made = await release(github);
      const url = String(made.data['upload_url']).replace(/\{.*$/, '?name=x.txt');
      const sent = { bytes: Buffer.from('x'), headers: { 'content-type': 'text/plain' } };
      const status = (await github.call('POST', url, { as: github.reader, ...sent })).status;
      assert.ok(status === 403 || status === 404, `was ${status}`);
    },
  },
];

const assigneeFacts: Fact[] = [
  {
    name: 'a stranger cannot be assigned: asked 404, added without effect, in a whole list 422',
    async check(github) {
      const as = await github.token();
      const stranger = String((await github.call('GET', '/user', { as: github.reader })).data['login']);
      const issue = await freshIssue(github, as);
      const path = `/repos/${github.repo}/issues/${String(issue['number'])}`;
      const asked = await github.call('GET', `/repos/${github.repo}/assignees/${stranger}`, { as });
      assert.equal(asked.status, 404);
      const added = await github.call('POST', `${path}/assignees`, { as, body: { assignees: [stranger] } });
      assert.equal(added.status, 201);
      assert.equal(Number(added.data['assignees']?.['length']), 0);
      const whole = await github.call('POST', `/repos/${github.repo}/issues`, {
        as,
        body: { title: github.fresh('fact'), assignees: [stranger] },
      });
      assert.equal(whole.status, 422);
    },
  },
  {
    name: 'a member who may write is assigned and taken off again, and stays assigned once',
    async check(github) {
      const as = await github.token();
      const login = String((await github.call('GET', '/user', { as: github.writer })).data['login']);
      const issue = await freshIssue(github, as);
      const path = `/repos/${github.repo}/issues/${String(issue['number'])}/assignees`;
      await github.call('POST', path, { as, body: { assignees: [login] } });
      const again = await github.call('POST', path, { as, body: { assignees: [login] } });
      assert.equal(Number(again.data['assignees']?.['length']), 1);
      const off = await github.call('DELETE', path, { as, body: { assignees: [login] } });
      assert.equal(off.status, 200);
      assert.equal(Number(off.data['assignees']?.['length']), 0);
    },
  },
  {
    name: 'the timeline keeps who put a label on and took it off, and when',
    async check(github) {
      const as = await github.token();
      const me = await github.call('GET', '/user', { as: github.writer });
      const issue = await freshIssue(github, as);
      const path = `/repos/${github.repo}/issues/${String(issue['number'])}`;
      await github.call('POST', `${path}/labels`, { as: github.writer, body: { labels: ['bug'] } });
      await github.call('DELETE', `${path}/labels/bug`, { as });
      await github.settle();
      const { data } = await github.call('GET', `${path}/timeline`, { as });
      const told = Object.values(data).filter((one) => String(one['event']).endsWith('labeled'));
      assert.deepEqual(
        told.map((one) => [one['event'], one['label']?.['name'], one['actor']?.['type']]),
        [
          ['labeled', 'bug', 'User'],
          ['unlabeled', 'bug', 'Bot'],
        ],
      );
      assert.equal(told[0]?.['actor']?.['id'], me.data['id']);
      assert.ok(Math.abs(Date.parse(String(told[0]?.['created_at'])) / 1000 - github.now()) < 300);
    },
  },
  {
    name: 'an App without administration: write cannot switch issues off',
    async check(github) {
      const { status } = await github.call('PATCH', `/repos/${github.repo}`, {
        as: await github.token(),
        body: { has_issues: false },
      });
      assert.equal(status, 403);
    },
  },
];

async function exchange(github: GitHubUnderTest, change: Record<string, string>): Promise<Reply> {
  const { web = '', clientId = '', clientSecret = '' } = github.oauth ?? {};
  return callApi(web, 'POST', '/login/oauth/access_token', {
    body: { client_id: clientId, client_secret: clientSecret, code: '0'.repeat(20), ...change },
    headers: { accept: 'application/json', 'content-type': 'application/json' },
  });
}

const codeFacts: Fact[] = (
  [
    ['a bad code is 200 with an error', {}, 200, 'bad_verification_code'],
    [
      'a wrong client secret is 200 with an error',
      { client_secret: 'x' },
      200,
      'incorrect_client_credentials',
    ],
    [
      'a bad refresh token is 200 with an error',
      { grant_type: 'refresh_token', refresh_token: 'ghr_x' },
      200,
      'bad_refresh_token',
    ],
    ['a code of an unknown App is 404', { client_id: 'Iv23unknown' }, 404, 'Not Found'],
  ] as const
).map(([name, change, status, error]) => ({
  name,
  needs: 'oauth',
  async check(github) {
    const reply = await exchange(github, change);
    assert.deepEqual([reply.status, reply.data['error']], [status, error]);
  },
}));

export const releaseLifeFacts: Fact[] = [...releaseFacts, ...assigneeFacts, ...codeFacts];
