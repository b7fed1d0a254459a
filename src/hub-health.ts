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
import { version } from './cli/version.ts';
import { seconds } from './lib/clock.ts';

/** Whoever asks gives up after ten: a database that says nothing at all is told before. */
const PATIENCE_MS = seconds(5);

/** A database that does not answer, or not in time, is `ok: false`. */
export async function healthOf(room: Room, database: OpenDatabase, since: number) {
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
  });
  const asked = ask(room, database, since);
  // Its end does not matter any more once this has answered.
  asked.catch(() => undefined);
  try {
    return await Promise.race([asked, silence]);
  } catch (error) {
    room.logger.error({ err: error, code: 'health.database' }, 'The database does not answer');
    return { ok: false, database: null };
  } finally {
    clearTimeout(late);
  }
}

async function ask(room: Room, database: OpenDatabase, since: number) {
  const lag = await outboxLag(room.db, room.clock.now());
  const governance = room.governance.current()?.commit ?? null;
  return {
    ok: governance !== null,
    version,
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
}
