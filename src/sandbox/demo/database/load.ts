/** Puts the warehouse into a PostgreSQL database by COPY: 350,000 rows in about a second. */
import pg from 'pg';
import { createTable, TABLE_NAMES, type TableName } from './tables.ts';

export async function loadWarehouse(client: pg.Client, rows: Record<TableName, string>): Promise<void> {
  for (const table of TABLE_NAMES) {
    await client.query(createTable(table));
    await copyIn(client, `copy ${table} from stdin with (format csv)`, Buffer.from(rows[table]));
  }
  await client.query('analyze');
}

/** The part of pg's connection that COPY needs and its type description leaves out. */
interface CopyConnection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

class CopyIn extends pg.Query {
  readonly #bytes: Buffer;

  constructor(sql: string, bytes: Buffer) {
    super(sql);
    this.#bytes = bytes;
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.#bytes);
    connection.endCopyFrom();
  }
}

function copyIn(client: pg.Client, sql: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = client.query(new CopyIn(sql, bytes));
    query.on('error', reject);
    query.on('end', () => resolve());
  });
}
