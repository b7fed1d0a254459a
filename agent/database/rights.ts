/** What a role may do beyond reading its tables, as the database itself sees it, and how to take that away. */
import pg from 'pg';

export interface Excess {
  says: string;
  /** The statement that ends it. */
  remedy: string;
}

/** System schemas are left out: what stands there every account may see, and nothing of it is data. */
const QUERY = `
with mine as (
  select n.oid, n.nspname as name from pg_namespace n
  where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
), relation as (
  select c.oid, mine.name as schema, c.relname as name, mine.oid as schema_oid
  from pg_class c join mine on mine.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f')
)
select 'temporary' as kind, null as schema, null as name
  where has_database_privilege($1::name, current_database(), 'TEMPORARY')
union all
select 'create-schema', null, null where has_database_privilege($1::name, current_database(), 'CREATE')
union all
select 'create', name, null from mine where has_schema_privilege($1::name, oid, 'CREATE')
union all
select 'write', schema, name from relation
  where has_schema_privilege($1::name, schema_oid, 'USAGE')
    and (has_table_privilege($1::name, oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
      or has_any_column_privilege($1::name, oid, 'INSERT, UPDATE, REFERENCES'))
union all
select 'read', schema, name from relation
  where has_schema_privilege($1::name, schema_oid, 'USAGE')
    and has_any_column_privilege($1::name, oid, 'SELECT')
    and not (schema = any($2) or schema || '.' || name = any($2))
union all
select 'function', mine.name, p.oid::regprocedure::text from pg_proc p join mine on mine.oid = p.pronamespace
  where p.prosecdef and has_schema_privilege($1::name, mine.oid, 'USAGE')
    and has_function_privilege($1::name, p.oid, 'EXECUTE')`;

interface Row {
  kind: 'temporary' | 'create-schema' | 'create' | 'write' | 'read' | 'function';
  schema: string;
  name: string;
}

export async function excessOf(client: pg.Client, role: string, tables: string[]): Promise<Excess[]> {
  const found = await client.query<Row>(QUERY, [role, tables]);
  return found.rows.map(describe);
}

export function remedyFor(excess: Excess[], database: string): string[] {
  return [
    ...new Set(excess.map((one) => one.remedy.replace('$database', () => pg.escapeIdentifier(database)))),
  ];
}

function describe({ kind, schema, name }: Row): Excess {
  const quotedSchema = schema === null ? '' : pg.escapeIdentifier(schema);
  const table = `${quotedSchema}.${name === null ? '' : pg.escapeIdentifier(name)}`;
  switch (kind) {
    case 'temporary':
      return { says: 'make temporary tables', remedy: 'revoke temporary on database $database from public' };
    case 'create-schema':
      return { says: 'make schemas', remedy: 'revoke create on database $database from public' };
    case 'create':
      return {
        says: `make objects in the schema ${schema}`,
        remedy: `revoke create on schema ${quotedSchema} from public`,
      };
    case 'write':
      return { says: `write ${schema}.${name}`, remedy: `revoke all on ${table} from public` };
    case 'read':
      return { says: `read ${schema}.${name}`, remedy: `revoke select on ${table} from public` };
    case 'function':
      return {
        says: `call ${name} with its owner's rights`,
        remedy: `revoke execute on function ${name} from public`,
      };
  }
}
