/** Column forms that every table shares. */
import { bigint } from 'drizzle-orm/pg-core';

/** Milliseconds since 1970, as Clock gives them: the database's own clock is never asked. */
export const ms = () => bigint({ mode: 'number' });

/** A numeric GitHub id. */
export const githubId = () => bigint({ mode: 'number' });

/** Bytes, and counters that only rise. */
export const count = () => bigint({ mode: 'number' });
