/** State after an entry. Pure; entries are applied in order, each once, or it is a bug and throws. */
import { applyEdit, type EditChange } from './apply-edit.ts';
import { applyReview, type ReviewChange } from './apply-review.ts';
import { applyRelease, type ReleaseChange } from './apply-release.ts';
import type { Entry } from './entries.ts';
import { mayFollow } from './states.ts';
import type { ReleaseRequest } from './types.ts';

type Change = (request: ReleaseRequest, entry: Entry) => Partial<ReleaseRequest>;

/** Each change takes its own kind of entry; the type of the entry picks it, so they agree. */
const CHANGES = {
  ...applyEdit,
  ...applyReview,
  ...applyRelease,
} satisfies EditChange & ReviewChange & ReleaseChange as unknown as Record<
  Exclude<Entry['type'], 'REQUEST_CREATE'>,
  Change
>;

export function apply(request: ReleaseRequest | undefined, entry: Entry): ReleaseRequest {
  if (entry.seq !== (request?.seq ?? 0) + 1) {
    throw new TypeError(`entry ${entry.seq} does not follow ${request?.seq ?? 'nothing'}`);
  }
  if (request === undefined || entry.type === 'REQUEST_CREATE') return begun(entry);
  const next = { ...request, ...CHANGES[entry.type](request, entry), seq: entry.seq };
  if (next.state !== request.state && !mayFollow(request.state, next.state)) {
    throw new TypeError(`${next.state} does not follow ${request.state}`);
  }
  return next;
}

/** The state that a whole log tells of. */
export function fold(entries: readonly Entry[]): ReleaseRequest | undefined {
  return entries.reduce<ReleaseRequest | undefined>(apply, undefined);
}

function begun(entry: Entry): ReleaseRequest {
  if (entry.type !== 'REQUEST_CREATE' || entry.seq !== 1) {
    throw new TypeError('a request begins once, with its creation');
  }
  return {
    id: entry.id,
    workspace: entry.workspace,
    project: entry.project,
    author: entry.author,
    coAuthors: [],
    authors: [entry.author],
    automated: entry.automated,
    createdAt: entry.at,
    submittedAt: null,
    state: 'draft',
    turn: 0,
    seq: 1,
    epoch: 0,
    acceptedPolicy: null,
    groups: [],
    files: [],
    grades: [],
    reviews: [],
    arbitrations: [],
    seats: [],
    comments: [],
    resolutions: [],
    exceptions: [],
    batches: [],
    sealedTurns: [],
    returnedEarly: false,
    halted: false,
    rejectedHashes: [],
    proposedPart: null,
    proposedClose: null,
    proposedRecalls: [],
    incidents: [],
  };
}
