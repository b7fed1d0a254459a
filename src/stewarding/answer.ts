/** Tasks that are due, and what becomes of one when the steward has answered. */
import { and, asc, eq, lte, sql } from 'drizzle-orm';
import { rowsOf, type Db, type Tx } from '../db/database.ts';
import { stewardTasks } from '../db/schema/stewarding.ts';
import { hours, minutes, type Clock } from '../lib/clock.ts';
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

/** A late or repeated report changes nothing. False when there is no such task, or the answer is none to it. */
export async function takeTaskReport(
  { db, clock, answers }: { db: Db; clock: Clock; answers: TaskAnswers },
  { id, round, outcome }: Omit<TaskReport, 'protocol'>,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx.select().from(stewardTasks).where(eq(stewardTasks.id, id)).for('update');
    if (!row || !isTask(row.do)) return false;
    if (row.round !== round || row.state !== 'wanted') return true;
    const now = clock.now();
    if (outcome.outcome === 'failed') {
      const rest = Math.min(FIRST_RETRY_MS * 2 ** row.attempts, hours(1));
      await change(tx, row, { code: outcome.code, attempts: row.attempts + 1, nextAt: now + rest });
      return true;
    }
    if (outcome.outcome === 'refused') {
      const { code, says, next } = outcome;
      await change(tx, row, { state: 'refused', code, doneAt: now });
      await tellRefused(answers, row.do, { tx, row }, { code, says, next });
      return true;
    }
    const result = STEWARD_TASKS[row.do].result.safeParse(outcome.result);
    if (!result.success) return false;
    await change(tx, row, { state: 'done', code: null, doneAt: now });
    await tellDone(answers, row.do, { tx, row }, result.data);
    return true;
  });
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
