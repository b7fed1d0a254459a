/**
 * One transaction that changes publications of a workspace: state, ledger leaves and outbox rows, or nothing.
 * Whoever changes them holds that workspace's lock, so that two sets never claim one file.
 */
import { eq, sql } from 'drizzle-orm';
import type { Tx } from '../db/database.ts';
import { queueOutbox } from '../db/outbox.ts';
import { record } from '../db/record.ts';
import { publications } from '../db/schema/publications.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { isoTime } from '../lib/clock.ts';
import type { PublicationDeps } from './types.ts';

/** Channel on which hubs tell each other that the steward has something to do. */
export const STEWARD_CHANNEL = 'sallyport_steward';
/** Outbox topic; the subject is the publication's id. */
export const PUBLICATION_TOPIC = 'publication';

export type Row = typeof publications.$inferSelect;

/** What is locked: no set reaches beyond it. */
export type Scope = Pick<Row, 'project' | 'workspace'>;

export interface Change {
  readonly tx: Tx;
  readonly now: number;
  /** Written when the transaction ends. */
  tell(
    publication: string,
    type: 'publication' | 'withdrawal',
    actor: string,
    body: LedgerEntry['body'],
  ): void;
  /** GitHub shows something else now. */
  shows(publication: string): void;
}

export async function changePublications<T>(
  deps: PublicationDeps,
  { project, workspace }: Scope,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  const policy = deps.governance()?.commit ?? null;
  const result = await deps.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(7306, hashtext(${`${project}/${workspace}`}))`);
    const now = deps.clock.now();
    const entries: LedgerEntry[] = [];
    const shown = new Set<string>();
    const answer = await work({
      tx,
      now,
      tell: (publication, type, actor, body) =>
        void entries.push({
          time: isoTime(now),
          type,
          actor,
          subject: `publication:${publication}`,
          policy_commit: policy,
          body,
        }),
      shows: (publication) => void shown.add(publication),
    });
    await record(tx, ...entries);
    await queueOutbox(
      tx,
      [...shown].map((subject) => ({ topic: PUBLICATION_TOPIC, subject })),
      now,
    );
    await callSteward(tx);
    return answer;
  });
  deps.wake();
  return result;
}

/** Heard by every hub when the transaction has committed, whichever of them holds the steward's open poll. */
export async function callSteward(tx: Pick<Tx, 'execute'>): Promise<void> {
  await tx.execute(sql`select pg_notify(${STEWARD_CHANNEL}, '')`);
}

export async function rowOf(tx: Tx, id: string): Promise<Row | undefined> {
  const [row] = await tx.select().from(publications).where(eq(publications.id, id));
  return row;
}
