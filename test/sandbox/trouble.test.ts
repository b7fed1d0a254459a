/** The API on a bad day: errors, limits, lost answers, expired tokens; and the control API that orders them. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { hours, minutes } from '../../src/lib/clock.ts';
import type { LimitNumbers } from '../../src/sandbox/github/github.ts';
import { callApi, world, type CallOptions, type Reply, type World } from './world.ts';

const S = '/repos/acme/study';
let github: World;
let skipped = 0;
const clock = { now: () => Date.now() + skipped };

async function start(limits?: Partial<LimitNumbers>): Promise<void> {
  github = await world({ clock, limits });
}

beforeEach(() => {
  skipped = 0;
});
afterEach(async () => {
  jest.useRealTimers();
  await github.stop();
});

function control(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
  return callApi(`${github.url}/_sandbox`, method, path, { as: github.controlToken, ...options });
}

const read = (as: string): Promise<Reply> => github.call('GET', S, { as });
const write = (as: string): Promise<Reply> =>
  github.call('POST', `${S}/issues`, { as, body: { title: 'x' } });

test('an ordered error is answered as often as ordered, to the calls it names', async () => {
  await start();
  const as = await github.installationToken();
  github.state.faults.add({ kind: 'answer', status: 503, next: 2, method: 'POST', path: '/issues$' });

  expect([
    (await read(as)).status,
    (await write(as)).status,
    (await write(as)).status,
    (await write(as)).status,
  ]).toEqual([200, 503, 503, 201]);
});

test.each([403, 429])('a secondary limit is a %i with retry-after', async (status) => {
  await start();
  const as = await github.installationToken();
  github.state.faults.add({ kind: 'answer', status, retryAfter: 17, next: 1, app: 'sally' });

  const reply = await write(as);

  expect([reply.status, reply.headers.get('retry-after')]).toEqual([status, '17']);
  expect(reply.text).toMatch(/secondary rate limit/);
});

test('the work is done although the answer is lost', async () => {
  await start();
  const as = await github.installationToken();
  github.state.faults.add({ kind: 'after-effect', next: 1 });

  await expect(write(as)).rejects.toThrow();

  expect(github.state.repos.find('acme', 'study')?.issues.size).toBe(1);
});

test('nothing is done, and there is no answer', async () => {
  await start();
  const as = await github.installationToken();
  github.state.faults.add({ kind: 'no-answer', next: 1 });

  await expect(write(as)).rejects.toThrow();

  expect(github.state.repos.find('acme', 'study')?.issues.size).toBe(0);
});

test('the work is done although the answer is an error', async () => {
  await start();
  const as = await github.installationToken();
  github.state.faults.add({ kind: 'after-effect', status: 502, next: 1 });

  expect((await write(as)).status).toBe(502);
  expect(github.state.repos.find('acme', 'study')?.issues.size).toBe(1);
});

test('a token is over after an hour, or when told so', async () => {
  await start();
  const first = await github.installationToken();
  skipped = hours(1) - 1000;
  expect((await read(first)).status).toBe(200);
  skipped = hours(1) + 1000;
  expect((await read(first)).status).toBe(401);

  const second = await github.installationToken();
  github.state.apps.expireTokens();
  expect((await read(second)).status).toBe(401);
});

test('80 creations a minute, 500 an hour: then a secondary limit says how long to wait', async () => {
  await start({ contentPerMinute: 3, contentPerHour: 5 });
  const as = await github.installationToken();
  for (let n = 0; n < 3; n++) expect((await write(as)).status).toBe(201);
  const fourth = await write(as);
  expect(fourth.status).toBe(403);
  expect(Number(fourth.headers.get('retry-after'))).toBeGreaterThan(50);
  expect((await read(as)).status).toBe(200);
  // Limits are each caller's own.
  expect((await write(github.tokens['wes'] ?? '')).status).toBe(201);

  skipped = minutes(1) + 1000;
  expect([(await write(as)).status, (await write(as)).status, (await write(as)).status]).toEqual([
    201, 201, 403,
  ]);
  skipped = hours(1) + 1000;
  expect((await write(await github.installationToken())).status).toBe(201);
});

test("without a word the limits are GitHub's", async () => {
  await start();

  expect(github.limits.numbers).toEqual({
    primary: null,
    contentPerMinute: 80,
    contentPerHour: 500,
    pointsPerMinute: 900,
    concurrent: 100,
  });
});

test('reads and writes spend points: 900 a minute, a write 5', async () => {
  await start({ pointsPerMinute: 12 });
  const as = await github.installationToken();

  expect([
    (await write(as)).status,
    (await write(as)).status,
    (await read(as)).status,
    (await read(as)).status,
  ]).toEqual([201, 201, 200, 200]);
  expect((await read(as)).headers.get('retry-after')).toMatch(/^\d+$/);
});

test('the hourly budget ends in a 403 with its reset, and comes back', async () => {
  await start({ primary: 3 });
  const as = await github.installationToken();
  for (let n = 0; n < 3; n++) expect((await read(as)).status).toBe(200);
  const over = await read(as);
  expect([over.status, over.headers.get('x-ratelimit-remaining')]).toEqual([403, '0']);
  expect(over.headers.get('retry-after')).toBeNull();

  skipped = Number(over.headers.get('x-ratelimit-reset')) * 1000 - Date.now() + 1000;

  expect((await read(await github.installationToken())).status).toBe(200);
});

test('the control API wants its token', async () => {
  await start();

  expect((await control('GET', '/faults', { as: github.tokens['olive'] })).status).toBe(401);
  expect((await control('GET', '/faults')).status).toBe(200);
});

test('another process orders faults, waits until idle, and changes what GitHub has no API for', async () => {
  await start();
  const as = await github.installationToken();
  expect((await control('POST', '/faults', { body: { kind: 'answer', status: 500, next: 1 } })).data).toEqual(
    { left: 1 },
  );
  expect((await control('POST', '/faults', { body: { kind: 'nonsense', next: 1 } })).status).toBe(422);
  expect((await read(as)).status).toBe(500);
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'Date', 'performance'] });
  await control('POST', '/faults', { body: { kind: 'delay', next: 1, ms: 100 } });
  await write(as);
  const idle = control('GET', '/idle');
  expect(await Promise.race([idle.then(() => 'idle'), control('GET', '/faults').then(() => 'busy')])).toBe(
    'busy',
  );
  expect(github.heard).toEqual([]);
  jest.advanceTimersByTime(100);
  jest.useRealTimers();
  await idle;
  expect(github.heard.map(({ name }) => name)).toEqual(['issues.opened']);

  expect((await control('PATCH', '/limits', { body: { primary: 1 } })).data).toMatchObject({ primary: 1 });
  expect([(await read(as)).status, (await read(as)).status]).toEqual([200, 403]);
  await control('PATCH', '/limits', { body: { primary: null } });
  await control('POST', '/installations/9001/suspend');
  expect((await read(as)).status).toBe(403);
  await control('POST', '/installations/9001/unsuspend');
  await control('POST', '/people/tess/rename', { body: { login: 'tessa' } });
  expect((await github.call('GET', '/user/103', { as })).data['login']).toBe('tessa');
  await control('PUT', '/orgs/acme/teams/writers/members/wes', { body: { role: null } });
  expect((await github.call('GET', '/orgs/acme/teams/writers/memberships/wes', { as })).status).toBe(404);
  await control('POST', '/tokens/expire');
  expect((await read(as)).status).toBe(401);
  await control('DELETE', '/repos/acme/study');
  expect((await read(await github.installationToken())).status).toBe(404);
});

test('what faults hold back is sent when they are cleared', async () => {
  await start();
  await control('POST', '/faults', { body: { kind: 'reorder', next: 5 } });
  await write(await github.installationToken());
  await control('DELETE', '/faults');

  expect(await github.news()).toEqual(['issues.opened']);
});

test('a body that is no JSON is 400, and an answer to a compressed one is no other', async () => {
  await start();
  const as = github.tokens['wes'] ?? '';
  const headers = { authorization: `token ${as}` };
  const broken = await fetch(`${github.api}${S}/issues`, { method: 'POST', headers, body: '{"title":' });
  expect(broken.status).toBe(400);
  const packed = gzipSync(JSON.stringify({ title: 'packed' }));
  const taken = await fetch(`${github.api}${S}/issues`, {
    method: 'POST',
    headers: { ...headers, 'content-encoding': 'gzip' },
    body: packed,
  });
  expect(taken.status).toBe(201);
});
