/**
 * Which looks at a file count as having seen it: the content origin sent its last byte to that
 * checker's session, as a page, and the page drew it. A preview, a prefetch, HEAD, a range, a download
 * or somebody else's session is not that checker reading that file.
 */
import { filesAtStake } from './lookup.ts';
import { isStrong } from './strength.ts';
import type { Facts, ReleasePolicy, ReleaseRequest, RequestFile, Strength, View } from './types.ts';

export function viewCounts(view: View, checker: number, sha256: string, policy: ReleasePolicy): boolean {
  return (
    view.sha256 === sha256 &&
    view.session.person === checker &&
    view.method === 'GET' &&
    view.purpose === 'page' &&
    !view.range &&
    view.sent >= view.size &&
    view.shown &&
    isStrong(view.session.strength, policy)
  );
}

export function wasShown(
  checker: number,
  file: Pick<RequestFile, 'sha256'>,
  facts: Facts,
  policy: ReleasePolicy,
): boolean {
  return facts.views.some((view) => viewCounts(view, checker, file.sha256, policy));
}

/** The strongest session in which this checker was shown these bytes. */
export function shownIn(checker: number, sha256: string, facts: Facts, policy: ReleasePolicy): Strength {
  const views = facts.views.filter((view) => viewCounts(view, checker, sha256, policy));
  return views.some(({ session }) => session.strength === 'passkey') ? 'passkey' : 'code';
}

/** Numbers of the files this checker still has to open, supporting ones included. */
export function unread(
  checker: number,
  request: ReleaseRequest,
  facts: Facts,
  policy: ReleasePolicy,
): number[] {
  return filesAtStake(request)
    .filter((file) => !wasShown(checker, file, facts, policy))
    .map(({ number }) => number);
}
