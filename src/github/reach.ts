/** Getting at a repository in order to write there, or why that cannot be. */
import { RepositorySeen } from './payloads.ts';
import { repoClient } from './repo.ts';
import { knownRepository, rememberRepository, type KnownRepository, type Room } from './room.ts';
import { Show } from './show.ts';
import { orMissing } from './trouble.ts';

/** Why nothing can be shown: kept with the parked news. */
export class OutOfReach extends Error {
  override name = 'OutOfReach';
}

export async function showFor(room: Room, repository: number, force: boolean): Promise<Show> {
  const repo = await knownRepository(room.db, repository);
  if (!repo) throw new OutOfReach('the repository is not known');
  if (repo.removedAt) throw new OutOfReach('the repository was deleted, or the App was removed from it');
  if (repo.suspended) throw new OutOfReach('the installation is suspended');
  return new Show(room, await repoClient(room.app, repo), force);
}

/**
 * The repository with this id, asked of GitHub when no event has told of it: governance names the review
 * repositories by id alone. Undefined when the App is not installed on it.
 */
export async function findRepository(room: Room, id: number): Promise<KnownRepository | undefined> {
  const known = await knownRepository(room.db, id);
  if (known && !known.removedAt) return known;
  const app = await room.app.asApp();
  const installations = await app.paginate(app.rest.apps.listInstallations, { per_page: 100 });
  for (const installation of installations.filter((each) => !each.suspended_at)) {
    const octokit = await room.app.forInstallation(installation.id);
    const found = await orMissing(octokit.request('GET /repositories/{id}', { id }), [403, 404]);
    if (!found) continue;
    const repo = RepositorySeen.parse(found.data);
    // A public repository answers everybody; only where we are installed may we write.
    const at = { owner: repo.owner.login, repo: repo.name };
    const ours = await orMissing(app.rest.apps.getRepoInstallation(at));
    if (!ours) continue;
    await rememberRepository(room.db, repo, ours.data.id, room.clock.now());
    return knownRepository(room.db, id);
  }
  return undefined;
}
