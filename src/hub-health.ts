/** `/healthz`: what whoever looks after the hub has to know. */
import type { OpenDatabase } from './db/open.ts';
import { withheldEntries } from './db/record.ts';
import {
  allMissingConsent,
  driftHealth,
  outboxLag,
  publicLogHealth,
  reviewAccess,
  type Room,
  unapprovedVersions,
} from './github/github.ts';
import { behindAgents, silentBackends } from './jobs/jobs.ts';

export async function healthOf(room: Room, database: OpenDatabase, since: number) {
  try {
    const lag = await outboxLag(room.db, room.clock.now());
    const governance = room.governance.current()?.commit ?? null;
    return {
      ok: governance !== null,
      database: database.kind,
      governance,
      outbox: { waiting: lag.waiting, oldest_ms: lag.oldestMs, parked: lag.parked },
      missing_permissions: await allMissingConsent(room.db),
      review_repositories: await reviewAccess(room),
      public_log: await publicLogHealth(room),
      withheld_entries: await withheldEntries(room.db),
      drift: await driftHealth(room.db),
      unapproved_governance: await unapprovedVersions(room.db, room.clock.now()),
      silent_backends: await silentBackends(room.jobs, since),
      behind_agents: await behindAgents(room.jobs),
    };
  } catch (error) {
    room.logger.error({ err: error, code: 'health.database' }, 'The database does not answer');
    return { ok: false, database: null };
  }
}
