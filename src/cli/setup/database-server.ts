/** One conversation with a PostgreSQL server whose address stands in a file. Its passwords are never said. */
import { readFileSync } from 'node:fs';
import { seconds } from '../../lib/clock.ts';
import { Refused } from '../../lib/refusal.ts';
import { no } from './words.ts';

export type Query = (text: string) => Promise<{ rows: Record<string, unknown>[] }>;

/** Whose right is lacking: PostgreSQL's `insufficient_privilege`. */
const NO_RIGHT = '42501';

/** Throws Refused `setup.database-file`. */
export function addressIn(place: string): string {
  const text = (() => {
    try {
      return readFileSync(place, 'utf8').trim();
    } catch {
      return '';
    }
  })();
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) throw new Refused(no.databaseFile(place));
  return text;
}

/** Who comes in where, without the password. */
export function placeIn(address: string): { role: string; where: string } {
  const { username, hostname, port, pathname } = new URL(address);
  return {
    role: decodeURIComponent(username),
    where: `${hostname}:${port || '5432'}${decodeURIComponent(pathname)}`,
  };
}

/** PostgreSQL's own sentence, without the address: a password stands in it. Throws Refused. */
export async function withClient<T>(place: string, work: (query: Query) => Promise<T>): Promise<T> {
  const { default: pg } = await import('pg');
  const address = addressIn(place);
  const client = new pg.Client({ connectionString: address, connectionTimeoutMillis: seconds(10) });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(async (text) => client.query(text));
  } catch (error) {
    if (error instanceof Refused) throw error;
    const says = error instanceof Error ? error.message : 'no connection';
    const lacksRight = (error as { code?: unknown }).code === NO_RIGHT;
    throw new Refused(lacksRight ? no.databaseRight(placeIn(address).role, says) : no.database(place, says), {
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}
