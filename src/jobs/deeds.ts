/** What operators of a zone did, as its agent tells: into the public log, once. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { isoTime } from '../lib/clock.ts';
import type { Caller, ToldDeed } from '../protocol/protocol.ts';
import { agentKey, changeJobs } from './transaction.ts';
import type { JobsDeps } from './types.ts';

/** How many were not in the log before. A workspace that the hub has never heard of is not named: its name would be news from the zone. */
export async function takeDeeds(deps: JobsDeps, caller: Caller, deeds: readonly ToldDeed[]): Promise<number> {
  return changeJobs(deps, caller.backend, async (change) => {
    let taken = 0;
    for (const { id, deed, at, workspace } of deeds) {
      const fresh = await rowsOf(
        change.tx,
        sql`
          insert into zone_deeds (backend, agent, id, told_at) values (${caller.backend}, ${caller.agent}, ${id}, ${change.now})
          on conflict do nothing returning 1`,
      );
      if (fresh.length === 0) continue;
      taken += 1;
      const known = await rowsOf(
        change.tx,
        sql`select 1 from jobs where backend = ${caller.backend} and workspace = ${workspace} limit 1`,
      );
      change.tell({
        type: 'policy',
        actor: `agent:${agentKey(caller.backend, caller.agent)}`,
        subject: `zone:${caller.backend}`,
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
