/**
 * Passkeys: made by their person in a session of this viewer, of use once two operators have confirmed
 * whose they are. Each operator compares the short mark with the one on that person's own screen, so that
 * a key which somebody else made in their name is not confirmed.
 */
import {
  generateRegistrationOptions,
  verifyRegistrationResponse,
  type PublicKeyCredentialCreationOptionsJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { and, count, eq, ne } from 'drizzle-orm';
import { keyedDigest, sha256 } from '../../../src/lib/hash.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import { passkeyConfirmations, passkeys, type PASSKEY_STATES } from '../schema/sign-in.ts';
import { keepChallenge, takeChallenge } from './challenges.ts';
import { no } from './refusals.ts';
import { endWithPasskey } from './sessions.ts';
import type { LiveSession, SignInParts } from './types.ts';

/** Distinct operators, before a key opens anything. */
export const OPERATORS = 2;
const MOST = 10;

/** `secret`: cookie of the session. */
export async function askNewPasskey(
  parts: SignInParts,
  session: LiveSession,
  secret: string,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { relyingParty } = parts;
  const known = await parts.db
    .select({ id: passkeys.id })
    .from(passkeys)
    .where(and(eq(passkeys.person, session.person), ne(passkeys.state, 'removed')));
  const options = await generateRegistrationOptions({
    rpID: relyingParty.id,
    rpName: relyingParty.name,
    userName: session.login,
    // Not the bare number: the authenticator keeps it.
    userID: new Uint8Array(Buffer.from(keyedDigest(relyingParty.origin, String(session.person)), 'hex')),
    attestationType: 'none',
    excludeCredentials: known,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  await keepChallenge(parts, secret, 'enrol', options.challenge);
  return options;
}

export async function addPasskey(
  parts: SignInParts,
  session: LiveSession,
  secret: string,
  made: { label: string; answer: RegistrationResponseJSON },
): Promise<{ id: string } | Refusal> {
  const label = made.label.trim();
  const expectedChallenge = await takeChallenge(parts, secret, 'enrol');
  if (label === '' || label.length > 60) return no.passkeyLabel();
  if (!expectedChallenge) return no.passkeyOdd();
  const credential = await verified(parts, made.answer, expectedChallenge);
  if (!credential) return no.passkeyOdd();
  const { person, login, id: madeIn } = session;
  return parts.db.transaction(async (tx) => {
    const [held] = await tx
      .select({ count: count() })
      .from(passkeys)
      .where(and(eq(passkeys.person, person), ne(passkeys.state, 'removed')));
    if ((held?.count ?? 0) >= MOST) return no.passkeyMany();
    const [row] = await tx
      .insert(passkeys)
      .values({
        id: credential.id,
        person,
        login,
        label,
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        counter: credential.counter,
        transports: (credential.transports ?? []).join(','),
        state: 'waiting',
        madeIn,
        madeAt: parts.clock.now(),
      })
      .onConflictDoNothing()
      .returning({ id: passkeys.id });
    return row ?? no.passkeyOdd();
  });
}

async function verified(parts: SignInParts, response: RegistrationResponseJSON, expectedChallenge: string) {
  const { id, origin } = parts.relyingParty;
  try {
    const answer = await verifyRegistrationResponse({
      response,
      expectedChallenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
    });
    return answer.verified ? answer.registrationInfo.credential : undefined;
  } catch {
    return undefined;
  }
}

/** An operator says that this key is that person's. The second one opens the door. */
export async function confirmPasskey(
  parts: SignInParts,
  session: LiveSession,
  id: string,
): Promise<{ confirmed: boolean } | Refusal> {
  const { person: operator, id: sessionId } = session;
  const mayNot = whyNotConfirm(parts, session);
  if (mayNot) return mayNot;
  const { db, clock } = parts;
  const answer = await db.transaction(async (tx) => {
    const [key] = await tx.select().from(passkeys).where(eq(passkeys.id, id)).for('update');
    if (!key || key.state !== 'waiting') return no.passkeyUnknown();
    const ofThis = whyNotConfirm(parts, session, key.person);
    if (ofThis) return ofThis;
    const [added] = await tx
      .insert(passkeyConfirmations)
      .values({ passkey: id, operator, session: sessionId, at: clock.now() })
      .onConflictDoNothing()
      .returning({ operator: passkeyConfirmations.operator });
    if (!added) return no.twice();
    const given = await tx
      .select({ operator: passkeyConfirmations.operator })
      .from(passkeyConfirmations)
      .where(eq(passkeyConfirmations.passkey, id));
    // Who confirmed first may be no operator any more.
    const confirmed = given.filter((each) => parts.isOperator(each.operator)).length >= OPERATORS;
    if (confirmed) await tx.update(passkeys).set({ state: 'confirmed' }).where(eq(passkeys.id, id));
    return { confirmed, key };
  });
  if ('refused' in answer) return answer;
  const details = noted(answer.key, String(answer.confirmed));
  await parts.record({ type: 'ROLE_CHANGE', person: operator, session: sessionId, details });
  return { confirmed: answer.confirmed };
}

/** For the button and for the deed; `of`: whose key it is. */
export function whyNotConfirm(
  parts: Pick<SignInParts, 'isOperator' | 'trust'>,
  { person, strength }: Pick<LiveSession, 'person' | 'strength'>,
  of?: number,
): Refusal | undefined {
  if (!parts.isOperator(person)) return no.notOperator();
  if (of === person) return no.ownPasskey();
  return parts.trust() === 'zone' && strength !== 'passkey' ? no.operatorPasskey() : undefined;
}

/** The first ones: whoever commands the host of the zone confirms them there. */
export async function confirmAtHost(
  parts: Pick<SignInParts, 'db' | 'record'>,
  mark: string,
): Promise<{ login: string; label: string } | Refusal> {
  const waiting = await parts.db.select().from(passkeys).where(eq(passkeys.state, 'waiting'));
  const meant = waiting.filter((each) => passkeyMark(each) === mark.trim().toLowerCase());
  const [key] = meant;
  if (!key || meant.length > 1) return no.passkeyUnknown();
  await parts.db
    .update(passkeys)
    .set({ state: 'confirmed' })
    .where(and(eq(passkeys.id, key.id), eq(passkeys.state, 'waiting')));
  const details = noted(key, 'at-host');
  await parts.record({ type: 'ROLE_CHANGE', person: null, session: null, details });
  return { login: key.login, label: key.label };
}

/** By its own person, or by an operator. Sessions that were opened with it end. */
export async function removePasskey(
  parts: SignInParts,
  session: LiveSession,
  id: string,
): Promise<Refusal | undefined> {
  const [key] = await parts.db.select().from(passkeys).where(eq(passkeys.id, id));
  const may = key && (key.person === session.person || parts.isOperator(session.person));
  if (!may) return no.passkeyUnknown();
  const ended = await parts.db.transaction(async (tx) => {
    await tx.update(passkeys).set({ state: 'removed' }).where(eq(passkeys.id, id));
    return endWithPasskey(tx, parts, id);
  });
  const details = noted(key, 'removed');
  await parts.record({ type: 'ROLE_CHANGE', person: session.person, session: session.id, details });
  for (const { id: gone, person } of ended)
    await parts.record({ type: 'LOGOUT', person, session: gone, details: { why: 'key-removed' } });
  return undefined;
}

function noted(key: typeof passkeys.$inferSelect, confirmed: string): Record<string, string> {
  return { passkey: passkeyMark(key), of: String(key.person), confirmed };
}

export interface ShownPasskey {
  id: string;
  person: number;
  login: string;
  label: string;
  state: (typeof PASSKEY_STATES)[number];
  madeAt: number;
  usedAt: number | null;
  /** Compared by eye. */
  mark: string;
  /** Who has confirmed it. */
  operators: number[];
}

export async function ownPasskeys(parts: SignInParts, person: number): Promise<ShownPasskey[]> {
  return shownPasskeys(parts, and(eq(passkeys.person, person), ne(passkeys.state, 'removed')));
}

/** For operators. */
export async function waitingPasskeys(parts: SignInParts): Promise<ShownPasskey[]> {
  return shownPasskeys(parts, eq(passkeys.state, 'waiting'));
}

async function shownPasskeys(parts: SignInParts, where: ReturnType<typeof and>): Promise<ShownPasskey[]> {
  const rows = await parts.db.select().from(passkeys).where(where).orderBy(passkeys.madeAt).limit(200);
  if (rows.length === 0) return [];
  const given = await parts.db.select().from(passkeyConfirmations);
  return rows.map((row) => {
    const { id, person, login, label, state, madeAt, usedAt } = row;
    const operators = given.filter(({ passkey }) => passkey === id).map(({ operator }) => operator);
    return { id, person, login, label, state, madeAt, usedAt, mark: passkeyMark(row), operators };
  });
}

/** Four groups of four: short enough to read out, too long to be met by making keys. */
export function passkeyMark({
  id,
  publicKey,
}: Pick<typeof passkeys.$inferSelect, 'id' | 'publicKey'>): string {
  const digest = sha256(`sallyport passkey\n${id}\n${publicKey}`);
  return (digest.slice(0, 16).match(/.{4}/g) ?? []).join('-');
}
