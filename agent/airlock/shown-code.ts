/** What the viewer shows a checker to sign with, where a deployment asks for it: it proves which bytes were shown. */
import { canonicalJson } from '../../src/lib/canonical.ts';
import { keyedDigest } from '../../src/lib/hash.ts';
import { filesAtStake, type ReleaseRequest } from '../../src/release/release.ts';

const LENGTH = 12;

export function shownCodeOf(request: ReleaseRequest, checker: number, zoneKey: string): string {
  const files = filesAtStake(request).map(({ path, sha256 }) => [path, sha256]);
  const text = canonicalJson({
    purpose: 'shown-code/v1',
    request: request.id,
    turn: request.turn,
    checker,
    files: files.sort(([a], [b]) => (a! < b! ? -1 : 1)),
  });
  return keyedDigest(zoneKey, text).slice(0, LENGTH);
}
