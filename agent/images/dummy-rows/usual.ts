/** What everybody who makes rows agrees on; loads nothing. */
import type { Action } from '../../../src/pipeline/types.ts';

/** Where a study keeps what its deployment publishes. */
export const PINNED_TABLES = 'dummy-data/schemas.json';
/** The image whose query can be run without its database. */
export const QUERY_IMAGE = 'sqlrunner';

export const isQuery = ({ isDatabase, image }: Pick<Action, 'isDatabase' | 'image'>): boolean =>
  isDatabase && image.name === QUERY_IMAGE;

/** Rows of a table that says nothing else, and which. */
export const USUAL_ROWS = 1000;
export const USUAL_SEED = '1';
/** More than a laptop's memory takes well. */
export const MOST_ROWS_ASKED = 500_000;
/** The process without which nobody waits for the rows. */
export const PARENT_VARIABLE = 'SALLYPORT_ROWS_FOR';
