/**
 * Whether the database is being maintained, as it says itself: a question of the operator's, asked on a timer with an
 * account of its own that may only read. Out comes a word from a fixed list; why it is that one stands in this zone's
 * log alone, and what the database answered stands nowhere.
 */
import pg from 'pg';
import type { Clock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { DatabaseWord } from '../../src/protocol/messages.ts';

export interface StatusQuestion {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  /** One query. Without `answers` a row means maintenance, and none that it is available. */
  question: string;
  /** What its one value may be. Anything else is no answer. */
  answers?: { maintenance: readonly string[]; available: readonly string[] };
  /** For connecting, and for answering. */
  timeoutMs?: number;
}

type Word = Exclude<DatabaseWord, 'not-asked'>;

/** `fault`: the error, or what is wrong with the answer; for the log of this zone. */
export interface Heard {
  word: Word;
  fault?: unknown;
}

const TIMEOUT_MS = 10_000;

/** Never throws. */
export async function askDatabase(question: StatusQuestion): Promise<Heard> {
  try {
    return read(question, await rowsOf(question));
  } catch (error) {
    return { word: 'unreachable', fault: error };
  }
}

async function rowsOf(question: StatusQuestion): Promise<unknown[][]> {
  const { host, port, database, user, password, timeoutMs = TIMEOUT_MS } = question;
  const client = new pg.Client({
    ...{ host, port, database, user, password },
    application_name: 'sallyport-status',
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs,
  });
  // A connection lost between two questions is told by the next one.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin transaction read only');
    // As part of another query it can be one query only, and brings no more than is looked at.
    const text = `select * from (${question.question}\n) as answer limit 2`;
    const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
    return rows;
  } finally {
    // One that hangs would hang at its end, too.
    void client.end().catch(() => undefined);
  }
}

function read({ answers }: StatusQuestion, rows: readonly unknown[][]): Heard {
  if (!answers) return { word: rows.length > 0 ? 'maintenance' : 'available' };
  const [row] = rows;
  if (rows.length !== 1 || row?.length !== 1)
    return { word: 'unreachable', fault: 'the answer is not one row of one value' };
  const said = String(row[0]);
  if (answers.maintenance.includes(said)) return { word: 'maintenance' };
  if (answers.available.includes(said)) return { word: 'available' };
  return { word: 'unreachable', fault: 'the answer is none of those that zone.yml lists' };
}

export interface DatabaseStatusOptions {
  ask(): Promise<Heard>;
  everyMs: number;
  clock: Clock;
  logger: Pick<Logger, 'info' | 'warn'>;
}

/** The last word, asked for anew when its time has come. */
export class DatabaseStatus {
  readonly #options: DatabaseStatusOptions;
  #word: Word | undefined;
  #fault: string | undefined;
  #next = -Infinity;
  #asking = false;

  constructor(options: DatabaseStatusOptions) {
    this.#options = options;
  }

  /** Undefined until the first answer. */
  get word(): Word | undefined {
    return this.#word;
  }

  /** Asks if it is time, one question after another. Never throws. */
  async look(): Promise<void> {
    const { ask, clock, everyMs } = this.#options;
    const left = this.#next - clock.now();
    // More is left than there ever was: the clock was put back.
    if (this.#asking || (left > 0 && left <= everyMs)) return;
    this.#asking = true;
    this.#next = clock.now() + everyMs;
    const heard = await ask();
    this.#asking = false;
    this.#tell(heard);
    this.#word = heard.word;
  }

  /** Once per change, not once per question. */
  #tell({ word, fault }: Heard): void {
    const why = fault instanceof Error ? fault.message : fault === undefined ? undefined : 'malformed';
    const isNews = word !== this.#word || why !== this.#fault;
    this.#fault = why;
    if (!isNews) return;
    const { logger } = this.#options;
    if (fault === undefined) logger.info({ code: 'database.status', word }, 'The database told its status');
    else logger.warn({ code: 'database.status', word, err: fault }, 'The database told no status');
  }
}
