/** Which reminder a due-date issue has to say now, and whether it has been said. */
import { eq } from 'drizzle-orm';
import type { Db, Tx } from '../../db/database.ts';
import { githubObjects } from '../../db/schema/github.ts';
import type { Governance } from '../../governance/governance.ts';
import { reminderDue } from '../../visibility/visibility.ts';
import type { Clock } from './clock-rows.ts';

/** By the day it is about: an extension has reminders of its own, a request that only waits has not. */
export const reminderKey = ({ repository, due }: Pick<Clock, 'repository' | 'due'>, ahead: number): string =>
  `due-reminder:${repository}:${due}:${ahead}`;

/** Days ahead; undefined when there is nothing to say that was not said. */
export async function reminderToSay(
  db: Db | Tx,
  g: Governance,
  clock: Clock,
  today: string,
): Promise<number | undefined> {
  if (clock.flip === null || clock.due === null || !['running', 'due', 'blocked'].includes(clock.state))
    return undefined;
  const ahead = reminderDue(g, clock.flip, today);
  if (ahead === undefined) return undefined;
  const [said] = await db
    .select({ id: githubObjects.githubId })
    .from(githubObjects)
    .where(eq(githubObjects.key, reminderKey(clock, ahead)));
  return said?.id ? undefined : ahead;
}
