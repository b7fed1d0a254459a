/**
 * Sign-in with a code from the hub: the viewer shows a number, its person gets a code for that number in
 * any browser, and types it here.
 *
 * The attempt is counted and committed before the hub is asked, so parallel guesses do not get more of
 * them. Every failure is the same refusal.
 */
import { and, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import { signIns } from '../schema/sign-in.ts';
import { limitsOf, WINDOW_MS } from './limits.ts';
import { no } from './refusals.ts';
import { kept, newNumber } from './secrets.ts';
import { openSession } from './sessions.ts';
import type { Browser, SignedIn, SignInParts, Waiting } from './types.ts';

/** Six digits of one hub: another sign-in may be waiting under the same ones. */
const DRAWS = 5;

/** A new number for this browser; whatever it waited for before is over. */
export async function startSignIn(parts: SignInParts, visitor: string): Promise<Waiting | Refusal> {
  const { db, clock, ids, link } = parts;
  const now = clock.now();
  if (await startedTooOften(parts)) return no.busy();
  const id = ids.id();
  let number = newNumber();
  let answer = await link.start(id, number);
  for (let again = 0; again < DRAWS && isTaken(answer); again += 1) {
    number = newNumber();
    answer = await link.start(id, number);
  }
  if (isRefusal(answer)) return no.away();
  const { address, expiresAt } = answer;
  await db.transaction(async (tx) => {
    await tx
      .update(signIns)
      .set({ state: 'failed' })
      .where(and(eq(signIns.visitor, kept(visitor)), eq(signIns.state, 'waiting')));
    await tx.insert(signIns).values({
      id,
      visitor: kept(visitor),
      number,
      address,
      state: 'waiting',
      createdAt: now,
      expiresAt,
    });
    await tx.delete(signIns).where(lt(signIns.expiresAt, now - 6 * WINDOW_MS));
  });
  return { number, address, expiresAt };
}

/** What this browser waits for, to show it again after a reload. */
export async function waitingFor(parts: SignInParts, visitor: string): Promise<Waiting | undefined> {
  const [row] = await parts.db
    .select({ number: signIns.number, address: signIns.address, expiresAt: signIns.expiresAt })
    .from(signIns)
    .where(isWaiting(parts, visitor))
    .orderBy(desc(signIns.createdAt))
    .limit(1);
  return row;
}

export async function finishSignIn(
  parts: SignInParts,
  browser: Browser,
  code: string,
): Promise<SignedIn | Refusal> {
  const id = await countAttempt(parts, browser.visitor);
  if (!id) return refused(parts, 'no-sign-in', null);
  const typed = code.trim();
  const answer = typed === '' || typed.length > 100 ? no.refused() : await parts.link.redeem(id, typed);
  if (isRefusal(answer)) return refused(parts, 'code', null);
  const { person, login } = answer;
  if (parts.entrance(person) !== 'open') return refused(parts, 'no-rights', person);
  const signedIn = await parts.db.transaction(async (tx) => {
    // The code is used up at the hub; two answers to the same browser open one session.
    const [taken] = await tx
      .update(signIns)
      .set({ state: 'redeemed' })
      .where(and(eq(signIns.id, id), eq(signIns.state, 'waiting')))
      .returning({ id: signIns.id });
    return taken && openSession(tx, parts, browser, { person, login, strength: 'code' });
  });
  if (!signedIn) return refused(parts, 'taken', person);
  const { id: session } = signedIn.session;
  await parts.record({ type: 'LOGIN', person, session, details: { strength: 'code' } });
  parts.announced();
  return signedIn;
}

function isTaken(answer: unknown): boolean {
  return isRefusal(answer) && answer.code === 'sign-in.number-taken';
}

async function refused(parts: SignInParts, why: string, person: number | null): Promise<Refusal> {
  await parts.record({ type: 'LOGIN_FAILED', person, session: null, details: { why } });
  return no.refused();
}

/** The sign-in this attempt belongs to; undefined when there is none, or no attempt is left. */
async function countAttempt(parts: SignInParts, visitor: string): Promise<string | undefined> {
  const { attempts, failures } = limitsOf(parts);
  const [tried] = await parts.db
    .select({ sum: sql<number>`coalesce(sum(${signIns.attempts}), 0)::int` })
    .from(signIns)
    .where(gt(signIns.createdAt, parts.clock.now() - WINDOW_MS));
  if ((tried?.sum ?? 0) >= failures) return undefined;
  const [row] = await parts.db
    .update(signIns)
    .set({ attempts: sql`${signIns.attempts} + 1` })
    .where(and(isWaiting(parts, visitor), lt(signIns.attempts, attempts)))
    .returning({ id: signIns.id });
  return row?.id;
}

function isWaiting(parts: SignInParts, visitor: string) {
  return and(
    eq(signIns.visitor, kept(visitor)),
    eq(signIns.state, 'waiting'),
    gt(signIns.expiresAt, parts.clock.now()),
  );
}

async function startedTooOften(parts: SignInParts): Promise<boolean> {
  const since = parts.clock.now() - WINDOW_MS;
  const [row] = await parts.db
    .select({ count: sql<number>`count(*)::int` })
    .from(signIns)
    .where(gt(signIns.createdAt, since));
  return (row?.count ?? 0) >= limitsOf(parts).starts;
}
