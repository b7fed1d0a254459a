import { expect, test } from '@jest/globals';
import { fixedClock } from '../../src/lib/clock.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import {
  refuseSigner,
  refuseSteward,
  signOperatorRequest,
  signRequest,
  signStewardRequest,
  STEWARD_PATHS,
} from '../../src/protocol/protocol.ts';

const KEY = newKeyPair();
const NEXT = newKeyPair();
const HUB = 'https://hub.example';
const clock = fixedClock('2027-03-01T09:00:00Z');
const ids = countingIds();
const body = '{"protocol":1,"waitMs":0}';
const to = { audience: HUB, path: STEWARD_PATHS.poll, body, clock, ids };

/** A hub that has seen nothing yet. */
function door(used = new Set<string>()) {
  return async (token: string | undefined, changes: Partial<Parameters<typeof refuseSteward>[0]> = {}) => {
    const no = await refuseSteward({
      authorization: token === undefined ? undefined : `Bearer ${token}`,
      audience: HUB,
      method: 'POST',
      path: STEWARD_PATHS.poll,
      body: Buffer.from(body),
      clock,
      keys: [KEY.publicKey, NEXT.publicKey],
      useOnce: async (jti) => !used.has(jti) && Boolean(used.add(jti)),
      ...changes,
    });
    return no?.code;
  };
}

test("the steward's request is taken once, with either key", async () => {
  const ask = door();
  const token = await signStewardRequest({ ...to, key: KEY.privateKey });
  expect(await ask(token)).toBeUndefined();
  expect(await ask(token)).toBe('protocol.token-used');
  expect(await ask(await signStewardRequest({ ...to, key: NEXT.privateKey }))).toBeUndefined();
});

test.each([
  ['no token', async () => undefined, 'protocol.token-missing'],
  [
    "another's key",
    async () => signStewardRequest({ ...to, key: newKeyPair().privateKey }),
    'protocol.not-the-steward',
  ],
  [
    'a token of an agent',
    async () => signRequest({ ...to, agent: 'a', backend: 'b', key: KEY.privateKey }),
    'protocol.token-malformed',
  ],
  [
    "the operator's token",
    async () => signOperatorRequest({ ...to, key: KEY.privateKey }),
    'protocol.token-malformed',
  ],
  [
    'a token for another path',
    async () => signStewardRequest({ ...to, path: STEWARD_PATHS.file, key: KEY.privateKey }),
    'protocol.token-elsewhere',
  ],
  [
    'a token for another body',
    async () => signStewardRequest({ ...to, body: '{}', key: KEY.privateKey }),
    'protocol.body-altered',
  ],
])('%s is refused', async (_what, token, code) => {
  expect(await door()(await token())).toBe(code);
});

test('where hub.yml names no steward, nobody is one', async () => {
  const token = await signStewardRequest({ ...to, key: KEY.privateKey });
  expect(await door()(token, { keys: [] })).toBe('protocol.not-the-steward');
});

test('an old token is refused', async () => {
  const token = await signStewardRequest({ ...to, key: KEY.privateKey });
  expect(await door()(token, { clock: fixedClock('2027-03-01T09:02:00Z') })).toBe('protocol.token-expired');
});

test('who signed is known before the body is there: the steward alone, and of now', async () => {
  const known = async (token: string | undefined, now = clock) => {
    const authorization = token === undefined ? undefined : `Bearer ${token}`;
    return (await refuseSigner({ authorization, keys: [KEY.publicKey], clock: now }))?.code;
  };
  const token = await signStewardRequest({ ...to, key: KEY.privateKey });
  expect(await known(token)).toBeUndefined();
  expect(await known(token, fixedClock('2027-03-01T09:02:00Z'))).toBe('protocol.token-expired');
  expect(await known(undefined)).toBe('protocol.token-missing');
  expect(await known(await signStewardRequest({ ...to, key: NEXT.privateKey }))).toBe(
    'protocol.not-the-steward',
  );
});
