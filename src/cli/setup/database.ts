/**
 * A database of the role's own on a PostgreSQL server: made with an administrator's address, which stands in a file that
 * is only read here, or brought. The role's own address goes into a file that only its user can read.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { makeDatabase } from './database-make.ts';
import { addressIn, placeIn, withClient } from './database-server.ts';
import type { Deed } from './deed.ts';
import { secretAt } from './files.ts';
import { always, file, nobodyKnows, oneOf, type Question } from './question.ts';
import type { Setting } from './role.ts';

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
    why: 'One line, postgres://user:password@host/postgres, chmod 600, of an account that may make roles and databases. It is read now and kept nowhere: remove it afterwards.',
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
        if (secretAt(place)) {
          await withClient(place, (query) => query('select 1'));
          return { state: 'same', says: how === 'make' ? answersAs(place, name) : 'it answers' };
        }
        if (how === 'make') return { state: 'new' };
        return {
          state: 'waits',
          says: `write postgres://user:password@host/database into ${place}, chmod 600`,
        };
      },
      make: () =>
        makeDatabase({
          place,
          name,
          adminFile: answers[`${of.prefix}database_admin_file`] ?? '',
          owner: of.owner,
        }),
    },
  ];
}

/** What is there stays, also when the answer was changed since: then it says which one it is. */
function answersAs(place: string, name: string): string {
  const { role, where } = placeIn(addressIn(place));
  return role === name
    ? 'it answers'
    : `it answers, as role ${role} on ${where}: another one is made when this file is gone`;
}
