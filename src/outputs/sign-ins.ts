/**
 * The airlock's side of a sign-in: a session is registered, and later a code is redeemed for it.
 *
 * A code is good once, for ten minutes, in the session for which it was given, by the airlock that
 * registered it. Every failure gets one same answer and takes the same steps.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { personById } from '../governance/governance.ts';
import { hours, minutes } from '../lib/clock.ts';
import { sameSecret } from '../lib/hash.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Airlock } from './airlocks.ts';
import { slowHash } from './codes.ts';
import type { OutputsDeps } from './types.ts';
import * as words from './words.ts';

export const SIGN_IN_MS = minutes(10);
/** Wrong codes typed in one session before no code is good there any more. */
export const TRIES_PER_SESSION = 5;
/** Wrong codes or numbers of one account within an hour. */
export const TRIES_PER_ACCOUNT = 10;
const WAITING_PER_AIRLOCK = 500;
const NOBODY = 0;
const NO_SALT = '00000000000000000000000000000000';

/** The same again is answered alike. A number belongs to one waiting session in the whole hub. */
export async function startSignIn(
  { db, clock }: OutputsDeps,
  { backend, airlock }: Airlock,
  { session, number }: { session: string; number: string },
): Promise<{ expiresAt: number } | Refusal> {
  const now = clock.now();
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(7306, ${number}::int)`);
    const live = await rowsOf<Airlock & { session: string; expiresAt: number }>(
      tx,
      sql`
        select backend, airlock, session, expires_at::float8 as "expiresAt" from viewer_sign_ins
        where number = ${number} and expires_at > ${now} and redeemed_at is null`,
    );
    const mine = live.find(
      (row) => row.backend === backend && row.airlock === airlock && row.session === session,
    );
    if (mine) return { expiresAt: mine.expiresAt };
    if (live.length > 0) return words.numberTaken();
    const [{ waiting }] = (await rowsOf<{ waiting: number }>(
      tx,
      sql`
        select count(*)::int as waiting from viewer_sign_ins
        where backend = ${backend} and airlock = ${airlock} and expires_at > ${now} and redeemed_at is null`,
    )) as [{ waiting: number }];
    if (waiting >= WAITING_PER_AIRLOCK) return words.signInBusy();
    const expiresAt = now + SIGN_IN_MS;
    const made = await rowsOf(
      tx,
      sql`
        insert into viewer_sign_ins (backend, airlock, session, number, started_at, expires_at)
        values (${backend}, ${airlock}, ${session}, ${number}, ${now}, ${expiresAt})
        on conflict (backend, airlock, session) do nothing returning 1`,
    );
    // The session waits with another number, or has waited: one number each.
    return made.length === 1 ? { expiresAt } : words.numberTaken();
  });
}

interface Tried {
  person: number | null;
  salt: string | null;
  hash: string | null;
  until: number | null;
  attempts: number;
}

/** The try is counted before the code is looked at: guessing in parallel gains nothing. */
export async function redeemCode(
  deps: OutputsDeps,
  { backend, airlock }: Airlock,
  { session, code }: { session: string; code: string },
): Promise<{ person: number; login: string } | Refusal> {
  const { db, clock } = deps;
  const now = clock.now();
  const here = sql`backend = ${backend} and airlock = ${airlock} and session = ${session}`;
  const [tried] = await rowsOf<Tried>(
    db,
    sql`
      update viewer_sign_ins set attempts = attempts + 1 where ${here}
      returning person::float8 as person, salt, code_hash as hash, code_expires_at::float8 as until, attempts`,
  );
  const account = tried?.person ?? NOBODY;
  const failures = await failuresOf(deps, account);
  const hash = await slowHash(code, tried?.salt ?? NO_SALT);
  const right = sameSecret(hash, tried?.hash ?? '');
  const governance = deps.governance();
  const person = governance && personById(governance, account);
  const good =
    right &&
    (tried?.until ?? 0) > now &&
    (tried?.attempts ?? Infinity) <= TRIES_PER_SESSION &&
    failures < TRIES_PER_ACCOUNT;
  const spent = await rowsOf(
    db,
    sql`
      update viewer_sign_ins set redeemed_at = ${now}, code_hash = null
      where ${here} and ${good}::boolean and redeemed_at is null and code_hash = ${hash} returning 1`,
  );
  const done = spent.length === 1 && person !== undefined;
  await db.execute(sql`
    insert into sign_in_failures (person, at, kind)
    select ${account}::bigint, ${now}::bigint, 'code' where not ${done}::boolean and ${account}::bigint <> ${NOBODY}`);
  return done ? { person: person.id, login: person.login } : words.signInRefused();
}

/** Within the last hour. */
export async function failuresOf({ db, clock }: OutputsDeps, person: number): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(
    db,
    sql`
      select count(*)::int as n from sign_in_failures
      where person = ${person}::bigint and at > ${clock.now() - hours(1)}::bigint`,
  );
  return row?.n ?? 0;
}

/** What nobody can use any more goes. */
export async function forgetSignIns({ db, clock }: OutputsDeps): Promise<void> {
  const old = clock.now() - hours(24);
  await db.execute(sql`delete from viewer_sign_ins where expires_at < ${old}`);
  await db.execute(sql`delete from sign_in_failures where at < ${old}`);
}
