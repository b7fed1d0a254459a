/**
 * A change of governance that somebody asks for: kept here, made a pull request by the steward, decided by
 * people there.
 *
 * asked: the steward has not opened it yet · opened: the pull request is there · merged, closed: what became of
 * it · refused: the steward would not open it. What is merged holds because it stands in governance, not
 * because it stands here.
 */
import { and, eq, inArray } from 'drizzle-orm';
import type { Tx } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { proposals } from '../../db/schema/stewarding.ts';
import { editSchema, type Edit } from '../../governance/governance.ts';
import type { Json } from '../../pipeline/types.ts';
import { askSteward } from '../../stewarding/stewarding.ts';
import { derivedId } from '../derived.ts';
import { titleText } from '../markdown.ts';
import type { Room } from '../room.ts';
import { pullBody } from './words.ts';

export type Proposal = typeof proposals.$inferSelect;

export interface Wanted {
  /** What it is for: the same key is the same proposal, whatever became of it. */
  key: string;
  edit: Edit;
  askedBy: { id: number; login: string };
  /** The issue it is told on; null: it is told nowhere. */
  where: { repository: number; number: number } | null;
  /** Of the pull request: public where governance is. */
  title: string;
  /** Markdown of ours: whoever decides reads it. */
  why: string;
}

/** Outbox topic; the subject is the proposal's id. */
export const PROPOSAL_TOPIC = 'proposal';

export const proposalIdOf = (key: string): string => derivedId('proposal', key);

/** The proposal's id. Asked again with the same key, nothing new is made. */
export async function propose(tx: Tx, room: Pick<Room, 'clock'>, wanted: Wanted): Promise<string> {
  const id = proposalIdOf(wanted.key);
  const now = room.clock.now();
  const { key, askedBy, where, why } = wanted;
  const title = titleText(wanted.title);
  const edit = editSchema.parse(wanted.edit);
  const made = await tx
    .insert(proposals)
    .values({
      ...{ id, key, title, why, askedBy: askedBy.id, askedByLogin: askedBy.login, askedAt: now },
      edit: edit as unknown as Json,
      ...(where && { repositoryId: where.repository, issue: where.number }),
    })
    .onConflictDoNothing()
    .returning();
  const [row] = made;
  if (!row) return id;
  await askFor(tx, row, 'open', now);
  await queueOutbox(tx, [{ topic: PROPOSAL_TOPIC, subject: id }], now);
  return id;
}

/** Once more: the pull request may not be there yet, or fit no longer. */
export async function askFor(tx: Tx, row: Proposal, want: 'open' | 'closed', now: number): Promise<void> {
  await askSteward(tx, {
    key: `propose:${row.id}`,
    do: 'propose',
    payload: {
      ...{ proposal: row.id, want, title: row.title, why: pullBody(row) },
      edit: editSchema.parse(row.edit),
      askedBy: { id: row.askedBy, login: row.askedByLogin },
    },
    now,
    again: true,
  });
}

/** Taken back by whoever asked, or refused by us: the pull request is closed. False when it has ended. */
export async function withdrawProposal(
  tx: Tx,
  room: Pick<Room, 'clock'>,
  id: string,
  why: { code: string; says: string },
): Promise<boolean> {
  const now = room.clock.now();
  const row = await endProposal(tx, id, { state: 'closed', ...why }, now);
  if (row) await askFor(tx, row, 'closed', now);
  return row !== undefined;
}

/** Undefined when it had ended before. */
export async function endProposal(
  tx: Tx,
  id: string,
  end: { state: 'merged' | 'closed' | 'refused'; code?: string; says?: string; pull?: number },
  now: number,
): Promise<Proposal | undefined> {
  const [row] = await tx
    .update(proposals)
    .set({ ...end, endedAt: now })
    .where(and(eq(proposals.id, id), inArray(proposals.state, ['asked', 'opened'])))
    .returning();
  if (row) await queueOutbox(tx, [{ topic: PROPOSAL_TOPIC, subject: id }], now);
  return row;
}
