/** Which commands of a release a person may write here, now: for `/help`. The zone has the last word. */
import {
  hasPermission,
  personById,
  projectById,
  projectOfRepository,
  rolesOf,
} from '../../governance/governance.ts';
import { ACTIVE } from '../../release/release.ts';
import { releasesOfRequest, shownOfRepository, shownRequest, type ShownView } from '../../outputs/outputs.ts';
import { publicationById } from '../../publication/publication.ts';
import type { Room } from '../room.ts';
import type { Saying } from '../run-command.ts';
import { issueHere } from './carry-out.ts';
import type { ReleaseCommandName } from './commands.ts';
import { mayKnock } from './verdicts.ts';

export interface ReleaseHelp {
  /** The issue is for this alone: nothing is run from here. */
  only: boolean;
  /** Of a publication: its commands have a meaning of their own there. */
  publication?: boolean;
  open: ReleaseCommandName[];
}

export async function releaseHelp(room: Room, say: Saying): Promise<ReleaseHelp> {
  const here = await issueHere(room, say);
  if (here?.kind === 'review') {
    const request = await shownRequest(room.db, here.request);
    return { only: true, open: request ? forChecker(room, say, request) : [] };
  }
  if (here?.kind === 'publication')
    return { only: true, publication: true, open: await forPublisher(room, say, here.publication) };
  return {
    only: false,
    open: await forAuthor(room, say, here?.kind === 'release' ? here.request : undefined),
  };
}

const isActive = ({ state }: ShownView): boolean => (ACTIVE as readonly string[]).includes(state);

function forChecker(room: Room, { actor }: Saying, request: ShownView): ReleaseCommandName[] {
  if (!mayKnock(room, actor.id, request.project, request.checkers)) return [];
  const { state } = request;
  if (!request.checkers.includes(actor.id)) return isActive(request) ? ['claim'] : ['revoke'];
  if (state === 'approved' || state === 'releasing') return ['halt', 'revoke'];
  if (state === 'released' || state === 'revoked') return ['revoke'];
  if (!isActive(request) || state === 'returned') return [];
  return ['submit-review', 'approve', 'changes', 'reject', 'return', 'close-request', 'unclaim'];
}

async function forPublisher(room: Room, { actor }: Saying, id: string): Promise<ReleaseCommandName[]> {
  const publication = await publicationById(room.publications, id);
  const governance = room.governance.current();
  if (!publication || !governance || publication.state !== 'draft') return [];
  const who = { person: actor.id, project: publication.project };
  return hasPermission(governance, 'snapshot_publish', who, room.clock.now()) ? ['approve', 'reject'] : [];
}

async function forAuthor(
  room: Room,
  { actor, client }: Saying,
  request: string | undefined,
): Promise<ReleaseCommandName[]> {
  const governance = room.governance.current();
  if (!governance || !personById(governance, actor.id)) return [];
  const found = request && (await shownRequest(room.db, request));
  const project = found
    ? projectById(governance, found.project)
    : projectOfRepository(governance, client.repo.id);
  if (!project) return [];
  const at = room.clock.now();
  const who = { person: actor.id, project: project.id };
  const mayView =
    hasPermission(governance, 'unreleased_outputs_view', who, at) &&
    !rolesOf(governance, actor.id, project.id, at).has('copilot');
  const own = found ? [found] : await shownOfRepository(room.db, client.repo.id);
  const mine = own.filter(({ author }) => author === actor.id);
  const released = found ? (await releasesOfRequest(room.db, found.id)).length > 0 : false;
  return [
    ...(mayView ? (['release'] as const) : []),
    ...(mine.some(({ state }) => state === 'draft' || state === 'returned') ? (['submit'] as const) : []),
    ...(mine.some(isActive) ? (['withdraw'] as const) : []),
    ...(released ? (['publish'] as const) : []),
  ];
}
