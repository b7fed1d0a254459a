/**
 * Which repository on GitHub governance means by the place of reviews. By id it says it itself. By
 * `owner/name` the first private repository of that name which the App is installed on is taken, and its id
 * kept: from then on a repository that merely has the name is not it.
 */
import { sql } from 'drizzle-orm';
import { RepositorySeen } from '../payloads.ts';
import { findRepository } from '../reach.ts';
import { rememberRepository, settingOf, type KnownRepository, type Room } from '../room.ts';
import { orMissing } from '../trouble.ts';

/** As governance names it. */
export type NamedRepository = number | string;

export const keyOfNamed = (named: string): string => `review-repository:${named.toLowerCase()}`;

/** Undefined when there is none yet, when the App is not installed on it, and when it is not the one first seen. */
export async function findReviewRepository(
  room: Room,
  named: NamedRepository | undefined,
): Promise<KnownRepository | undefined> {
  if (named === undefined) return undefined;
  if (typeof named === 'number') return findRepository(room, named);
  const kept = (await settingOf<number>(room.db, keyOfNamed(named))) ?? (await firstSight(room, named));
  return kept === undefined ? undefined : findRepository(room, kept);
}

async function firstSight(room: Room, named: string): Promise<number | undefined> {
  const [owner = '', repo = ''] = named.split('/');
  const app = await room.app.asApp();
  const ours = await orMissing(app.rest.apps.getRepoInstallation({ owner, repo }));
  if (!ours || ours.data.suspended_at) return undefined;
  const octokit = await room.app.forInstallation(ours.data.id);
  const found = await orMissing(octokit.rest.repos.get({ owner, repo }));
  const seen = found && RepositorySeen.parse(found.data);
  // A name that was left by a renamed repository leads to where that is now.
  const called = seen && `${seen.owner.login}/${seen.name}`.toLowerCase();
  if (!seen || called !== named.toLowerCase()) return undefined;
  if (!seen.private) {
    room.logger.warn(
      { code: 'review.public', repository: named },
      'The repository for reviews is public, and is not taken',
    );
    return undefined;
  }
  const now = room.clock.now();
  await rememberRepository(room.db, seen, ours.data.id, now);
  await room.db.execute(sql`
    insert into settings (key, value, updated_at)
    values (${keyOfNamed(named)}, ${JSON.stringify(seen.id)}::jsonb, ${now}::bigint)
    on conflict (key) do nothing`);
  // Another hub may have seen it first.
  return settingOf<number>(room.db, keyOfNamed(named));
}

/** All that governance names and we reach. */
export async function reviewRepositories(room: Room): Promise<KnownRepository[]> {
  const named = Object.values(room.governance.current()?.deployment.github.review_repos ?? {});
  const found = new Map<number, KnownRepository>();
  for (const one of new Set(named)) {
    const repository = await findReviewRepository(room, one);
    if (repository) found.set(repository.id, repository);
  }
  return [...found.values()];
}
