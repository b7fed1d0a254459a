/**
 * What a review said, as one text: the zone commits to it (a keyed digest with a random nonce) the moment
 * it is signed and opens it to the checkers when both are in.
 */
import { canonicalJson } from '../lib/canonical.ts';
import type { EntryOf } from './entries.ts';
import { keyDigest } from './grade-key.ts';

export function reviewRecord(entry: EntryOf<'REQUEST_REVIEW'>): string {
  const { request, turn, checker, at, as, strength, record } = entry;
  return canonicalJson({
    request,
    turn,
    checker,
    at,
    as,
    strength,
    grades: record
      .map(({ path, grade, key, strength: given }) => ({
        path,
        grade,
        key: keyDigest(request, path, checker, key),
        strength: given,
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  });
}
