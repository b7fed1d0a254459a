/** A database action on invented rows: its query is run for real, and what it returns stands in for the database from then on. */
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { answerCsv, queryOn, type Answer } from '../../agent/images/dummy-rows/query.ts';
import { isQuery, MOST_ROWS_ASKED } from '../../agent/images/dummy-rows/usual.ts';
import { parseArguments } from '../../agent/images/sqlrunner/arguments.ts';
import { Ended } from '../../agent/images/sqlrunner/exits.ts';
import { readPipeline } from '../../agent/runner/laptop-plan.ts';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import { csvField, generate } from '../tables/tables.ts';
import { compareWith } from './dummy-data-compare.ts';
import { tablesFrom } from './dummy-data-source.ts';
import type { DummyDataFlags } from './dummy-data.ts';

const SHOWN = 20;
const MOST_BYTES = 256 * 1024 * 1024;

/** Whether all is well. Throws Refused. */
export async function ofAction(
  tables: readonly string[],
  flags: DummyDataFlags,
  say: (line: string) => void,
): Promise<boolean> {
  if (tables.length > 0) throw no('usage', 'An action reads all tables.', 'Name either tables, or --action.');
  if (flags.rows > MOST_ROWS_ASKED)
    throw no(
      'too-many-rows',
      `An action is run on at most ${MOST_ROWS_ASKED} rows.`,
      'Ask for fewer with --rows.',
    );
  const study = realpathSync(flags.projectDir);
  const { sql, file } = filesOf(study, flags.action ?? '');
  const { datasets, digest } = await tablesFrom(flags.from, study);
  const made = generate(datasets, { rows: flags.rows, seed: flags.seed }, csvField);
  if (isRefusal(made)) throw new Refused(made);
  const answer = await runOn(sql, () =>
    queryOn(datasets, made, read(path.join(study, sql)).toString('utf8')),
  );
  const by = `by the tables ${digest.slice(0, 12)} and the seed ${JSON.stringify(flags.seed)}`;
  if (flags.check) return check(study, file, answer, say);
  write(path.join(study, file), answerCsv(answer));
  const count = answer.rows.length;
  say(
    `${file}: ${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}, what ${sql} returns of invented rows ${by}.`,
  );
  return true;
}

const no = (code: string, says: string, next: string): Refused =>
  new Refused(refusal(`dummy.${code}`, says, next));

/** Places in the study: of the query, and of the file that stands in for the database. */
function filesOf(study: string, name: string): { sql: string; file: string } {
  const pipeline = readPipeline(study, () => undefined);
  const action = pipeline.actions.find((each) => each.name === name);
  if (!action) {
    const known = pipeline.actions.filter(isQuery).map((each) => each.name);
    throw no('no-action', `There is no action "${name}".`, `With a query: ${known.join(', ') || 'none'}.`);
  }
  if (!isQuery(action))
    throw no('no-query', `${name} runs no SQL file: it is no action of sqlrunner.`, 'Name one that is.');
  const file = action.dummyDataFile;
  if (file === undefined || !/\.csv(\.gz)?$/.test(file))
    throw no(
      'no-file',
      `${name} has no dummy_data_file that ends in .csv or .csv.gz.`,
      'Write where it goes in project.yaml, like dummy_data_file: dummy-data/extract.csv.',
    );
  try {
    return { sql: inside(parseArguments(action.args).input), file: inside(file) };
  } catch (error) {
    if (error instanceof Ended) throw no('query', error.message, `Correct "run" of ${name}.`);
    throw error;
  }
}

function inside(file: string): string {
  const plain = path.posix.normalize(file);
  if (!path.isAbsolute(plain) && plain !== '..' && !plain.startsWith('../')) return plain;
  throw no('outside', `${file} is not in the study.`, 'Name a file of the study.');
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw no('unreadable', `${file} cannot be read (${code}).`, 'See that it is there.');
  }
}

/** What the database says of the query is said as sqlrunner says it. */
async function runOn(sql: string, run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    const { message, position, hint, code } = error as Error & Record<'position' | 'hint' | 'code', string>;
    if (!(error instanceof Ended) && !/^[0-9A-Z]{5}$/.test(code ?? '')) throw error;
    const at = position ? ` at character ${position}` : '';
    throw no('query', `${sql}${at}: ${message}`, hint ?? 'Columns and tables: sallyport dummy-data --list.');
  }
}

/** Whole or not at all. */
function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const part = `${file}.part`;
  try {
    writeFileSync(part, file.endsWith('.gz') ? gzipSync(text) : text);
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function check(study: string, file: string, { columns }: Answer, say: (line: string) => void): boolean {
  const bytes = read(path.join(study, file));
  const text = (file.endsWith('.gz') ? unpacked(file, bytes) : bytes).toString('utf8');
  const found = compareWith(text, columns);
  for (const { line, column, message } of found.slice(0, SHOWN)) say(`${file}:${line}:${column}: ${message}`);
  if (found.length > SHOWN) say(`${file}: and ${found.length - SHOWN} more`);
  if (found.length === 0) say(`${file}: its columns and their types are those that the query returns.`);
  return found.length === 0;
}

function unpacked(file: string, bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch {
    throw no('unreadable', `${file} is not compressed as its name says.`, 'Make it anew without --check.');
  }
}
