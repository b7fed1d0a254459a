/** Whether what the airlock keeps is what it wrote: every chain, what it folds to, and every copy. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { brokenAt, CHAIN_START, chained, fold, type Chained, type Entry } from '../../src/release/release.ts';
import type { Copies } from './copies.ts';
import type { Db } from './core.ts';
import { brokenHeads } from './record-heads.ts';
import { LINE, type ChainedLine } from './log.ts';

export interface Fault {
  what: 'entries' | 'folded' | 'log' | 'copy' | 'released' | 'head';
  /** Request, place in the log, hash, or day. */
  where: string;
}

const AT_ONCE = 1000;

export async function verifyChains(db: Db): Promise<Fault[]> {
  const requests = await rowsOf<{ id: string; folded: string; head: string }>(
    db,
    sql`select id, folded, head from requests order by id`,
  );
  const faults: Fault[] = [];
  for (const { id, folded, head } of requests) faults.push(...(await verifyRequest(db, id, folded, head)));
  const heads = (await brokenHeads(db)).map((day): Fault => ({ what: 'head', where: day }));
  return [...faults, ...(await verifyReleased(db)), ...(await verifyLog(db)), ...heads];
}

async function verifyRequest(db: Db, id: string, folded: string, head: string): Promise<Fault[]> {
  const rows = await rowsOf<{ seq: number; entry: string; previous: string; hash: string }>(
    db,
    sql`select seq, entry, previous, hash from entries where request = ${id} order by seq`,
  );
  const links = rows.map(
    ({ entry, previous, hash }): Chained<Entry> => ({ entry: JSON.parse(entry) as Entry, previous, hash }),
  );
  if (brokenAt(links) !== undefined || links.at(-1)?.hash !== head) return [{ what: 'entries', where: id }];
  try {
    const state = fold(links.map(({ entry }) => entry));
    const same = canonicalJson(state) === canonicalJson(JSON.parse(folded) as unknown);
    return same ? [] : [{ what: 'folded', where: id }];
  } catch {
    return [{ what: 'folded', where: id }];
  }
}

/** Every file that left has its entry of the decision, with the same bytes. */
async function verifyReleased(db: Db): Promise<Fault[]> {
  const rows = await rowsOf<{ request: string; path: string; sha256: string; entry: string | null }>(
    db,
    sql`select r.request, r.path, r.sha256,
          (select e.entry from entries e where e.request = r.request and e.type = 'REQUEST_FILE_RELEASE'
            and position(r.sha256 in e.entry) > 0 limit 1) as entry
        from released r`,
  );
  return rows
    .filter(({ path, sha256, entry }) => {
      const said = entry === null ? undefined : (JSON.parse(entry) as { path?: string; sha256?: string });
      return said?.sha256 !== sha256 || said.path === undefined || path === '';
    })
    .map(({ request, path }) => ({ what: 'released', where: `${request} ${path}` }));
}

async function verifyLog(db: Db): Promise<Fault[]> {
  let previous = CHAIN_START;
  for (let after = 0; ; ) {
    const rows = await rowsOf<ChainedLine & { seq: number; previous: string; hash: string }>(
      db,
      sql`select c.seq::float8 as seq, c.previous, c.hash, ${LINE} from log_chain c left join log l on l.id = c.line
          where c.seq > ${after}::bigint order by c.seq limit ${AT_ONCE}::int`,
    );
    for (const { seq, previous: before, hash, ...line } of rows) {
      if (seq !== after + 1 || before !== previous || chained(line, previous).hash !== hash)
        return [{ what: 'log', where: String(seq) }];
      previous = hash;
      after = seq;
    }
    if (rows.length < AT_ONCE) return [];
  }
}

/** Every copy that the database knows of. `since`: only those not looked at after it. */
export async function verifyCopies(
  db: Db,
  copies: Copies,
  at: number,
  { before, most }: { before: number; most: number },
): Promise<Fault[]> {
  const rows = await rowsOf<{ sha256: string }>(
    db,
    sql`select sha256 from copies where checked_at <= ${before}::bigint order by checked_at limit ${most}::int`,
  );
  const faults: Fault[] = [];
  for (const { sha256: hash } of rows) {
    const whole = (await copies.hashNow(hash)) === hash;
    await db.execute(sql`
      update copies set checked_at = ${at}::bigint, broken_at = ${whole ? null : at}::bigint where sha256 = ${hash}`);
    if (!whole) faults.push({ what: 'copy', where: hash });
  }
  return faults;
}
