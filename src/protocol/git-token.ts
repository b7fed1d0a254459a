/** The token with which git, started by an agent, asks the proxy. One serves the several requests of one git command. */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { name } from './messages.ts';
import { bearer, isFresh, TOKEN_LIFE_SECONDS, type Caller, type KeysOf } from './requests.ts';
import { signedByAny, signStatement, unverifiedClaims } from './tokens.ts';
import * as words from './words.ts';

const GIT_TYP = 'sallyport-git+jwt';

const claimsSchema = z.strictObject({
  iss: name,
  backend: name,
  aud: z.string().max(300),
  jti: z.string().regex(/^[a-z0-9]{16}$/),
  iat: z.int(),
  exp: z.int(),
});

export interface GitTokenToSign extends Caller {
  /** The proxy's origin. */
  audience: string;
  key: KeyObject;
  clock: Clock;
  ids: Ids;
}

export async function signGitToken(request: GitTokenToSign): Promise<string> {
  const iat = Math.floor(request.clock.now() / 1000);
  const claims: z.infer<typeof claimsSchema> = {
    iss: request.agent,
    backend: request.backend,
    aud: request.audience,
    jti: request.ids.id(),
    iat,
    exp: iat + TOKEN_LIFE_SECONDS,
  };
  return signStatement(GIT_TYP, claims, request.key);
}

export interface GitTokenToVerify {
  /** Value of the Authorization header. */
  authorization: string | undefined;
  audience: string;
  clock: Clock;
  keysOf: KeysOf;
}

export async function verifyGitToken(request: GitTokenToVerify): Promise<Caller | Refusal> {
  const token = bearer(request.authorization);
  if (!token) return words.tokenMissing();
  const claims = unverifiedClaims(token, GIT_TYP, claimsSchema);
  if (!claims) return words.tokenMalformed();
  const caller = { agent: claims.iss, backend: claims.backend };
  const keys = request.keysOf(caller);
  if (isRefusal(keys)) return keys;
  if (!(await signedByAny(token, keys))) return words.wrongSignature();
  if (!isFresh(claims, request.clock)) return words.tokenExpired();
  return claims.aud === request.audience ? caller : words.tokenElsewhere();
}
