/** What operators of a zone did, as its agent or airlock tells: into the public log, once. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { isoTime } from '../lib/clock.ts';
import type { HeardDeed } from '../protocol/protocol.ts';
import { changeJobs } from './transaction.ts';
import type { JobsDeps } from './types.ts';

export interface Teller {
  backend: string;
  /** Apart from every other teller's: ids are chosen in the zone. */
  as: string;
  /** `agent:north/north-1`, `airlock:north/north-airlock` */
  actor: string;
}

/** How many were not in the log before. A workspace that the hub has never heard of is not named: its name would be news from the zone. */
export async function takeDeeds(
  deps: JobsDeps,
  { backend, as, actor }: Teller,
  deeds: readonly HeardDeed[],
): Promise<number> {
  return changeJobs(deps, backend, async (change) => {
    let taken = 0;
    for (const { id, deed, at, workspace } of deeds) {
      const fresh = await rowsOf(
        change.tx,
        sql`
          insert into zone_deeds (backend, agent, id, told_at) values (${backend}, ${as}, ${id}, ${change.now})
          on conflict do nothing returning 1`,
      );
      if (fresh.length === 0) continue;
      taken += 1;
      const known = await rowsOf(
        change.tx,
        sql`select 1 from jobs where backend = ${backend} and workspace = ${workspace} limit 1`,
      );
      change.tell({
        type: 'policy',
        actor,
        subject: `zone:${backend}`,
        // Never later than now: a clock of the zone that runs ahead tells nothing of tomorrow.
        body: {
          event: deed,
          at: isoTime(Math.min(at, change.now)),
          workspace: known.length > 0 ? workspace : null,
        },
      });
    }
    return taken;
  });
}
