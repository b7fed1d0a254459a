import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { csvLine } from '../../agent/images/sqlrunner/csv.ts';
import { Ended, exitFor } from '../../agent/images/sqlrunner/exits.ts';
import { parseArguments } from '../../agent/images/sqlrunner/arguments.ts';
import { sqlrunner } from '../../agent/images/sqlrunner/sqlrunner.ts';
import { startCluster, type Cluster } from '../../src/sandbox/demo/database/cluster.ts';
import { freePorts } from '../../src/sandbox/demo/ports.ts';
import { requires } from '../support/require.ts';

test.each([
  [['--output', 'output/a.csv', 'a.sql'], { input: 'a.sql', output: 'output/a.csv' }],
  [['a.sql', '--output=output/a.csv.gz'], { input: 'a.sql', output: 'output/a.csv.gz' }],
])('%j are understood', (words, expected) => {
  expect(parseArguments(words)).toEqual(expected);
});

test.each([
  [[], '--output is missing.'],
  [['--output', 'output/a.csv'], 'The SQL file is missing.'],
  [['--output'], '--output needs a file.'],
  [['--output', 'a.csv', '--output', 'b.csv', 'a.sql'], '--output stands twice.'],
  [['--output=a.csv', '--output=b.csv', 'a.sql'], '--output stands twice.'],
  [['--output', 'a.csv', 'a.sql', 'b.sql'], 'Only one SQL file can be run.'],
  [['--output', 'a.parquet', 'a.sql'], '"a.parquet" does not end in .csv or .csv.gz.'],
  [['--verbose', '--output', 'a.csv', 'a.sql'], '"--verbose" is not an option.'],
])('%j end with exit code 2 and how to write it', (words, says) => {
  expect(() => parseArguments(words)).toThrow(Ended);
  expect(() => parseArguments(words)).toThrow(`${says} Write: sqlrunner --output`);
});

test('a field is quoted only where it must be, and null differs from an empty text', () => {
  expect(csvLine(['plain', 'a,b', 'say "no"', 'two\nlines', '', null, '1.50'])).toBe(
    'plain,"a,b","say ""no""","two\nlines","",,1.50\n',
  );
});

test.each([
  ['connection refused', 3, { code: 'ECONNREFUSED' }],
  ['server shutting down', 3, { code: '57P01' }],
  ['serialization', 3, { code: '40001' }],
  ['connection lost', 3, new Error('Connection terminated unexpectedly')],
  ['wrong password', 5, { code: '28P01' }],
  ['internal error', 5, { code: 'XX000' }],
  ['a bug', 5, new TypeError('a bug')],
  ['statement timeout', 6, { code: '57014' }],
  ['no such table', 10, { code: '42P01' }],
  ['no permission', 12, { code: '42501' }],
])('a failure (%s) ends with exit code %i', (_name, exit, error) => {
  expect(exitFor(error)).toBe(exit);
});

test('a database that does not answer is a transient failure, and the log says so', async () => {
  const [port] = await freePorts(1);
  const folder = mkdtempSync(path.join(tmpdir(), 'sqlrunner-'));
  writeFileSync(path.join(folder, 'a.sql'), 'select 1');
  const log: string[] = [];

  const exit = await sqlrunner(
    ['--output', path.join(folder, 'a.csv'), path.join(folder, 'a.sql')],
    { DATABASE_URL: `postgres://nobody:none@127.0.0.1:${port}/none` },
    (line) => log.push(line),
  );

  expect(exit).toBe(3);
  expect(log.join('\n')).toContain('ECONNREFUSED');
  rmSync(folder, { recursive: true });
});

requires('postgres').describe('on PostgreSQL', () => {
  let folder: string;
  let cluster: Cluster;
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'sqlrunner-'));
    const [port] = await freePorts(1);
    cluster = await startCluster({
      folder: mkdtempSync(path.join(tmpdir(), 'sqlrunner-db-')),
      port: port ?? 0,
      password: 'admin',
      adopt: () => undefined,
    });
    const admin = new pg.Client({ host: '127.0.0.1', port, ...cluster.admin });
    await admin.connect();
    await admin.query(`
      create table pupils (id int, name text, score numeric(6,2), born date);
      insert into pupils values (1, 'Ada, the first', 12.50, '2010-02-03'), (2, '', null, null), (3, 'two
lines', 0.00, '2011-01-01');
      create table exclusions (id int);
      create role reader login password 'reader';
      grant connect, temporary on database warehouse to reader;
      grant select on pupils to reader;
    `);
    await admin.end();
    url = `postgres://reader:reader@127.0.0.1:${port}/warehouse`;
  });

  afterAll(async () => {
    const gone = new Promise((resolve) => cluster.child.once('close', resolve));
    cluster.child.kill('SIGINT');
    await gone;
    rmSync(path.dirname(cluster.dataFolder), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(sql: string, output = 'output/rows.csv') {
    const file = path.join(folder, 'extract.sql');
    const target = path.join(folder, output);
    rmSync(target, { force: true });
    writeFileSync(file, sql);
    const log: string[] = [];
    const exit = await sqlrunner(['--output', target, file], { DATABASE_URL: url }, (line) => log.push(line));
    return {
      exit,
      log: log.join('\n').replaceAll(folder, '.'),
      bytes: existsSync(target) ? readFileSync(target) : undefined,
    };
  }

  test('rows come out as the database prints them', async () => {
    const { exit, log, bytes } = await run('select id, name, score, born from pupils order by id;');

    expect(exit).toBe(0);
    expect(log).toBe('Wrote 3 rows to ./output/rows.csv.');
    expect(bytes?.toString()).toBe(
      'id,name,score,born\n1,"Ada, the first",12.50,2010-02-03\n2,"",,\n3,"two\nlines",0.00,2011-01-01\n',
    );
  });

  test('an output that ends in .gz is compressed', async () => {
    const { bytes } = await run('select id from pupils order by id', 'output/rows.csv.gz');
    expect(gunzipSync(bytes ?? Buffer.alloc(0)).toString()).toBe('id\n1\n2\n3\n');
  });

  test('a file may prepare with several statements and then select', async () => {
    const { exit, bytes } = await run(
      'set datestyle = iso; create temporary table later as select id from pupils where id > 1; select id from later order by id',
    );
    expect(exit).toBe(0);
    expect(bytes?.toString()).toBe('id\n2\n3\n');
  });

  test('a query without rows still writes its header', async () => {
    const { exit, bytes } = await run('select id, name from pupils where false');
    expect(exit).toBe(0);
    expect(bytes?.toString()).toBe('id,name\n');
  });

  test('a million rows pass through without being held', async () => {
    const before = process.memoryUsage().rss;
    const { exit, bytes } = await run("select g, repeat('x', 80) from generate_series(1, 1000000) g");
    expect(exit).toBe(0);
    expect(bytes?.length).toBeGreaterThan(80_000_000);
    // 87 MB of it are the file that this test reads back.
    expect(process.memoryUsage().rss - before).toBeLessThan(350_000_000);
  });

  test.each([
    ['select * from exclusions', 12, 'permission denied for table exclusions'],
    ['select * from pupil', 10, 'relation "pupil" does not exist'],
    ['selec 1', 10, 'syntax error at or near "selec"'],
    ['select 1; select 2', 10, 'More than one statement of the SQL file returns rows'],
    [
      'select 1 where false; select 2 where false',
      10,
      'More than one statement of the SQL file returns rows',
    ],
    ['set datestyle = iso', 10, 'The SQL file returns no rows: end it with a select.'],
    ['set statement_timeout = 50; select pg_sleep(5)', 6, 'canceling statement due to statement timeout'],
    ['insert into pupils values (4)', 12, 'permission denied for table pupils'],
  ])('%j ends with exit code %i and leaves no output', async (sql, exit, says) => {
    const answer = await run(sql);

    expect(answer.exit).toBe(exit);
    expect(answer.log).toContain(says);
    expect(answer.bytes).toBeUndefined();
    expect(existsSync(path.join(folder, 'output/rows.csv.partial'))).toBe(false);
  });

  test('rows that were already written do not remain when the query fails later', async () => {
    const { exit, bytes } = await run('select 1 / (200000 - g) from generate_series(1, 300000) g');
    expect(exit).toBe(10);
    expect(bytes).toBeUndefined();
  });
});
