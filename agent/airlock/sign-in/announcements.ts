/** First sign-ins from a browser: kept until the hub took them, so that their person is told. */
import { inArray, isNull } from 'drizzle-orm';
import { announcements } from '../schema/sign-in.ts';
import type { SignInParts } from './types.ts';

/** Oldest first. */
export async function newBrowsers(
  { db }: Pick<SignInParts, 'db'>,
  limit: number,
): Promise<{ id: string; person: number; at: number }[]> {
  return db
    .select({ id: announcements.id, person: announcements.person, at: announcements.at })
    .from(announcements)
    .where(isNull(announcements.toldAt))
    .orderBy(announcements.at)
    .limit(limit);
}

export async function markBrowsers(
  { db, clock }: Pick<SignInParts, 'db' | 'clock'>,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(announcements)
    .set({ toldAt: clock.now() })
    .where(inArray(announcements.id, [...ids]));
}
