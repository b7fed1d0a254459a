/** Changing a few jobs that are known by their ids, however many there are besides. */
import { sql } from 'drizzle-orm';
import { textArray } from '../db/database.ts';
import type { JobState } from './types.ts';

/**
 * These jobs, as far as they are in one of the states: each found by its id. Joined with a list alone, the planner, which
 * takes any list for a hundred rows, would rather read every job that waits; so the ids stand here as well. And the
 * states stand so that no index over states can serve: of a table that has just grown it takes those for short.
 */
export const namedIn = (ids: readonly string[], ...states: JobState[]) =>
  sql`jobs.id = any(${textArray(ids)}) and jobs.state || '' = any(${textArray(states)})`;
