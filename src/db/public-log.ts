/** How the public log repository stands, as the steward last told. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, type Db, type Tx } from './database.ts';

export interface Committed {
  /** GitHub's number of it. */
  repository: number;
  commit: string;
  /** Entries of the newest checkpoint there. */
  size: number;
  /** Entries copied there. */
  exported: number;
  at: number;
}

/** Why the steward commits nothing at present. */
export interface NotCommitted {
  code: string;
  says: string;
  next: string;
  at: number;
}

export interface PublicLogStanding {
  committed: Committed | null;
  refused: NotCommitted | null;
}

const STANDING = 'public-log:standing';
const LOOKED = 'public-log:looked';

export async function publicLogStanding(db: Db | Tx): Promise<PublicLogStanding> {
  const [row] = await rowsOf<{ value: PublicLogStanding }>(
    db,
    sql`select value from settings where key = ${STANDING}`,
  );
  return row?.value ?? { committed: null, refused: null };
}

/** Only what is given changes. */
export async function keepStanding(tx: Tx, told: Partial<PublicLogStanding>, now: number): Promise<void> {
  await keep(tx, STANDING, { ...(await publicLogStanding(tx)), ...told }, now);
}

/** Up to which place the log was looked through for what is worth a checkpoint of its own. */
export async function lookedAt(db: Db | Tx): Promise<number | undefined> {
  const [row] = await rowsOf<{ value: number }>(db, sql`select value from settings where key = ${LOOKED}`);
  return row?.value;
}

export const keepLookedAt = (tx: Tx, place: number, now: number): Promise<void> =>
  keep(tx, LOOKED, place, now);

async function keep(tx: Tx, key: string, value: unknown, now: number): Promise<void> {
  await tx.execute(sql`
    insert into settings (key, value, updated_at) values (${key}, ${asJson(value)}::jsonb, ${now}::bigint)
    on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`);
}
