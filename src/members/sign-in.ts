/**
 * Signing in with GitHub, from the first click to the session.
 *
 * An attempt binds the state that GitHub sends back to the browser that asked: without its cookie a state
 * is worth nothing, and each is taken once. The proof key follows from the cookie and is stored nowhere.
 */
import { and, eq } from 'drizzle-orm';
import { memberAttempts, memberSessions } from '../db/schema/members.ts';
import { minutes } from '../lib/clock.ts';
import { keyedDigest, sha256 } from '../lib/hash.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { logDeed } from './log.ts';
import { accountOf, authorizeAddress } from './oauth.ts';
import { beginSession, known, newSecret } from './sessions.ts';
import type { MembersDeps } from './types.ts';
import * as words from './words.ts';

export const ATTEMPT_MS = minutes(10);

export interface Begun {
  /** Where the browser goes. */
  location: string;
  /** For a cookie that lasts as long as the attempt. */
  browser: string;
}

export async function beginSignIn(deps: MembersDeps, next: string): Promise<Begun | Refusal> {
  if (!deps.github) return words.noSignIn();
  const [state, browser] = [newSecret(), newSecret()];
  await deps.db.insert(memberAttempts).values({
    state: sha256(state),
    browser: sha256(browser),
    next,
    expiresAt: deps.clock.now() + ATTEMPT_MS,
  });
  const location = authorizeAddress(deps.github, {
    origin: deps.origin,
    state,
    verifier: verifierOf(browser, state),
  });
  return { location, browser };
}

export interface CameBack {
  state: string | undefined;
  code: string | undefined;
  /** GitHub's own word when it has no code: `access_denied`. */
  error: string | undefined;
  /** The cookie of the attempt. */
  browser: string | undefined;
  /** Secret of the session this browser had; it ends. */
  before: string | undefined;
  userAgent: string;
}

export interface SignedIn {
  secret: string;
  next: string;
}

export async function finishSignIn(deps: MembersDeps, came: CameBack): Promise<SignedIn | Refusal> {
  if (!deps.github) return words.noSignIn();
  const done = await finish(deps, deps.github, came);
  if (!isRefusal(done)) return done;
  await logDeed(deps.db, { at: deps.clock.now(), what: 'LOGIN_FAILED', code: done.code });
  deps.logger.info({ code: done.code }, 'Somebody could not sign in');
  return done;
}

async function finish(
  deps: MembersDeps,
  github: NonNullable<MembersDeps['github']>,
  came: CameBack,
): Promise<SignedIn | Refusal> {
  const { state, code, browser } = came;
  if (!state || !browser) return words.wrongState();
  const [attempt] = await deps.db
    .delete(memberAttempts)
    .where(and(eq(memberAttempts.state, sha256(state)), eq(memberAttempts.browser, sha256(browser))))
    .returning();
  if (!attempt || attempt.expiresAt <= deps.clock.now()) return words.wrongState();
  if (came.error === 'access_denied') return words.denied();
  if (!code || code.length > 200) return words.githubRefused();
  const verifier = verifierOf(browser, state);
  const account = await accountOf(github, { origin: deps.origin, code, verifier }, deps.logger);
  if (isRefusal(account)) return account;
  const at = deps.clock.now();
  const governance = deps.governance();
  if (!governance) return words.noGovernance();
  if (!known(governance, account.id, at)) return words.unknownPerson(account.login);
  return deps.db.transaction(async (tx) => {
    if (came.before) await tx.delete(memberSessions).where(eq(memberSessions.secret, sha256(came.before)));
    const { secret, id } = await beginSession(deps, tx, { account, browser: came.userAgent });
    await logDeed(tx, { at, what: 'LOGIN', person: account.id, session: id });
    return { secret, next: attempt.next };
  });
}

/** 43 characters, as RFC 7636 asks at least. */
function verifierOf(browser: string, state: string): string {
  return Buffer.from(keyedDigest(browser, `verifier ${state}`), 'hex').toString('base64url');
}
