/** What an entry of a request's activity says, and which kind of news it is. */
import type { Activity, EntryType } from '../../../src/release/release.ts';

export const ACTIVITY_KINDS = ['status', 'review', 'files', 'edits', 'comments', 'hints'] as const;
export type ActivityKind = (typeof ACTIVITY_KINDS)[number];

export const KIND_LABELS = {
  status: 'State',
  review: 'Checkers and grades',
  files: 'Files',
  edits: 'Edits',
  comments: 'Comments',
  hints: 'Hints',
} as const satisfies Record<ActivityKind, string>;

const SAYS = {
  REQUEST_CREATE: ['status', 'started the request'],
  REQUEST_SUBMIT: ['status', 'submitted the request'],
  REQUEST_WITHDRAW: ['status', 'withdrew the request'],
  REQUEST_REVIEW: ['review', 'signed a review'],
  REQUEST_APPROVE: ['status', 'approved the request'],
  REQUEST_REJECT: ['status', 'rejected the request'],
  REQUEST_RETURN: ['status', 'returned the request to its author'],
  REQUEST_EARLY_RETURN: ['status', 'returned the request early'],
  REQUEST_RELEASE: ['status', 'sent files out'],
  REQUEST_HALT: ['status', 'halted the release'],
  REQUEST_PARTIAL_RELEASE: ['status', 'spoke for the release of a part'],
  REQUEST_TRANSFER: ['status', 'took the request over'],
  REQUEST_CLAIM: ['review', 'took a place as checker'],
  REQUEST_UNCLAIM: ['review', 'gave a place as checker back'],
  REQUEST_ADMIN: ['status', 'asked to close the request'],
  REQUEST_EDIT: ['edits', 'edited'],
  REQUEST_COMMENT: ['comments', 'commented'],
  REQUEST_COMMENT_DELETE: ['comments', 'deleted a comment'],
  REQUEST_COMMENT_VISIBILITY_PUBLIC: ['comments', 'made a comment public'],
  REQUEST_FILE_ADD: ['files', 'added'],
  REQUEST_FILE_UPDATE: ['files', 'updated'],
  REQUEST_FILE_WITHDRAW: ['files', 'withdrew'],
  REQUEST_FILE_APPROVE: ['review', 'approved'],
  REQUEST_FILE_REQUEST_CHANGES: ['review', 'requested changes to'],
  REQUEST_FILE_REJECT: ['review', 'rejected'],
  REQUEST_FILE_CONFIRM: ['review', 'confirmed the grade of'],
  REQUEST_FILE_RESET_REVIEW: ['review', 'the grade is gone of'],
  REQUEST_FILE_UNDECIDED: ['review', 'the grade became undecided of'],
  REQUEST_FILE_CARRY: ['review', 'the grade waits to be confirmed of'],
  REQUEST_FILE_RELEASE: ['files', 'released'],
  REQUEST_FILE_UPLOAD: ['files', 'arrived outside:'],
  REQUEST_FILE_UPLOAD_FAILED: ['files', 'failed to arrive:'],
  REQUEST_FILE_REVOKE: ['files', 'recalled'],
  REQUEST_RESTORE: ['status', 'came back from a backup: what happened after it is lost'],
  INCIDENT_CLOSE: ['status', 'closed an incident'],
  ROLE_OVERRIDE: ['hints', 'said what a column is in'],
  HINT_RESOLVE: ['hints', 'answered a hint'],
  HINT_EXCEPTION: ['hints', 'asked for an exception'],
} as const satisfies Record<EntryType, readonly [ActivityKind, string]>;

export function kindOf({ type }: Pick<Activity, 'type'>): ActivityKind {
  return SAYS[type][0];
}

/** What the airlock does with a place is not what a checker does. */
const BY_AIRLOCK: Partial<Record<EntryType, string>> = {
  REQUEST_CLAIM: 'assigned a checker',
  REQUEST_UNCLAIM: 'took back the place of a checker',
  REQUEST_APPROVE: 'queued the release, because every output is approved',
};

export function sayingOf({ type, by }: Pick<Activity, 'type' | 'by'>): string {
  return (by === undefined ? BY_AIRLOCK[type] : undefined) ?? SAYS[type][1];
}
