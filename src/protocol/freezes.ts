/**
 * What was frozen and lifted, as the hub tells agents and airlocks: for one of them, in order, for a limited
 * time. A message is only ever news: what it leaves out stays as it was.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import { id, name, PROTOCOL } from './messages.ts';
import { CLOCK_SKEW_SECONDS } from './requests.ts';
import { signedByAny, signStatement, unverifiedClaims } from './tokens.ts';
import * as words from './words.ts';

const FREEZES_TYP = 'sallyport-freezes+jwt';
const time = z.int().min(0);
const person = z.int().positive();
const seq = z.int().min(1);

export const freezeScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('project'), id: name }),
  z.strictObject({ kind: z.literal('backend'), id: name }),
]);

export const freezeAct = z.discriminatedUnion('act', [
  z.strictObject({
    act: z.literal('freeze'),
    seq,
    id,
    scope: freezeScope,
    running: z.enum(['stop', 'finish']),
    /** Who froze it; a zone freezes whoever it was. */
    by: person,
    at: time,
  }),
  /** Who asked for it and who confirmed it: the zone looks both up in its own governance. */
  z.strictObject({ act: z.literal('lift'), seq, id, by: z.tuple([person, person]), at: time }),
]);
export type FreezeActTold = z.infer<typeof freezeAct>;

/** Acts in one message: the rest comes with the next poll, which is answered at once. */
export const MOST_ACTS = 100;

const freezeClaims = z.strictObject({
  protocol: z.literal(PROTOCOL),
  /** Id of the agent or airlock it is for. */
  to: name,
  backend: name,
  iat: z.int(),
  exp: z.int(),
  acts: z.array(freezeAct).max(MOST_ACTS),
});
export type FreezeClaims = z.infer<typeof freezeClaims>;

export async function signFreezes(claims: FreezeClaims, key: KeyObject): Promise<string> {
  return signStatement(FREEZES_TYP, freezeClaims.parse(claims), key);
}

export interface FreezesToVerify {
  jws: string;
  to: string;
  backend: string;
  /** Several while the hub's key rotates. */
  hubKeys: readonly KeyObject[];
  clock: Clock;
}

export async function verifyFreezes(given: FreezesToVerify): Promise<FreezeActTold[] | Refusal> {
  const claims = unverifiedClaims(given.jws, FREEZES_TYP, freezeClaims);
  if (!claims) return words.freezesMalformed();
  if (!(await signedByAny(given.jws, given.hubKeys))) return words.freezesSignature();
  const now = given.clock.now() / 1000;
  if (claims.iat > now + CLOCK_SKEW_SECONDS || claims.exp <= now) return words.freezesExpired();
  return claims.to === given.to && claims.backend === given.backend ? claims.acts : words.freezesForeign();
}
