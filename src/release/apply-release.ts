/** What the entries about batches change: out of the zone, and back. */
import type { Changes } from './apply-edit.ts';
import { withRecalled } from './incidents.ts';
import type { Batch, BatchFile, ReleaseRequest } from './types.ts';

type Handled =
  | 'REQUEST_RELEASE'
  | 'REQUEST_HALT'
  | 'REQUEST_ADMIN'
  | 'REQUEST_FILE_RELEASE'
  | 'REQUEST_FILE_UPLOAD'
  | 'REQUEST_FILE_UPLOAD_FAILED'
  | 'REQUEST_FILE_REVOKE';

export type ReleaseChange = Changes<Handled>;

export const applyRelease: ReleaseChange = {
  // The first file opens the batch, so a batch never stands empty.
  REQUEST_FILE_RELEASE: (request, { batch: number, part, number: of, path, sha256, size, approvals }) => {
    const file: BatchFile = {
      number: of,
      path,
      sha256,
      size,
      approvals,
      uploaded: false,
      failures: 0,
      revoked: false,
    };
    const open = request.batches.find((batch) => batch.number === number);
    if (!open) {
      return {
        batches: [...request.batches, { number, part, epoch: request.epoch, state: 'queued', files: [file] }],
      };
    }
    return onBatch(request, number, (batch) => ({ ...batch, files: [...batch.files, file] }));
  },
  REQUEST_RELEASE: (request, { to, step, batch: number }) => ({
    state: to,
    ...onBatch(request, number, (batch) => ({
      ...batch,
      state: step === 'started' ? 'uploading' : 'released',
    })),
  }),
  REQUEST_HALT: (request, { to, batch: number }) => ({
    state: to,
    halted: true,
    ...onBatch(request, number, (batch) => ({ ...batch, state: 'halted' })),
  }),
  REQUEST_ADMIN: (request, { to, step, closes, owner, phase, turn }) => {
    if (step === 'proposed') return { proposedClose: { by: owner!, to: closes } };
    return {
      state: to,
      // Broken off in the middle of two blind reviews: what they hold is nobody's to read.
      sealedTurns: phase === 'independent' ? [...request.sealedTurns, turn] : request.sealedTurns,
      batches: request.batches.map((batch) =>
        batch.state === 'uploading' ? { ...batch, state: 'stopped' } : batch,
      ),
    };
  },
  REQUEST_FILE_UPLOAD: (request, { batch: number, path }) =>
    onFile(request, number, path, (file) => ({ ...file, uploaded: true })),
  REQUEST_FILE_UPLOAD_FAILED: (request, { batch: number, path }) =>
    onFile(request, number, path, (file) => ({ ...file, failures: file.failures + 1 })),
  REQUEST_FILE_REVOKE: (request, { to, step, path, category, owner, at, incident }) => {
    const others = request.proposedRecalls.filter((recall) => recall.path !== path);
    if (step === 'proposed') {
      return { proposedRecalls: [...others, { by: owner!, path, category }] };
    }
    const first = request.proposedRecalls.find((recall) => recall.path === path)!;
    return {
      state: to,
      proposedRecalls: others,
      incidents: withRecalled(request.incidents, {
        number: incident!,
        category,
        file: numberOf(request, path),
        at,
        by: [first.by, owner!],
      }),
      batches: request.batches.map((batch) => ({
        ...batch,
        files: batch.files.map((file) =>
          file.path === path && file.uploaded ? { ...file, revoked: true } : file,
        ),
      })),
    };
  },
};

function numberOf({ batches }: ReleaseRequest, path: string): number {
  return batches.flatMap(({ files }) => files).find((file) => file.path === path && file.uploaded)!.number;
}

/** No number, no batch: the request settled and nothing about batches changed. */
function onBatch(
  request: ReleaseRequest,
  number: number | null,
  change: (batch: Batch) => Batch,
): Pick<ReleaseRequest, 'batches'> {
  return {
    batches: request.batches.map((batch) => (batch.number === number ? change(batch) : batch)),
  };
}

function onFile(
  request: ReleaseRequest,
  number: number,
  path: string,
  change: (file: BatchFile) => BatchFile,
): Pick<ReleaseRequest, 'batches'> {
  return onBatch(request, number, (batch) => ({
    ...batch,
    files: batch.files.map((file) => (file.path === path ? change(file) : file)),
  }));
}
