import { expect, test } from '@jest/globals';
import { CompactSign } from 'jose';
import { fixedClock } from '../../src/lib/clock.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { isRefusal, refusal } from '../../src/lib/refusal.ts';
import {
  signerOf,
  signOrder,
  signRequest,
  signTask,
  verifyOrder,
  verifyTask,
  type OrderClaims,
  type OrderToVerify,
} from '../../src/protocol/protocol.ts';

const KEY = newKeyPair();
const OTHER = newKeyPair();
const clock = fixedClock('2027-03-01T09:00:00Z');
const NOW = clock.now() / 1000;
const TYP = 'sallyport-order+jwt';

const CLAIMS: OrderClaims = {
  protocol: 1,
  airlock: 'airlock-1',
  backend: 'schools',
  seq: 3,
  iat: NOW,
  exp: NOW + 600,
  order: {
    id: 'order0000000001a',
    actor: 11,
    at: clock.now(),
    deed: { type: 'sign', request: 'release00000001a', verdict: 'submit' },
  },
};

const code = (answer: unknown): unknown => (isRefusal(answer) ? answer.code : answer);

const check = (jws: string, given: Partial<OrderToVerify> = {}) =>
  verifyOrder({ jws, airlock: 'airlock-1', backend: 'schools', hubKeys: [KEY.publicKey], clock, ...given });

async function forged(header: Record<string, unknown>, claims: unknown): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader(header as { alg: string })
    .sign(KEY.privateKey);
}

test("an order is the hub's word to one airlock, for a time", async () => {
  const jws = await signOrder(CLAIMS, KEY.privateKey);
  const at = (ms: number) => ({ clock: { now: () => clock.now() + ms } });

  expect(await check(jws)).toEqual(CLAIMS);
  expect(await check(jws, { hubKeys: [OTHER.publicKey, KEY.publicKey] })).toEqual(CLAIMS);
  expect(code(await check(jws, { hubKeys: [OTHER.publicKey] }))).toBe('protocol.order-signature');
  expect(code(await check(jws, { hubKeys: [] }))).toBe('protocol.order-signature');
  expect(code(await check(jws, { airlock: 'airlock-2' }))).toBe('protocol.order-foreign');
  expect(code(await check(jws, { backend: 'health' }))).toBe('protocol.order-foreign');
  expect(code(await check(jws, at(600_000)))).toBe('protocol.order-expired');
  expect(code(await check(jws, at(-31_000)))).toBe('protocol.order-expired');
});

test('an altered order, one with a field more, and one of another form are refused', async () => {
  const jws = await signOrder(CLAIMS, KEY.privateKey);
  const [header, , signature] = jws.split('.');
  const another = { ...CLAIMS, order: { ...CLAIMS.order, actor: 12 } };
  const altered = Buffer.from(JSON.stringify(another)).toString('base64url');
  expect(code(await check(`${header}.${altered}.${signature}`))).toBe('protocol.order-signature');

  const malformed = [
    await forged({ alg: 'EdDSA', typ: TYP }, { ...CLAIMS, policy: 'no checkers' }),
    await forged({ alg: 'EdDSA', typ: TYP }, { ...CLAIMS, protocol: 2 }),
    await forged(
      { alg: 'EdDSA', typ: TYP },
      { ...CLAIMS, order: { ...CLAIMS.order, deed: { type: 'grade', request: 'release00000001a' } } },
    ),
    await forged({ alg: 'EdDSA', typ: TYP, kid: 'x' }, CLAIMS),
    await forged({ alg: 'EdDSA', typ: 'JWT' }, CLAIMS),
    'x',
  ];
  for (const token of malformed) expect(code(await check(token))).toBe('protocol.order-malformed');
});

test('a task is no order, and an order is no task', async () => {
  const task = { type: 'cancel', id: 'a'.repeat(16), job: 'b'.repeat(16), task: 'c'.repeat(16) } as const;
  const { airlock: _a, order: _o, ...rest } = CLAIMS;
  const asTask = await signTask({ ...rest, agent: 'airlock-1', task }, KEY.privateKey);
  const asOrder = await signOrder(CLAIMS, KEY.privateKey);

  expect(code(await check(asTask))).toBe('protocol.order-malformed');
  const read = { jws: asOrder, agent: 'airlock-1', backend: 'schools', hubKeys: [KEY.publicKey], clock };
  expect(code(await verifyTask(read))).toBe('protocol.task-malformed');
});

test('an order that no airlock would take is not signed', async () => {
  await expect(signOrder({ ...CLAIMS, seq: 0 }, KEY.privateKey)).rejects.toThrow();
});

test('who signed is known before the body is read, from the token alone', async () => {
  const caller = { agent: 'airlock-1', backend: 'schools' };
  const request = { ...caller, audience: 'https://hub.example', path: '/x', body: Buffer.from('y') };
  const token = await signRequest({ ...request, key: KEY.privateKey, clock, ids: countingIds() });
  const asked = (authorization: string | undefined, given: Partial<Parameters<typeof signerOf>[0]> = {}) =>
    signerOf({ authorization, keysOf: () => [KEY.publicKey], clock, ...given });

  expect(await asked(`Bearer ${token}`)).toEqual(caller);
  expect(code(await asked(undefined))).toBe('protocol.token-missing');
  expect(code(await asked('Bearer a.b.c'))).toBe('protocol.token-malformed');
  const keys = [OTHER.publicKey];
  expect(code(await asked(`Bearer ${token}`, { keysOf: () => keys }))).toBe('protocol.wrong-signature');
  const nobody = () => refusal('protocol.unknown-caller', 'No.');
  expect(code(await asked(`Bearer ${token}`, { keysOf: nobody }))).toBe('protocol.unknown-caller');
  const later = { now: () => clock.now() + 61_000 };
  expect(code(await asked(`Bearer ${token}`, { clock: later }))).toBe('protocol.token-expired');
});
