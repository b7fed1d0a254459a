/**
 * The commands of a release, by where they are said: authors in the study repository, checkers on the review
 * issue, publishers on the publication issue. What may be done is decided in the zone; here only the place is
 * looked at, and that the person has any business at all.
 */
import {
  backendById,
  endedLook,
  rolesOf,
  personById,
  projectById,
  projectOfRepository,
  type Governance,
} from '../../governance/governance.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import type { ReviewDeed } from '../../protocol/protocol.ts';
import { ACTIVE, refusalOutside } from '../../release/release.ts';
import { shownOfRepository, shownRequest, type ShownView } from '../../outputs/outputs.ts';
import { derivedId } from '../derived.ts';
import { mayTakePart } from '../people.ts';
import { consentMissing, type Room } from '../room.ts';
import type { Saying } from '../run-command.ts';
import type { Decision } from '../settle.ts';
import * as general from '../words.ts';
import { AUTHOR_COMMANDS, type ReleaseCommand } from './commands.ts';
import { giveOrder, outcomeOf } from './orders.ts';
import { askForPublication, decideOn } from './publish.ts';
import { mayKnock } from './verdicts.ts';
import { ourIssue, type OurIssue } from './where.ts';
import { draftTarget } from './workspace.ts';
import * as words from './words.ts';

export async function carryOutRelease(
  room: Room,
  say: Saying,
  command: ReleaseCommand,
): Promise<Decision | { kind: 'ordered' }> {
  const done = await route(room, say, command);
  return isRefusal(done) ? { kind: 'refused', refusal: done } : done;
}

type Answer = Decision | { kind: 'ordered' } | Refusal;

async function route(room: Room, say: Saying, command: ReleaseCommand): Promise<Answer> {
  const governance = room.governance.current();
  if (!governance) return general.governanceMissing();
  const lacking = await consentMissing(room.db, say.client.repo.installation);
  if (lacking.length > 0) return general.consentMissing(lacking);
  const no = await mayTakePart(say.client, say.actor);
  if (no) return no;
  const here = await issueHere(room, say);
  if (here?.kind === 'publication' && (command.type === 'approve' || command.type === 'reject'))
    return decideOn(room, say, here.publication, command);
  const byAuthor = (AUTHOR_COMMANDS as readonly string[]).includes(command.type);
  return byAuthor ? authorSays(room, say, governance, here, command) : checkerSays(room, say, here, command);
}

/** The issue on which it was said, when it is one of ours. */
export async function issueHere(room: Room, { client, place }: Saying): Promise<OurIssue | undefined> {
  return place.kind === 'issue' && !place.pull ? ourIssue(room.db, client.repo.id, place.number) : undefined;
}

async function authorSays(
  room: Room,
  say: Saying,
  governance: Governance,
  here: OurIssue | undefined,
  command: ReleaseCommand,
): Promise<Answer> {
  const request = here?.kind === 'release' ? await shownRequest(room.db, here.request) : undefined;
  const project = request
    ? projectById(governance, request.project)
    : projectOfRepository(governance, say.client.repo.id);
  if (!project) return say.place.kind === 'issue' ? words.onStudyIssue(command.type) : general.noProject();
  const at = room.clock.now();
  const roles = rolesOf(governance, say.actor.id, project.id, at);
  const isAuthor = request?.author === say.actor.id && personById(governance, say.actor.id) !== undefined;
  if (!isAuthor && !MEMBERS.some((role) => roles.has(role))) return refusalOutside('release.not-member');
  if (command.type === 'publish') {
    const ended = request && accessEnded(room, say, governance, request);
    return ended ?? askForPublication(room, say, request, command);
  }
  if (command.type === 'release') return startDraft(room, say, governance, command.patterns);
  if (command.type !== 'submit' && command.type !== 'withdraw') return words.onReviewIssue();
  const meant = request ?? (await activeHere(room, say, command.type));
  if (isRefusal(meant)) return meant;
  // Taking back is open to all whose request it is.
  const ended = command.type === 'submit' ? accessEnded(room, say, governance, meant) : undefined;
  if (ended) return ended;
  return give(room, say, meant.backend, { type: command.type, request: meant.id });
}

/** What the viewer asks as well: agreement, training, conditions, the grant of the backend, the place itself. */
function accessEnded(
  room: Room,
  say: Saying,
  governance: Governance,
  { project, backend }: { project: string; backend: string },
): Refusal | undefined {
  const data = backendById(governance, backend)?.data ?? 'real';
  const question = { person: say.actor.id, project, backend, data, at: room.clock.now() };
  return endedLook(governance, question);
}

const MEMBERS = ['lead', 'developer', 'collaborator', 'copilot'] as const;

async function startDraft(
  room: Room,
  say: Saying,
  governance: Governance,
  patterns: string[],
): Promise<Answer> {
  const target = await draftTarget(room, say, governance);
  if (isRefusal(target)) return target;
  const project = projectOfRepository(governance, say.client.repo.id);
  const ended =
    project && accessEnded(room, say, governance, { project: project.id, backend: target.backend });
  if (ended) return ended;
  const { repo } = say.client;
  return give(room, say, target.backend, {
    type: 'release',
    // The same command makes the same request, however often it is handled.
    request: derivedId('draft', say.key),
    workspace: target.workspace,
    repository: { id: repo.id, owner: repo.owner, name: repo.name },
    branch: target.branch,
    patterns,
  });
}

/** The person's own request that is not finished; of several the one of the pull request's branch. */
async function activeHere(
  room: Room,
  say: Saying,
  type: 'submit' | 'withdraw',
): Promise<ShownView | Refusal> {
  const all = await shownOfRepository(room.db, say.client.repo.id);
  const open = all.filter(
    ({ author, state }) => author === say.actor.id && (ACTIVE as readonly string[]).includes(state),
  );
  const [only] = open;
  if (!only) return words.nothingToSubmit(type);
  if (open.length === 1) return only;
  if (say.place.kind === 'issue' && say.place.pull) {
    const target = await draftTarget(room, say, room.governance.current()!);
    const own = isRefusal(target) ? undefined : open.find(({ workspace }) => workspace === target.workspace);
    if (own) return own;
  }
  return words.whichRequest(open.map(({ id }) => id));
}

async function checkerSays(
  room: Room,
  say: Saying,
  here: OurIssue | undefined,
  command: ReleaseCommand,
): Promise<Answer> {
  const request = here?.kind === 'review' ? await shownRequest(room.db, here.request) : undefined;
  if (!request) return words.onReviewIssue();
  // The data owner has a say in what becomes public, not in what is graded.
  if (command.type === 'approve' && command.owner) return words.numbersOnly();
  const deed = deedOf(request.id, command);
  if (isRefusal(deed)) return deed;
  // The data owner recalls too; who that is the zone knows by the same governance.
  const knows = mayKnock(room, say.actor.id, request.project, request.checkers) || deed.type === 'revoke';
  if (!knows) return refusalOutside('release.not-checker');
  return give(room, say, request.backend, deed);
}

function deedOf(request: string, command: ReleaseCommand): ReviewDeed | Refusal {
  switch (command.type) {
    case 'claim':
    case 'unclaim':
    case 'halt':
      return { type: command.type, request };
    case 'submit-review':
      return { type: 'sign', request, verdict: 'submit', ...(command.code && { code: command.code }) };
    case 'approve':
    case 'changes':
    case 'reject':
      return {
        type: 'sign',
        request,
        verdict: command.type,
        ...(command.files.length > 0 && { files: command.files }),
      };
    case 'return':
    case 'close-request':
      return { type: command.type, request, category: command.category };
    case 'revoke': {
      const { release, file, category } = command;
      if (!release.startsWith(`${request}-`)) return words.otherRequest(release);
      return { type: 'revoke', request, release, file, category };
    }
    default:
      return words.onStudyIssue(command.type);
  }
}

async function give(room: Room, say: Saying, backend: string, deed: ReviewDeed): Promise<Answer> {
  const given = await giveOrder(room, {
    cause: say.key,
    origin: { kind: 'command' },
    repository: say.client.repo.id,
    actor: say.actor,
    backend,
    deed,
    saidAt: say.saidAt,
  });
  if (isRefusal(given)) return given;
  return outcomeOf(room, given) ?? { kind: 'ordered' };
}
