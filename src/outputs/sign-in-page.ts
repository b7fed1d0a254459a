/**
 * The person's side of a sign-in, on the hub's `/airlock-login` page: the number their viewer shows, and
 * three words to type there.
 *
 * Whoever asks first for a session's code keeps the session: nobody puts their own name on a viewer that
 * another person has already claimed. A newer code replaces every earlier one of its person.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import { backendById, personById } from '../governance/governance.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { drawCode, newSalt, slowHash } from './codes.ts';
import { failuresOf, SIGN_IN_MS, TRIES_PER_ACCOUNT } from './sign-ins.ts';
import type { GivenCode, NewBrowser, OutputsDeps, PendingSignIn } from './types.ts';
import * as words from './words.ts';

interface Asked {
  person: number;
  number: string;
}

interface Waiting {
  backend: string;
  airlock: string;
  session: string;
  startedAt: number;
  expiresAt: number;
}

/** What waits with this number. A wrong number is counted against the account. */
export async function signInPending(deps: OutputsDeps, asked: Asked): Promise<PendingSignIn | Refusal> {
  const found = await find(deps, asked);
  if (isRefusal(found)) return found;
  const { backend, startedAt, expiresAt } = found;
  const governance = deps.governance();
  const name = (governance && backendById(governance, backend)?.name) ?? backend;
  return { number: asked.number, backend, backendName: name, startedAt, expiresAt };
}

/** The words are shown once; what is kept cannot be turned back into them. */
export async function giveCode(deps: OutputsDeps, asked: Asked): Promise<GivenCode | Refusal> {
  const found = await find(deps, asked);
  if (isRefusal(found)) return found;
  const code = drawCode();
  const salt = newSalt();
  const hash = await slowHash(code, salt);
  const now = deps.clock.now();
  const expiresAt = now + SIGN_IN_MS;
  const given = await deps.db.transaction(async (tx) => {
    await tx.execute(sql`
      update viewer_sign_ins set code_hash = null where person = ${asked.person} and code_hash is not null`);
    return rowsOf(
      tx,
      sql`
        update viewer_sign_ins set person = ${asked.person}, salt = ${salt}, code_hash = ${hash}, code_expires_at = ${expiresAt}
        where backend = ${found.backend} and airlock = ${found.airlock} and session = ${found.session}
          and redeemed_at is null and (person is null or person = ${asked.person}) returning 1`,
    );
  });
  return given.length === 1 ? { code, expiresAt } : words.unknownNumber();
}

async function find(deps: OutputsDeps, { person, number }: Asked): Promise<Waiting | Refusal> {
  const { db, clock } = deps;
  const governance = deps.governance();
  if (!governance || !personById(governance, person)) return words.unknownPerson();
  if ((await failuresOf(deps, person)) >= TRIES_PER_ACCOUNT) return words.tooManyTries();
  const now = clock.now();
  const [found] = await rowsOf<Waiting>(
    db,
    sql`
      select backend, airlock, session, started_at::float8 as "startedAt", expires_at::float8 as "expiresAt"
      from viewer_sign_ins
      where number = ${number} and expires_at > ${now} and redeemed_at is null and (person is null or person = ${person})`,
  );
  if (found) return found;
  await db.execute(sql`insert into sign_in_failures (person, at, kind) values (${person}, ${now}, 'number')`);
  return words.unknownNumber();
}

export async function newBrowser(db: Db, id: string): Promise<NewBrowser | undefined> {
  const [row] = await rowsOf<NewBrowser>(
    db,
    sql`select id, backend, person::float8 as person, at::float8 as at from new_browsers where id = ${id}`,
  );
  return row;
}
