/** What `sallyport dummy-data` does: tables in, files out, nothing held in between. */
import { createWriteStream, mkdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import {
  createSql,
  csvField,
  csvPieces,
  generate,
  insertPieces,
  schemasIn,
  sqlName,
  sqlText,
  tablesOf,
  type DatasetTables,
  type MadeTable,
} from '../tables/tables.ts';
import { tablesFrom } from './dummy-data-source.ts';
import type { DummyDataFlags } from './dummy-data.ts';

export async function dummyData(
  tables: readonly string[],
  flags: DummyDataFlags,
  say: (line: string) => void,
): Promise<void> {
  const study = folderOf(flags.projectDir);
  const { datasets, digest } = await tablesFrom(flags.from, study);
  if (flags.list) return list(datasets, say);
  const { rows, seed, format } = flags;
  const asked = { rows, seed, ...(tables.length > 0 ? { tables } : {}) };
  const made = generate(datasets, asked, format === 'sql' ? sqlText : csvField);
  if (isRefusal(made)) throw new Refused(made);
  const output = flags.output ?? path.join(study, 'dummy-data');
  mkdirSync(output, { recursive: true });
  for (const table of made) {
    const file = path.join(output, `${table.name}.${format}`);
    await write(file, piecesOf(table, format, datasets), format === 'csv.gz');
    const count = table.rows.toLocaleString('en');
    say(
      `${table.name}: ${count} ${table.rows === 1 ? 'row' : 'rows'} in ${path.relative('.', file) || file}`,
    );
  }
  say(`Invented, by the tables ${digest.slice(0, 12)} and the seed ${JSON.stringify(seed)}.`);
}

function folderOf(given: string): string {
  try {
    return realpathSync(given);
  } catch {
    throw new Refused(
      refusal('dummy.no-folder', `There is no folder ${given}.`, 'Name your study with --project-dir.'),
    );
  }
}

function list(datasets: readonly DatasetTables[], say: (line: string) => void): void {
  for (const [name, { columns }] of tablesOf(datasets)) {
    say(name);
    const width = Math.max(...Object.keys(columns).map((column) => column.length));
    for (const [column, { type, references }] of Object.entries(columns))
      say(`  ${column.padEnd(width)}  ${type ?? `that of ${references ?? ''}`}`);
  }
}

function* piecesOf(
  table: MadeTable,
  format: DummyDataFlags['format'],
  datasets: readonly DatasetTables[],
): Generator<string> {
  if (format !== 'sql') return yield* csvPieces(table);
  for (const schema of schemasIn([table.name])) yield `create schema if not exists ${sqlName(schema)};\n`;
  yield createSql(datasets, table.name);
  yield* insertPieces(table);
}

/** Whole or not at all, and never through a link. */
async function write(file: string, pieces: Iterable<string>, gzip: boolean): Promise<void> {
  const part = `${file}.part`;
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new Refused(refusal('dummy.folder', `${file} is a folder.`, 'Name another one with --output.'));
  rmSync(part, { force: true });
  try {
    const disk = createWriteStream(part, { flags: 'wx' });
    const text = Readable.from(pieces);
    await (gzip ? pipeline(text, createGzip(), disk) : pipeline(text, disk));
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
