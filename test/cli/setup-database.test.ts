/** The database that `sallyport setup` makes with an administrator's address. */
import { afterAll, expect } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** Somebody who may log in with this password, and nothing else is known of. */
async function role(name: string, password: string, rights = ''): Promise<string> {
  const { adminUrl } = await testPostgres();
  await asking(adminUrl, (client) =>
    client.query(`create role ${name} login ${rights} password '${password}'`),
  );
  const url = new URL(adminUrl);
  url.username = name;
  url.password = password;
  return url.href;
}

const passwordIn = (file: string): string => new URL(readFileSync(file, 'utf8').trim()).password;
const worksAs = (url: string): Promise<unknown> => asking(url, (client) => client.query('select 1'));

test('an administrator who may not make databases is told which right is lacking; with it, the run goes on with the same password', async () => {
  const dir = path.join(root, 'broken');
  const admin = path.join(root, 'little.url');
  const little = await role('sp_little', 'little-password', 'createrole');
  writeFileSync(admin, little, { mode: 0o600 });
  const given = await answers('sp_broken', { database_admin_file: admin });

  await expect(runSetup('hub', dir, given)).rejects.toThrow(
    /ALTER ROLE sp_little CREATEROLE CREATEDB.*setup\.database-right/,
  );
  const begun = passwordIn(path.join(dir, 'hub-database.url.next'));
  const { adminUrl } = await testPostgres();
  await asking(adminUrl, (client) => client.query('alter role sp_little createdb'));
  await runSetup('hub', dir, undefined);

  const file = path.join(dir, 'hub-database.url');
  expect(passwordIn(file)).toBe(begun);
  expect(existsSync(`${file}.next`)).toBe(false);
  const members = await asking(adminUrl, (client) =>
    client.query(
      `select 1 from pg_auth_members where roleid = 'sp_broken'::regrole and member = 'sp_little'::regrole`,
    ),
  );
  expect(members.rows).toEqual([]);
});

/** Of a database: may any role of the server connect, and who is a member of its role? */
async function openness(name: string): Promise<unknown> {
  const { adminUrl } = await testPostgres();
  const { rows } = await asking(adminUrl, (client) =>
    client.query(
      `select has_database_privilege('public', '${name}', 'connect') as anybody,
              (select count(*)::int from pg_auth_members where roleid = '${name}'::regrole) as members`,
    ),
  );
  return rows[0];
}

test('an administrator who inherits nothing closes the database to everybody else, too', async () => {
  const admin = path.join(root, 'noinherit.url');
  const distant = await role('sp_distant', 'distant-password', 'noinherit createrole createdb');
  writeFileSync(admin, distant, { mode: 0o600 });
  const stranger = new URL(await role('sp_stranger', 'stranger'));

  const dir = path.join(root, 'closed');
  await runSetup('hub', dir, await answers('sp_closed', { database_admin_file: admin }));

  expect(await openness('sp_closed')).toEqual({ anybody: false, members: 0 });
  stranger.pathname = '/sp_closed';
  await expect(worksAs(stranger.href)).rejects.toThrow(/permission denied for database/);
  await worksAs(readFileSync(path.join(dir, 'hub-database.url'), 'utf8').trim());
});

test('a database that stays open to every role is not said to be made', async () => {
  const dir = path.join(root, 'open');
  const given = await answers('sp_open');
  await runSetup('hub', dir, given);
  const file = path.join(dir, 'hub-database.url');
  const own = readFileSync(file, 'utf8').trim();
  // Broken off before its last step; meanwhile somebody who may pass the right on did.
  renameSync(file, `${file}.next`);
  const giver = new URL(await role('sp_giver', 'giver'));
  giver.pathname = '/sp_open';
  await asking(own, (client) =>
    client.query('grant connect on database sp_open to sp_giver with grant option'),
  );
  await asking(giver.href, (client) => client.query('grant connect on database sp_open to public'));

  const refused = runSetup('hub', dir, undefined);
  await expect(refused).rejects.toThrow(
    /every role of that server may still connect.*REVOKE ALL ON DATABASE sp_open FROM PUBLIC.*setup\.database-open/s,
  );
  await expect(refused).rejects.not.toThrow(new URL(own).password);
  expect(existsSync(file)).toBe(false);

  await asking(giver.href, (client) => client.query('revoke all on database sp_open from public'));
  await runSetup('hub', dir, undefined);
  expect(readFileSync(file, 'utf8').trim()).toBe(own);
  expect(await openness('sp_open')).toEqual({ anybody: false, members: 0 });
});

test('what was begun for another role is neither taken for this one nor thrown away', async () => {
  const dir = path.join(root, 'changed');
  const theirs = await role('sp_theirs', 'theirs');
  await runSetup('hub', dir, { ...(await answers('sp_begun')), database: 'given' });
  const begun = new URL(theirs);
  begun.username = 'sp_begun';
  begun.password = 'of-the-first-try';
  begun.pathname = '/sp_begun';
  const next = path.join(dir, 'hub-database.url.next');
  writeFileSync(next, begun.href, { mode: 0o600 });

  const changed = runSetup('hub', dir, { ...(await answers('sp_theirs')), database: 'make' });
  await expect(changed).rejects.toThrow(/role sp_begun for .* now say sp_theirs .*setup\.database-begun/);
  await expect(changed).rejects.not.toThrow(/of-the-first-try/);
  begun.username = 'sp_theirs';
  begun.pathname = '/sp_theirs';
  begun.port = '1';
  writeFileSync(next, begun.href, { mode: 0o600 });
  await expect(runSetup('hub', dir, undefined)).rejects.toThrow(/setup\.database-begun/);

  expect(readFileSync(next, 'utf8')).toBe(begun.href);
  await worksAs(theirs);
});

test('a role that another installation made after this one was broken off keeps its password', async () => {
  const dir = path.join(root, 'raced');
  const theirs = await role('sp_raced', 'theirs');
  await runSetup('hub', dir, { ...(await answers('sp_raced')), database: 'given' });
  const ours = new URL(theirs);
  ours.password = 'ours';
  ours.pathname = '/sp_raced';
  writeFileSync(path.join(dir, 'hub-database.url.next'), ours.href, { mode: 0o600 });

  await expect(runSetup('hub', dir, { ...(await answers('sp_raced')), database: 'make' })).rejects.toThrow(
    /there is a role sp_raced that was not made here.*setup\.database-taken/,
  );
  await worksAs(theirs);
});

test('role or database of this name that somebody else made is left as it is, and whoever runs this is told', async () => {
  const theirs = await role('sp_taken', 'theirs', 'createdb');
  await asking(theirs, (client) => client.query('create database sp_taken_too'));
  const dir = path.join(root, 'taken');
  for (const [name, what] of [
    ['sp_taken', /there is a role sp_taken that was not made here/],
    ['sp_taken_too', /there is a database sp_taken_too that was not made here/],
  ] as const) {
    await expect(runSetup('hub', dir, await answers(name))).rejects.toThrow(what);
    expect(existsSync(path.join(dir, 'hub-database.url.next'))).toBe(false);
  }
  await worksAs(theirs);
});

test('a database that is there stays when the answer is changed, and is named', async () => {
  const dir = path.join(root, 'stays');
  await runSetup('hub', dir, await answers('sp_stays'));
  const before = readFileSync(path.join(dir, 'hub-database.url'), 'utf8');
  const { out } = await runSetup('hub', dir, await answers('sp_other'));
  expect(out).toMatch(/it answers, as role sp_stays on \S+\/sp_stays/);
  expect(readFileSync(path.join(dir, 'hub-database.url'), 'utf8')).toBe(before);
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
  await expect(failed).rejects.toThrow(/PostgreSQL does not take what stands in .*wrong\.url/);
  await expect(failed).rejects.not.toThrow(/a-secret-password/);
});
