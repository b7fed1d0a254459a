import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** SHA-256 in lower-case hex. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** HMAC-SHA-256 in lower-case hex: the only form in which a digest leaves the zone before release. */
export function keyedDigest(key: string | Uint8Array, bytes: string | Uint8Array): string {
  return createHmac('sha256', key).update(bytes).digest('hex');
}

/** Equality in constant time; texts of different length differ. */
export function sameSecret(a: string, b: string): boolean {
  // Hashing first makes the lengths equal, which timingSafeEqual demands.
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
