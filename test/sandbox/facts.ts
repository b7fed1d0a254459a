/**
 * What the App relies on, said as facts about GitHub. The same list runs against the sandbox
 * (facts.test.ts: it may not be more generous) and against a real organisation (test/github).
 *
 * A fact uses the API alone, as an App with the permissions of `app.yml` and as people would. What a
 * fact makes (issues, comments, a branch) stays in the scratch repository.
 */
import assert from 'node:assert/strict';
import { checkFacts } from './facts-checks.ts';
import { codeFacts } from './facts-code.ts';
import { hookFacts } from './facts-hooks.ts';
import { releaseLifeFacts } from './facts-release.ts';
import { talkFacts } from './facts-talk.ts';
import type { Fact } from './facts-types.ts';

export type { Fact, GitHubUnderTest } from './facts-types.ts';

const whoFacts: Fact[] = [
  {
    name: 'a bad token is 401, even where none is needed',
    async check(github) {
      const { status } = await github.call('GET', `/repos/${github.repo}`, { as: `ghp_${'0'.repeat(36)}` });
      assert.equal(status, 401);
    },
  },
  {
    name: 'a JWT that lives longer than ten minutes is refused',
    async check(github) {
      const now = github.now();
      const long = await github.jwt({ iat: now - 60, exp: now + 700 });
      assert.equal((await github.call('GET', '/app', { as: long })).status, 401);
    },
  },
  {
    name: 'a JWT that is over is refused',
    async check(github) {
      const now = github.now();
      const over = await github.jwt({ iat: now - 600, exp: now - 60 });
      assert.equal((await github.call('GET', '/app', { as: over })).status, 401);
    },
  },
  {
    name: 'a JWT opens no repository',
    async check(github) {
      assert.equal(
        (await github.call('GET', `/repos/${github.repo}/issues`, { as: await github.jwt() })).status,
        401,
      );
    },
  },
  {
    name: 'an installation token is not an App: /app is 401',
    async check(github) {
      assert.equal((await github.call('GET', '/app', { as: await github.token() })).status, 401);
    },
  },
  {
    name: 'a token can be had without a body, lives an hour and does not depend on a length of 40',
    async check(github) {
      const { status, data } = await github.call(
        'POST',
        `/app/installations/${github.installation}/access_tokens`,
        {
          as: await github.jwt(),
        },
      );
      assert.equal(status, 201);
      assert.match(String(data['token']), /^ghs_/);
      const life = Date.parse(String(data['expires_at'])) / 1000 - github.now();
      assert.ok(life > 3400 && life <= 3601, `lives ${life} s`);
    },
  },
  {
    name: 'a token cannot be had for more than was granted',
    async check(github) {
      const { status } = await github.call(
        'POST',
        `/app/installations/${github.installation}/access_tokens`,
        {
          as: await github.jwt(),
          body: { permissions: { administration: 'write' } },
        },
      );
      assert.equal(status, 422);
    },
  },
  {
    name: 'a narrowed token is refused what it gave up',
    async check(github) {
      const token = await github.token({ permissions: { contents: 'read' } });
      const { status } = await github.call('POST', `/repos/${github.repo}/issues`, {
        as: token,
        body: { title: 'no' },
      });
      assert.equal(status, 403);
    },
  },
  {
    name: 'a revoked token is 401 at once',
    async check(github) {
      const token = await github.token({ permissions: { contents: 'read' } });
      assert.equal((await github.call('DELETE', '/installation/token', { as: token })).status, 204);
      assert.equal((await github.call('GET', `/repos/${github.repo}`, { as: token })).status, 401);
    },
  },
  {
    name: 'an App without the permission is refused: contents cannot be written',
    async check(github) {
      const { status } = await github.call('PUT', `/repos/${github.repo}/contents/not-allowed.txt`, {
        as: await github.token(),
        body: { message: 'no', content: 'bm8=' },
      });
      assert.equal(status, 403);
    },
  },
  {
    name: 'an installation token is nobody: /user is 403',
    async check(github) {
      assert.equal((await github.call('GET', '/user', { as: await github.token() })).status, 403);
    },
  },
  {
    name: 'what does not exist, or may not be seen, is 404',
    async check(github) {
      const as = await github.token();
      assert.equal((await github.call('GET', `/repos/${github.repo}-that-is-not`, { as })).status, 404);
      assert.equal((await github.call('GET', '/no-such-thing', { as })).status, 404);
    },
  },
  {
    name: 'a repository answers under its number too, with all below it',
    async check(github) {
      const as = await github.token();
      const named = await github.call('GET', `/repos/${github.repo}`, { as });
      const numbered = await github.call('GET', `/repositories/${String(named.data['id'])}`, { as });
      assert.equal(numbered.data['full_name'], named.data['full_name']);
      assert.equal(
        (await github.call('GET', `/repositories/${String(named.data['id'])}/branches`, { as })).status,
        200,
      );
    },
  },
  {
    name: 'a person is found by number, which stays when the login changes',
    async check(github) {
      const as = await github.token();
      const me = await github.call('GET', '/user', { as: github.writer });
      const found = await github.call('GET', `/user/${String(me.data['id'])}`, { as });
      assert.equal(found.data['login'], me.data['login']);
    },
  },
  {
    name: 'the permission endpoint answers in the old scale and the true one',
    async check(github) {
      const as = await github.token();
      const me = await github.call('GET', '/user', { as: github.writer });
      const path = `/repos/${github.repo}/collaborators/${String(me.data['login'])}/permission`;
      const { data } = await github.call('GET', path, { as });
      const old: Record<string, string> = {
        admin: 'admin',
        maintain: 'write',
        write: 'write',
        triage: 'read',
        read: 'read',
      };
      assert.equal(data['permission'], old[String(data['role_name'])]);
    },
  },
  {
    name: 'membership is visible with members: read, and somebody else is 404',
    async check(github) {
      const as = await github.token();
      const [org] = github.repo.split('/');
      const me = await github.call('GET', '/user', { as: github.writer });
      const member = await github.call('GET', `/orgs/${org}/memberships/${String(me.data['login'])}`, { as });
      assert.equal(member.status, 200);
      assert.equal(member.data['state'], 'active');
      assert.equal((await github.call('GET', `/orgs/${org}/memberships/ghost`, { as })).status, 404);
    },
  },
  {
    name: 'with members: read and no administration an App makes neither repository nor team, and gives none a right',
    async check(github) {
      const as = await github.token();
      const [org] = github.repo.split('/');
      const name = github.fresh('made');
      const repository = await github.call('POST', `/orgs/${org}/repos`, {
        as,
        body: { name, private: true },
      });
      const team = await github.call('POST', `/orgs/${org}/teams`, { as, body: { name } });
      assert.deepEqual([repository.status, team.status], [403, 403]);
      const teams = await github.call('GET', `/orgs/${org}/teams`, { as });
      const slug = String(teams.data['0']?.['slug']);
      const give = `/orgs/${org}/teams/${slug}/repos/${github.repo}`;
      const { status } = await github.call('PUT', give, { as, body: { permission: 'triage' } });
      // An organisation without a team has nothing to give to.
      assert.equal(status, teams.data['0'] ? 403 : 404);
    },
  },
  {
    name: 'every answer counts: limit, remaining and reset are in the headers',
    async check(github) {
      const { headers } = await github.call('GET', `/repos/${github.repo}`, { as: await github.token() });
      assert.ok(Number(headers.get('x-ratelimit-limit')) >= 5000);
      assert.ok(Number(headers.get('x-ratelimit-remaining')) < Number(headers.get('x-ratelimit-limit')));
      assert.ok(Number(headers.get('x-ratelimit-reset')) > github.now());
    },
  },
];

export const FACTS: readonly Fact[] = [
  ...whoFacts,
  ...codeFacts,
  ...checkFacts,
  ...talkFacts,
  ...releaseLifeFacts,
  ...hookFacts,
];
