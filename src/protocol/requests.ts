/** The token of a request from the zone to the hub: bound to method, path, body, backend, and good for one use. */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import type { Ids } from '../lib/ids.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { name } from './messages.ts';
import { signedByAny, signStatement, unverifiedClaims } from './tokens.ts';
import * as words from './words.ts';

const ZONE_TYP = 'sallyport-zone+jwt';
export const TOKEN_LIFE_SECONDS = 60;
/** How far the zone's clock may run ahead. One that runs behind by less than the token's life works too. */
export const CLOCK_SKEW_SECONDS = 30;
export const MAX_TOKEN_LENGTH = 4096;

/** Of every token that is good for one request only. */
export const boundClaims = {
  aud: z.string().max(300),
  htm: z.literal('POST'),
  htu: z.string().max(300),
  body: z.string().regex(/^[0-9a-f]{64}$/),
  jti: z.string().regex(/^[a-z0-9]{16}$/),
  iat: z.int(),
  exp: z.int(),
};
const claimsSchema = z.strictObject({ iss: name, backend: name, ...boundClaims });

/** A request to be signed: its token is good for nothing else. */
export interface BoundRequest {
  /** The hub's origin. */
  audience: string;
  path: string;
  body: string | Uint8Array;
  key: KeyObject;
  clock: Clock;
  ids: Ids;
}

/** `more`: who speaks, where the kind of token does not say it. */
export async function signBoundRequest(
  typ: string,
  request: BoundRequest,
  more: { iss?: string; backend?: string } = {},
): Promise<string> {
  const iat = Math.floor(request.clock.now() / 1000);
  const claims = {
    ...more,
    aud: request.audience,
    htm: 'POST',
    htu: request.path,
    body: sha256(request.body),
    jti: request.ids.id(),
    iat,
    exp: iat + TOKEN_LIFE_SECONDS,
  } satisfies z.infer<z.ZodObject<typeof boundClaims>> & typeof more;
  return signStatement(typ, claims, request.key);
}

export interface Caller {
  agent: string;
  backend: string;
}

/** Keys of a caller that are valid now, or a refusal. */
export type KeysOf = (caller: Caller) => readonly KeyObject[] | Refusal;

export interface RequestToSign extends Caller, BoundRequest {}

export const signRequest = (request: RequestToSign): Promise<string> =>
  signBoundRequest(ZONE_TYP, request, { iss: request.agent, backend: request.backend });

/** A request as it came. */
export interface Sent {
  /** Value of the Authorization header. */
  authorization: string | undefined;
  audience: string;
  method: string;
  path: string;
  /** The bytes as they came. */
  body: Uint8Array;
  clock: Clock;
}

export interface RequestToVerify extends Sent {
  keysOf: KeysOf;
  /** Remembers the id until the time (ms) has passed; false when it was known. */
  useOnce(jti: string, until: number): Promise<boolean>;
}

/**
 * Who signed, before the body has been read: whoever holds no key cannot make the hub read megabytes.
 * Not an authorisation: `verifyRequest` comes when the body is there.
 */
export async function signerOf(request: {
  authorization: string | undefined;
  keysOf: KeysOf;
  clock: Clock;
}): Promise<Caller | Refusal> {
  const token = bearer(request.authorization);
  if (!token) return words.tokenMissing();
  const claims = unverifiedClaims(token, ZONE_TYP, claimsSchema);
  if (!claims) return words.tokenMalformed();
  const caller = { agent: claims.iss, backend: claims.backend };
  const keys = request.keysOf(caller);
  if (isRefusal(keys)) return keys;
  if (!(await signedByAny(token, keys))) return words.wrongSignature();
  return isFresh(claims, request.clock) ? caller : words.tokenExpired();
}

/** The cheap checks come first; the one-use id is spent last, so that only a valid token can fill its table. */
export async function verifyRequest(request: RequestToVerify): Promise<Caller | Refusal> {
  const token = bearer(request.authorization);
  if (!token) return words.tokenMissing();
  const claims = unverifiedClaims(token, ZONE_TYP, claimsSchema);
  if (!claims) return words.tokenMalformed();
  const caller = { agent: claims.iss, backend: claims.backend };
  const keys = request.keysOf(caller);
  if (isRefusal(keys)) return keys;
  if (!(await signedByAny(token, keys))) return words.wrongSignature();
  const no = faultOf(claims, request);
  if (no) return no;
  const until = (claims.exp + 1) * 1000;
  if (!(await request.useOnce(`${caller.backend}/${caller.agent}/${claims.jti}`, until)))
    return words.tokenUsed();
  return caller;
}

/** Whether the token was made for this very request, and now. */
export function faultOf(
  claims: { aud: string; htm: string; htu: string; body: string; iat: number; exp: number },
  request: Sent,
): Refusal | undefined {
  if (!isFresh(claims, request.clock)) return words.tokenExpired();
  const here =
    claims.aud === request.audience && claims.htm === request.method && claims.htu === request.path;
  if (!here) return words.tokenElsewhere();
  return claims.body === sha256(request.body) ? undefined : words.bodyAltered();
}

export function bearer(authorization: string | undefined): string | undefined {
  if (!authorization || authorization.length > MAX_TOKEN_LENGTH) return undefined;
  return /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/.exec(authorization)?.[1];
}

/** Issued not later than now (but for skew), not yet over, and not made to last longer than a token may. */
export function isFresh(claims: { iat: number; exp: number }, clock: Clock): boolean {
  const now = clock.now() / 1000;
  return (
    claims.iat <= now + CLOCK_SKEW_SECONDS &&
    claims.exp > now &&
    claims.exp <= claims.iat + TOKEN_LIFE_SECONDS
  );
}
