/** From which new browsers somebody entered a viewer as this person: what they should recognise. */
import { desc, eq } from 'drizzle-orm';
import type { Db } from '../db/database.ts';
import { newBrowsers } from '../db/schema/outputs.ts';

export async function browsersOf(db: Db, person: number): Promise<{ at: number; backend: string }[]> {
  const { at, backend } = newBrowsers;
  return db
    .select({ at, backend })
    .from(newBrowsers)
    .where(eq(newBrowsers.person, person))
    .orderBy(desc(at))
    .limit(20);
}
