import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { noteRights } from '../../src/db/rights.ts';
import { keyOf } from '../../src/publication/set.ts';

const folder = new URL('../../src/db/migrations/', import.meta.url);

/** A database as the first version left it, or one that had made so many migrations. */
async function asFirstMade(made = 1): Promise<{ db: Db; close(): Promise<void> }> {
  const client = await PGlite.create('memory://');
  const journal = JSON.parse(readFileSync(new URL('meta/_journal.json', folder), 'utf8')) as {
    entries: { tag: string; when: number }[];
  };
  await client.exec('create table schema_migrations (tag text primary key, made_at float8 not null)');
  for (const { tag, when } of journal.entries.slice(0, made)) {
    await client.exec(readFileSync(new URL(`${tag}.sql`, folder), 'utf8'));
    await client.query('insert into schema_migrations values ($1, $2)', [tag, when]);
  }
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

test('publications of one release become sets of files, and keep who asked, what is public and where that was agreed', async () => {
  const { db, close } = await asFirstMade(5);
  await db.execute(sql`
    insert into publications (id, release, request, project, workspace, backend, repository_id, set_key, state,
      requested_by, requested_at, reference)
    values ('p', 'r-1', 'r', 'ns', 'main', 'b', 1, 'old', 'published', 7, ${Date.parse('2026-11-03T23:00:00Z')}, 'DAA-77'),
      ('q', 'r-2', 'r', 'ns', 'main', 'b', 1, 'older', 'draft', 7, 5, null)`);
  await db.execute(sql`
    insert into publication_files (publication, release, number, live)
    values ('p', 'r-1', 10, true), ('p', 'r-1', 9, true), ('q', 'r-2', 1, false)`);
  await db.execute(sql`
    insert into publication_editions (publication, number, tag, state, files, next_at, created_at)
    values ('p', 1, 'outputs-p.1', 'published', '[9, 10]', 1, 1)`);

  await migrate(db);

  const of = (number: number) => ({ release: 'r-1', number });
  expect(
    await rowsOf(
      db,
      sql`select id, set_key, owner_reference, owner_on, owner_by::int4 as owner_by from publications order by id`,
    ),
  ).toEqual([
    {
      id: 'p',
      set_key: keyOf([of(10), of(9)]),
      owner_reference: 'DAA-77',
      owner_on: '2026-11-03',
      owner_by: 7,
    },
    {
      id: 'q',
      set_key: keyOf([{ release: 'r-2', number: 1 }]),
      owner_reference: null,
      owner_on: null,
      owner_by: null,
    },
  ]);
  expect(await rowsOf(db, sql`select files from publication_editions`)).toEqual([{ files: [of(9), of(10)] }]);
  expect(await rowsOf(db, sql`select count(*)::int4 as n from publication_files where live`)).toEqual([
    { n: 2 },
  ]);
  await close();
});

test('rights that the log told of before are laid out as they would be today', async () => {
  const { db, close } = await asFirstMade(21);
  const rows = () =>
    rowsOf<{ person: number; held: boolean; replaced_at: unknown }>(
      db,
      sql`select * from rights_said order by leaf`,
    );
  for (const [person, event, day] of [
    [1, 'given', '01'],
    [2, 'given', '02'],
    [1, 'changed', '03'],
    [1, 'ended', '02'],
  ] as const) {
    const body = {
      what: 'team',
      event,
      project: null,
      person: { id: person },
      name: 'support',
      repository: null,
    };
    const entry = {
      body: { ...body, scope: null, from: null, until: '2027-12-31' },
      time: `2027-03-${day}T09:00:00.000Z`,
    };
    await db.execute(sql`
      insert into ledger_leaves (type, subject, entry, hash) values ('membership', 'person:1', ${JSON.stringify(entry)}, 'x')`);
  }

  await migrate(db);

  const brought = await rows();
  await db.execute(sql`delete from rights_said`);
  await db.transaction((tx) => noteRights(tx, [1, 2, 3, 4]));
  expect(brought).toEqual(await rows());
  expect(brought.map(({ person, held, replaced_at: at }) => [person, held, at !== null])).toEqual([
    [1, true, true],
    [2, true, false],
    [1, true, true],
    [1, false, false],
  ]);
  await close();
});
