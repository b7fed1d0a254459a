/** What a file's first bytes say, in the words of the release room. */
import { contentOf } from '../../src/disclosure/disclosure.ts';
import { CONTENT_OF, suffixOf, type Content } from '../../src/release/release.ts';

export function looksLike(bytes: Uint8Array): Content {
  const found = contentOf(bytes);
  if (found === undefined) return 'text';
  if (typeof found === 'object') return bytes[0] === 0x1f && bytes[1] === 0x8b ? 'gzip' : 'unknown';
  return found;
}

/** Of a file on a request: the rules let no file on it whose content does not agree with its name. */
export function looksLikeSuffix(path: string): Content {
  return CONTENT_OF[suffixOf(path)] ?? 'unknown';
}
