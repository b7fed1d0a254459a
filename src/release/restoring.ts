/**
 * A request whose record went back to an earlier state, because the zone was restored from a backup.
 *
 * What happened in between is lost: a return, a halt, a checker's change of mind. So nothing that was said
 * before lets anything out any more. What was under review or queued goes back to its author and is looked
 * at afresh; of what was on its way nothing further leaves, and what has arrived may still be said.
 */
import { AIRLOCK_ACTOR, openBatch } from './lookup.ts';
import type { Drafted } from './rule.ts';
import { play, type Played } from './stamp.ts';
import { PHASE } from './states.ts';
import type { ReleaseRequest, State } from './types.ts';

export interface Restored {
  /** Larger than any before. */
  epoch: number;
  /** When the backup was made. */
  asOf: number;
}

/** `taken`: the author has another active request in the workspace, so this one cannot come back to them. */
export function restored(
  request: ReleaseRequest,
  { epoch, asOf }: Restored,
  at: number,
  taken: boolean,
): Played {
  const phase = PHASE[request.state];
  const blind = phase === 'independent' || phase === 'consolidating';
  const happened: Drafted = { type: 'REQUEST_RESTORE', to: stateAfter(request, taken), epoch, asOf, blind };
  return play(request, [happened], AIRLOCK_ACTOR, at);
}

function stateAfter(request: ReleaseRequest, taken: boolean): State {
  // Of `releasing` it is a part that waits, after the rest was given up.
  const queued = openBatch(request)?.state === 'queued';
  if (queued && PHASE[request.state] === 'complete') return taken ? 'withdrawn' : 'returned';
  const phase = PHASE[request.state];
  return phase === 'independent' || phase === 'consolidating' ? 'returned' : request.state;
}

/** Numbers of batches after a restore begin beyond all that the lost record may have used. */
export function nextBatch({ epoch, batches }: ReleaseRequest): number {
  return Math.max(epoch, ...batches.map(({ number }) => number)) + 1;
}
