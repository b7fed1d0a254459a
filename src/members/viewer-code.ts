/**
 * The code with which a person signs in to a viewer that cannot reach GitHub.
 *
 * Whoever asks names the number that their viewer shows. Every "no" is the same: a number that nobody waits
 * with, one that is too old, a zone that the person may not enter, and too many tries.
 */
import { deniedSince, logDeed } from './log.ts';
import { mayEnterZone } from './rights.ts';
import { minutes } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { GivenCode, PendingSignIn } from '../outputs/outputs.ts';
import type { Member, MembersDeps } from './types.ts';
import * as words from './words.ts';

/** Numbers have six digits: ten guesses in ten minutes find nobody. */
const MOST_WRONG = 10;
const WITHIN_MS = minutes(10);

/** What is shown before the person says that it is theirs. */
export async function waitingViewer(
  deps: MembersDeps,
  member: Member,
  number: string,
): Promise<PendingSignIn | Refusal> {
  const at = deps.clock.now();
  const no = words.noSuchNumber();
  if ((await deniedSince(deps.db, member.person, no.code, at - WITHIN_MS)) >= MOST_WRONG) return no;
  const found = /^[0-9]{6}$/.test(number)
    ? await deps.outputs.signInPending(deps, { person: member.person, number })
    : no;
  const governance = deps.governance();
  if (!isRefusal(found) && governance && mayEnterZone(governance, member.person, found.backend, at))
    return found;
  await denied(deps, member, no.code);
  return no;
}

/** The three words, for the very session that was shown: `startedAt` says which the person confirmed. */
export async function codeFor(
  deps: MembersDeps,
  member: Member,
  confirmed: { number: string; startedAt: string },
): Promise<(GivenCode & { viewer: PendingSignIn }) | Refusal> {
  const viewer = await waitingViewer(deps, member, confirmed.number);
  if (isRefusal(viewer)) return viewer;
  const { person } = member;
  const given =
    String(viewer.startedAt) === confirmed.startedAt
      ? await deps.outputs.giveCode(deps, { person, number: viewer.number })
      : words.noSuchNumber();
  if (isRefusal(given)) {
    await denied(deps, member, words.noSuchNumber().code);
    return words.noSuchNumber();
  }
  await logDeed(deps.db, {
    at: deps.clock.now(),
    what: 'SIGN_IN_CODE',
    person,
    session: member.session,
    backend: viewer.backend,
  });
  return { ...given, viewer };
}

function denied(deps: MembersDeps, { person, session }: Member, code: string): Promise<void> {
  return logDeed(deps.db, { at: deps.clock.now(), what: 'ACCESS_DENIED', person, session, code });
}
