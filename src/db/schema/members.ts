/**
 * People at the hub's own pages.
 *
 * attempt: a sign-in that was begun · session: a browser in which somebody is signed in · log: who looked at
 * or took what. Secrets of browsers are kept as digests only.
 */
import { sql } from 'drizzle-orm';
import { bigserial, check, index, integer, pgTable, text, unique } from 'drizzle-orm/pg-core';
import { githubId, ms } from './columns.ts';

export const MEMBER_DEEDS = [
  'LOGIN',
  'LOGOUT',
  'LOGIN_FAILED',
  'ACCESS_DENIED',
  'SIGN_IN_CODE',
  'RELEASED_LISTING_VIEW',
  'RELEASED_FILE_VIEW',
  'RELEASED_FILE_DOWNLOAD',
] as const;

export const memberAttempts = pgTable(
  'member_attempts',
  {
    /** SHA-256 of the state that GitHub sends back. */
    state: text().primaryKey(),
    /** SHA-256 of the secret in the cookie of the browser that asked. */
    browser: text().notNull(),
    /** Path to go on to. */
    next: text().notNull(),
    expiresAt: ms().notNull(),
  },
  (table) => [index('member_attempts_expiry').on(table.expiresAt)],
);

export const memberSessions = pgTable(
  'member_sessions',
  {
    /** SHA-256 of the secret in the cookie. */
    secret: text().primaryKey(),
    /** How the person's own page names it. */
    id: text().notNull(),
    person: githubId().notNull(),
    /** For people to read; rights follow the number. */
    login: text().notNull(),
    /** Such as `Firefox on Linux`. */
    browser: text().notNull(),
    createdAt: ms().notNull(),
    seenAt: ms().notNull(),
    expiresAt: ms().notNull(),
  },
  (table) => [
    unique('member_sessions_id').on(table.id),
    index('member_sessions_person').on(table.person),
    index('member_sessions_expiry').on(table.expiresAt),
  ],
);

/** Append-only: a trigger refuses changes. */
export const memberLog = pgTable(
  'member_log',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    at: ms().notNull(),
    what: text({ enum: MEMBER_DEEDS }).notNull(),
    /** Null when nobody knows who it was. */
    person: githubId(),
    /** Id of the session. */
    session: text(),
    backend: text(),
    release: text(),
    /** Number of the file in its release. */
    file: integer(),
    /** Of the bytes that were given out. */
    sha256: text(),
    /** Code of a refusal. */
    code: text(),
  },
  (table) => [
    index('member_log_person').on(table.person, table.at),
    index('member_log_release').on(table.release, table.file),
    check(
      'member_log_what',
      sql`${table.what} in (${sql.raw(MEMBER_DEEDS.map((word) => `'${word}'`).join(', '))})`,
    ),
    check(
      'member_log_bytes',
      sql`${table.what} not in ('RELEASED_FILE_VIEW', 'RELEASED_FILE_DOWNLOAD') or (${table.release} is not null and ${table.file} is not null and ${table.sha256} is not null and ${table.person} is not null)`,
    ),
  ],
);
