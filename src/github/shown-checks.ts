/** Checks that follow from a commit, kept as state so that they can be shown again. */
import { sql } from 'drizzle-orm';
import { rowsOf, type Tx } from '../db/database.ts';
import { queueOutbox } from '../db/outbox.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import type { CheckContent } from './checks/content.ts';
import { derivedId } from './derived.ts';
import type { Room } from './room.ts';

export interface CommitCheck {
  repository: number;
  sha: string;
  name: string;
  /** What caused it, when it was asked for again: a new run each time, the same one for the same cause. */
  again?: string;
  content: CheckContent;
}

/** Keeps the check and queues it. A commit that has the check already keeps it, unless it was asked for again. */
export async function keepCheck(room: Room, check: CommitCheck): Promise<void> {
  await room.db.transaction((tx) => keepCheckIn(tx, check, room.clock.now()));
}

async function keepCheckIn(tx: Tx, check: CommitCheck, now: number): Promise<void> {
  const { repository, sha, name, content } = check;
  const id = derivedId('check', repository, sha, name, check.again ?? '');
  const [kept] = await rowsOf<{ id: string }>(
    tx,
    sql`
      insert into shown_checks (id, repository_id, sha, name, round, content, updated_at)
      select ${id}, ${repository}::bigint, ${sha}, ${name},
        (select coalesce(max(round), -1) + 1 from shown_checks where repository_id = ${repository}::bigint and sha = ${sha} and name = ${name}),
        ${canonicalJson(content)}::jsonb, ${now}::bigint
      where ${check.again !== undefined}::boolean or not exists (
        select 1 from shown_checks where repository_id = ${repository}::bigint and sha = ${sha} and name = ${name})
      on conflict (id) do nothing
      returning id`,
  );
  if (kept) await queueOutbox(tx, [{ topic: 'check', subject: id }], now);
}

/**
 * The same check with what it says now, edited in place. GitHub adds annotations to those it has and takes none
 * away, so that one with other annotations is a run of its own.
 */
export async function keepNewestIn(tx: Tx, check: Omit<CommitCheck, 'again'>, now: number): Promise<void> {
  const { repository, sha, name, content } = check;
  const id = derivedId('check', repository, sha, name, sha256(canonicalJson(content.annotations)));
  const [kept] = await rowsOf<{ id: string }>(
    tx,
    sql`
      insert into shown_checks as held (id, repository_id, sha, name, round, content, updated_at)
      select ${id}, ${repository}::bigint, ${sha}, ${name},
        (select coalesce(max(round), -1) + 1 from shown_checks where repository_id = ${repository}::bigint and sha = ${sha} and name = ${name}),
        ${canonicalJson(content)}::jsonb, ${now}::bigint
      on conflict (id) do update set content = excluded.content, updated_at = excluded.updated_at
        where held.content <> excluded.content
      returning id`,
  );
  if (kept) await queueOutbox(tx, [{ topic: 'check', subject: id }], now);
}

export async function hasCheck(room: Room, repository: number, sha: string, name: string): Promise<boolean> {
  const rows = await rowsOf(
    room.db,
    sql`select 1 from shown_checks where repository_id = ${repository}::bigint and sha = ${sha} and name = ${name} limit 1`,
  );
  return rows.length > 0;
}
