/** When projects are shown again: hourly, and when governance moved. Levels, so that nothing that was lost matters. */
import { inArray } from 'drizzle-orm';
import { queueOutbox } from '../../db/outbox.ts';
import { drift, provisions } from '../../db/schema/provisioning.ts';
import type { Room } from '../room.ts';
import { DRIFT_TOPIC, PROJECT_TOPIC } from './topics.ts';

/** How many. */
export async function lookAtProjects(room: Pick<Room, 'db' | 'clock' | 'governance'>): Promise<number> {
  const g = room.governance.current();
  if (!g) return 0;
  const made = await room.db.select({ project: provisions.project }).from(provisions);
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    await queueOutbox(
      tx,
      made.map(({ project }) => ({ topic: PROJECT_TOPIC, subject: project })),
      now,
    );
    // Of a project that left governance nobody tells any more that all is well.
    const scopes = (await tx.selectDistinct({ scope: drift.scope }).from(drift)).map(({ scope }) => scope);
    const kept = new Set(g.projects.map(({ id }) => `project:${id}`));
    const gone = scopes.filter((scope) => scope.startsWith('project:') && !kept.has(scope));
    if (gone.length === 0) return;
    await tx.delete(drift).where(inArray(drift.scope, gone));
    await queueOutbox(tx, [{ topic: DRIFT_TOPIC, subject: 'governance' }], now);
  });
  return made.length;
}
