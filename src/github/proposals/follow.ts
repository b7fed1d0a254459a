/**
 * Looks at the pull requests of proposals that are open: one that was merged or closed has ended, one that no
 * longer fits what is merged is made anew. Looks at GitHub, not at events, so that none that was lost matters.
 */
import { asc, eq, inArray } from 'drizzle-orm';
import { proposals } from '../../db/schema/stewarding.ts';
import { findRepository } from '../reach.ts';
import { repoClient } from '../repo.ts';
import type { Room } from '../room.ts';
import { askFor, endProposal } from './propose.ts';

/** `moved`: governance has another version in force, and open ones may fit it no longer. */
export async function followProposals(room: Room, { moved }: { moved: boolean }): Promise<void> {
  const open = await room.db
    .select()
    .from(proposals)
    .where(inArray(proposals.state, ['opened']))
    .orderBy(asc(proposals.askedAt));
  if (open.length === 0) return;
  const repository = await findRepository(room, room.governance.repositoryId);
  if (!repository) return;
  const client = await repoClient(room.app, repository);
  for (const row of open) {
    const pull = row.pull === null ? undefined : await client.pull(row.pull);
    if (!pull) continue;
    await room.db.transaction(async (tx) => {
      const now = room.clock.now();
      if (!pull.open) await endProposal(tx, row.id, { state: pull.merged ? 'merged' : 'closed' }, now);
      else if (moved) await askFor(tx, row, 'open', now);
    });
  }
}

/** A pull request of the governance repository was closed. */
export async function pullClosed(room: Room, number: number, merged: boolean): Promise<void> {
  const [row] = await room.db.select({ id: proposals.id }).from(proposals).where(eq(proposals.pull, number));
  if (!row) return;
  await room.db.transaction((tx) =>
    endProposal(tx, row.id, { state: merged ? 'merged' : 'closed' }, room.clock.now()),
  );
}
