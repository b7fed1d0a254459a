/**
 * Sign-in with a passkey: nothing of it passes the hub. The key must have been made in this viewer, and
 * two operators must have confirmed whose it is.
 */
import {
  generateAuthenticationOptions,
  verifyAuthenticationResponse,
  type AuthenticationResponseJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { and, eq, sql } from 'drizzle-orm';
import type { Refusal } from '../../../src/lib/refusal.ts';
import { passkeys } from '../schema/sign-in.ts';
import { keepChallenge, takeChallenge } from './challenges.ts';
import { no } from './refusals.ts';
import { openSession } from './sessions.ts';
import type { Browser, SignedIn, SignInParts } from './types.ts';

/** The browser offers the keys it holds for this viewer. */
export async function askPasskey(
  parts: SignInParts,
  visitor: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const options = await generateAuthenticationOptions({
    rpID: parts.relyingParty.id,
    userVerification: 'required',
  });
  await keepChallenge(parts, visitor, 'sign-in', options.challenge);
  return options;
}

export async function passkeySignIn(
  parts: SignInParts,
  browser: Browser,
  answer: AuthenticationResponseJSON,
): Promise<SignedIn | Refusal> {
  const challenge = await takeChallenge(parts, browser.visitor, 'sign-in');
  const key = typeof answer.id === 'string' ? await confirmedKey(parts, answer.id) : undefined;
  if (!challenge || !key) return refused(parts, challenge ? 'key' : 'challenge', key?.person ?? null);
  const { person } = key;
  const counter = await newCounter(parts, answer, challenge, key);
  if (counter === undefined) return refused(parts, 'signature', person);
  const login = parts.loginOf(person);
  if (login === undefined || parts.entrance(person) !== 'open') return refused(parts, 'no-rights', person);
  const signedIn = await parts.db.transaction(async (tx) => {
    // Taken away between the question and the answer: the row decides.
    const [used] = await tx
      .update(passkeys)
      .set({ counter, usedAt: parts.clock.now() })
      .where(
        and(eq(passkeys.id, key.id), eq(passkeys.state, 'confirmed'), sql`${passkeys.counter} <= ${counter}`),
      )
      .returning({ id: passkeys.id });
    return used && openSession(tx, parts, browser, { person, login, strength: 'passkey', passkey: key.id });
  });
  if (!signedIn) return refused(parts, 'key', person);
  const { id: session } = signedIn.session;
  await parts.record({ type: 'LOGIN', person, session, details: { strength: 'passkey' } });
  parts.announced();
  return signedIn;
}

async function refused(parts: SignInParts, why: string, person: number | null): Promise<Refusal> {
  await parts.record({ type: 'LOGIN_FAILED', person, session: null, details: { why, by: 'passkey' } });
  return no.passkey();
}

type Key = typeof passkeys.$inferSelect;

async function confirmedKey(parts: SignInParts, id: string): Promise<Key | undefined> {
  const [key] = await parts.db
    .select()
    .from(passkeys)
    .where(and(eq(passkeys.id, id), eq(passkeys.state, 'confirmed')));
  return key;
}

/** Undefined when the answer does not verify. What a browser sends may be anything: the library throws at it. */
async function newCounter(
  parts: SignInParts,
  response: AuthenticationResponseJSON,
  expectedChallenge: string,
  key: Key,
): Promise<number | undefined> {
  const { id, origin } = parts.relyingParty;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      credential: {
        id: key.id,
        publicKey: new Uint8Array(Buffer.from(key.publicKey, 'base64url')),
        counter: key.counter,
      },
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch {
    return undefined;
  }
}
