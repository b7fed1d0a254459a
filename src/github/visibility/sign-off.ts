/**
 * Ticks in the due-date issue: what a person of the study has confirmed before the repository becomes public. The
 * event says who ticked; whoever may not has their tick taken back with the rest of what they changed.
 */
import { and, eq } from 'drizzle-orm';
import { record } from '../../db/record.ts';
import { repositorySignoffs } from '../../db/schema/visibility.ts';
import { hasPermission, projectOfRepository, rolesOf, type Governance } from '../../governance/governance.ts';
import type { Actor } from '../people.ts';
import type { Room } from '../room.ts';
import { leaf } from './clock-rows.ts';
import { ITEMS, ITEM_WORDS, type Item } from './due-words.ts';

export async function takeTicks(room: Room, repository: number, actor: Actor, body: string): Promise<void> {
  const g = room.governance.current();
  const project = g && projectOfRepository(g, repository)?.id;
  if (!g || project === undefined) return;
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    for (const item of ITEMS) {
      const ticked = tickOf(body, item);
      if (ticked === undefined || !maySignOff(g, project, actor.id, item, now)) continue;
      const of = and(eq(repositorySignoffs.repository, repository), eq(repositorySignoffs.item, item));
      const row = { repository, item, by: actor.id, login: actor.login, at: now };
      const changed = ticked
        ? await tx.insert(repositorySignoffs).values(row).onConflictDoNothing().returning()
        : await tx.delete(repositorySignoffs).where(of).returning();
      if (changed.length === 0) continue;
      const told = { event: 'signed-off', project, item, confirmed: ticked };
      await record(tx, leaf(room, repository, told, `person:${actor.id}`));
    }
  });
}

/** Undefined: the line is not there. */
function tickOf(body: string, item: Item): boolean | undefined {
  const line = body
    .split(/\r?\n/)
    .map((each) => /^- \[([ xX])\] (.*)$/.exec(each))
    .find((each) => each?.[2]?.startsWith(ITEM_WORDS[item]));
  return line ? line[1] !== ' ' : undefined;
}

/** Who works on it; of released outputs only who has the right to clear repositories. */
function maySignOff(g: Governance, project: string, person: number, item: Item, at: number): boolean {
  if (item === 'outputs') return hasPermission(g, 'repo_sign_off_with_outputs', { person, project }, at);
  const roles = rolesOf(g, person, project, at);
  return roles.has('lead') || roles.has('developer');
}
