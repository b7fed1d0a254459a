import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';

const folder = new URL('../../src/db/migrations/', import.meta.url);

/** A database as the first version left it. */
async function asFirstMade(): Promise<{ db: Db; close(): Promise<void> }> {
  const client = await PGlite.create('memory://');
  const journal = JSON.parse(readFileSync(new URL('meta/_journal.json', folder), 'utf8')) as {
    entries: { tag: string; when: number }[];
  };
  const [first] = journal.entries;
  if (!first) throw new Error('no migrations');
  await client.exec(readFileSync(new URL(`${first.tag}.sql`, folder), 'utf8'));
  await client.exec('create table schema_migrations (tag text primary key, made_at float8 not null)');
  await client.query('insert into schema_migrations values ($1, $2)', [first.tag, first.when]);
  const db = drizzle({ client, casing: 'snake_case' }) as unknown as Db;
  return { db, close: () => client.close() };
}

const requestOf = (purpose: string): string => purpose.padEnd(16, '0');

test('a database with jobs of the first version is brought along, without what may not be kept of them', async () => {
  const { db, close } = await asFirstMade();
  for (const purpose of ['run', 'dummy']) {
    await db.execute(sql`
      insert into job_requests (id, repository_id, owner, name, branch, commit, backend, requested_by, requested_by_login, actions,
        force, codelists_ok, purpose, notify, origin, outcome, reused, job_count, digest, created_at)
      values (${requestOf(purpose)}, 1, 'o', 'n', 'main', 'c', 'b', 7, 'l', '[]',
        false, true, ${purpose}, 'end', '{}', 'accepted', '[]', 1, 'd', 0)`);
  }
  const jobs = [
    ['a', 'run', 'general', 'running', 'executing', null],
    ['b', 'run', 'database', 'failed', 'nonzero_exit', null],
    ['c', 'dummy', 'general', 'failed', 'nonzero_exit', null],
    ['d', 'run', 'general', 'running', 'executing', 5],
    ['e', 'run', 'general', 'pending', 'waiting_on_reboot', null],
  ] as const;
  for (const [action, purpose, pool, state, code, cancelled] of jobs) {
    await db.execute(sql`
      insert into jobs (id, request, backend, workspace, action, run, pool, weight, why, latest, state, code, created_at,
        started_at, completed_at, updated_at, exit_code, log_tail, cancel_requested_at)
      values (${action.repeat(16)}, ${requestOf(purpose)}, 'b', 'w', ${action}, 'python:v1', ${pool}, 1,
        'asked', true, ${state}, ${code}, 0, 1, ${state === 'failed' ? 2 : null}, 0, 3, 'log', ${cancelled})`);
  }

  await migrate(db);

  expect(
    await rowsOf(
      db,
      sql`select action, data, code, exit_code, log_tail, stop_code from jobs order by action`,
    ),
  ).toEqual([
    { action: 'a', data: 'real', code: 'executing', exit_code: null, log_tail: null, stop_code: null },
    { action: 'b', data: 'real', code: 'nonzero_exit', exit_code: 3, log_tail: null, stop_code: null },
    { action: 'c', data: 'dummy', code: 'nonzero_exit', exit_code: 3, log_tail: 'log', stop_code: null },
    {
      action: 'd',
      data: 'real',
      code: 'executing',
      exit_code: null,
      log_tail: null,
      stop_code: 'cancelled_by_user',
    },
    { action: 'e', data: 'real', code: 'created', exit_code: null, log_tail: null, stop_code: null },
  ]);
  await close();
});
