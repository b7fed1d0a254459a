/** `/publish` on a release issue, and `/approve` or `/reject` on a publication issue. */
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import {
  decidePublication,
  publicationById,
  requestPublication,
  type OwnerSaid,
  type RepositoryNow,
} from '../../publication/publication.ts';
import type { ShownView } from '../../outputs/outputs.ts';
import { findRepository, OutOfReach } from '../reach.ts';
import { repoClient, type RepoClient } from '../repo.ts';
import type { ReleaseCommand } from './commands.ts';
import type { Room } from '../room.ts';
import type { Saying } from '../run-command.ts';
import type { Decision } from '../settle.ts';
import * as words from './words.ts';

type Publish = { type: 'publish'; release?: string; owner?: OwnerSaid };

export async function askForPublication(
  room: Room,
  say: Saying,
  request: ShownView | undefined,
  { release, owner }: Publish,
): Promise<Decision | Refusal> {
  const of = release ? { release } : request ? { request: request.id } : undefined;
  if (!of) return words.whichRelease();
  const repository = await repositoryNow(say.client);
  const made = await requestPublication(room.publications, {
    of,
    actor: say.actor.id,
    repository,
    ...(owner && { owner }),
  });
  return isRefusal(made) ? made : { kind: 'text', text: words.publicationAsked(made) };
}

export async function decideOn(
  room: Room,
  say: Saying,
  id: string,
  command: Extract<ReleaseCommand, { type: 'approve' | 'reject' }>,
): Promise<Decision | Refusal> {
  if (command.files.length > 0) return words.wholePublication();
  const publication = await publicationById(room.publications, id);
  const repo = publication && (await findRepository(room, publication.repository));
  if (!publication || !repo) throw new OutOfReach('the study repository of the publication is not known');
  const decided = await decidePublication(room.publications, {
    publication: id,
    actor: say.actor.id,
    decision: command.type,
    ...(command.type === 'approve' && command.owner && { owner: command.owner }),
    repository: await repositoryNow(await repoClient(room.app, repo)),
  });
  return isRefusal(decided) ? decided : { kind: 'done' };
}

/** Asked now: what was public yesterday may be private today. */
async function repositoryNow(client: RepoClient): Promise<RepositoryNow> {
  const now = await client.describe();
  const { id, owner, name } = client.repo;
  // Out of reach counts as private: nothing is published there.
  return { id, owner, name, private: now?.id !== id || now.private };
}

/** The same of a study by its number; one that the App does not reach counts as private too. */
export async function studyNow(room: Room, id: number): Promise<RepositoryNow> {
  const repo = await findRepository(room, id);
  return repo ? repositoryNow(await repoClient(room.app, repo)) : { id, owner: '', name: '', private: true };
}
