/** What the jobs room says. */
import { refusal, type Refusal } from '../lib/refusal.ts';

/** Phrases shown for a code: a fixed list, since nothing written in the zone is ever shown. */
const PHRASES: Record<string, string> = {
  created: 'waiting to start',
  paused: 'waiting: the backend is paused',
  frozen: 'waiting: paused by governance',
  waiting_on_dependencies: 'waiting for other jobs',
  waiting_on_workers: 'waiting for a free place',
  waiting_on_db_workers: 'waiting for a free place among the database jobs',
  waiting_on_agent: 'waiting: no agent of the backend is calling',
  waiting_on_new_task: 'interrupted, waiting to be started again',
  waiting_on_reboot: 'waiting: stopped for a reboot of its machine, to be started again',
  waiting_on_db_maintenance: 'waiting: the database is being maintained',
  initiated: 'handed to the agent',
  preparing: 'preparing',
  prepared: 'prepared',
  executing: 'running',
  executed: 'finished, outputs not yet collected',
  finalizing: 'collecting outputs',
  succeeded: 'succeeded',
  nonzero_exit: 'failed: the program ended with an error',
  unmatched_patterns: 'failed: an output is missing',
  prepare_failed: 'failed: it could not be prepared',
  timed_out: 'failed: it took longer than allowed',
  job_error: 'failed: the agent could not run it',
  internal_error: 'failed: a fault in Sallyport',
  killed_by_admin: 'stopped by an operator',
  cancelled_by_user: 'cancelled',
  dependency_failed: 'not run: a job it needs failed',
  refused_by_zone: 'refused by the zone',
  access_ended: 'not started: the right to it had ended',
};

const REASONS: Record<string, string> = {
  'repository-not-in-project': 'the repository belongs to no project there',
  'commit-not-on-branch': 'the commit is not on the branch any more',
  'commit-missing': 'the commit cannot be found',
  'project-invalid': 'project.yaml is not valid',
  'action-unknown': 'project.yaml has no such action',
  'image-not-allowed': 'its image is not on the list of images',
  'image-missing': 'its image is not there',
  'image-not-by-digest': 'its image is not pinned by digest',
  'person-not-permitted': 'the person may not run there',
  'backend-not-permitted': 'the project may not use the backend',
  'workspace-archived': 'the workspace is archived',
  'no-dataset-granted': 'the project may not read a dataset it needs',
  'permission-not-granted': 'the project may not use a population or component it names',
  'database-unavailable': 'the database does not answer',
  'input-missing': 'an output it needs is missing',
  'disk-full': 'the disk is full',
  'git-unavailable': 'the repository could not be fetched',
  'governance-unavailable': 'the governance repository could not be read',
  'dummy-data-missing': 'its dummy_data_file is missing',
  'reusable-action-not-allowed': 'the reusable action is not allowed',
  'too-many-attempts': 'it was interrupted too often',
  ...accessReasons(),
};

/** Of a job that began no more: what had ended, and what whoever asked can do. Without days and names, which are public. */
function accessReasons(): Record<string, string> {
  const governance = 'ask the governance team';
  const lead = 'ask a lead of the project';
  return {
    'run.person-unknown': `whoever asked is not registered any more; ${governance}`,
    'run.person-ended': `the registration of whoever asked had ended; ${governance} to renew it`,
    'run.not-a-member': `whoever asked is no member of the project any more; ${lead}`,
    'run.membership-ended': `the membership of whoever asked had ended; ${lead} to propose a new end`,
    'run.role-missing': `the role of whoever asked runs no jobs; ${lead} for the role developer`,
    'run.project-unknown': `the repository belongs to no project any more; ${governance}`,
    'run.project-not-yet': 'the project is approved from a later day; run again then',
    'run.project-ended': `the project had ended; ${governance} for an extension`,
    'run.project-closed': `the project is completed, postponed or retired; ${governance} to reopen it`,
    'run.workspace-archived': 'the workspace was archived; work on another branch',
    'run.condition-open': 'a condition of the approval is open; send the governance team what it asks for',
    'run.backend-not-in-project': `the project is not approved for the backend any more; ${governance}`,
    'run.backend-not-granted': `whoever asked is not granted the backend any more; ${governance}`,
    'run.backend-grant-ended': `the grant of the backend had ended; ${governance} to renew it`,
    'run.training-missing':
      'whoever asked has no training on record; send the governance team the certificate',
    'run.training-expired': 'the training of whoever asked had expired; renew it and send the certificate',
    'run.agreement-missing': `whoever asked has no agreement on record; ${governance} for one`,
    'run.agreement-expired': `the agreement of whoever asked had expired; ${governance} for a new one`,
    'run.no-dataset': 'the project may read no dataset of the backend any more; ask for it in permissions',
  };
}

export function phrase(code: string, reason?: string | null): string {
  const why = reason ? REASONS[reason] : undefined;
  return [PHRASES[code] ?? 'unknown', why && `(${why})`].filter(Boolean).join(' ');
}

export const noGovernance = (): Refusal =>
  refusal(
    'run.no-governance',
    'The governance repository has not been read yet.',
    'Try again in a minute; an operator finds the reason in the log of the hub.',
  );

export const unknownBackend = (backend: string): Refusal =>
  refusal('run.unknown-backend', `There is no backend "${backend}".`, 'Name one that backends.yml lists.');

export const backendInactive = (backend: string): Refusal =>
  refusal('run.backend-inactive', `The backend "${backend}" is not in use.`, 'Choose another backend.');

export const workspaceArchived = (name: string): Refusal =>
  refusal(
    'run.workspace-archived',
    `Workspace "${name}" is archived: it can only be looked at.`,
    'Work on another branch, which gets a workspace of its own.',
  );

export const requestInvalid = (what: string): Refusal =>
  refusal('run.invalid', `The request is not valid: ${what}.`, 'Correct it and send it again.');

export const staleCodelists = (actions: string[]): Refusal =>
  refusal(
    'run.stale-codelists',
    `The codelists at this commit differ from codelists.json, and ${actions.slice(0, 10).join(', ')} ${actions.length === 1 ? 'reads' : 'read'} the database.`,
    'Update the codelists, push, and run again.',
  );

export const ofAction = (action: string, says: string): string => `${action}: ${says}`;

export const otherContent = (id: string): Refusal =>
  refusal('run.other-content', `The request ${id} exists with other content.`, 'Use a new id.');

export const unknownRequest = (text: string): Refusal =>
  refusal(
    'run.unknown-request',
    `There is no request "${text.slice(0, 40)}" in this repository.`,
    'The id stands in the name of the check, sallyport/run <id>.',
  );

export const ambiguousRequest = (text: string): Refusal =>
  refusal(
    'run.ambiguous-request',
    `Several requests begin with "${text.slice(0, 40)}".`,
    'Give more of the id.',
  );

export const notInRequest = (actions: string[], has: string[]): Refusal =>
  refusal(
    'cancel.unknown-action',
    `The request has no job ${actions
      .slice(0, 10)
      .map((name) => `"${name.slice(0, 100)}"`)
      .join(', ')}; nothing was cancelled.`,
    `Its jobs: ${has.slice(0, 30).join(', ')}${has.length > 30 ? ', …' : ''}.`,
  );

export const alreadyEnded = (): Refusal =>
  refusal('cancel.ended', 'These jobs have ended; nothing was cancelled.', '');

export const unknownJob = (job: string): Refusal =>
  refusal(
    'operator.unknown-job',
    `There is no job ${job}.`,
    '"sallyport hub backends" lists the jobs that run.',
  );

export const unknownTarget = (text: string): Refusal =>
  refusal(
    'operator.unknown-id',
    `There is no request or job "${text.slice(0, 40)}".`,
    '"sallyport hub list" shows the ids of both.',
  );

export const isStopping = (job: string): Refusal =>
  refusal(
    'requeue.stopping',
    `Job ${job} is being stopped already.`,
    'Wait until its container has gone; "sallyport hub inspect" shows when.',
  );

export const waitsAlready = (job: string): Refusal =>
  refusal('requeue.waiting', `Job ${job} waits already.`, '"sallyport hub inspect" shows what it waits for.');

export const hasSucceeded = (job: string, action: string): Refusal =>
  refusal(
    'requeue.succeeded',
    `Job ${job} has succeeded; its outputs are not made again behind the back of who asked.`,
    `A member of the project runs it again with /run ${action}.`,
  );

export const wasCancelled = (job: string): Refusal =>
  refusal(
    'requeue.cancelled',
    `Job ${job} was cancelled by a person.`,
    'Whoever wants it runs it again with /run.',
  );

export const wasFollowed = (job: string, action: string): Refusal =>
  refusal(
    'requeue.superseded',
    `Job ${job} was followed by a newer job of ${action}.`,
    'Look at that one: "sallyport hub list --workspace <name> --state all".',
  );

export const needsFirst = (job: string, actions: readonly string[]): Refusal =>
  refusal(
    'requeue.needs',
    `Job ${job} needs outputs that are not there: ${actions.slice(0, 10).join(', ')}.`,
    'Put the jobs of those into the queue first.',
  );

export const maintenanceSpan = (): Refusal =>
  refusal(
    'maintenance.span',
    'A maintenance begins now or later, and ends after it has begun.',
    'Write times as 2027-03-01T22:00Z.',
  );

export const otherMaintenance = (backend: string, from: string): Refusal =>
  refusal(
    'maintenance.planned',
    `A maintenance of ${backend} is on or planned, from ${from}.`,
    'End it first: sallyport hub maintenance <backend> off.',
  );

export const noMaintenance = (backend: string): Refusal =>
  refusal('maintenance.off', `No maintenance of ${backend} is on or planned.`, 'There is nothing to do.');

export const messageTooLarge = (limit: number): Refusal =>
  refusal('zone.too-large', `A message here may hold at most ${limit} bytes.`, 'Send less at a time.');

export const tooMuchAtOnce = (): Refusal =>
  refusal(
    'zone.too-much',
    'More is under way from this caller than the hub holds for one.',
    'Wait for answers to what was sent, and send this again.',
  );

export const messageMalformed = (what: string): Refusal =>
  refusal(
    'zone.malformed',
    `The message is not one of the protocol: ${what}.`,
    'Use the same version on both sides.',
  );

export const orderMalformed = (where = ''): Refusal =>
  refusal(
    'operator.malformed',
    `The order is not one that this hub knows: ${where || 'the top'}.`,
    'Use the same version of sallyport as the hub; a reason has at most 300 characters in one line.',
  );

/** As the command line refuses a script (src/cli/operator-why.ts); for clients that sign their own requests. */
export const orderWithoutWhy = (): Refusal =>
  refusal(
    'operator.no-why',
    'What changes something needs a reason; nothing was changed.',
    'Say why, in one line of at most 300 characters that are not all blank.',
  );

export const hubNotReady = (): Refusal =>
  refusal('zone.not-ready', 'The hub has not read the governance repository yet.', 'Try again in a minute.');
