/**
 * Signed statements in compact form: one algorithm, one type per use, no field beyond the schema.
 *
 * `EdDSA` alone is accepted: `none`, `HS256` over a public key, and the second name `Ed25519` are not.
 */
import type { KeyObject } from 'node:crypto';
import { CompactSign, compactVerify, decodeJwt, decodeProtectedHeader, errors } from 'jose';
import type { z } from 'zod';

const ALG = 'EdDSA';

export async function signStatement(typ: string, claims: unknown, key: KeyObject): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  return new CompactSign(bytes).setProtectedHeader({ alg: ALG, typ }).sign(key);
}

/** What the token claims, before anything is known about its signature: only good for finding the key. */
export function unverifiedClaims<T>(token: string, typ: string, schema: z.ZodType<T>): T | undefined {
  try {
    const header = decodeProtectedHeader(token);
    const named = Object.keys(header).sort().join();
    if (named !== 'alg,typ' || header.alg !== ALG || header.typ !== typ) return undefined;
    return schema.safeParse(decodeJwt(token)).data;
  } catch {
    return undefined;
  }
}

/** Whether one of the keys made it. */
export async function signedByAny(token: string, keys: readonly KeyObject[]): Promise<boolean> {
  for (const key of keys) {
    try {
      await compactVerify(token, key, { algorithms: [ALG] });
      return true;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return false;
}
