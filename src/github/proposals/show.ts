/** Tells on the issue where somebody asked how their proposal stands: one comment while it is open, one at its end. */
import { eq } from 'drizzle-orm';
import { proposals } from '../../db/schema/stewarding.ts';
import { marker } from '../markdown.ts';
import { showFor } from '../reach.ts';
import type { Room } from '../room.ts';
import { endText, openText } from './words.ts';

export async function showProposal(room: Room, id: string, force: boolean): Promise<void> {
  const [row] = await room.db.select().from(proposals).where(eq(proposals.id, id));
  if (!row || row.repositoryId === null || row.issue === null) return;
  const show = await showFor(room, row.repositoryId, force);
  const end = endText(row);
  if (row.url !== null || end === undefined) {
    const mark = marker('proposal', id);
    // Once it has ended this one still says where it was.
    const body = `${mark}\n${openText({ ...row, state: row.url === null ? 'asked' : 'opened' })}`;
    await show.comment({ key: `proposal:${id}`, issue: row.issue, mark, body, final: true });
  }
  if (end === undefined) return;
  const mark = marker('proposal-ended', id);
  const body = `${mark}\n${end}`;
  await show.comment({ key: `proposal-ended:${id}`, issue: row.issue, mark, body, final: true });
}
