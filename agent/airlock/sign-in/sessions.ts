/**
 * Sessions: opened with a new secret at each sign-in, looked up by its hash at each request, and over
 * when they are idle, old, signed out, replaced, or when governance no longer lets their person in.
 */
import { and, desc, eq, isNull, lt, ne } from 'drizzle-orm';
import type { Tx } from '../../../src/db/open.ts';
import { days, minutes } from '../../../src/lib/clock.ts';
import { announcements, devices, sessions, type ENDINGS } from '../schema/sign-in.ts';
import { limitsOf } from './limits.ts';
import { isSecret, kept, newSecret } from './secrets.ts';
import type { Browser, LiveSession, SignedIn, SignInParts } from './types.ts';

export type Ending = (typeof ENDINGS)[number];

/** `unknown`: governance cannot be read now; the session goes on once it can. */
export type Found = LiveSession | 'none' | 'unknown';

/** How old the noted time of the last request may be: not every request writes. */
const SEEN_MS = minutes(1);
/** How far a clock may be put right without ending sessions. */
const AHEAD_MS = minutes(5);
/** Ended sessions stay for the person's own list; the log keeps them for ever. */
const KEEP_MS = days(30);

/** What let somebody in. */
type Proof = { strength: 'code' } | { strength: 'passkey'; passkey: string };

/** Inside the transaction that used up the proof. Replaces the browser's session, if it had one. */
export async function openSession(
  tx: Tx,
  parts: SignInParts,
  browser: Browser,
  who: { person: number; login: string } & Proof,
): Promise<SignedIn> {
  const { clock, ids } = parts;
  const now = clock.now();
  const secret = newSecret();
  const { person, login, strength } = who;
  const session = { id: ids.id(), signedInAt: now, person, login, strength };
  if (isSecret(browser.secret)) {
    await tx
      .update(sessions)
      .set({ endedAt: now, ending: 'replaced' })
      .where(and(eq(sessions.secret, kept(browser.secret)), isNull(sessions.endedAt)));
  }
  const passkey = who.strength === 'passkey' ? who.passkey : null;
  const row = { ...session, passkey, secret: kept(secret), browser: browser.name, seenAt: now };
  await tx.insert(sessions).values(row);
  await tx.delete(sessions).where(lt(sessions.seenAt, now - KEEP_MS));
  const device = await recognise(tx, parts, browser, who.person);
  return { session, secret, device };
}

/** A browser its person has not used before is announced to them. */
async function recognise(tx: Tx, parts: SignInParts, browser: Browser, person: number): Promise<string> {
  const now = parts.clock.now();
  const device = isSecret(browser.device) ? browser.device : newSecret();
  const [known] = await tx
    .update(devices)
    .set({ lastAt: now })
    .where(and(eq(devices.device, kept(device)), eq(devices.person, person)))
    .returning({ device: devices.device });
  if (known) return device;
  await tx.insert(devices).values({ device: kept(device), person, firstAt: now, lastAt: now });
  await tx.insert(announcements).values({ id: parts.ids.id(), person, at: now });
  return device;
}

/** Asked at every request, rights included. */
export async function findSession(parts: SignInParts, secret: string | undefined): Promise<Found> {
  if (!isSecret(secret)) return 'none';
  const { db, clock } = parts;
  const [row] = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.secret, kept(secret)), isNull(sessions.endedAt)));
  return row ? judge(parts, row, clock.now()) : 'none';
}

/** The same by its public id: the content origin sees no cookie. Does not count as being used. */
export async function liveSession(parts: SignInParts, id: string): Promise<Found> {
  const [row] = await parts.db
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, id), isNull(sessions.endedAt)));
  return row ? judge(parts, row, undefined) : 'none';
}

/** Whose session this browser holds that governance ended: they are told why. */
export async function endedByRights(parts: SignInParts, secret: string): Promise<number | undefined> {
  if (!isSecret(secret)) return undefined;
  const [row] = await parts.db
    .select({ person: sessions.person })
    .from(sessions)
    .where(and(eq(sessions.secret, kept(secret)), eq(sessions.ending, 'rights')));
  return row?.person;
}

type Row = typeof sessions.$inferSelect;

/** `usedAt`: the person is there, now. */
async function judge(parts: SignInParts, row: Row, usedAt: number | undefined): Promise<Found> {
  const { idleMs, absoluteMs } = limitsOf(parts);
  const now = parts.clock.now();
  const { id, person, login, strength, signedInAt, seenAt } = row;
  // A clock that was set back makes no session longer: what lies ahead has no age that could be told.
  if (now - signedInAt >= absoluteMs || signedInAt - now > AHEAD_MS) return end(parts, row, 'expired');
  if (now - seenAt >= idleMs) return end(parts, row, 'idle');
  const entrance = parts.entrance(person);
  if (entrance === 'closed') return end(parts, row, 'rights');
  if (entrance === 'unknown') return 'unknown';
  if (usedAt !== undefined && usedAt - seenAt >= SEEN_MS) {
    await parts.db.update(sessions).set({ seenAt: usedAt }).where(eq(sessions.id, id));
  }
  return { id, person, login, strength, signedInAt };
}

async function end(parts: SignInParts, row: Pick<Row, 'id' | 'person'>, ending: Ending): Promise<'none'> {
  const [ended] = await parts.db
    .update(sessions)
    .set({ endedAt: parts.clock.now(), ending })
    .where(and(eq(sessions.id, row.id), isNull(sessions.endedAt)))
    .returning({ id: sessions.id });
  if (ended) {
    const { id: session, person } = row;
    await parts.record({ type: 'LOGOUT', person, session, details: { why: ending } });
  }
  return 'none';
}

export async function signOut(parts: SignInParts, session: LiveSession): Promise<void> {
  await end(parts, session, 'signed-out');
}

/** Inside the transaction that removed the key: whoever still sits there with it is put out. */
export async function endWithPasskey(
  tx: Tx,
  { clock }: Pick<SignInParts, 'clock'>,
  passkey: string,
): Promise<{ id: string; person: number }[]> {
  return tx
    .update(sessions)
    .set({ endedAt: clock.now(), ending: 'key-removed' })
    .where(and(eq(sessions.passkey, passkey), isNull(sessions.endedAt)))
    .returning({ id: sessions.id, person: sessions.person });
}

/** One of the person's own other sessions. */
export async function endOwn(parts: SignInParts, session: LiveSession, id: string): Promise<void> {
  const [row] = await parts.db
    .select({ id: sessions.id, person: sessions.person })
    .from(sessions)
    .where(and(eq(sessions.id, id), eq(sessions.person, session.person)));
  if (row) await end(parts, row, id === session.id ? 'signed-out' : 'ended-elsewhere');
}

export async function endOthers(parts: SignInParts, session: LiveSession): Promise<void> {
  const rows = await parts.db
    .select({ id: sessions.id, person: sessions.person })
    .from(sessions)
    .where(and(eq(sessions.person, session.person), ne(sessions.id, session.id), isNull(sessions.endedAt)));
  for (const row of rows) await end(parts, row, 'ended-elsewhere');
}

export interface OwnSession {
  id: string;
  browser: string;
  strength: LiveSession['strength'];
  signedInAt: number;
  seenAt: number;
  endedAt: number | null;
  ending: Ending | null;
}

/** Newest first, twenty at most. */
export async function ownSessions(parts: SignInParts, person: number): Promise<OwnSession[]> {
  return parts.db
    .select({
      id: sessions.id,
      browser: sessions.browser,
      strength: sessions.strength,
      signedInAt: sessions.signedInAt,
      seenAt: sessions.seenAt,
      endedAt: sessions.endedAt,
      ending: sessions.ending,
    })
    .from(sessions)
    .where(eq(sessions.person, person))
    .orderBy(desc(sessions.signedInAt))
    .limit(20);
}
