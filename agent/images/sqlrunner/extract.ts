/**
 * Runs one SQL file and streams its rows into a CSV file.
 *
 * The file may hold several statements (settings, temporary tables) of which exactly one returns rows. Values are
 * written as PostgreSQL prints them, so a number keeps its digits. Nothing is held in memory: the socket is paused while the disk is behind.
 * The output appears under its name only when it is whole.
 */
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { csvLine } from './csv.ts';
import { nothingReturned, severalResults } from './exits.ts';

export interface Extract {
  databaseUrl: string;
  sql: string;
  output: string;
  /** How long to wait for the database to let us in. */
  connectTimeoutMs: number;
}

/** Returns the number of rows written. */
export async function extract(job: Extract): Promise<number> {
  const client = new pg.Client({
    connectionString: job.databaseUrl,
    connectionTimeoutMillis: job.connectTimeoutMs,
    application_name: 'sqlrunner',
  });
  // A connection lost between queries is reported by the query that follows.
  client.on('error', () => undefined);
  await client.connect();
  const partial = `${job.output}.partial`;
  mkdirSync(path.dirname(job.output), { recursive: true });
  try {
    const rows = await stream(client, job.sql, partial, job.output.endsWith('.gz'));
    renameSync(partial, job.output);
    return rows;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function stream(client: pg.Client, sql: string, file: string, gzip: boolean): Promise<number> {
  const disk = createWriteStream(file, { flags: 'w' });
  const sink: Writable = gzip ? createGzip() : disk;
  const onDisk = finished(disk);
  // Awaited below; a failing disk must not be an unhandled rejection meanwhile.
  onDisk.catch(() => undefined);
  if (gzip) (sink as Writable & Readable).pipe(disk);
  try {
    const rows = await query(client, sql, sink);
    sink.end();
    await onDisk;
    return rows;
  } catch (error) {
    sink.destroy();
    disk.destroy();
    // A file that is still being opened would appear after it has been removed.
    await onDisk.catch(() => undefined);
    throw error;
  }
}

const asPrinted = { getTypeParser: () => (value: string) => value };
/** Rows are gathered to this many characters before they are handed on: one call a row is half the time. */
const BATCH = 64 * 1024;

function query(client: pg.Client, sql: string, sink: Writable): Promise<number> {
  const socket = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  return new Promise((resolve, reject) => {
    let count = 0;
    let text = '';
    let wrong: Error | undefined;
    let shape: object | undefined;
    const flush = (): void => {
      if (!sink.write(text) && !socket.isPaused()) {
        socket.pause();
        sink.once('drain', () => socket.resume());
      }
      text = '';
    };
    const stop = (error: Error): void => {
      wrong ??= error;
      socket.resume();
    };
    sink.once('error', stop);
    const running = client.query(
      new pg.Query<(string | null)[]>({
        text: sql,
        rowMode: 'array',
        types: asPrinted,
      } as pg.QueryArrayConfig),
    );
    running.on('row', (row: (string | null)[], result: pg.ResultBuilder | undefined) => {
      if (wrong || !result) return;
      if (shape !== result) {
        if (shape) return stop(severalResults());
        shape = result;
        text += csvLine(result.fields.map((field) => field.name));
      }
      count += 1;
      text += csvLine(row);
      if (text.length > BATCH) flush();
    });
    running.on('error', (error: Error) => reject(wrong ?? error));
    running.on('end', (results: unknown) => {
      if (wrong) return reject(wrong);
      const withRows = [results].flat().filter((result) => hasColumns(result));
      if (withRows.length > 1) return reject(severalResults());
      const only = withRows[0];
      if (!only) return reject(nothingReturned());
      if (!shape) text += csvLine(only.fields.map((field) => field.name));
      flush();
      resolve(count);
    });
  });
}

interface Columns {
  fields: { name: string }[];
}

function hasColumns(result: unknown): result is Columns {
  return ((result as Partial<Columns> | undefined)?.fields?.length ?? 0) > 0;
}
