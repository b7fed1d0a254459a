/**
 * What the malware scanner said of each copy: once per bytes and version of engine and signatures. Only an
 * answer counts; while there is none, the file is unconfirmed, and asked about again as soon as one can come.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../../../src/db/open.ts';
import type { MalwareScan } from '../../../src/disclosure/disclosure.ts';
import { hours, minutes, seconds } from '../../../src/lib/clock.ts';
import type { Core, Db, Rules } from '../core.ts';
import type { Scanner } from '../scan/scanner.ts';
import { earliest, later } from './again.ts';

export interface ScannedFile {
  sha256: string;
  size: number;
}

interface Row {
  sha256: string;
  result: 'clean' | 'found' | 'unconfirmed';
  engine: string;
  tries: number;
  again: number | null;
}

/** An engine that did not answer is left alone for so long: every check would wait for it. */
const AWAY_MS = seconds(20);
/** A file that something was found in is looked at again: its operator may have told the engine better. */
const FOUND_MS = hours(1);

/** Whether files are scanned here at all; otherwise nothing is said of malware. */
export function isScanned({ scanner }: Pick<Core, 'scanner'>, { mustScan }: Rules): boolean {
  return scanner !== undefined || mustScan === true;
}

export class Scans {
  readonly #core: Core;
  #asked: { at: number; version: string | undefined } | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** The engine's version when it is another than when it was last asked for; what it said before is asked again. */
  async changed(): Promise<boolean> {
    const { scanner } = this.#core;
    if (!scanner) return false;
    const before = this.#asked?.version;
    return (await this.#version(scanner)) !== before;
  }

  /** Asks about every file that has no answer of the engine as it is now. The time at which there is more to ask. */
  async bring(files: readonly ScannedFile[]): Promise<number | undefined> {
    const { scanner, db, clock } = this.#core;
    if (!scanner || files.length === 0) return undefined;
    const version = await this.#version(scanner);
    const known = new Map((await rowsFor(db, files)).map((row) => [row.sha256, row]));
    const triesOf = ({ sha256 }: ScannedFile): number => known.get(sha256)?.tries ?? 0;
    const wanted = [...new Map(files.map((each) => [each.sha256, each])).values()]
      .filter(({ sha256 }) => isWanted(known.get(sha256), version, clock.now()))
      .sort((a, b) => triesOf(a) - triesOf(b));
    for (const file of wanted) {
      const { row, isSlow } = await this.#scanned(scanner, file, known.get(file.sha256), version);
      await keep(db, row, clock.now());
      known.set(file.sha256, row);
      // The next may take as long, and other requests wait behind this one: the rest is asked about with the first
      // that is due again, and before it.
      if (isSlow) break;
    }
    return earliest(...[...known.values()].map(({ again }) => again));
  }

  async #version(scanner: Scanner): Promise<string | undefined> {
    const now = this.#core.clock.now();
    const { at, version } = this.#asked ?? { at: -Infinity, version: undefined };
    if (version === undefined && now - at < AWAY_MS) return undefined;
    const found = await scanner.version();
    this.#asked = { at: now, version: found };
    return found;
  }

  async #scanned(
    scanner: Scanner,
    { sha256, size }: ScannedFile,
    before: Row | undefined,
    version: string | undefined,
  ): Promise<{ row: Row; isSlow: boolean }> {
    const { copies, clock, logger } = this.#core;
    const now = clock.now();
    // Nobody there: no try of this file was made, so it is not put off.
    if (version === undefined)
      return {
        row: { sha256, result: 'unconfirmed', engine: '', tries: 0, again: now + minutes(1) },
        isSlow: false,
      };
    const answer = await scanner.scan({ place: copies.path(sha256), sha256, size });
    const fresh = { sha256, engine: version, tries: 0 };
    if (answer.result === 'clean') return { row: { ...fresh, result: 'clean', again: null }, isSlow: false };
    if (answer.result === 'found') {
      logger.error(
        { sha256, signature: answer.name, code: 'airlock.malware' },
        'The malware scanner found something in a file of a request',
      );
      return { row: { ...fresh, result: 'found', again: now + FOUND_MS }, isSlow: false };
    }
    const tries = (before?.engine === version ? before.tries : 0) + 1;
    logger.warn(
      { sha256, why: answer.why, tries, code: 'airlock.scan-unconfirmed' },
      'The malware scanner has not confirmed a file; it is asked again',
    );
    // What was found stays found until the engine says otherwise.
    const result = before?.result === 'found' ? 'found' : 'unconfirmed';
    return { row: { ...fresh, result, tries, again: now + later(tries) }, isSlow: answer.why === 'timeout' };
  }
}

function isWanted(row: Row | undefined, version: string | undefined, now: number): boolean {
  if (!row) return true;
  // The engine is away: what it said stands.
  if (version === undefined) return false;
  return row.engine !== version || (row.again !== null && row.again <= now);
}

async function rowsFor(db: Db, files: readonly ScannedFile[]): Promise<Row[]> {
  return rowsOf<Row>(
    db,
    sql`select sha256, result, engine, tries, again_at::float8 as again from scans
        where sha256 in (select json_array_elements_text(${asJson(files.map(({ sha256 }) => sha256))}))`,
  );
}

async function keep(db: Db, { sha256, result, engine, tries, again }: Row, at: number): Promise<void> {
  await db.execute(sql`
    insert into scans (sha256, result, engine, tries, at, again_at)
    values (${sha256}, ${result}, ${engine}, ${tries}::int, ${at}::bigint, ${again}::bigint)
    on conflict (sha256) do update set result = excluded.result, engine = excluded.engine, tries = excluded.tries,
      at = excluded.at, again_at = excluded.again_at`);
}

/** As it is kept; a file that is not there has not been asked about. */
export function scanOf(result: string | undefined): MalwareScan {
  return result === 'clean' || result === 'found' ? result : 'unconfirmed';
}
