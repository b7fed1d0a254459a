/** The airlock's own small settings and watermarks. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import type { Db } from './core.ts';

export async function settingOf(db: Db, key: string): Promise<string | undefined> {
  const rows = await rowsOf<{ value: string }>(
    db,
    sql`select value from airlock_settings where key = ${key}`,
  );
  return rows[0]?.value;
}

export async function setSetting(db: Db, key: string, value: string | null): Promise<void> {
  if (value === null) {
    await db.execute(sql`delete from airlock_settings where key = ${key}`);
    return;
  }
  await db.execute(sql`
    insert into airlock_settings (key, value) values (${key}, ${value})
    on conflict (key) do update set value = excluded.value`);
}
