/** How a command ends: its state, its ledger leaf and its answer in one transaction, once. */
import { and, eq, gt } from 'drizzle-orm';
import { queueOutbox } from '../db/outbox.ts';
import { record } from '../db/record.ts';
import { commands } from '../db/schema/commands.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { hours, isoTime } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import type { Refusal } from '../lib/refusal.ts';
import { derivedId } from './derived.ts';
import type { Answer } from './places.ts';
import { isVeiled } from './release/usage.ts';
import type { Room } from './room.ts';

export type Decision =
  | { kind: 'refused'; refusal: Refusal; recorded?: true }
  | { kind: 'text'; text: string }
  | { kind: 'request'; request: string }
  | { kind: 'done' };

export const keyOf = (comment: string, line: number): string => `${comment}:${line}`;

/** A reply per attempt would drain GitHub's budget for everybody. */
const REPLIES_PER_HOUR = 10;

/** A command that is settled already stays as it is. */
export async function settle(
  room: Room,
  key: string,
  decision: Decision,
  said?: { text: string; command: string | null },
): Promise<void> {
  const now = room.clock.now();
  const [row] = await room.db.select().from(commands).where(eq(commands.key, key));
  if (!row) return;
  const silent =
    decision.kind === 'refused' && (await refusedLately(room, row.actorId, now)) >= REPLIES_PER_HOUR;
  const answer = answerOf(decision, silent);
  await room.db.transaction(async (tx) => {
    const settled = await tx
      .update(commands)
      .set({ state: decision.kind === 'refused' ? 'refused' : 'done', answer, decidedAt: now })
      .where(and(eq(commands.key, key), eq(commands.state, 'seen')))
      .returning({ key: commands.key });
    if (settled.length === 0) return;
    const hasLeaf = decision.kind === 'request' || (decision.kind === 'refused' && decision.recorded);
    if (!hasLeaf) await record(tx, leafOf(room, { ...row, ...said }, decision, now));
    await queueOutbox(tx, [{ topic: 'comment', subject: row.comment }], now);
  });
}

function leafOf(
  room: Room,
  row: typeof commands.$inferSelect & { command?: string | null },
  decision: Decision,
  now: number,
): LedgerEntry {
  // Nobody may learn from the public ledger who of two checkers has signed first, or what.
  const veiled = isVeiled(row.text);
  const command = row.command === undefined ? nameIn(row.text) : row.command;
  return {
    time: isoTime(now),
    type: decision.kind === 'refused' ? 'refused' : 'request',
    actor: veiled ? 'hub' : `person:${row.actorId}`,
    subject: `command:${derivedId('command', row.key)}`,
    policy_commit: room.governance.current()?.commit ?? null,
    body: {
      event: 'command',
      repository: { id: row.repositoryId },
      comment: row.comment,
      line: row.line,
      // The words may be anything; their digest says which they were.
      text_sha256: veiled ? null : sha256(row.text),
      command: veiled ? null : command,
      refusal: decision.kind === 'refused' ? decision.refusal.code : null,
    },
  };
}

const nameIn = (text: string): string | null => /^\/([a-z-]+)/i.exec(text)?.[1]?.toLowerCase() ?? null;

function answerOf(decision: Decision, silent: boolean): Answer {
  if (decision.kind !== 'refused') return decision;
  const { code, says, next } = decision.refusal;
  return { kind: 'refused', code, says, next, silent };
}

async function refusedLately(room: Room, actor: number, now: number): Promise<number> {
  const rows = await room.db
    .select({ key: commands.key })
    .from(commands)
    .where(
      and(eq(commands.actorId, actor), eq(commands.state, 'refused'), gt(commands.decidedAt, now - hours(1))),
    )
    .limit(REPLIES_PER_HOUR);
  return rows.length;
}
