/** Column forms that every table shares. */
import { sql } from 'drizzle-orm';
import { bigint, type AnyPgColumn } from 'drizzle-orm/pg-core';

/** Milliseconds since 1970, as Clock gives them: the database's own clock is never asked. */
export const ms = () => bigint({ mode: 'number' });

/** A numeric GitHub id. */
export const githubId = () => bigint({ mode: 'number' });

/** For a check: one of a list of words of ours. */
export const oneOf = (column: AnyPgColumn, words: readonly string[]) =>
  sql`${column} in (${sql.raw(words.map((word) => `'${word}'`).join(', '))})`;
