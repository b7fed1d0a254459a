/**
 * Sessions: a random secret in a cookie, its digest in the database.
 *
 * A session ends twelve hours after it began, an hour after it was last used, when its person signs out or
 * ends it from another browser, and at the first look after governance no longer knows the person.
 */
import { randomBytes } from 'node:crypto';
import { and, desc, eq, gt, lt, ne, or } from 'drizzle-orm';
import type { Db, Tx } from '../db/database.ts';
import { memberAttempts, memberSessions } from '../db/schema/members.ts';
import { personById, type Governance } from '../governance/governance.ts';
import { hours, isoDay, minutes } from '../lib/clock.ts';
import { keyedDigest, sha256 } from '../lib/hash.ts';
import type { Account } from './oauth.ts';
import type { Member, MembersDeps } from './types.ts';

export const LONGEST_MS = hours(12);
export const IDLE_MS = hours(1);
/** More often is not written down. */
const SEEN_STEP_MS = minutes(1);

/** 256 bits. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export async function beginSession(
  deps: MembersDeps,
  tx: Tx,
  given: { account: Account; browser: string },
): Promise<{ secret: string; id: string }> {
  const at = deps.clock.now();
  const secret = newSecret();
  const id = deps.ids.id();
  await tx.insert(memberSessions).values({
    secret: sha256(secret),
    id,
    person: given.account.id,
    login: given.account.login,
    browser: browserName(given.browser),
    createdAt: at,
    seenAt: at,
    expiresAt: at + LONGEST_MS,
  });
  return { secret, id };
}

/** The member behind a cookie. Rights are read afresh: a session says who, never what they may. */
export async function memberOf(deps: MembersDeps, secret: string | undefined): Promise<Member | undefined> {
  if (!secret || secret.length > 100) return undefined;
  const at = deps.clock.now();
  const key = sha256(secret);
  const [held] = await deps.db
    .select()
    .from(memberSessions)
    .where(and(eq(memberSessions.secret, key), alive(at)));
  if (!held) return undefined;
  const governance = deps.governance();
  // Nobody is let in while nothing is known; the session itself outlasts that.
  if (!governance) return undefined;
  const person = known(governance, held.person, at);
  if (!person) {
    await deps.db.delete(memberSessions).where(eq(memberSessions.secret, key));
    return undefined;
  }
  if (at - held.seenAt >= SEEN_STEP_MS)
    await deps.db.update(memberSessions).set({ seenAt: at }).where(eq(memberSessions.secret, key));
  return {
    person: held.person,
    login: held.login,
    name: person.name,
    session: held.id,
    csrf: keyedDigest(secret, 'form'),
  };
}

/** Whom governance knows today. */
export function known(governance: Governance, id: number, at: number) {
  const person = personById(governance, id);
  return person && isoDay(at) <= person.until ? person : undefined;
}

export async function endSession(db: Db, secret: string | undefined): Promise<void> {
  if (secret) await db.delete(memberSessions).where(eq(memberSessions.secret, sha256(secret)));
}

/** Ends one of the person's own sessions, or with `others` all but the one they use. */
export async function endSessionsOf(
  db: Db,
  member: Member,
  which: { id: string } | { others: true },
): Promise<void> {
  const ended = 'id' in which ? eq(memberSessions.id, which.id) : ne(memberSessions.id, member.session);
  await db.delete(memberSessions).where(and(eq(memberSessions.person, member.person), ended));
}

export interface OwnSession {
  id: string;
  browser: string;
  createdAt: number;
  seenAt: number;
}

export async function sessionsOf(deps: MembersDeps, person: number): Promise<OwnSession[]> {
  const { id, browser, createdAt, seenAt } = memberSessions;
  return deps.db
    .select({ id, browser, createdAt, seenAt })
    .from(memberSessions)
    .where(and(eq(memberSessions.person, person), alive(deps.clock.now())))
    .orderBy(desc(createdAt), desc(id))
    .limit(100);
}

/** Rows of what has ended. For a timer. */
export async function forgetEnded({ db, clock }: Pick<MembersDeps, 'db' | 'clock'>): Promise<void> {
  const at = clock.now();
  await db
    .delete(memberSessions)
    .where(or(lt(memberSessions.expiresAt, at), lt(memberSessions.seenAt, at - IDLE_MS)));
  await db.delete(memberAttempts).where(lt(memberAttempts.expiresAt, at));
}

const alive = (at: number) => and(gt(memberSessions.expiresAt, at), gt(memberSessions.seenAt, at - IDLE_MS));

const BROWSERS: [RegExp, string][] = [
  [/Edg/, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\/|Chromium\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/Windows/, 'Windows'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];

/** Enough to recognise one's own: what the browser says of itself is not kept. */
export function browserName(agent: string): string {
  const first = (table: [RegExp, string][], other: string): string =>
    table.find(([pattern]) => pattern.test(agent))?.[1] ?? other;
  return `${first(BROWSERS, 'A browser')} on ${first(SYSTEMS, 'an unknown system')}`;
}
