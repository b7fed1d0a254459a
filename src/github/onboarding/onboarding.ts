/**
 * Repositories that hold no study yet: each is offered the skeleton of one, once. The steward opens the pull request
 * and looks for itself whether it may; here is only noted that it was offered, and what became of it.
 */
import { eq, isNull, sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { repositories } from '../../db/schema/github.ts';
import { onboardings } from '../../db/schema/onboarding.ts';
import type { Governance } from '../../governance/governance.ts';
import { days } from '../../lib/clock.ts';
import { askSteward } from '../../stewarding/stewarding.ts';
import { projectAt } from '../commit.ts';
import { findRepository } from '../reach.ts';
import { repoClient } from '../repo.ts';
import { keepSetting, settingOf, type KnownRepository, type Room } from '../room.ts';
import { troubleOf } from '../trouble.ts';

export const DASHBOARD_TOPIC = 'dashboard';
export type Onboarding = typeof onboardings.$inferSelect;

export async function onboardingOf(db: Db, repository: number): Promise<Onboarding | undefined> {
  const [row] = await db.select().from(onboardings).where(eq(onboardings.repositoryId, repository));
  return row;
}

/** Of an organisation that holds code, and not named for another purpose. */
function mayHoldStudy(g: Governance, repo: Pick<KnownRepository, 'id' | 'owner' | 'name'>): boolean {
  const { code_orgs: orgs, repos, review_repos: reviews } = g.deployment.github;
  if (!orgs.some((org) => org.toLowerCase() === repo.owner.toLowerCase())) return false;
  const full = `${repo.owner}/${repo.name}`.toLowerCase();
  return ![...Object.values(repos), ...Object.values(reviews)].some((other) =>
    typeof other === 'number' ? other === repo.id : other.toLowerCase() === full,
  );
}

/** The App was installed on these. What was offered before is not offered again. */
export async function offerSkeletons(room: Room, ids: readonly number[]): Promise<void> {
  const governance = room.governance.current();
  if (!governance) return;
  for (const id of ids) {
    if (await onboardingOf(room.db, id)) continue;
    const repo = await findRepository(room, id);
    if (!repo || repo.suspended || !mayHoldStudy(governance, repo)) continue;
    if (await lacksProject(room, repo)) await ask(room, repo, 1);
  }
}

async function lacksProject(room: Room, repo: KnownRepository): Promise<boolean> {
  const client = await repoClient(room.app, repo);
  const now = await client.describe();
  if (!now || now.archived) return false;
  const head = await client.branchHead(now.defaultBranch);
  return head !== undefined && (await projectAt(client, head)).kind === 'missing';
}

async function ask(room: Room, { id, owner }: KnownRepository, round: number): Promise<void> {
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    const fresh = { state: 'asked', round, pull: null, code: null, updatedAt: now } as const;
    await tx
      .insert(onboardings)
      .values({ repositoryId: id, skeleton: '', ...fresh })
      .onConflictDoUpdate({ target: onboardings.repositoryId, set: fresh });
    await askSteward(tx, {
      key: `onboard:${id}`,
      do: 'onboard',
      payload: { repository: id, owner, round },
      now,
      again: true,
    });
    await queueOutbox(tx, [{ topic: DASHBOARD_TOPIC, subject: String(id) }], now);
  });
}

/** A person asks for it after it was closed, or after the steward would not: a pull request of its own. */
export async function offerAgain(room: Room, repository: number): Promise<boolean> {
  const row = await onboardingOf(room.db, repository);
  const repo = await findRepository(room, repository);
  if (!row || !repo || (row.state !== 'closed' && row.state !== 'refused')) return false;
  await ask(room, repo, row.state === 'closed' ? row.round + 1 : row.round);
  return true;
}

/** What became of it is asked of the steward, who also brings it up to date while nobody changed it. */
export async function followOnboarding(room: Room, repository: number, pull?: number): Promise<void> {
  const row = await onboardingOf(room.db, repository);
  const repo = row && (await findRepository(room, repository));
  if (!row || !repo || row.state !== 'open' || (pull !== undefined && pull !== row.pull)) return;
  const payload = { repository, owner: repo.owner, round: row.round };
  const now = room.clock.now();
  await room.db.transaction((tx) =>
    askSteward(tx, { key: `onboard:${repository}`, do: 'onboard', payload, now, again: true }),
  );
}

/** Nearly all of them hold a study: asking GitHub for each of thousands every hour would spend its limit. */
const LOOK_AGAIN_MS = days(1);

const lookedKey = (repository: number): string => `onboarding:${repository}`;

async function lookedLately(room: Room, repository: number): Promise<boolean> {
  const last = await settingOf<number>(room.db, lookedKey(repository));
  return last !== undefined && room.clock.now() - last < LOOK_AGAIN_MS;
}

/** For repositories that no event told of, and what was closed or changed unheard. Harmless when repeated. */
export async function lookAtOnboarding(room: Room): Promise<void> {
  const known = await room.db
    .select({ id: repositories.id })
    .from(repositories)
    .where(isNull(repositories.removedAt));
  const open = await rowsOf<{ id: number }>(
    room.db,
    sql`select repository_id::float8 as id from onboardings where state = 'open'`,
  );
  for (const { id } of open) await unlessAway(room, id, () => followOnboarding(room, id));
  for (const { id } of known) {
    if (await lookedLately(room, id)) continue;
    await unlessAway(room, id, async () => {
      await offerSkeletons(room, [id]);
      // Only now: what GitHub did not answer is looked at again in an hour, not in a day.
      await keepSetting(room.db, lookedKey(id), room.clock.now(), room.clock.now());
    });
  }
}

/** One that is out of reach keeps none of the others waiting. */
async function unlessAway(room: Room, repository: number, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { kind, reason } = troubleOf(error, room.clock.now());
    room.logger.warn(
      { code: 'onboarding.unreachable', repository, kind, reason },
      'A repository could not be looked at',
    );
  }
}
