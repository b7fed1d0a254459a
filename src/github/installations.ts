/** Where the App is installed, and what it was given there. */
import { and, eq, inArray, like } from 'drizzle-orm';
import { queueOutbox } from '../db/outbox.ts';
import { outbox, repositories } from '../db/schema/github.ts';
import { missingPermissions } from './manifest.ts';
import type { InstallationEvent, InstallationRepositoriesEvent } from './payloads.ts';
import { offerSkeletons } from './onboarding/onboarding.ts';
import { consentMissing, rememberConsent, type Room } from './room.ts';

/** At start and after long silence: who installed us, with which permissions, and who suspended us. */
export async function readInstallations(room: Room): Promise<void> {
  const octokit = await room.app.asApp();
  const all = await octokit.paginate(octokit.rest.apps.listInstallations, { per_page: 100 });
  for (const each of all) {
    await noteConsent(room, each.id, each.permissions as Record<string, string>);
    await markSuspended(room, each.id, Boolean(each.suspended_at));
  }
}

export async function installationChanged(room: Room, event: InstallationEvent): Promise<void> {
  const { id, permissions, suspended_at: suspendedAt } = event.installation;
  if (event.action === 'deleted') {
    await room.db
      .update(repositories)
      .set({ removedAt: room.clock.now() })
      .where(eq(repositories.installationId, id));
    await rememberConsent(room.db, id, [], room.clock.now());
    return;
  }
  if (event.action === 'suspend' || event.action === 'unsuspend') {
    await markSuspended(room, id, Boolean(suspendedAt) || event.action === 'suspend');
    // Tokens made before are dead, and would be kept for an hour.
    room.app.forgetTokens();
    if (event.action === 'unsuspend') await unpark(room);
    return;
  }
  if (permissions) await noteConsent(room, id, permissions);
  if (event.action === 'created')
    await offerSkeletons(
      room,
      (event.repositories ?? []).map((each) => each.id),
    );
}

export async function repositoriesRemoved(room: Room, event: InstallationRepositoriesEvent): Promise<void> {
  await offerSkeletons(
    room,
    event.repositories_added.map((each) => each.id),
  );
  const ids = event.repositories_removed.map((each) => each.id);
  if (ids.length === 0) return;
  await room.db
    .update(repositories)
    .set({ removedAt: room.clock.now() })
    .where(inArray(repositories.id, ids));
}

async function noteConsent(
  room: Room,
  installation: number,
  permissions: Record<string, string>,
): Promise<void> {
  const missing = missingPermissions(permissions);
  const before = await consentMissing(room.db, installation);
  if (before.length > 0 && missing.length < before.length) room.app.forgetTokens();
  await rememberConsent(room.db, installation, missing, room.clock.now());
  if (missing.length > 0) {
    room.logger.error(
      { code: 'app.consent-missing', installation, missing },
      'An installation lacks permissions: an owner of the organisation must accept them',
    );
  }
}

async function markSuspended(room: Room, installation: number, suspended: boolean): Promise<void> {
  await room.db.update(repositories).set({ suspended }).where(eq(repositories.installationId, installation));
}

/** What could not be shown meanwhile is tried again; what belongs to another suspended installation is parked again. */
async function unpark(room: Room): Promise<void> {
  const parked = await room.db
    .select({ topic: outbox.topic, subject: outbox.subject })
    .from(outbox)
    .where(and(eq(outbox.state, 'parked'), like(outbox.lastError, '%suspended%')));
  await room.db.transaction((tx) => queueOutbox(tx, parked, room.clock.now()));
}
