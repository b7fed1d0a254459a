/** Letting an App act for a person: codes, proofs, tokens, and what such a token is worth. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { hours, minutes } from '../../src/lib/clock.ts';
import { CALLBACKS, callApi, INSTALLATION, world, type Reply, type World } from './world.ts';

const VERIFIER = 'a-verifier-that-only-the-app-knows-and-nobody-else';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const S = '/repos/acme/study';

let github: World;
let skipped = 0;
const clock = { now: () => Date.now() + skipped };

beforeEach(async () => {
  skipped = 0;
  github = await world({ clock });
});
afterEach(async () => {
  await github.stop();
});

const control = (method: string, path: string, body: unknown = {}): Promise<Reply> =>
  callApi(`${github.url}/_sandbox`, method, path, { as: github.controlToken, body });

/** Somebody agrees; the code that their browser carries back. */
async function codeOf(login: string, fields: Record<string, string> = {}): Promise<string> {
  const { data } = await control('POST', '/apps/sally/consents', { login, ...fields });
  return new URL(String(data['location'])).searchParams.get('code') ?? '';
}

async function exchange(fields: Record<string, string>): Promise<Reply> {
  const { clientId = '', clientSecret = '' } = github.apps['sally'] ?? {};
  return callApi(github.url, 'POST', '/login/oauth/access_token', {
    body: { client_id: clientId, client_secret: clientSecret, ...fields },
    headers: { accept: 'application/json', 'content-type': 'application/json' },
  });
}

async function tokenOf(login: string): Promise<string> {
  return String((await exchange({ code: await codeOf(login) })).data['access_token']);
}

const said = (reply: Reply): unknown => [reply.status, reply.data['error']];

test('a code becomes a token of the person for eight hours, once', async () => {
  const code = await codeOf('rita', { state: 'xyz' });
  const { status, data } = await exchange({ code });
  expect([status, data]).toEqual([
    200,
    {
      access_token: expect.stringMatching(/^ghu_/),
      expires_in: 28_800,
      refresh_token: expect.stringMatching(/^ghr_/),
      refresh_token_expires_in: 15_897_600,
      scope: '',
      token_type: 'bearer',
    },
  ]);
  const as = String(data['access_token']);
  expect((await github.call('GET', '/user', { as })).data['id']).toBe(104);
  expect(said(await exchange({ code }))).toEqual([200, 'bad_verification_code']);
  skipped = hours(8) + 1000;
  expect((await github.call('GET', '/user', { as })).status).toBe(401);
});

test('refusals are 200 with an error, an unknown App is 404', async () => {
  const { clientId = '' } = github.apps['sally'] ?? {};
  const other = github.apps['other'];
  expect([
    said(await exchange({ code: 'nonsense' })),
    said(await exchange({ code: await codeOf('rita'), client_secret: 'wrong' })),
    said(await exchange({ code: await codeOf('rita'), client_secret: '' })),
    said(await exchange({ code: await codeOf('rita'), redirect_uri: CALLBACKS[1] ?? '' })),
    said(
      await exchange({
        code: await codeOf('rita'),
        client_id: other?.clientId ?? '',
        client_secret: other?.clientSecret ?? '',
      }),
    ),
    said(await exchange({ grant_type: 'password' })),
    said(await exchange({ client_id: `${clientId}0` })),
  ]).toEqual([
    [200, 'bad_verification_code'],
    [200, 'incorrect_client_credentials'],
    [200, 'incorrect_client_credentials'],
    [200, 'redirect_uri_mismatch'],
    [200, 'bad_verification_code'],
    [200, 'unsupported_grant_type'],
    [404, 'Not Found'],
  ]);
});

test('without asking for JSON the answer is form-encoded', async () => {
  const response = await fetch(`${github.url}/login/oauth/access_token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: github.apps['sally']?.clientId ?? '',
      client_secret: github.apps['sally']?.clientSecret ?? '',
      code: await codeOf('rita'),
    }),
  });
  expect(new URLSearchParams(await response.text()).get('access_token')).toMatch(/^ghu_/);
});

test('a code lasts ten minutes', async () => {
  const code = await codeOf('rita');
  skipped = minutes(10);
  expect(said(await exchange({ code }))).toEqual([200, 'bad_verification_code']);
});

test('a code with a challenge is worth nothing without its verifier, and a wrong one spends it', async () => {
  const proven = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
  const good = await codeOf('rita', proven);
  expect((await exchange({ code: good, code_verifier: VERIFIER })).data['token_type']).toBe('bearer');
  const stolen = await codeOf('rita', proven);
  expect(said(await exchange({ code: stolen }))).toEqual([200, 'bad_verification_code']);
  expect(said(await exchange({ code: stolen, code_verifier: VERIFIER }))).toEqual([
    200,
    'bad_verification_code',
  ]);
});

test('nobody is sent where the owner did not say, and plain challenges are not taken', async () => {
  const ask = async (fields: Record<string, string>): Promise<number> =>
    (await control('POST', '/apps/sally/consents', { login: 'rita', ...fields })).status;
  expect([
    await ask({ redirect_uri: CALLBACKS[1] ?? '' }),
    await ask({ redirect_uri: `${CALLBACKS[0]}/deeper` }),
    await ask({ redirect_uri: 'https://evil.example.org/callback' }),
    await ask({ code_challenge: CHALLENGE }),
    await ask({ code_challenge: VERIFIER, code_challenge_method: 'plain' }),
    await ask({ code_challenge_method: 'S256' }),
  ]).toEqual([200, 422, 422, 422, 422, 422]);
  await control('PUT', '/apps/sally/callbacks', { urls: [] });
  expect(await ask({})).toBe(422);
  expect((await control('PUT', '/apps/sally/callbacks', { urls: ['ftp://x/'] })).status).toBe(422);
});

test('a refresh token is used once, and ends the token it renews', async () => {
  const { data } = await exchange({ code: await codeOf('rita') });
  const refresh = { grant_type: 'refresh_token', refresh_token: String(data['refresh_token']) };
  skipped = hours(9);
  const renewed = await exchange(refresh);
  const status = async (token: unknown): Promise<number> =>
    (await github.call('GET', '/user', { as: String(token) })).status;
  expect([await status(data['access_token']), await status(renewed.data['access_token'])]).toEqual([
    401, 200,
  ]);
  expect(said(await exchange(refresh))).toEqual([200, 'bad_refresh_token']);
  skipped += 184 * hours(24);
  const late = { grant_type: 'refresh_token', refresh_token: String(renewed.data['refresh_token']) };
  expect(said(await exchange(late))).toEqual([200, 'bad_refresh_token']);
});

test('a person has ten tokens for an App; the eleventh ends the first', async () => {
  const tokens: string[] = [];
  for (let i = 0; i < 11; i += 1) tokens.push(await tokenOf('rita'));
  const alive = await Promise.all(
    tokens.map(async (as) => (await github.call('GET', '/user', { as })).status),
  );
  expect(alive).toEqual([401, ...Array<number>(10).fill(200)]);
});

test('taking consent back ends every token, and the App is told although it did not ask', async () => {
  const { data } = await exchange({ code: await codeOf('rita') });
  await github.news();
  await control('DELETE', '/apps/sally/consents/rita');
  expect(await github.news()).toEqual(['github_app_authorization.revoked']);
  const as = String(data['access_token']);
  expect((await github.call('GET', '/user', { as })).status).toBe(401);
  const refresh = { grant_type: 'refresh_token', refresh_token: String(data['refresh_token']) };
  expect(said(await exchange(refresh))).toEqual([200, 'bad_refresh_token']);
});

test('a token may what both may: neither more than the person nor more than the App', async () => {
  const installation = github.state.data.installations.get(INSTALLATION);
  const may = async (login: string, method: string, path: string, body?: unknown): Promise<number> =>
    (await github.call(method, path, { as: await tokenOf(login), body })).status;
  const file = { message: 'x', content: 'eA==' };
  expect([
    await may('wes', 'PUT', `${S}/contents/a.txt`, file),
    await may('rita', 'PUT', `${S}/contents/b.txt`, file),
    await may('wes', 'POST', `${S}/check-runs`, { name: 'x', head_sha: '1'.repeat(40) }),
    await may('olive', 'PATCH', S, { has_issues: false }),
    await may('olive', 'GET', '/orgs/acme/members'),
    await may('mallory', 'GET', '/repos/acme/secret'),
    await may('rita', 'GET', '/repos/acme/secret'),
  ]).toEqual([201, 403, 403, 403, 200, 404, 200]);

  if (installation) installation.permissions = { metadata: 'read', contents: 'read' };
  expect([
    await may('wes', 'PUT', `${S}/contents/c.txt`, file),
    await may('wes', 'GET', `${S}/contents/a.txt`),
    await may('wes', 'POST', `${S}/issues`, { title: 'x' }),
    await may('olive', 'GET', '/orgs/acme/members'),
  ]).toEqual([403, 200, 403, 403]);

  if (installation) github.state.apps.setRepositories(installation, [7001]);
  expect(await may('wes', 'GET', '/repos/acme/secret')).toBe(404);
  if (installation) github.state.apps.setSuspended(installation, true);
  expect(await may('wes', 'GET', `${S}/contents/a.txt`)).toBe(403);
});

test('an author through an App without issues: write does not even edit their own issue', async () => {
  const own = await github.call('POST', `${S}/issues`, {
    as: github.tokens['mallory'],
    body: { title: 'mine' },
  });
  const path = `${S}/issues/${String(own.data['number'])}`;
  const as = await tokenOf('mallory');
  expect((await github.call('PATCH', path, { as, body: { title: 'still mine' } })).status).toBe(200);
  const installation = github.state.data.installations.get(INSTALLATION);
  if (installation) installation.permissions = { metadata: 'read', issues: 'read' };
  expect((await github.call('PATCH', path, { as, body: { title: 'no' } })).status).toBe(403);
});

test('what is written so is by the person, and shows the App', async () => {
  const { data } = await github.call('POST', `${S}/issues`, {
    as: await tokenOf('wes'),
    body: { title: 'x' },
  });
  expect([data['user']?.['login'], data['performed_via_github_app']?.['slug']]).toEqual(['wes', 'sally']);
});

test('client secret and consent are there after a restart', async () => {
  const token = await tokenOf('rita');
  const secret = github.apps['sally']?.clientSecret;
  await github.state.close();
  const second = await world({ dataDir: github.dataDir });
  const { status } = await second.call('GET', '/user', { as: token });
  expect([second.apps['sally']?.clientSecret, status]).toEqual([secret, 200]);
  await second.stop();
});

test('an App ends a token it was given, with its own secret and no other', async () => {
  const { clientId = '', clientSecret = '' } = github.apps['sally'] ?? {};
  const token = await tokenOf('rita');
  const end = async (secret: string, access_token: unknown, id = clientId): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const path = `/applications/${clientId}/token`;
    const headers = { authorization, 'content-type': 'application/json' };
    return (await callApi(github.api, 'DELETE', path, { body: { access_token }, headers })).status;
  };
  const status = async (): Promise<number> => (await github.call('GET', '/user', { as: token })).status;

  expect([
    await end('wrong', token),
    await end(clientSecret, token, 'Iv23sbnobody'),
    await end(clientSecret, 7),
    await status(),
    await end(clientSecret, token),
    await status(),
    await end(clientSecret, token),
  ]).toEqual([404, 404, 422, 200, 204, 401, 404]);
});
