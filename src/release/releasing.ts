/** Out of the zone: halted before, uploaded file by file, confirmed by the receiver. */
import type { Refusal } from '../lib/refusal.ts';
import { CHECKERS } from './policy.ts';
import { whyNotChecker } from './independence.ts';
import { batchNumbered } from './lookup.ts';
import { no } from './refusals.ts';
import { answer, type At, type Drafted, type Outcome } from './rule.ts';
import { isStrong } from './strength.ts';
import type { Batch, BatchFile, Facts, ReleasePolicy, ReleaseRequest, State } from './types.ts';

/** Possible until the first byte leaves. The files come back to whoever has the request. */
export function halt({ request, command, facts }: At<'halt'>): Outcome {
  const batch = batchNumbered(request, command.batch);
  return answer([!batch && no.noBatch(), batch && batch.state !== 'queued' && no.tooLate()], () => [
    { type: 'REQUEST_HALT', to: afterHalt(request, batch!, facts), batch: command.batch },
  ]);
}

/** The last look before anything leaves: the stored bytes, and who approved them. */
export function startUpload({ request, command, facts, policy }: At<'start-upload'>): Outcome {
  const { hashes } = command;
  const batch = batchNumbered(request, command.batch);
  if (!batch) return { no: [no.noBatch()] };
  const changed = batch.files.filter(({ path, sha256 }) => hashes[path] !== sha256);
  const lapsed =
    isOfEarlier(request, batch.number) ||
    batch.files.some((file) => !stillApproved(request, file, facts, policy));
  return answer(
    [
      batch.state !== 'queued' && no.batchState(),
      facts.workspaceArchived && no.archived(),
      !facts.projectOngoing && no.closed(),
      changed.length > 0 && no.bytesChanged(changed.map(({ number }) => number)),
      lapsed && no.lapsed(),
    ],
    () => [
      {
        type: 'REQUEST_RELEASE',
        to: request.state === 'approved' ? 'releasing' : request.state,
        step: 'started',
        batch: batch.number,
      },
    ],
  );
}

/** Why the bytes of this file are not handed out now; asked of each, however far its batch has come. */
export function whyNotSent(
  request: ReleaseRequest,
  { batch, path }: { batch: number; path: string },
  facts: Facts,
  policy: ReleasePolicy,
): Refusal | undefined {
  const { file, against } = underway(request, { batch, path });
  const open = batchNumbered(request, batch)?.state === 'uploading';
  const lapsed = file && (isOfEarlier(request, batch) || !stillApproved(request, file, facts, policy));
  const found = [...against, !open && no.batchState(), facts.frozen && no.frozen(), lapsed && no.lapsed()];
  return found.find((each) => typeof each === 'object');
}

/**
 * A repeat is harmless: the receiver says so once more and nothing happens. What was handed out has left,
 * whatever became of the approvals since; of anything else the receiver's word is not enough.
 */
export function confirmUpload({ request, command, facts, policy }: At<'confirm-upload'>): Outcome {
  const { path, sha256, handedOut } = command;
  const { batch, file, against } = underway(request, command);
  if (file?.uploaded && file.sha256 === sha256) return { yes: [] };
  const known = handedOut || isOfEarlier(request, command.batch);
  const lapsed = !known && file !== undefined && !stillApproved(request, file, facts, policy);
  return answer(
    [...against, file && file.sha256 !== sha256 && no.uploadHash(), lapsed && no.lapsed()],
    () => [
      { type: 'REQUEST_FILE_UPLOAD', batch: command.batch, path, sha256 },
      ...finished(request, batch!, path),
    ],
  );
}

export function failUpload({ request, command }: At<'fail-upload'>): Outcome {
  const { path } = command;
  const { file, against } = underway(request, command);
  return answer([...against, file?.uploaded && no.batchState()], () => [
    { type: 'REQUEST_FILE_UPLOAD_FAILED', batch: command.batch, path, sha256: file!.sha256 },
  ]);
}

/** What the receiver is told before the first file: the names, hashes and approvals it must insist on. */
export interface Declaration {
  release: string;
  request: string;
  workspace: string;
  project: string;
  files: { path: string; sha256: string; size: number; approvals: BatchFile['approvals'] }[];
}

/** A release is one batch of one request. */
export function releaseId(request: string, batch: number): string {
  return `${request}-${batch}`;
}

export function declaration(request: ReleaseRequest, number: number): Declaration | undefined {
  const batch = batchNumbered(request, number);
  return (
    batch && {
      release: releaseId(request.id, number),
      request: request.id,
      workspace: request.workspace,
      project: request.project,
      files: batch.files.map(({ path, sha256, size, approvals }) => ({ path, sha256, size, approvals })),
    }
  );
}

/** Queued before the record went back: some of it may have left, and nothing more does. */
function isOfEarlier(request: ReleaseRequest, number: number): boolean {
  return (batchNumbered(request, number)?.epoch ?? 0) < request.epoch;
}

/** Two different people approved these very bytes, in a way that counts now, and both are still fit to. */
function stillApproved(
  request: ReleaseRequest,
  file: BatchFile,
  facts: Facts,
  policy: ReleasePolicy,
): boolean {
  const who = file.approvals
    .filter(({ key, strength }) => key.sha256 === file.sha256 && isStrong(strength, policy))
    .filter(({ checker }) => !whyNotChecker(checker, request, facts))
    .map(({ checker }) => checker);
  return new Set(who).size >= CHECKERS;
}

/** A stopped batch sends nothing more, but what was under way may still arrive. */
function underway(
  request: ReleaseRequest,
  { batch: number, path }: { batch: number; path: string },
): { batch?: Batch; file?: BatchFile; against: (Refusal | false)[] } {
  const batch = batchNumbered(request, number);
  const file = batch?.files.find((each) => each.path === path);
  if (!batch) return { against: [no.noBatch()] };
  const open = batch.state === 'uploading' || batch.state === 'stopped';
  return { batch, file, against: [!file && no.noFile(), !open && no.batchState()] };
}

function finished(request: ReleaseRequest, batch: Batch, path: string): Drafted[] {
  const all = batch.files.every((file) => file.uploaded || file.path === path);
  if (!all) return [];
  // What is recalled file by file while others are still on their way cannot be all of them: one arrives now.
  const to: State = request.state === 'releasing' ? 'released' : request.state;
  return [{ type: 'REQUEST_RELEASE', to, step: 'finished', batch: batch.number }];
}

/** A part was taken out of a request that went back; only when nothing else was left does it come back now. */
function afterHalt(request: ReleaseRequest, batch: Batch, { activeRequest }: Facts): State {
  if (request.state === 'returned') return 'returned';
  // Its author has begun another here, and one at a time is active: it can be stopped, not taken up again.
  if (activeRequest !== null) return 'withdrawn';
  return batch.part ? 'returned' : 'consolidating';
}
