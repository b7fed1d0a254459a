/** Who checks: places on a request are claimed, given by the airlock, left, and taken back. */
import { seatBars, whyNotChecker, whyNotSeated } from './independence.ts';
import { hasSigned, idOf, isSeated } from './lookup.ts';
import { CHECKERS } from './policy.ts';
import { no } from './refusals.ts';
import { answer, type At, type Drafted, type Outcome } from './rule.ts';
import type { Facts, ReleasePolicy, ReleaseRequest, Seat, SeatKind } from './types.ts';

export function claim({ request, command, facts, policy }: At<'claim'>): Outcome {
  return sit(request, idOf(command.by), facts, policy);
}

export function assign({ request, command, facts, policy }: At<'assign'>): Outcome {
  const whyNot = whyNotChecker(command.checker, request, facts);
  return whyNot ? { no: [whyNot] } : sit(request, command.checker, facts, policy);
}

/** Those who have signed stay until the request comes back. */
export function unclaim({ request, command }: At<'unclaim'>): Outcome {
  const checker = idOf(command.by);
  return answer([hasSigned(request, checker) && no.signed()], () => [
    { type: 'REQUEST_UNCLAIM', checker, why: 'asked' },
  ]);
}

/** The airlock frees a place that is not used, or whose holder may no longer check. */
export function unassign({ request, command, facts, policy }: At<'unassign'>): Outcome {
  const { checker } = command;
  const barred = isBarred(request, checker, facts, policy);
  return answer(
    [
      !isSeated(request, checker) && no.notAssigned(),
      !barred && hasSigned(request, checker) && no.notBarred(),
    ],
    () => [{ type: 'REQUEST_UNCLAIM', checker, why: barred ? 'barred' : 'idle' }],
  );
}

/** Places whose holders may no longer check; the airlock looks at every step. */
export function barredSeats(request: ReleaseRequest, facts: Facts, policy: ReleasePolicy): Seat[] {
  return request.seats.filter(({ checker }) => isBarred(request, checker, facts, policy));
}

/** Two check; a third may come once two reviews disagree. */
export function freePlaces(request: ReleaseRequest, facts: Facts, policy: ReleasePolicy): number {
  const taken = request.seats.length - barredSeats(request, facts, policy).length;
  return Math.max(0, places(request) - taken);
}

function sit(request: ReleaseRequest, checker: number, facts: Facts, policy: ReleasePolicy): Outcome {
  const barred = barredSeats(request, facts, policy);
  const beside = seatBars(checker, request, facts, policy);
  return answer(
    [
      isSeated(request, checker) && no.seated(),
      beside.length > 0 && no.notIndependent(beside),
      freePlaces(request, facts, policy) === 0 && no.full(),
    ],
    () => [
      ...barred.map((seat): Drafted => ({ type: 'REQUEST_UNCLAIM', checker: seat.checker, why: 'barred' })),
      { type: 'REQUEST_CLAIM', checker, as: kindOfNext(request, barred.length) },
    ],
  );
}

function places(request: ReleaseRequest): number {
  return request.state === 'consolidating' ? CHECKERS + 1 : CHECKERS;
}

/** The third beside two others is the arbiter; who replaces somebody is a checker. */
function kindOfNext(request: ReleaseRequest, leaving: number): SeatKind {
  return request.seats.length - leaving >= CHECKERS ? 'arbiter' : 'checker';
}

function isBarred(request: ReleaseRequest, checker: number, facts: Facts, policy: ReleasePolicy): boolean {
  return isSeated(request, checker) && whyNotSeated(checker, request, facts, policy) !== undefined;
}
