/**
 * The zone's log: who looked at what, who came and went. Lines are only ever added; one sequencer at a time
 * gives committed lines their place in a chain, so that writers never wait for each other.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../../src/db/open.ts';
import { CHAIN_START, chained } from '../../src/release/release.ts';
import type { Core, Db } from './core.ts';
import type { LogLine } from './face.ts';

export async function logLines(core: Pick<Core, 'clock'>, db: Db, lines: readonly LogLine[]): Promise<void> {
  const at = core.clock.now();
  const rows = lines.map(({ details, ...line }) => ({
    ...line,
    details: details === undefined ? null : JSON.stringify(details),
  }));
  await db.execute(sql`
    insert into log (type, at, person, session, workspace, request, path, sha256, details)
    select type, ${at}::bigint, person, session, workspace, request, path, sha256, details
    from json_to_recordset(${asJson(rows)}) as row (type text, person bigint, session text, workspace text,
      request text, path text, sha256 text, details text)`);
}

/** A line as it is hashed. */
export interface ChainedLine {
  id: number;
  type: string;
  at: number;
  person: number | null;
  session: string | null;
  workspace: string | null;
  request: string | null;
  path: string | null;
  sha256: string | null;
  details: string | null;
}

/** Cast, since the two drivers read big numbers differently. */
export const LINE = sql`l.id::float8 as id, l.type, l.at::float8 as at, l.person::float8 as person, l.session,
  l.workspace, l.request, l.path, l.sha256, l.details`;

const BATCH = 1000;
/** Lines get their number before they are committed: a line may turn up this late behind others. */
const LATE = 10_000;
const SEQUENCER_LOCK = 7_305_011;

/** Chains lines that have no place yet; answers how many. */
export async function sealLog(core: Core): Promise<number> {
  return core.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${SEQUENCER_LOCK}::bigint)`);
    const heads = await rowsOf<{ seq: number; hash: string }>(
      tx,
      sql`select seq::float8 as seq, hash from log_chain order by seq desc limit 1`,
    );
    const lines = await rowsOf<ChainedLine>(
      tx,
      sql`select ${LINE} from log l where not exists (select 1 from log_chain c where c.line = l.id)
            and l.id > coalesce((select max(line) from log_chain), 0) - ${LATE}::bigint
          order by l.id limit ${BATCH}::int`,
    );
    let seq = heads[0]?.seq ?? 0;
    let previous = heads[0]?.hash ?? CHAIN_START;
    const rows = lines.map((line) => {
      const link = chained(line, previous);
      seq += 1;
      previous = link.hash;
      return { seq, line: line.id, previous: link.previous, hash: link.hash };
    });
    if (rows.length > 0) {
      await tx.execute(sql`
        insert into log_chain (seq, line, previous, hash)
        select seq, line, previous, hash
        from json_to_recordset(${asJson(rows)}) as row (seq bigint, line bigint, previous text, hash text)`);
    }
    return rows.length;
  });
}
