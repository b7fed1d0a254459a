/**
 * What a job's code is called on GitHub: a fixed list, so that nothing from the zone can be written here.
 *
 * Of a job on real data only these words, times and two booleans are known to the hub at all.
 */
import type { ZoneReason } from '../protocol/messages.ts';

export const STATE_WORDS = {
  created: 'waiting',
  paused: 'waiting: the backend is paused',
  waiting_db_maintenance: 'waiting: database maintenance',
  waiting_on_dependencies: 'waiting for an action before it',
  waiting_on_workers: 'waiting for a free slot',
  waiting_on_db_workers: 'waiting for a free database slot',
  waiting_on_reboot: 'waiting: the host restarts',
  waiting_on_new_task: 'waiting to be tried again',
  initiated: 'handed to the agent',
  preparing: 'preparing',
  prepared: 'prepared',
  executing: 'running',
  executed: 'run, outputs next',
  finalizing: 'collecting outputs',
  succeeded: 'succeeded',
  nonzero_exit: 'failed: the program ended with an error',
  unmatched_patterns: 'failed: a declared output is missing',
  prepare_failed: 'failed: could not be prepared',
  timed_out: 'failed: out of time',
  job_error: 'failed: the agent could not run it',
  internal_error: 'failed: an error on our side',
  killed_by_admin: 'stopped by an operator',
  cancelled_by_user: 'cancelled',
  dependency_failed: 'not run: an action before it failed',
  refused_by_zone: 'refused by the secure zone',
} as const;
export type StateCode = keyof typeof STATE_WORDS;

/** Why the zone refused or could not prepare: the same fixed list that the protocol allows. */
export const REASON_WORDS: Record<ZoneReason, string> = {
  'repository-not-in-project': 'the repository is not in the project',
  'commit-not-on-branch': 'the commit is not on the branch',
  'commit-missing': 'the commit is not there',
  'project-invalid': 'project.yaml is not valid',
  'action-unknown': 'the action is not in project.yaml',
  'image-not-allowed': 'the image is not on the list',
  'image-missing': 'the image is not on the host',
  'image-not-by-digest': 'the image has no digest',
  'person-not-permitted': 'the person is not permitted',
  'backend-not-permitted': 'the project may not use this backend',
  'no-dataset-granted': 'no dataset is granted to the project',
  'database-unavailable': 'the database does not answer',
  'input-missing': 'outputs of an action before it are not there',
  'workspace-archived': 'the workspace is archived',
  'disk-full': 'the disk of the host is full',
  'git-unavailable': 'the code could not be fetched',
  'governance-unavailable': 'the zone has no valid governance',
  'dummy-data-missing': 'the dummy data file is not there',
  'reusable-action-not-allowed': 'a reusable action is not allowed',
  'too-many-attempts': 'it was tried too often',
};

export function stateWords(code: string, reason?: string | null): string {
  const words = Object.hasOwn(STATE_WORDS, code) ? STATE_WORDS[code as StateCode] : 'unknown';
  const because =
    reason && Object.hasOwn(REASON_WORDS, reason) ? REASON_WORDS[reason as ZoneReason] : undefined;
  return because ? `${words}: ${because}` : words;
}
