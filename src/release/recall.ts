/** What takes two: recalling a released file, and closing a request that is stuck. */
import { isBlank } from './editing.ts';
import { incidentFor } from './incidents.ts';
import { idOf } from './lookup.ts';
import { no } from './refusals.ts';
import { answer, type At, type Outcome } from './rule.ts';
import type { BatchFile, ReleaseRequest, State } from './types.ts';
import { haltQueued } from './submitting.ts';

/** The second person names the same file; the category that counts is theirs. */
export function revoke({ request, command }: At<'revoke'>): Outcome {
  const { category, reason } = command;
  const who = idOf(command.by);
  const out = releasedFiles(request);
  const file = out.find(({ number }) => number === command.file);
  const first = request.proposedRecalls.find(({ path }) => path === file?.path);
  return answer([!file && no.notOut(), first?.by === who && no.secondPerson()], () => [
    {
      type: 'REQUEST_FILE_REVOKE',
      to: first && out.length === 1 && request.state === 'released' ? 'revoked' : request.state,
      step: first ? 'confirmed' : 'proposed',
      path: file!.path,
      sha256: file!.sha256,
      category,
      reason,
      ...(first ? { incident: incidentFor(request, category) } : {}),
    },
  ]);
}

/** The second operator asks for the same end. */
export function closeByOperators({ request, command }: At<'close-by-operators'>): Outcome {
  const { to: closes, reason } = command;
  const who = idOf(command.by);
  const first = request.proposedClose;
  const agreed = first?.to === closes && first.by !== who;
  const to: State = agreed ? closes : request.state;
  return answer(
    [isBlank(reason) && no.reason(), first?.to === closes && first.by === who && no.secondPerson()],
    () => [
      ...(agreed ? haltQueued(request) : []),
      { type: 'REQUEST_ADMIN', to, step: agreed ? 'confirmed' : 'proposed', closes, reason },
    ],
  );
}

/** Arrived outside and not recalled. */
export function releasedFiles(request: ReleaseRequest): BatchFile[] {
  return request.batches
    .flatMap(({ files }) => files)
    .filter(({ uploaded, revoked }) => uploaded && !revoked);
}
