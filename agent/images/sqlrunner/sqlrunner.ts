/**
 * The program of the image `sqlrunner`: SQL in, CSV out, next to the database.
 *
 * `run: sqlrunner:v1 --output output/pupils.csv analysis/extract.sql` in `project.yaml`; the agent gives it
 * DATABASE_URL. What it may read is decided by that account, not here. Its sentences go to
 * the job's log, which stays in the zone.
 */
import { readFileSync } from 'node:fs';
import { parseArguments } from './arguments.ts';
import { Ended, exitFor, EXITS, type Exit } from './exits.ts';
import { extract } from './extract.ts';

const CONNECT_TIMEOUT_MS = 30_000;

export async function sqlrunner(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<Exit> {
  try {
    const { input, output } = parseArguments(words);
    const databaseUrl = environment['DATABASE_URL'];
    if (!databaseUrl)
      throw new Ended(EXITS.fault, 'DATABASE_URL is not set: this job was given no database.');
    const rows = await extract({
      databaseUrl,
      sql: read(input),
      output,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
    say(`Wrote ${rows} ${rows === 1 ? 'row' : 'rows'} to ${output}.`);
    return EXITS.done;
  } catch (error) {
    say(`sqlrunner: ${error instanceof Error ? error.message : String(error)}`);
    const detail = error as { position?: string; hint?: string };
    if (detail.position) say(`sqlrunner: at character ${detail.position} of the SQL file.`);
    if (detail.hint) say(`sqlrunner: ${detail.hint}`);
    return exitFor(error);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Ended(EXITS.unreadable, `The SQL file ${file} cannot be read.`, { cause: error });
  }
}
