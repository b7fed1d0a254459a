/** What a file of the workspace is to a request: the mark beside its name. */
import { isReleased } from './editing.ts';
import { fileAt } from './lookup.ts';
import type { Facts, ReleaseRequest } from './types.ts';

export const FILE_STATUSES = [
  'invalid',
  'released',
  'unreleased',
  'withdrawn',
  'under-review',
  'updated',
] as const;
export type FileStatus = (typeof FILE_STATUSES)[number];

/** The first that fits. Changed on disk leaves the request as it is; its author updates it. */
export function fileStatus(
  path: string,
  request: ReleaseRequest | undefined,
  facts: Pick<Facts, 'files' | 'released'>,
): FileStatus {
  const listed = facts.files[path];
  if (!listed) return 'invalid';
  const file = request && fileAt(request, path);
  const out = request ? isReleased(request, [listed.sha256], facts) : facts.released.includes(listed.sha256);
  if (out) return 'released';
  if (!file) return 'unreleased';
  if (file.withdrawn) return 'withdrawn';
  return file.source === listed.sha256 ? 'under-review' : 'updated';
}
