/** Orders as the hub signs them: for one airlock of one backend, in order, for a limited time. */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import { orderClaims, type OrderClaims } from './airlock.ts';
import { CLOCK_SKEW_SECONDS } from './requests.ts';
import { signedByAny, signStatement, unverifiedClaims } from './tokens.ts';
import * as words from './words.ts';

const ORDER_TYP = 'sallyport-order+jwt';

/** Throws a ZodError for an order that no airlock would take. */
export async function signOrder(claims: OrderClaims, key: KeyObject): Promise<string> {
  return signStatement(ORDER_TYP, orderClaims.parse(claims), key);
}

export interface OrderToVerify {
  jws: string;
  airlock: string;
  backend: string;
  /** Several while the hub's key rotates. */
  hubKeys: readonly KeyObject[];
  clock: Clock;
}

export async function verifyOrder(given: OrderToVerify): Promise<OrderClaims | Refusal> {
  const claims = unverifiedClaims(given.jws, ORDER_TYP, orderClaims);
  if (!claims) return words.orderMalformed();
  if (!(await signedByAny(given.jws, given.hubKeys))) return words.orderSignature();
  const now = given.clock.now() / 1000;
  if (claims.iat > now + CLOCK_SKEW_SECONDS || claims.exp <= now) return words.orderExpired();
  return claims.airlock === given.airlock && claims.backend === given.backend ? claims : words.orderForeign();
}
