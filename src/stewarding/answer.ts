/** Tasks that are due, and what becomes of one when the steward has answered. */
import { and, asc, eq, lte, sql } from 'drizzle-orm';
import { rowsOf, type Db, type Tx } from '../db/database.ts';
import { stewardTasks } from '../db/schema/stewarding.ts';
import { minutes, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import {
  isTask,
  STEWARD_TASKS,
  type PayloadOf,
  type ResultOf,
  type StewardTask,
  type TaskName,
  type TaskReport,
} from '../protocol/steward-tasks.ts';

const AT_ONCE = 5;
const FIRST_RETRY_MS = minutes(1);
/** After an outage somebody waits for what failed in it. */
const LONGEST_RETRY_MS = minutes(10);

export interface ToldTask<K extends TaskName> {
  id: string;
  key: string;
  payload: PayloadOf<K>;
  askedAt: number;
}

/** Why the steward will not do it. */
export interface Why {
  code: string;
  says: string;
  next: string;
}

/** Who hears of it, in the transaction that notes the answer. */
export type TaskAnswers = {
  [K in TaskName]: {
    done(tx: Tx, task: ToldTask<K>, result: ResultOf<K>): Promise<void>;
    refused(tx: Tx, task: ToldTask<K>, why: Why): Promise<void>;
  };
};

type Row = typeof stewardTasks.$inferSelect;

export async function dueTasks(db: Db, now: number): Promise<StewardTask[]> {
  const due = await db
    .select()
    .from(stewardTasks)
    .where(and(eq(stewardTasks.state, 'wanted'), lte(stewardTasks.nextAt, now)))
    .orderBy(asc(stewardTasks.nextAt), asc(stewardTasks.id))
    .limit(AT_ONCE);
  return due.map(({ id, do: what, round, askedAt, payload }) => ({ id, do: what, round, askedAt, payload }));
}

/** When the next one is due; undefined when none waits. */
export async function nextTaskAt(db: Db): Promise<number | undefined> {
  const [row] = await rowsOf<{ at: number | null }>(
    db,
    sql`select min(next_at)::float8 as at from steward_tasks where state = 'wanted'`,
  );
  return row?.at ?? undefined;
}

/** What answers nothing that was asked, or could not be taken in: it is asked again, and others meanwhile. */
const NOT_TAKEN = 'hub.answer-not-taken';

/** A late or repeated report changes nothing. False when there is no such task. */
export async function takeTaskReport(
  { db, clock, answers, logger }: { db: Db; clock: Clock; answers: TaskAnswers; logger: Logger },
  report: Omit<TaskReport, 'protocol'>,
): Promise<boolean> {
  try {
    return await db.transaction((tx) => take(tx, answers, report, clock.now()));
  } catch (error) {
    // Left as it is, this task would be the first of every poll, and no other would be done.
    logger.error({ err: error, task: report.id, code: NOT_TAKEN }, 'An answer of the steward was not taken');
    const outcome = { outcome: 'failed' as const, code: NOT_TAKEN };
    return db.transaction((tx) => take(tx, answers, { ...report, outcome }, clock.now()));
  }
}

async function take(
  tx: Tx,
  answers: TaskAnswers,
  { id, round, outcome }: Omit<TaskReport, 'protocol'>,
  now: number,
): Promise<boolean> {
  const [row] = await tx.select().from(stewardTasks).where(eq(stewardTasks.id, id)).for('update');
  if (!row) return false;
  if (row.round !== round || row.state !== 'wanted') return true;
  const known = isTask(row.do) ? row.do : undefined;
  if (outcome.outcome === 'failed') await again(tx, row, outcome.code, now);
  else if (outcome.outcome === 'refused') {
    const { code, says, next } = outcome;
    await change(tx, row, { state: 'refused', code, doneAt: now });
    if (known) await tellRefused(answers, known, { tx, row }, { code, says, next });
  } else {
    const result = known && STEWARD_TASKS[known].result.safeParse(outcome.result);
    if (!known || !result?.success) await again(tx, row, NOT_TAKEN, now);
    else {
      await change(tx, row, { state: 'done', code: null, doneAt: now });
      await tellDone(answers, known, { tx, row }, result.data);
    }
  }
  return true;
}

async function again(tx: Tx, row: Row, code: string, now: number): Promise<void> {
  const rest = Math.min(FIRST_RETRY_MS * 2 ** row.attempts, LONGEST_RETRY_MS);
  await change(tx, row, { code, attempts: row.attempts + 1, nextAt: now + rest });
}

interface Telling {
  tx: Tx;
  row: Row;
}

async function tellDone<K extends TaskName>(
  answers: TaskAnswers,
  what: K,
  { tx, row }: Telling,
  result: ResultOf<K>,
): Promise<void> {
  const task = toldTask(what, row);
  if (task) await answers[what].done(tx, task, result);
}

async function tellRefused<K extends TaskName>(
  answers: TaskAnswers,
  what: K,
  { tx, row }: Telling,
  why: Why,
): Promise<void> {
  const task = toldTask(what, row);
  if (task) await answers[what].refused(tx, task, why);
}

/** Undefined when an earlier version asked in other words: nobody waits for it any more. */
function toldTask<K extends TaskName>(what: K, { id, key, payload, askedAt }: Row): ToldTask<K> | undefined {
  const read = STEWARD_TASKS[what].payload.safeParse(payload);
  return read.success ? { id, key, payload: read.data as PayloadOf<K>, askedAt } : undefined;
}

async function change(tx: Tx, { id }: Row, values: Partial<Row>): Promise<void> {
  await tx.update(stewardTasks).set(values).where(eq(stewardTasks.id, id));
}
