import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { roles, type Roles } from '../../agent/database/roles.ts';
import { scramVerifier } from '../../agent/database/scram.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { requires } from '../support/require.ts';
import { schools, type Schools } from './schools.ts';

const { describe, test } = requires('postgres');
const DENIED = '42501';
const WRONG_PASSWORD = '28P01';
const TOO_LATE = '28P01';
/** The role's read-only default is a courtesy; what holds are its rights. */
const WRITING = '-c default_transaction_read_only=off';
const HOUR = 3_600_000;

describe('a role for one job', () => {
  let db: Schools;
  let made: Roles;
  const password = 'f00dcafe';

  beforeAll(async () => {
    db = await schools();
    made = roles({ ...db, owner: `test-${randomIds.id()}`, connections: 2, statementTimeoutMs: 5000 });
  });
  afterEach(() => made.dropAllBut(new Set()));
  afterAll(() => db.remove());

  async function granted(tables: string[], job = randomIds.id(), validUntil = Date.now() + HOUR) {
    const user = await made.grant({ job, password, tables, validUntil });
    if (typeof user !== 'string') throw new Error(JSON.stringify(user));
    return { job, user, login: { user, password } };
  }

  test('reads the tables of its datasets', async () => {
    const { login } = await granted(['pupils.pupil', 'results']);

    expect(
      await db.as(login, 'select name, points from pupils.pupil join results.score on pupil = id'),
    ).toEqual([{ name: 'A', points: 42 }]);
    expect(await db.as(login, 'select mark from results.mark')).toEqual([{ mark: 'B' }]);
  });

  test.each([
    ['read a table of another dataset in the same schema', 'select * from pupils.address'],
    ['read a table of another schema', 'select * from results.score'],
    ['write a table it may read', 'insert into pupils.pupil values (2, 1)'],
    ['empty a table it may read', 'truncate pupils.pupil'],
    ['make a table', 'create table public.copy (id int)'],
    ['make a temporary table', 'create temp table copy (id int)'],
    ['make a schema', 'create schema mine'],
    ['become the administrator', 'set role sallyport'],
    ['read a file of the server', `select pg_read_file('/etc/passwd')`],
    ['run a program on the server', `copy (select 1) to program 'id'`],
    ['make a role', 'create role other'],
    ['read the passwords', 'select * from pg_authid'],
  ])('cannot %s', async (_what, sql) => {
    const { login } = await granted(['pupils.pupil']);

    expect(await db.as({ ...login, options: WRITING }, sql)).toBe(DENIED);
  });

  test('starts each transaction read-only and with a time limit', async () => {
    const { login } = await granted(['pupils.pupil']);

    expect(await db.as(login, 'show default_transaction_read_only')).toEqual([
      { default_transaction_read_only: 'on' },
    ]);
    expect(await db.as(login, 'show statement_timeout')).toEqual([{ statement_timeout: '5s' }]);
  });

  test('has a password that nobody can log in with when it is wrong or late', async () => {
    const { user } = await granted(['pupils.pupil']);
    const late = await granted(['pupils.pupil'], randomIds.id(), Date.now() - 1000);

    expect(await db.as({ user, password: 'guess' }, 'select 1')).toBe(WRONG_PASSWORD);
    expect(await db.as(late.login, 'select 1')).toBe(TOO_LATE);
  });

  test('may hold only so many connections', async () => {
    const { login } = await granted(['pupils.pupil']);
    const clients = [1, 2].map(
      () => new pg.Client({ host: db.host, port: db.port, database: db.database, ...login }),
    );
    await Promise.all(clients.map((client) => client.connect()));

    expect(await db.as(login, 'select 1')).toBe('53300');

    await Promise.all(clients.map((client) => client.end()));
  });

  test('is dropped with its sessions ended', async () => {
    const { job, login } = await granted(['pupils.pupil']);
    const client = new pg.Client({ host: db.host, port: db.port, database: db.database, ...login });
    client.on('error', () => undefined);
    await client.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));

    await made.drop(job);

    await ended;
    expect(await db.as(login, 'select 1')).toBe(WRONG_PASSWORD);
    expect((await db.run(`select 1 from pg_roles where rolname = '${login.user}'`)).rowCount).toBe(0);
    await made.drop(job);
  });

  test('goes even when the job left something of its own in another database', async () => {
    const { job, login } = await granted(['pupils.pupil']);
    expect(await db.as(login, 'select lo_create(0)', 'postgres')).not.toBe(DENIED);

    await made.drop(job);

    expect((await db.run(`select 1 from pg_roles where rolname = '${login.user}'`)).rowCount).toBe(0);
  });

  test('granted again keeps its name and gets the new rights only', async () => {
    const { job, login } = await granted(['pupils.pupil']);
    await granted(['results.score'], job);

    expect(await db.as(login, 'select * from pupils.pupil')).toBe(DENIED);
    expect(await db.as(login, 'select points from results.score')).toEqual([{ points: 42 }]);
  });

  test('left by a crash is dropped at the next start, and that of a living job stays', async () => {
    const dead = await granted(['pupils.pupil']);
    const alive = await granted(['pupils.pupil']);
    const foreign = roles({ ...db, owner: 'another-agent', connections: 1 });
    const others = await foreign.grant({
      job: randomIds.id(),
      password,
      tables: ['results'],
      validUntil: Date.now() + HOUR,
    });

    await made.dropAllBut(new Set([alive.job]));

    expect(await db.as(dead.login, 'select 1')).toBe(WRONG_PASSWORD);
    expect(await db.as(alive.login, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await db.as({ user: String(others), password }, 'select 1 as one')).toEqual([{ one: 1 }]);
    await foreign.dropAllBut(new Set());
  });

  test('many roles made at once do not get in each other’s way', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => granted(['pupils.pupil', 'results'])));

    expect(new Set(all.map((one) => one.user)).size).toBe(6);
    await Promise.all(all.map(({ job }) => made.drop(job)));
  });

  test('many roles that several agents make at once do not get in each other’s way', async () => {
    const agents = [1, 2, 3, 4].map((n) => roles({ ...db, owner: `agent-${n}`, connections: 1 }));
    const wish = { password, tables: ['pupils.pupil', 'results'], validUntil: Date.now() + HOUR };

    const all = await Promise.all(agents.map((agent) => agent.grant({ ...wish, job: randomIds.id() })));

    expect(all.map((one) => typeof one)).toEqual(agents.map(() => 'string'));
    await Promise.all(agents.map((agent) => agent.dropAllBut(new Set())));
  });

  test('is made while a job holds every lock that it could guess', async () => {
    const { job, login } = await granted(['pupils.pupil']);
    const client = new pg.Client({ host: db.host, port: db.port, database: db.database, ...login });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(
      'select pg_advisory_lock(5217001); begin; lock table pupils.pupil in access share mode',
    );

    await granted(['pupils.pupil']);
    await made.drop(job);
  }, 5000);

  test('is refused where every account may read a table that was not granted', async () => {
    await db.run('grant usage on schema results to public; grant select on results.mark to public');

    const answer = await made.grant({
      job: randomIds.id(),
      password,
      tables: ['pupils.pupil'],
      validUntil: Date.now() + HOUR,
    });

    expect(answer).toEqual({
      refused: true,
      code: 'database.too-open',
      says: 'Every account of this database may do more than its grants say: read results.mark.',
      next: 'As its owner run: revoke select on "results"."mark" from public',
    });
    await db.run('revoke all on schema results from public; revoke all on results.mark from public');
  });

  test('is refused where a function runs with its owner’s rights', async () => {
    await db.run(
      `create function pupils.peek() returns bigint language sql security definer as 'select count(*) from pupils.address'`,
    );

    const answer = await made.grant({
      job: randomIds.id(),
      password,
      tables: ['pupils.pupil'],
      validUntil: Date.now() + HOUR,
    });

    expect(answer).toMatchObject({
      code: 'database.too-open',
      next: expect.stringContaining('revoke execute on function pupils.peek()'),
    });
    await db.run('drop function pupils.peek()');
  });

  test.each([['pupils.nothing'], ['nowhere'], ['a"; drop table x; --.b']])(
    'is refused when a dataset names what is not there: %s',
    async (table) => {
      const job = randomIds.id();

      const answer = await made.grant({ job, password, tables: [table], validUntil: Date.now() + HOUR });

      expect(answer).toMatchObject({ code: 'database.missing-table' });
      expect((await db.run(`select 1 from pg_roles where rolname like '%${job}'`)).rowCount).toBe(0);
    },
  );

  test('leaves no notes for other jobs once the install guide has been followed', async () => {
    const guide = readFileSync(new URL('../../docs/install/agent.md', import.meta.url), 'utf8');
    const [statement = ''] = /^do \$\$[\s\S]*?^end \$\$;$/m.exec(guide) ?? [];
    const { login } = await granted(['pupils.pupil']);
    const notes = [
      ...['select lo_create(0)', 'select lo_creat(-1)', `select lo_from_bytea(0, '\\x41')`],
      ...[
        'select pg_advisory_lock(5217001)',
        'select pg_try_advisory_lock_shared(1, 2)',
        `select pg_notify('a', 'b')`,
      ],
    ];
    for (const sql of notes) expect(await db.as({ ...login, options: WRITING }, sql)).not.toBe(DENIED);

    await db.run(statement);

    for (const sql of notes)
      expect([sql, await db.as({ ...login, options: WRITING }, sql)]).toEqual([sql, DENIED]);
    // The role was made, and is made again, all the same.
    await granted(['pupils.pupil']);
  });

  test('can be made by an administrator who is no superuser', async () => {
    await db.run(`create role maker login createrole password 'maker'; alter database ${db.database} owner to maker;
      grant execute on function pg_advisory_xact_lock(bigint) to maker;
      grant usage on schema pupils to maker with grant option; grant select on pupils.pupil to maker with grant option`);
    const modest = roles({
      ...db,
      admin: { user: 'maker', password: 'maker' },
      owner: 'modest',
      connections: 2,
    });
    const job = randomIds.id();

    const user = await modest.grant({
      job,
      password,
      tables: ['pupils.pupil'],
      validUntil: Date.now() + HOUR,
    });

    expect(await db.as({ user: String(user), password }, 'select id from pupils.pupil')).toEqual([{ id: 1 }]);
    await modest.drop(job);
    expect((await db.run(`select 1 from pg_roles where rolname = '${String(user)}'`)).rowCount).toBe(0);
    await db.run(`alter database ${db.database} owner to sallyport; drop owned by maker; drop role maker`);
  });
});

describe('a password as the server keeps it', () => {
  test('is the verifier PostgreSQL makes of the same password and salt', () => {
    // Made by PostgreSQL 15: create role r password 'pencil', salt as in RFC 7677.
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    expect(scramVerifier('pencil', salt)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });
});
