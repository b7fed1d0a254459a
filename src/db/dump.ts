/** Rows of a table as lines of JSON, and back: in any version with the same tables, on either database. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { sql } from 'drizzle-orm';
import { rowsOf, type Tx } from './database.ts';

const BATCH = 2000;
/** Of rows that may hold whole files. */
const BATCH_OF_BYTES = 4;

/** Without the list of migrations. Tables that others refer to come before those. */
export async function tablesOf(tx: Tx): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    tx,
    sql`
      select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations'
      order by tablename`,
  );
  const refers = await rowsOf<{ from: string; to: string }>(
    tx,
    sql`
      select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint
      where contype = 'f' and conrelid <> confrelid`,
  );
  const left = new Set(rows.map(({ name }) => name));
  const sorted: string[] = [];
  while (left.size > 0) {
    const free = [...left].filter((name) => !refers.some(({ from, to }) => from === name && left.has(to)));
    // A circle of references has no beginning: such tables follow in the order of their names.
    for (const name of free.length > 0 ? free : left) {
      left.delete(name);
      sorted.push(name);
    }
  }
  return sorted;
}

/** Into a new file, synced; the SHA-256 of what was written. */
export async function writeTable(tx: Tx, table: string, file: string): Promise<string> {
  const hash = createHash('sha256');
  const columns = await columnsOf(tx, table);
  const batch = batchOf(columns);
  // A JSON null and no value at all would be the same in a line: JSON is written as text.
  const shown = sql.join(
    columns.map(({ name, type }) => {
      const column = sql`t.${sql.identifier(name)}`;
      return isJson(type) ? sql`${column}::text as ${sql.identifier(name)}` : column;
    }),
    sql`, `,
  );
  const out = await open(file, 'wx', 0o600);
  try {
    for (let after = '(0,0)'; ; ) {
      const rows = await rowsOf<{ line: string; place: string }>(
        tx,
        sql`select (select row_to_json(r) from (select ${shown}) as r)::text as line, t.ctid::text as place
            from ${sql.identifier(table)} as t where t.ctid > ${after}::tid order by t.ctid limit ${batch}::int`,
      );
      const lines = rows.map(({ line }) => `${line}\n`).join('');
      hash.update(lines);
      await out.writeFile(lines);
      if (rows.length < batch) break;
      after = rows.at(-1)!.place;
    }
    await out.sync();
  } finally {
    await out.close();
  }
  return hash.digest('hex');
}

/** Whoever calls it has seen that the file is what was written. */
export async function readTable(tx: Tx, table: string, file: string): Promise<void> {
  const columns = await columnsOf(tx, table);
  const batch = batchOf(columns);
  const names = sql.join(
    columns.map(({ name }) => sql.identifier(name)),
    sql`, `,
  );
  const read = sql.join(
    columns.map(({ name, type }) =>
      isJson(type) ? sql`${sql.identifier(name)}::${sql.raw(type)}` : sql.identifier(name),
    ),
    sql`, `,
  );
  const form = sql.join(
    columns.map(({ name, type }) => sql`${sql.identifier(name)} ${sql.raw(isJson(type) ? 'text' : type)}`),
    sql`, `,
  );
  let part: string[] = [];
  const insert = async (): Promise<void> => {
    await tx.execute(
      sql`insert into ${sql.identifier(table)} (${names})
          select ${read} from json_to_recordset(${`[${part.join(',')}]`}::json) as r (${form})`,
    );
    part = [];
  };
  for await (const line of linesOf(file)) {
    if (part.push(line) >= batch) await insert();
  }
  if (part.length > 0) await insert();
}

interface Column {
  name: string;
  /** As PostgreSQL writes it. */
  type: string;
}

async function columnsOf(tx: Tx, table: string): Promise<Column[]> {
  return rowsOf(
    tx,
    sql`
      select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = ${`public."${table}"`}::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
}

const isJson = (type: string): boolean => type === 'json' || type === 'jsonb';

const batchOf = (columns: readonly Column[]): number =>
  columns.some(({ type }) => type === 'bytea') ? BATCH_OF_BYTES : BATCH;

/** Ended by line feeds and nothing else: a text may hold what others take for the end of a line. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}

/** A table may be larger than what a process holds. Undefined when there is none. */
export async function hashOfFile(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

/** Counters of rows go on after `gap` numbers that nobody was given: what was told after the backup may have used some. */
export async function setCounters(tx: Tx, gap: number): Promise<void> {
  const counters = await rowsOf<{ table: string; column: string; counter: string }>(
    tx,
    sql`
      select table_name as table, column_name as column,
        pg_get_serial_sequence(quote_ident(table_name), column_name) as counter
      from information_schema.columns where table_schema = 'public' and column_default like 'nextval(%'`,
  );
  for (const { table, column, counter } of counters)
    await tx.execute(sql`
      select setval(${counter}::regclass,
        greatest(1, (select coalesce(max(${sql.identifier(column)}), 0) from ${sql.identifier(table)})) + ${gap}::bigint)`);
}
