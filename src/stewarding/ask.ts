/** Asking: one row for what it is for, whoever asks and however often. */
import { eq, sql } from 'drizzle-orm';
import { rowsOf, type Db, type Tx } from '../db/database.ts';
import { stewardTasks } from '../db/schema/stewarding.ts';
import { sha256 } from '../lib/hash.ts';
import { STEWARD_TASKS, type PayloadOf, type TaskName } from '../protocol/steward-tasks.ts';
import { callSteward } from '../publication/publication.ts';

export interface Asking<K extends TaskName> {
  /** What it is for, like `propose:<id>`: the same key is the same task. */
  key: string;
  do: K;
  payload: PayloadOf<K>;
  now: number;
  /** Also when the same was asked and answered before: it is done once more. */
  again?: boolean;
}

export interface TaskState {
  id: string;
  state: 'wanted' | 'done' | 'refused';
  /** The last no, also while it is tried again. */
  code: string | null;
  askedAt: number;
  doneAt: number | null;
}

/** Another payload under the same key takes the place of the first, and is done anew. Returns the task's id. */
export async function askSteward<K extends TaskName>(
  tx: Tx,
  { key, do: what, payload, now, again = false }: Asking<K>,
): Promise<string> {
  // What the steward would not understand is a fault of this program, and shows here first.
  const text = JSON.stringify(STEWARD_TASKS[what].payload.parse(payload));
  const [row] = await rowsOf<{ id: string; fresh: boolean }>(
    tx,
    sql`
      insert into steward_tasks as held (id, key, "do", payload, next_at, asked_at)
      values (${idOf(key)}, ${key}, ${what}, ${text}::jsonb, ${now}::bigint, ${now}::bigint)
      on conflict (key) do update set
        "do" = excluded."do", payload = excluded.payload, round = held.round + 1, state = 'wanted', code = null,
        attempts = 0, next_at = excluded.next_at, asked_at = excluded.asked_at, done_at = null
        where held.payload <> excluded.payload or held."do" <> excluded."do"
          or (${again}::boolean and held.state <> 'wanted')
      returning id, true as fresh`,
  );
  if (row) await callSteward(tx);
  return idOf(key);
}

export async function taskOf(db: Db, key: string): Promise<TaskState | undefined> {
  const [row] = await db.select().from(stewardTasks).where(eq(stewardTasks.key, key));
  return row && { id: row.id, state: row.state, code: row.code, askedAt: row.askedAt, doneAt: row.doneAt };
}

/** Follows from the key, so that asking again makes nothing new. */
function idOf(key: string): string {
  return BigInt(`0x${sha256(`steward-task ${key}`)}`)
    .toString(36)
    .padStart(16, '0')
    .slice(0, 16);
}
