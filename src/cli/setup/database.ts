/**
 * A database of the role's own on a PostgreSQL server: made with an administrator's address, which stands in a file that
 * is only read here, or brought. The role's own address goes into a file that only its user can read.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { seconds } from '../../lib/clock.ts';
import { Refused } from '../../lib/refusal.ts';
import { give, putSecret, textOf, type Deed } from './deed.ts';
import { always, file, nobodyKnows, oneOf, type Question } from './question.ts';
import type { Setting } from './role.ts';
import { no } from './words.ts';

export interface DatabaseOf {
  /** Of its questions: `` or `airlock_`. */
  prefix: string;
  /** `hub-database.url` */
  file: string;
  /** Name of role and database. */
  name: string;
  owner: string;
}

export const databaseQuestions = ({ prefix, name, file: own }: Omit<DatabaseOf, 'owner'>): Question[] => [
  {
    id: `${prefix}database`,
    asks: 'Which database does it work with?',
    why: 'make: you have an administrator’s address of a PostgreSQL server. given: you have made one. embedded: a folder, for trials alone; it does not survive a power cut.',
    standard: always('make'),
    fault: oneOf('make', 'given', 'embedded'),
  },
  {
    id: `${prefix}database_admin_file`,
    asks: 'Which file holds the administrator’s address?',
    why: 'One line, postgres://user:password@host/postgres, chmod 600. It is read now and kept nowhere: remove it afterwards.',
    standard: nobodyKnows,
    when: (answers) => answers[`${prefix}database`] === 'make',
    // Once the database is made, this file is gone.
    fault: (text, { dir }) =>
      existsSync(path.join(dir, own)) ? undefined : file(/^postgres(?:ql)?:\/\/\S+\s*$/)(text),
  },
  {
    id: `${prefix}database_name`,
    asks: 'What shall database and role be called?',
    why: 'Both get this name; the role owns its database and nothing else.',
    standard: always(name),
    when: (answers) => answers[`${prefix}database`] === 'make',
    fault: (text) =>
      /^[a-z_][a-z0-9_]{0,62}$/.test(text) ? undefined : 'Lower case letters, digits and underscores.',
  },
];

export function databaseDeeds({ dir, answers }: Setting, of: DatabaseOf): Deed[] {
  const how = answers[`${of.prefix}database`];
  if (how === 'embedded') return [];
  const place = path.join(dir, of.file);
  const name = answers[`${of.prefix}database_name`] ?? '';
  return [
    {
      name: place,
      kind:
        how === 'make'
          ? `address of the database ${name}, made with its role`
          : 'address of the database, brought by you',
      async look() {
        if (existsSync(place)) {
          await withClient(place, (query) => query('select 1'));
          return { state: 'same', says: 'it answers' };
        }
        if (how === 'make') return { state: 'new' };
        return {
          state: 'waits',
          says: `write postgres://user:password@host/database into ${place}, chmod 600`,
        };
      },
      make: () => makeDatabase(place, name, answers[`${of.prefix}database_admin_file`] ?? '', of.owner),
    },
  ];
}

type Query = (text: string) => Promise<{ rows: Record<string, unknown>[] }>;

/** Broken off after the role was made: its password stands in `.next`, and the next run goes on with it. */
async function makeDatabase(place: string, name: string, adminFile: string, owner: string): Promise<void> {
  const next = `${place}.next`;
  const address = new URL(addressIn(adminFile));
  const before = textOf(next);
  if (before === undefined) {
    address.username = name;
    address.password = randomBytes(24).toString('base64url');
    address.pathname = `/${name}`;
  }
  const own = before === undefined ? address.href : before.trim();
  await withClient(adminFile, async (query) => {
    const { rows } = await query(`select 1 from pg_roles where rolname = '${name}'`);
    if (rows.length > 0 && before === undefined)
      throw new Refused(
        no.database(`there is a role ${name} that was not made here; choose another name, or "given"`),
      );
    if (before === undefined) putSecret(next, `${own}\n`, undefined);
    const password = decodeURIComponent(new URL(own).password).replaceAll("'", "''");
    await query(`${rows.length > 0 ? 'alter' : 'create'} role "${name}" login password '${password}'`);
    const there = await query(`select 1 from pg_database where datname = '${name}'`);
    if (there.rows.length === 0) await query(`create database "${name}" owner "${name}"`);
    await query(`revoke all on database "${name}" from public`);
  });
  await withClient(next, (query) => query('select 1'));
  renameSync(next, place);
  give(place, owner);
}

function addressIn(place: string): string {
  const text = (() => {
    try {
      return readFileSync(place, 'utf8').trim();
    } catch {
      return '';
    }
  })();
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) throw new Refused(no.databaseFile(place));
  return text;
}

/** PostgreSQL's own sentence, without the address: a password stands in it. */
async function withClient<T>(place: string, work: (query: Query) => Promise<T>): Promise<T> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: addressIn(place), connectionTimeoutMillis: seconds(10) });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(async (text) => client.query(text));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(no.database(error instanceof Error ? error.message : 'no connection'), {
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}
