/** A database action on a laptop whose `dummy_data_file` is not there: its rows are made from the tables that the study has pinned. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Action } from '../../src/pipeline/pipeline.ts';
import { isQuery, PINNED_TABLES, USUAL_ROWS, USUAL_SEED } from '../images/dummy-rows/usual.ts';
import { parseArguments } from '../images/sqlrunner/arguments.ts';
import { Ended } from '../images/sqlrunner/exits.ts';

/** How many rows of a table that says nothing else, and which. */
export interface Invention {
  rows: number;
  seed: string;
}

export const USUAL_INVENTION: Invention = { rows: USUAL_ROWS, seed: USUAL_SEED };

export interface RowsWanted extends Invention {
  /** The job's: the tables and the SQL file are in it, and the output goes there. */
  folder: string;
  /** After the image in `run`. */
  words: readonly string[];
}

export interface MadeRows {
  /** As of a database image; 137 when it was killed. */
  code: number;
  log: string;
}

export type RowMaker = (wanted: RowsWanted, signal: AbortSignal) => Promise<MadeRows>;

export interface DummyRows extends Invention {
  make: RowMaker;
}

/** A file that is there always stands in. What lies there and is no file of the study is a mistake, and none that rows should hide. */
export const isInvented = (action: Action, dir: string, hasTables: boolean): boolean =>
  hasTables &&
  isQuery(action) &&
  (action.dummyDataFile === undefined || !existsSync(path.join(dir, action.dummyDataFile)));

/** What of the study is read: as other database actions, it gets no copy of all. */
export function sourcesOfRows({ args }: Action, sources: readonly string[]): string[] {
  const wanted = new Set([PINNED_TABLES, queryOf(args)]);
  return sources.filter((file) => wanted.has(file));
}

function queryOf(args: readonly string[]): string | undefined {
  try {
    return path.posix.normalize(parseArguments(args).input);
  } catch (error) {
    // Whoever makes the rows says what is wrong with it.
    if (error instanceof Ended) return undefined;
    throw error;
  }
}
