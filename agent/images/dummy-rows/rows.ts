/**
 * What stands in for `sqlrunner` where there is no database: the same words, in the folder of a study that has pinned its deployment's tables.
 * The query is run on invented rows, and what it returns is the action's output. It reads the tables and the SQL file, and writes that one file.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { isRefusal, Refused, refusalText, type Refusal } from '../../../src/lib/refusal.ts';
import { csvField, generate, readPublished } from '../../../src/tables/tables.ts';
import { parseArguments } from '../sqlrunner/arguments.ts';
import { Ended, exitFor, EXITS } from '../sqlrunner/exits.ts';
import { answerCsv, queryOn } from './query.ts';
import { PINNED_TABLES } from './usual.ts';

export interface Asked {
  rows: number;
  seed: string;
  /** The words after the image in `run`. */
  words: readonly string[];
}

/** As the exit codes of database images: a data file that cannot be used. */
const UNUSABLE = 11;

/** Answers the exit code. */
export async function makeRows(
  { rows, seed, words }: Asked,
  folder: string,
  say: (line: string) => void,
): Promise<number> {
  let sql = '';
  try {
    const { input, output } = parseArguments(words);
    const target = inside(folder, output);
    sql = input;
    const { datasets, digest } = good(readPublished(read(folder, PINNED_TABLES, UNUSABLE), PINNED_TABLES));
    const made = good(generate(datasets, { rows, seed }, csvField));
    const answer = await queryOn(datasets, made, read(folder, input, EXITS.unreadable));
    const text = answerCsv(answer);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, output.endsWith('.gz') ? gzipSync(text) : text);
    const count = answer.rows.length;
    say(
      `Wrote ${count} ${count === 1 ? 'row' : 'rows'} to ${output}, what ${input} returns of invented rows.`,
    );
    say(`Made by the tables ${digest.slice(0, 12)}, ${rows} rows and the seed ${JSON.stringify(seed)}.`);
    return EXITS.done;
  } catch (error) {
    return told(error, sql, say);
  }
}

function told(error: unknown, sql: string, say: (line: string) => void): number {
  if (error instanceof Unusable) {
    say(error.message);
    return error.exit;
  }
  if (error instanceof Refused) {
    say(refusalText(error.refusal));
    return EXITS.fault;
  }
  const { message, position, hint } = error as Error & Partial<Record<'position' | 'hint', string>>;
  say(`${sql}${position ? ` at character ${position}` : ''}${sql === '' ? '' : ': '}${message}`);
  if (hint) say(hint);
  return exitFor(error);
}

class Unusable extends Error {
  readonly exit: number;
  constructor(exit: number, says: string, options?: ErrorOptions) {
    super(says, options);
    this.exit = exit;
  }
}

function good<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Unusable(UNUSABLE, refusalText(value));
  return value as T;
}

/** A place in the folder. Links are nobody's to lay there: what is copied into a job's folder are plain files. */
function inside(folder: string, file: string): string {
  const plain = path.posix.normalize(file);
  if (!path.isAbsolute(plain) && plain !== '..' && !plain.startsWith('../')) return path.join(folder, plain);
  throw new Ended(EXITS.arguments, `${file} is not in the study.`);
}

function read(folder: string, file: string, exit: number): string {
  const place = inside(folder, file);
  try {
    return readFileSync(place, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new Unusable(exit, `${file} cannot be read (${code}).`, { cause: error });
  }
}
