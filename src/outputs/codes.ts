/**
 * Sign-in codes: three words of a list of 2,048 that are easy to read and to type, no two alike in their
 * first four letters. 33 bits, for ten minutes and a handful of tries; kept only as a slow hash.
 */
import { randomBytes, randomInt, scrypt } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';

const WORDS = 3;
/** 32 MiB and some 60 ms each; node refuses above `maxmem`. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const HASH_BYTES = 32;

export function drawCode(): string {
  return Array.from({ length: WORDS }, () => wordlist[randomInt(wordlist.length)]).join(' ');
}

export const newSalt = (): string => randomBytes(16).toString('hex');

/** Letters alone count: people type capitals, hyphens and line breaks. */
export function slowHash(code: string, salt: string): Promise<string> {
  const letters = code.toLowerCase().replace(/[^a-z]/g, '');
  return new Promise((resolve, reject) => {
    scrypt(letters, salt, HASH_BYTES, COST, (error, key) =>
      error ? reject(error) : resolve(key.toString('hex')),
    );
  });
}
