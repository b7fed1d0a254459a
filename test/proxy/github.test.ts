import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { jwtVerify } from 'jose';
import { fixedClock, minutes } from '../../src/lib/clock.ts';
import { GitHubAccess } from '../../src/proxy/proxy.ts';
import { selfSigned } from '../support/certificate.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const NOW = '2026-10-01T12:00:00Z';

type Answer = [status: number, body?: unknown, headers?: Record<string, string>];
let server: Server;
let origin: string;
let asked: string[];
let answers: Record<string, Answer>;
let clock: ReturnType<typeof fixedClock>;
let access: GitHubAccess;
let lastJwt = '';

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const what = `${request.method} ${(request.url ?? '').replace('/api/v3', '')}`;
    asked.push(`${what}${request.headers['if-none-match'] ? ' if changed' : ''}`);
    if (what.endsWith('/installation')) lastJwt = (request.headers.authorization ?? '').slice(7);
    const [status, body, headers] = answers[what] ?? [404, {}];
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  clock = fixedClock(NOW);
  access = new GitHubAccess({ origin, appId: 4711, key: keys.privateKey, clock });
  answers = {
    'GET /repos/Org/study/installation': [200, { id: 77 }],
    'POST /app/installations/77/access_tokens': [201, { token: 'ghs_a', expires_at: '2026-10-01T13:00:00Z' }],
    'GET /repos/Org/study': [200, { id: 5, full_name: 'Org/study' }, { etag: '"1"' }],
  };
});
afterEach(() => expect(asked.length).toBeGreaterThan(0));

const code = async () => {
  const answer = await access.access('Org', 'study');
  return 'refused' in answer ? answer.code : answer.repository.id;
};

test('a repository is looked up once, for all who ask at the same time and within a minute', async () => {
  const [one, two] = await Promise.all([access.access('Org', 'study'), access.access('Org', 'study')]);
  await access.access('org', 'STUDY');

  expect(one).toBe(two);
  expect(one).toMatchObject({
    repository: { id: 5, owner: 'Org', name: 'study' },
    authorization: `Basic ${Buffer.from('x-access-token:ghs_a').toString('base64')}`,
  });
  expect(asked).toHaveLength(3);
});

test('the App signs for ten minutes at most, dated back a minute', async () => {
  await access.access('Org', 'study');
  const { payload, protectedHeader } = await jwtVerify(lastJwt, keys.publicKey, {
    currentDate: new Date(NOW),
  });

  expect(protectedHeader.alg).toBe('RS256');
  expect(payload).toEqual({
    iss: '4711',
    iat: Date.parse(NOW) / 1000 - 60,
    exp: Date.parse(NOW) / 1000 + 540,
  });
});

test('after a minute it is asked again whether anything changed, with the same token', async () => {
  await access.access('Org', 'study');
  clock.advance(minutes(1));
  answers['GET /repos/Org/study'] = [304];
  asked.length = 0;

  expect(await code()).toBe(5);
  expect(asked).toEqual(['GET /repos/Org/study if changed']);
});

test('near its end, or after GitHub refused it, the token is replaced', async () => {
  await access.access('Org', 'study');
  clock.advance(minutes(55));
  asked.length = 0;
  await access.access('Org', 'study');
  expect(asked).toEqual([
    'GET /repos/Org/study/installation',
    'POST /app/installations/77/access_tokens',
    'GET /repos/Org/study',
  ]);

  answers['POST /app/installations/77/access_tokens'] = [
    201,
    { token: 'ghs_b', expires_at: '2026-10-01T14:00:00Z' },
  ];
  access.forgetToken('org', 'study');
  access.forgetToken('org', 'unknown');
  expect(await access.access('Org', 'study')).toMatchObject({
    authorization: expect.stringContaining('Basic ') as unknown,
  });
  expect(asked).toHaveLength(6);
});

test('a renamed, transferred or replaced repository is refused', async () => {
  answers['GET /repos/Org/study'] = [301, {}, { location: '/repositories/5' }];
  expect(await code()).toBe('proxy.repository-moved');
  answers['GET /repos/Org/study'] = [200, { id: 5, full_name: 'Org/renamed' }];
  expect(await code()).toBe('proxy.repository-moved');
  answers['GET /repos/Org/study'] = [200, { id: 5, full_name: 'Org/study' }];
  expect(await code()).toBe(5);
  answers['GET /repos/Org/study'] = [200, { id: 6, full_name: 'Org/study' }];
  clock.advance(minutes(2));
  expect(await code()).toBe('proxy.repository-moved');
  // Whether governance names the new one, whoever asked for the access looks.
  expect(await code()).toBe(6);
  answers['GET /repos/Org/study/installation'] = [301, {}];
  access.forgetToken('Org', 'study');
  expect(await code()).toBe('proxy.repository-moved');
});

test.each<[string, string, Answer, string | number]>([
  [
    'without the App a public repository is asked without credential',
    'GET /repos/Org/study/installation',
    [404, {}],
    5,
  ],
  ['a repository that is missing', 'GET /repos/Org/study', [404, {}], 'proxy.repository-missing'],
  [
    'a repository the App may not read',
    'POST /app/installations/77/access_tokens',
    [422, {}],
    'proxy.repository-missing',
  ],
  ['a wrong App key', 'GET /repos/Org/study/installation', [401, {}], 'proxy.github-away'],
  ['too many requests', 'GET /repos/Org/study', [429, {}], 'proxy.github-limit'],
  ['a secondary limit', 'GET /repos/Org/study', [403, {}, { 'retry-after': '60' }], 'proxy.github-limit'],
  ['another no', 'GET /repos/Org/study', [403, {}], 'proxy.github-away'],
  ['a broken server', 'GET /repos/Org/study', [500, {}], 'proxy.github-away'],
  ['an answer without id', 'GET /repos/Org/study', [200, { full_name: 'Org/study' }], 'proxy.github-away'],
  ['an installation without id', 'GET /repos/Org/study/installation', [200, {}], 'proxy.github-away'],
  [
    'a token without end',
    'POST /app/installations/77/access_tokens',
    [201, { token: 'x' }],
    'proxy.github-away',
  ],
  ['a page instead of JSON', 'GET /repos/Org/study', [200, '<html>'], 'proxy.github-away'],
  ['an endless answer', 'GET /repos/Org/study', [200, 'x'.repeat(1_100_000)], 'proxy.github-away'],
  ['nothing changed, though nothing was known', 'GET /repos/Org/study', [304], 'proxy.github-away'],
])('GitHub answers with %s', async (_what, request, answer, expected) => {
  answers[request] = answer;
  expect(await code()).toBe(expected);
});

test('a certificate that cannot be verified ends it', async () => {
  asked.push('none: the handshake fails');
  const tls = createTlsServer(selfSigned(), (_request, response) => response.end('{}'));
  await new Promise<void>((done) => tls.listen(0, '127.0.0.1', done));
  access = new GitHubAccess({
    origin: `https://127.0.0.1:${(tls.address() as AddressInfo).port}`,
    appId: 4711,
    key: keys.privateKey,
    clock,
  });

  expect(await code()).toBe('proxy.github-away');
  tls.closeAllConnections();
  tls.close();
});
