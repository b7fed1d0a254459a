/** The list of freezes: the hub's own word, to one agent or airlock, for a while. */
import { expect, test } from '@jest/globals';
import { fixedClock } from '../../src/lib/clock.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { signFreezes, verifyFreezes, type FreezeActTold } from '../../src/protocol/protocol.ts';

const HUB = newKeyPair();
const clock = fixedClock('2026-11-20T12:00:00Z');
const iat = clock.now() / 1000;
const acts: FreezeActTold[] = [
  { act: 'freeze', seq: 1, id: 'a'.repeat(16), scope: { kind: 'all' }, running: 'stop', by: 7, at: 5 },
  { act: 'lift', seq: 2, id: 'a'.repeat(16), by: [7, 8], at: 6 },
];
const claims = { protocol: 1, to: 'agent-1', backend: 'schools', iat, exp: iat + 600, acts } as const;
const about = { to: 'agent-1', backend: 'schools', hubKeys: [HUB.publicKey], clock };
const sign = (change: object = {}, key = HUB.privateKey) =>
  signFreezes({ ...claims, acts: [...acts], ...change }, key);

test('what the hub signed for this agent is taken as it stands', async () => {
  expect(await verifyFreezes({ ...about, jws: await sign() })).toEqual(acts);
});

test.each<[string, () => Promise<string>, string]>([
  ['anything else', () => Promise.resolve('x.y.z'), 'protocol.freezes-malformed'],
  ['what another signed', () => sign({}, newKeyPair().privateKey), 'protocol.freezes-signature'],
  ['what has expired', () => sign({ exp: iat }), 'protocol.freezes-expired'],
  ['what comes from the future', () => sign({ iat: iat + 3600 }), 'protocol.freezes-expired'],
  ['what was meant for another', () => sign({ to: 'agent-2' }), 'protocol.freezes-foreign'],
  ['what was meant for another backend', () => sign({ backend: 'tax' }), 'protocol.freezes-foreign'],
])('%s is refused', async (_name, made, code) => {
  expect(await verifyFreezes({ ...about, jws: await made() })).toMatchObject({ code });
});
