import { createHmac, type KeyObject } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { CompactSign } from 'jose';
import { fixedClock } from '../../src/lib/clock.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import {
  bearer,
  signGitToken,
  signRequest,
  signTask,
  unknownCaller,
  verifyGitToken,
  verifyRequest,
  verifyTask,
  type TaskClaims,
} from '../../src/protocol/protocol.ts';

const KEY = newKeyPair();
const OTHER = newKeyPair();
const clock = fixedClock('2027-03-01T09:00:00Z');
const NOW = clock.now() / 1000;
const PATH = '/zone/v1/tasks/poll';
const HUB = 'https://hub.example';
const ids = countingIds();

type Part = Record<string, unknown>;
const b64 = (part: Part): string => Buffer.from(JSON.stringify(part)).toString('base64url');

async function forged(header: Part, claims: Part, key: KeyObject = KEY.privateKey): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader(header as { alg: string })
    .sign(key);
}

function part(token: string, at: 0 | 1): Part {
  return JSON.parse(Buffer.from(token.split('.')[at] ?? '', 'base64url').toString()) as Part;
}

const code = (answer: unknown): unknown => (isRefusal(answer) ? answer.code : answer);
const caller = { agent: 'agent-1', backend: 'schools' };

async function aRequestToken(): Promise<string> {
  return signRequest({ ...caller, audience: HUB, path: PATH, body: '{}', key: KEY.privateKey, clock, ids });
}

function verify(
  token: string,
  given: { body?: string; method?: string; keys?: KeyObject[] | Refusal; used?: boolean } = {},
) {
  return verifyRequest({
    authorization: `Bearer ${token}`,
    audience: HUB,
    method: given.method ?? 'POST',
    path: PATH,
    body: Buffer.from(given.body ?? '{}'),
    clock,
    keysOf: () => given.keys ?? [KEY.publicKey],
    useOnce: async () => !given.used,
  });
}

test('a request says who sent it', async () => {
  expect(await verify(await aRequestToken())).toEqual(caller);
  expect(await verify(await aRequestToken(), { keys: [OTHER.publicKey, KEY.publicKey] })).toEqual(caller);
});

test('a used id, another method, another body, a foreign key and no key are refused', async () => {
  const token = await aRequestToken();
  expect(code(await verify(token, { used: true }))).toBe('protocol.token-used');
  expect(code(await verify(token, { method: 'GET' }))).toBe('protocol.token-elsewhere');
  expect(code(await verify(token, { body: '{} ' }))).toBe('protocol.body-altered');
  expect(code(await verify(token, { keys: [OTHER.publicKey] }))).toBe('protocol.wrong-signature');
  expect(code(await verify(token, { keys: [] }))).toBe('protocol.wrong-signature');
  expect(code(await verify(token, { keys: unknownCaller() }))).toBe('protocol.unknown-caller');
});

test('an id is spent only by a request that is good otherwise', async () => {
  let spent = 0;
  const ask = { audience: HUB, method: 'POST', path: PATH, clock, keysOf: () => [KEY.publicKey] };
  const useOnce = async (): Promise<boolean> => Boolean(++spent);
  const authorization = `Bearer ${await aRequestToken()}`;
  await verifyRequest({ ...ask, authorization, body: Buffer.from('other'), useOnce });
  expect(spent).toBe(0);
  await verifyRequest({ ...ask, authorization, body: Buffer.from('{}'), useOnce });
  expect(spent).toBe(1);
});

test('a token with another algorithm, type or field is malformed, whoever signed it', async () => {
  const good = await aRequestToken();
  const claims = part(good, 1);
  const header = part(good, 0);
  expect(header).toEqual({ alg: 'EdDSA', typ: 'sallyport-zone+jwt' });
  const secret = KEY.publicKey.export({ format: 'der', type: 'spki' });
  const hs256 = `${b64({ alg: 'HS256', typ: header['typ'] })}.${b64(claims)}`;
  const attempts = [
    `${b64({ ...header, alg: 'none' })}.${b64(claims)}.AA`,
    `${b64({ ...header, alg: 'none' })}.${b64(claims)}.`,
    `${hs256}.${createHmac('sha256', secret).update(hs256).digest('base64url')}`,
    await forged({ ...header, alg: 'Ed25519' }, claims),
    await forged({ ...header, typ: 'sallyport-git+jwt' }, claims),
    await forged({ ...header, typ: 'sallyport-task+jwt' }, claims),
    await forged({ alg: 'EdDSA' }, claims),
    await forged({ ...header, kid: 'x' }, claims),
    await forged({ ...header, jwk: { kty: 'OKP' } }, claims),
    await forged(header, { ...claims, admin: true }),
    await forged(header, { ...claims, jti: undefined }),
    await forged(header, { ...claims, jti: '../../etc' }),
    await forged(header, { ...claims, iat: '1' }),
    await forged(header, { ...claims, htm: 'GET' }),
    'a.b.c',
  ];
  for (const token of attempts) {
    expect(code(await verify(token))).toMatch(/^protocol\.token-(malformed|missing)$/);
  }
});

test('an altered token has no signature', async () => {
  const [header, , signature] = (await aRequestToken()).split('.');
  const claims = part(await aRequestToken(), 1);

  expect(code(await verify(`${header}.${b64({ ...claims, backend: 'health' })}.${signature}`))).toBe(
    'protocol.wrong-signature',
  );
});

test('a token that lives longer than a minute, is over, or comes from the future is refused', async () => {
  const good = await aRequestToken();
  const [header, claims] = [part(good, 0), part(good, 1)];
  const at = async (iat: number, exp: number) =>
    code(await verify(await forged(header, { ...claims, iat, exp })));

  expect(await at(NOW, NOW + 60)).toEqual(caller);
  expect(await at(NOW, NOW + 61)).toBe('protocol.token-expired');
  expect(await at(NOW - 60, NOW)).toBe('protocol.token-expired');
  expect(await at(NOW + 31, NOW + 60)).toBe('protocol.token-expired');
});

test('a private key among the public ones is a bug of ours, not a bad token', async () => {
  await expect(verify(await aRequestToken(), { keys: [KEY.privateKey] })).rejects.toThrow(TypeError);
});

test('only one bearer token of ordinary size counts', () => {
  expect(bearer('Bearer a.b.c')).toBe('a.b.c');
  for (const no of [
    undefined,
    '',
    'a.b.c',
    'bearer a.b.c',
    'Bearer a.b',
    'Bearer a.b.c, Bearer d.e.f',
    `Bearer a.b.${'c'.repeat(5000)}`,
  ]) {
    expect(bearer(no)).toBeUndefined();
  }
});

test('a git token is for the proxy, for a minute, and no request token', async () => {
  const sign = () =>
    signGitToken({ ...caller, audience: 'https://proxy.example', key: KEY.privateKey, clock, ids });
  const check = (
    token: string | undefined,
    given: { at?: number; audience?: string; keys?: KeyObject[] | Refusal } = {},
  ) =>
    verifyGitToken({
      authorization: token && `Bearer ${token}`,
      audience: given.audience ?? 'https://proxy.example',
      clock: { now: () => clock.now() + (given.at ?? 0) },
      keysOf: () => given.keys ?? [KEY.publicKey],
    });
  const token = await sign();

  expect(await check(token)).toEqual(caller);
  expect(await check(token)).toEqual(caller);
  expect(code(await check(token, { at: 60_000 }))).toBe('protocol.token-expired');
  expect(code(await check(token, { audience: HUB }))).toBe('protocol.token-elsewhere');
  expect(code(await check(token, { keys: [OTHER.publicKey] }))).toBe('protocol.wrong-signature');
  expect(code(await check(token, { keys: unknownCaller() }))).toBe('protocol.unknown-caller');
  expect(code(await check(undefined))).toBe('protocol.token-missing');
  expect(code(await check(await aRequestToken()))).toBe('protocol.token-malformed');
  expect(code(await verify(token))).toBe('protocol.token-malformed');
});

const CLAIMS: TaskClaims = {
  protocol: 1,
  ...caller,
  seq: 1,
  iat: NOW,
  exp: NOW + 600,
  task: {
    type: 'run',
    id: 'a'.repeat(16),
    job: 'b'.repeat(16),
    request: 'c'.repeat(16),
    repository: { id: 42, owner: 'school-research', name: 'attendance' },
    branch: 'main',
    commit: 'd'.repeat(40),
    action: 'model',
    workspace: 'attendance-main',
    requestedBy: 7,
  },
};

const check = (
  jws: string,
  given: { agent?: string; backend?: string; at?: number; keys?: KeyObject[] } = {},
) =>
  verifyTask({
    jws,
    agent: given.agent ?? 'agent-1',
    backend: given.backend ?? 'schools',
    hubKeys: given.keys ?? [KEY.publicKey],
    clock: { now: () => clock.now() + (given.at ?? 0) },
  });

test("a task is the hub's word to one agent, for a time", async () => {
  const jws = await signTask(CLAIMS, KEY.privateKey);

  expect(await check(jws)).toEqual(CLAIMS);
  expect(await check(jws, { keys: [OTHER.publicKey, KEY.publicKey] })).toEqual(CLAIMS);
  expect(code(await check(jws, { keys: [OTHER.publicKey] }))).toBe('protocol.task-signature');
  expect(code(await check(jws, { agent: 'agent-2' }))).toBe('protocol.task-foreign');
  expect(code(await check(jws, { backend: 'health' }))).toBe('protocol.task-foreign');
  expect(code(await check(jws, { at: 600_000 }))).toBe('protocol.task-expired');
  expect(code(await check(jws, { at: -31_000 }))).toBe('protocol.task-expired');
});

test('an altered task, one with a field more, and one of another type are refused', async () => {
  const jws = await signTask(CLAIMS, KEY.privateKey);
  const [header, , signature] = jws.split('.');
  const altered = { ...CLAIMS, task: { ...CLAIMS.task, action: 'steal' } };
  expect(code(await check(`${header}.${b64(altered)}.${signature}`))).toBe('protocol.task-signature');

  const typ = 'sallyport-task+jwt';
  const malformed = [
    await forged({ alg: 'EdDSA', typ }, { ...CLAIMS, task: { ...CLAIMS.task, command: 'rm -rf /' } }),
    await forged({ alg: 'EdDSA', typ }, { ...CLAIMS, task: { ...CLAIMS.task, action: '../x' } }),
    await forged({ alg: 'EdDSA', typ }, { ...CLAIMS, protocol: 2 }),
    await forged({ alg: 'EdDSA', typ: 'sallyport-zone+jwt' }, { ...CLAIMS }),
    'x'.repeat(10_000),
    '',
  ];
  for (const each of malformed) expect(code(await check(each))).toBe('protocol.task-malformed');
});

test('the hub cannot sign what no agent would take', async () => {
  await expect(signTask({ ...CLAIMS, seq: 0 }, KEY.privateKey)).rejects.toThrow();
});
