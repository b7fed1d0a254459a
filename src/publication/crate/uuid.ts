import { createHash } from 'node:crypto';

/** Any fixed UUID: names of ours below it never meet names of others. */
const NAMESPACE = Buffer.from('6f0c5f7e2b5d4a7f9a3be1d1c0a7e5f2', 'hex');

/** RFC 9562, version 5: the same name gives the same UUID. */
export function nameUuid(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
