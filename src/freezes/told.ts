/** What an agent or airlock is told of freezes: everything after what it heard last, signed for it alone. */
import type { KeyObject } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { Clock } from '../lib/clock.ts';
import { MOST_ACTS, PROTOCOL, signFreezes, type FreezeActTold } from '../protocol/protocol.ts';

const LIFE_SECONDS = 600;

/**
 * Acts after this number, oldest first. A number that was never given comes from before the hub was restored
 * from a backup: then everything is news, and the zone counts on from there.
 */
export async function actsAfter(db: Db, heard: number): Promise<FreezeActTold[]> {
  const rows = await rowsOf<{ seq: number; act: object }>(
    db,
    sql`
      select seq::float8 as seq, act from freeze_acts
      where seq > case when ${heard}::bigint > (select coalesce(max(seq), 0) from freeze_acts) then 0 else ${heard}::bigint end
      order by seq limit ${MOST_ACTS}`,
  );
  return rows.map(({ seq, act }) => ({ ...act, seq }) as FreezeActTold);
}

export async function freezesFor(
  { clock, hubKey }: { clock: Clock; hubKey: KeyObject },
  to: { id: string; backend: string },
  acts: readonly FreezeActTold[],
): Promise<{ freezes?: { jws: string } }> {
  if (acts.length === 0) return {};
  const iat = Math.floor(clock.now() / 1000);
  const claims = {
    protocol: PROTOCOL,
    to: to.id,
    backend: to.backend,
    iat,
    exp: iat + LIFE_SECONDS,
  } as const;
  return { freezes: { jws: await signFreezes({ ...claims, acts: [...acts] }, hubKey) } };
}
