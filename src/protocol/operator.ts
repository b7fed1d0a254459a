/**
 * What whoever runs the hub may tell it while it works. The hub holds the database, so that commands go
 * through it; whoever can read its private key is its operator, and signs each request with that key.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Refusal } from '../lib/refusal.ts';
import { id, name } from './messages.ts';
import { bearer, boundClaims, faultOf, signBoundRequest, type BoundRequest, type Sent } from './requests.ts';
import { signedByAny, unverifiedClaims } from './tokens.ts';
import * as words from './words.ts';

/** A type of its own: no task that the hub signs, and no request of an agent, can pass for one. */
const OPERATOR_TYP = 'sallyport-operator+jwt';

export const OPERATOR_PATHS = {
  pause: '/operator/v1/pause',
  unpause: '/operator/v1/unpause',
  kill: '/operator/v1/kill',
  backends: '/operator/v1/backends',
} as const;

/** Goes into the public record. */
const why = z
  .string()
  .max(300)
  .regex(/^[^\p{Cc}\p{Cf}]*$/u);
export const pauseOrder = z.strictObject({ backend: name, why });
export const killOrder = z.strictObject({ job: id, why });
export const backendsQuestion = z.strictObject({});

const time = z.int().nullable();
const backendStatus = z.strictObject({
  id: z.string(),
  data: z.enum(['real', 'dummy']),
  active: z.boolean(),
  /** When one of its agents last called. */
  lastSeenAt: time,
  /** For longer than governance's `alert_after`. */
  silent: z.boolean(),
  agents: z.array(
    z.strictObject({
      id: z.string(),
      lastSeenAt: time,
      engine: z.boolean(),
      version: z.string().nullable(),
      governance: z.string().nullable(),
    }),
  ),
  pausedAt: time,
  pausedWhy: z.string().nullable(),
  running: z.array(
    z.strictObject({
      job: z.string(),
      action: z.string(),
      workspace: z.string(),
      code: z.string(),
      startedAt: time,
      stopping: z.boolean(),
    }),
  ),
  waiting: z.int(),
});
export type BackendStatus = z.infer<typeof backendStatus>;
/** `changed`: false when it was so already. */
export const pauseAnswer = z.strictObject({ changed: z.boolean() });
/** `stopping`: it ends when its container has gone. */
export const killAnswer = z.strictObject({
  request: z.string(),
  action: z.string(),
  outcome: z.enum(['ended', 'stopping']),
});
export const backendsAnswer = z.strictObject({ at: z.int(), backends: z.array(backendStatus) });

const claimsSchema = z.strictObject(boundClaims);

/** `key`: the hub's own. */
export type OperatorRequest = BoundRequest;

export const signOperatorRequest = (request: OperatorRequest): Promise<string> =>
  signBoundRequest(OPERATOR_TYP, request);

/** Undefined when the request is the operator's. */
export async function refuseOperator(
  request: Sent & { hubKey: KeyObject; useOnce(jti: string, until: number): Promise<boolean> },
): Promise<Refusal | undefined> {
  const token = bearer(request.authorization);
  if (!token) return words.tokenMissing();
  const claims = unverifiedClaims(token, OPERATOR_TYP, claimsSchema);
  if (!claims) return words.tokenMalformed();
  if (!(await signedByAny(token, [request.hubKey]))) return words.notTheOperator();
  const no = faultOf(claims, request);
  if (no) return no;
  const fresh = await request.useOnce(`operator/${claims.jti}`, (claims.exp + 1) * 1000);
  return fresh ? undefined : words.tokenUsed();
}
