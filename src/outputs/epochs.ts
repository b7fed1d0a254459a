/**
 * A zone that was restored from a backup: its record went back to an earlier moment, and the public record
 * says so. Requests that were begun since are unknown to it and end here; what was received stays received,
 * and what was recalled stays recalled.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db, type Tx } from '../db/database.ts';
import { isoTime } from '../lib/clock.ts';
import type { AirlockReport } from '../protocol/protocol.ts';
import { FINAL } from '../release/release.ts';
import type { Airlock } from './airlocks.ts';
import type { Change } from './change.ts';

/** Where the hub keeps which epoch of a zone's record it has heard of. */
export const epochKey = (backend: string, airlock: string): string => `zone-epoch:${backend}/${airlock}`;

/** This is the zone as it was before it was restored: another airlock under the same name. Nothing is said to it. */
export async function isOutdated(db: Db | Tx, { backend, airlock }: Airlock, epoch = 0): Promise<boolean> {
  const newer = await rowsOf(
    db,
    sql`select 1 from settings where key = ${epochKey(backend, airlock)} and (value)::bigint > ${epoch}::bigint`,
  );
  return newer.length > 0;
}

/**
 * What was declared before the hub heard of the newest epoch: its rest lies in a record that is lost. The zone itself
 * sends nothing more of it, and nobody else may.
 */
export async function wasDeclaredBefore(
  tx: Tx,
  { backend, airlock }: Airlock,
  declaredAt: number,
): Promise<boolean> {
  const newer = await rowsOf(
    tx,
    sql`select 1 from settings where key = ${epochKey(backend, airlock)} and updated_at > ${declaredAt}::bigint`,
  );
  return newer.length > 0;
}

/** Once for each epoch, and never for an older one. */
export async function takeRestored(
  change: Change,
  caller: Airlock,
  { epoch, at, asOf }: NonNullable<AirlockReport['restored']>,
): Promise<void> {
  const { tx, now } = change;
  const { backend, airlock } = caller;
  const fresh = await rowsOf(
    tx,
    sql`
      insert into settings (key, value, updated_at)
      values (${epochKey(backend, airlock)}, to_jsonb(${epoch}::bigint), ${now}::bigint)
      on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at
        where (settings.value)::bigint < (excluded.value)::bigint
      returning 1`,
  );
  if (fresh.length === 0) return;
  change.tell({
    type: 'release',
    actor: `airlock:${backend}/${airlock}`,
    subject: `record:${backend}/${airlock}`,
    body: {
      event: 'zone-restored',
      backend,
      at: isoTime(Math.min(at, now)),
      until: isoTime(Math.min(asOf, now)),
    },
  });
  await endLost(change, caller, { epoch, at, asOf });
}

interface Lost {
  id: string;
  workspace: string;
  project: string;
}

async function endLost(
  change: Change,
  { backend, airlock }: Airlock,
  { epoch, at, asOf }: NonNullable<AirlockReport['restored']>,
): Promise<void> {
  const { tx, now } = change;
  const lost = await rowsOf<Lost>(
    tx,
    sql`
      update shown_requests set state = 'withdrawn', epoch = ${epoch}::bigint, updated_at = ${now}::bigint,
        shown = jsonb_set(jsonb_set(shown, '{state}', '"withdrawn"'), '{checkers}', '[]')
      where backend = ${backend} and airlock = ${airlock} and epoch < ${epoch}::bigint
        and created_at > ${asOf}::bigint and created_at <= ${at}::bigint
        and state <> all(array(select json_array_elements_text(${JSON.stringify(FINAL)}::json)))
      returning id, workspace, project`,
  );
  for (const { id, workspace, project } of lost) {
    await tx.execute(sql`
      insert into shown_steps (request, epoch, seq, at, what, by, state)
      select ${id}, ${epoch}::bigint, coalesce(max(seq), 0) + 1, ${Math.min(at, now)}::bigint, 'restored', null,
        'withdrawn' from shown_steps where request = ${id}`);
    change.tell({
      type: 'release',
      actor: `airlock:${backend}/${airlock}`,
      subject: `release:${id}`,
      body: {
        event: 'restored',
        state: 'withdrawn',
        at: isoTime(Math.min(at, now)),
        backend,
        workspace,
        project,
      },
    });
    change.show('review', id);
  }
}
