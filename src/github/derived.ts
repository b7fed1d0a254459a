/** Ids that follow from what they name: doing a thing again names it the same. */
import { sha256 } from '../lib/hash.ts';

const LENGTH = 16;
const ROOM = 36n ** BigInt(LENGTH);

/** 16 characters of `[a-z0-9]`. The words hold no line break. */
export function derivedId(...words: (string | number)[]): string {
  return (BigInt(`0x${sha256(words.join('\n')).slice(0, 32)}`) % ROOM).toString(36).padStart(LENGTH, '0');
}
