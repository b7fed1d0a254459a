import { randomBytes } from 'node:crypto';

/** Ids come in by argument like time: tests count, production draws. */
export interface Ids {
  /** 16 characters of `[a-z0-9]`, the form of every id Sallyport makes (82 bits). */
  id(): string;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 16;
// 252 is the largest multiple of 36 in a byte: bytes above it are redrawn, so no letter is likelier.
const LIMIT = 252;

export const randomIds: Ids = {
  id() {
    let out = '';
    while (out.length < LENGTH) {
      for (const byte of randomBytes(LENGTH)) {
        if (byte < LIMIT && out.length < LENGTH) out += ALPHABET[byte % ALPHABET.length];
      }
    }
    return out;
  },
};

/** Ids that count: `0000000000000001`, … For tests. */
export function countingIds(from = 1): Ids {
  let next = from;
  return { id: () => String(next++).padStart(LENGTH, '0') };
}

export const ID_PATTERN = /^[a-z0-9]{16}$/;
