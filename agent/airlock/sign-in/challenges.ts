/** What a passkey has to sign: made for one browser and purpose, good for one answer. */
import { and, eq, lt } from 'drizzle-orm';
import { challenges } from '../schema/sign-in.ts';
import { limitsOf } from './limits.ts';
import { kept } from './secrets.ts';
import type { SignInParts } from './types.ts';

type ChallengePurpose = (typeof challenges.$inferSelect)['purpose'];

/** Replaces the one before. `secret`: cookie of the browser, of its visit or of its session. */
export async function keepChallenge(
  parts: SignInParts,
  secret: string,
  purpose: ChallengePurpose,
  challenge: string,
): Promise<void> {
  const expiresAt = parts.clock.now() + limitsOf(parts).challengeMs;
  await parts.db.delete(challenges).where(lt(challenges.expiresAt, parts.clock.now()));
  await parts.db
    .insert(challenges)
    .values({ visitor: kept(secret), purpose, challenge, expiresAt })
    .onConflictDoUpdate({
      target: [challenges.visitor, challenges.purpose],
      set: { challenge, expiresAt },
    });
}

/** Gone once it was taken, whatever the answer is worth. */
export async function takeChallenge(
  parts: SignInParts,
  secret: string,
  purpose: ChallengePurpose,
): Promise<string | undefined> {
  const [row] = await parts.db
    .delete(challenges)
    .where(and(eq(challenges.visitor, kept(secret)), eq(challenges.purpose, purpose)))
    .returning({ challenge: challenges.challenge, expiresAt: challenges.expiresAt });
  return row && row.expiresAt > parts.clock.now() ? row.challenge : undefined;
}
