/**
 * sign-in: a viewer that waits for its person, under a number · session: a signed-in browser · device: a
 * browser its person has used before · announcement: that a person came from a new browser
 * passkey: a key its person made in the zone; it opens the viewer once two operators have confirmed it
 *
 * Nothing here opens a door by itself: secrets of cookies are kept as hashes.
 */
import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { count, githubId as person, ms } from './columns.ts';

export const SIGN_IN_STATES = ['waiting', 'redeemed', 'failed'] as const;
export const STRENGTHS = ['code', 'passkey'] as const;
export const ENDINGS = [
  'signed-out',
  'idle',
  'expired',
  'rights',
  'replaced',
  'ended-elsewhere',
  'key-removed',
] as const;
export const PASSKEY_STATES = ['waiting', 'confirmed', 'removed'] as const;

export const signIns = pgTable(
  'sign_ins',
  {
    /** What the hub knows it by. */
    id: text().primaryKey(),
    /** SHA-256 of the cookie of the browser that asked: nobody else can finish it. */
    visitor: text().notNull(),
    number: text().notNull(),
    address: text().notNull(),
    state: text({ enum: SIGN_IN_STATES }).notNull(),
    attempts: integer().notNull().default(0),
    createdAt: ms().notNull(),
    expiresAt: ms().notNull(),
  },
  (table) => [
    index('sign_ins_visitor').on(table.visitor, table.createdAt),
    index('sign_ins_created').on(table.createdAt),
    check('sign_ins_number', sql`${table.number} ~ '^[0-9]{6}$'`),
  ],
);

export const sessions = pgTable(
  'sessions',
  {
    /** In audit entries. Not what the cookie holds. */
    id: text().primaryKey(),
    /** SHA-256 of the cookie. */
    secret: text().notNull().unique(),
    person: person().notNull(),
    login: text().notNull(),
    strength: text({ enum: STRENGTHS }).notNull(),
    /** Credential that opened it: it ends with it. */
    passkey: text(),
    /** Browser and system, for the person's own list. */
    browser: text().notNull(),
    signedInAt: ms().notNull(),
    seenAt: ms().notNull(),
    endedAt: ms(),
    ending: text({ enum: ENDINGS }),
  },
  (table) => [
    index('sessions_person').on(table.person, table.signedInAt),
    check('sessions_passkey', sql`(${table.passkey} is not null) = (${table.strength} = 'passkey')`),
    check('sessions_ended', sql`(${table.endedAt} is null) = (${table.ending} is null)`),
  ],
);

export const devices = pgTable(
  'devices',
  {
    /** SHA-256 of the device cookie. */
    device: text().notNull(),
    person: person().notNull(),
    firstAt: ms().notNull(),
    lastAt: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.device, table.person] })],
);

export const announcements = pgTable(
  'announcements',
  {
    id: text().primaryKey(),
    person: person().notNull(),
    at: ms().notNull(),
    /** When the hub took it. */
    toldAt: ms(),
  },
  (table) => [
    index('announcements_untold')
      .on(table.at)
      .where(sql`${table.toldAt} is null`),
  ],
);

export const passkeys = pgTable(
  'passkeys',
  {
    /** Credential id, base64url. */
    id: text().primaryKey(),
    person: person().notNull(),
    login: text().notNull(),
    /** As its person calls it. */
    label: text().notNull(),
    /** COSE key, base64url. */
    publicKey: text().notNull(),
    counter: count().notNull(),
    transports: text().notNull(),
    state: text({ enum: PASSKEY_STATES }).notNull(),
    /** Session it was made in. */
    madeIn: text().notNull(),
    madeAt: ms().notNull(),
    usedAt: ms(),
  },
  (table) => [
    index('passkeys_person').on(table.person),
    check('passkeys_counter', sql`${table.counter} >= 0`),
  ],
);

/** An operator confirms a passkey once, and a session confirms it once: two rows are two people. */
export const passkeyConfirmations = pgTable(
  'passkey_confirmations',
  {
    passkey: text()
      .notNull()
      .references(() => passkeys.id),
    operator: person().notNull(),
    session: text().notNull(),
    at: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.passkey, table.operator] })],
);

/** What a passkey has to sign: for one browser, one purpose, once. */
export const challenges = pgTable(
  'challenges',
  {
    /** SHA-256 of the browser's cookie, before or after sign-in. */
    visitor: text().notNull(),
    purpose: text({ enum: ['enrol', 'sign-in'] }).notNull(),
    challenge: text().notNull(),
    expiresAt: ms().notNull(),
  },
  (table) => [primaryKey({ columns: [table.visitor, table.purpose] })],
);
