/** A new version's hub starts beside hubs of the version before: what it does to their database they must bear. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { testPostgres } from '../support/postgres.ts';
import { requires } from '../support/require.ts';

/** The last one of the version before; after a release, the last of what was released. */
const RELEASED = '0023_reuse_of_dummy_data';
const FOLDER = new URL('../../src/db/migrations/', import.meta.url);

/** What a program that does not know of it can live with. */
const ADDS = [
  /^create (unique )?index /,
  /^create table /,
  /^alter table \S+ add column \S+ (?!.*not null)[a-z ]+$/,
  /^alter table \S+ add column \S+ [a-z ]+ default \S+( not null)?$/,
];

const statementsOf = (text: string): string[] =>
  text
    .split('--> statement-breakpoint')
    .map((each) => each.replace(/\s+/g, ' ').replaceAll('"', '').replace(/;\s*$/, '').trim().toLowerCase());

/** Statements that may refuse, or take away, what the version before does; `later`: indexes that it never had. */
function takesAway(text: string, later: readonly string[] = []): string[] {
  const statements = statementsOf(text);
  const all = (form: RegExp): string[] => statements.flatMap((each) => form.exec(each)?.[1] ?? []);
  const tables = all(/^create table (\S+)/);
  const columns = all(/^alter table \S+ add column (\S+)/);
  const replaced = all(/^alter table \S+ drop constraint (\S+)/).filter((name) =>
    statements.some((each) => each.includes(` add constraint ${name} check `)),
  );
  const isFine = (each: string): boolean => {
    const [, table = '', name = '', rule = ''] =
      /^alter table (\S+) add constraint (\S+) (.*)$/.exec(each) ?? [];
    if (name)
      return (
        tables.includes(table) ||
        // Wider than before: the migration's own test says so, and the version before beside it.
        replaced.includes(name) ||
        (rule.startsWith('check') && columns.some((column) => rule.includes(`.${column} `)))
      );
    const [, index] = /^drop index (\S+)$/.exec(each) ?? [];
    if (index) return later.includes(index);
    const [, dropped] = /^alter table \S+ drop constraint (\S+)$/.exec(each) ?? [];
    return dropped ? replaced.includes(dropped) : ADDS.some((form) => form.test(each));
  };
  return statements.filter((each) => !isFine(each));
}

const journal = JSON.parse(readFileSync(new URL('meta/_journal.json', FOLDER), 'utf8')) as {
  entries: { tag: string }[];
};
const since = journal.entries.slice(journal.entries.findIndex(({ tag }) => tag === RELEASED) + 1);

const textOf = (tag: string): string => readFileSync(new URL(`${tag}.sql`, FOLDER), 'utf8');

/** On tables, too, that the version before does not know: one on an old table may be what an old `on conflict` goes by. */
function laterIndexes(texts: readonly string[]): string[] {
  const statements = texts.flatMap(statementsOf);
  const tables = statements.flatMap((each) => /^create table (\S+)/.exec(each)?.[1] ?? []);
  return statements.flatMap((each) => {
    const [, index = '', table = ''] = /^create (?:unique )?index (\S+) on (\S+)/.exec(each) ?? [];
    return tables.includes(table) ? [index] : [];
  });
}

test.each(since)('$tag only adds, or says that it does not', ({ tag }) => {
  const text = textOf(tag);
  if (text.startsWith('-- contract:')) return;
  const before = since.slice(
    0,
    since.findIndex((each) => each.tag === tag),
  );
  expect(takesAway(text, laterIndexes(before.map((each) => textOf(each.tag))))).toEqual([]);
});

test('an index of a table that came since may go again, one on an older table may not', () => {
  const since = [
    'create table "held" ("a" text);--> statement-breakpoint create unique index "held_open" on "held" using btree ("a")',
    'create index "jobs_since" on "jobs" using btree ("why")',
  ];
  const may = (name: string) => takesAway(`drop index "${name}";`, laterIndexes(since)).length === 0;
  expect(['held_open', 'jobs_since', 'jobs_ready'].map(may)).toEqual([true, false, false]);
});

test.each([
  'alter table "jobs" drop column "why"',
  'alter table "jobs" add column "more" text not null',
  'alter table "jobs" alter column "why" set not null',
  'alter table "jobs" rename column "why" to "because"',
  'drop table "jobs"',
  'drop index "jobs_ready"',
  'alter table "jobs" add constraint "one" unique("why")',
  'delete from jobs',
  'alter table "jobs" drop constraint "jobs_weight"',
  'alter table "jobs" add constraint "jobs_short" check ("jobs"."weight" < 5)',
])('"%s" would not pass for an addition', (statement) => {
  expect(takesAway(statement)).toHaveLength(1);
});

const { describe } = requires('postgres');
describe('a migration that takes something away', () => {
  const logger = createLogger('test', { level: 'silent' });
  const folders: string[] = [];
  afterEach(() => {
    for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
  });

  /** Beneath the package, as every folder of migrations is. */
  function withContract(): string {
    const root = new URL('../../', import.meta.url).pathname;
    const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-contract-'));
    folders.push(dir);
    mkdirSync(path.join(dir, 'meta'));
    const entries = [
      { tag: '0000_first', when: 1 },
      { tag: '0001_less', when: 2 },
    ];
    writeFileSync(path.join(dir, 'meta/_journal.json'), JSON.stringify({ entries }));
    writeFileSync(path.join(dir, '0000_first.sql'), 'create table things (a int, b int)');
    writeFileSync(
      path.join(dir, '0001_less.sql'),
      '-- contract: nobody reads b since 1.1\nalter table things drop column b',
    );
    return path.relative(root, dir);
  }

  test('waits until no other hub is at work, and says how to get there', async () => {
    const { url, remove } = await (await testPostgres()).createDatabase();
    const hub = await openDatabase({ url, logger });
    const client = new pg.Client(url);
    await client.connect();
    const db = drizzle({ client }) as unknown as Db;
    const folder = withContract();
    try {
      await hub.moveIn(async () => undefined);
      await db.execute(sql`drop table schema_migrations`);
      await expect(migrate(db, folder)).rejects.toMatchObject({
        refusal: {
          code: 'database.others-at-work',
          says: 'Migration 0001_less takes away what older versions need, and one hub is at work on this database.',
        },
      });
      // Nothing of it was begun, and nobody else is kept out.
      expect(await rowsOf(db, sql`select 1 from pg_tables where tablename = 'things'`)).toEqual([]);
      await hub.close();
      await migrate(db, folder);
      expect(await rowsOf(db, sql`select tag from schema_migrations order by tag`)).toHaveLength(2);
    } finally {
      await client.end();
      await remove();
    }
  });
});
