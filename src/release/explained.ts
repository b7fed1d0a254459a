/** Whether a group is explained: both its context and its controls say something. */
import type { ReleaseRequest } from './types.ts';

export function explainedGroup(request: ReleaseRequest, name: string): boolean {
  return request.groups.some(
    (group) =>
      group.name === name && group.context.trim() !== '' && (group.controls?.method ?? '').trim() !== '',
  );
}
