/** The names of bytes. Line ends are the only thing that git and editors change by themselves: they do not count. */
import { createHash } from 'node:crypto';

const LF = 0x0a;
const CR = 0x0d;

export interface Hashes {
  /** What `codelists.json` calls `sha`. */
  sha1: string;
  sha256: string;
}

/** CRLF and CR turned to LF, and one final line end taken away. */
export function normalised(bytes: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (byte === CR && bytes[at + 1] === LF) continue;
    out[length] = byte === CR ? LF : byte;
    length += 1;
  }
  if (length > 0 && out[length - 1] === LF) length -= 1;
  return out.subarray(0, length);
}

/** Both of the normalised bytes. */
export function hashesOf(bytes: Uint8Array): Hashes {
  const same = normalised(bytes);
  const digest = (how: string): string => createHash(how).update(same).digest('hex');
  return { sha1: digest('sha1'), sha256: digest('sha256') };
}

export const codelistHash = (bytes: Uint8Array): string =>
  createHash('sha1').update(normalised(bytes)).digest('hex');
