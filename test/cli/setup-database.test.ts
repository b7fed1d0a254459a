/** The database that `sallyport setup` makes with an administrator's address. */
import { afterAll, expect } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { testPostgres } from '../support/postgres.ts';
import { requires } from '../support/require.ts';
import { runSetup } from '../support/setup.ts';

const { test } = requires('postgres');
const root = mkdtempSync(path.join(tmpdir(), 'setup-database-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function asking<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return work(client).finally(() => client.end());
}

async function answers(name: string, given: Record<string, string> = {}): Promise<Record<string, string>> {
  const { adminUrl } = await testPostgres();
  const admin = path.join(root, 'admin.url');
  writeFileSync(admin, `${adminUrl}\n`, { mode: 0o600 });
  return {
    organisation: 'northshire-research',
    hub_origin: 'https://research.example.edu',
    app: 'existing',
    app_id: '4711',
    client_id: '',
    database_admin_file: admin,
    database_name: name,
    user: userInfo().username,
    state_dir: path.join(root, 'state'),
    units: 'none',
    ...given,
  };
}

test('a role that owns its database alone; the address is for one user, and never on the screen', async () => {
  const dir = path.join(root, 'made');
  const { out } = await runSetup('hub', dir, await answers('sp_made'));
  const file = path.join(dir, 'hub-database.url');
  const url = readFileSync(file, 'utf8').trim();

  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(out).not.toContain(new URL(url).password);
  const rights = await asking(url, async (client) =>
    client.query(
      `select rolsuper, rolcreatedb, rolcreaterole, has_database_privilege('public', 'sp_made', 'connect') as anybody,
              pg_get_userbyid(datdba) as owner
       from pg_roles, pg_database where rolname = current_user and datname = 'sp_made'`,
    ),
  );
  expect(rights.rows).toEqual([
    { rolsuper: false, rolcreatedb: false, rolcreaterole: false, anybody: false, owner: 'sp_made' },
  ]);
  const again = await runSetup('hub', dir, undefined);
  expect(again.out).toContain('it answers');
  expect(readFileSync(file, 'utf8').trim()).toBe(url);
});

test('broken off after the role was made, it goes on with the same password', async () => {
  const dir = path.join(root, 'broken');
  const given = await answers('sp_broken');
  const { adminUrl } = await testPostgres();
  await asking(adminUrl, (client) => client.query(`create role sp_broken login password 'of-the-first-try'`));
  const own = new URL(adminUrl);
  own.username = 'sp_broken';
  own.password = 'of-the-second-try';
  own.pathname = '/sp_broken';
  await runSetup('hub', dir, { ...given, database: 'given' });
  writeFileSync(path.join(dir, 'hub-database.url.next'), own.href, { mode: 0o600 });

  await runSetup('hub', dir, { ...given, database: 'make' });

  expect(readFileSync(path.join(dir, 'hub-database.url'), 'utf8').trim()).toBe(own.href);
});

test('a role that somebody else made keeps its password, and whoever runs this is told', async () => {
  const { adminUrl } = await testPostgres();
  await asking(adminUrl, (client) => client.query(`create role sp_taken login password 'theirs'`));
  await expect(runSetup('hub', path.join(root, 'taken'), await answers('sp_taken'))).rejects.toThrow(
    /there is a role sp_taken that was not made here/,
  );
});

test('a server that refuses is told in its own words, without the password', async () => {
  const given = await answers('sp_refused');
  const { adminUrl } = await testPostgres();
  const wrong = new URL(adminUrl);
  wrong.username = 'nobody-here';
  wrong.password = 'a-secret-password';
  writeFileSync(path.join(root, 'wrong.url'), wrong.href);
  const failed = runSetup('hub', path.join(root, 'refused'), {
    ...given,
    database_admin_file: path.join(root, 'wrong.url'),
  });
  await expect(failed).rejects.toThrow(/PostgreSQL does not take us/);
  await expect(failed).rejects.not.toThrow(/a-secret-password/);
});
