/** Happenings become entries: numbered, with their owner and who may see them, each upon the state before it. */
import { apply } from './apply.ts';
import type { Entry, Happening } from './entries.ts';
import { AIRLOCK, idOf } from './lookup.ts';
import type { Drafted } from './rule.ts';
import { PHASE } from './states.ts';
import type { Actor, Phase, ReleaseRequest, Visibility } from './types.ts';

export interface Played {
  request: ReleaseRequest;
  entries: Entry[];
}

export function play(request: ReleaseRequest, drafted: readonly Drafted[], by: Actor, at: number): Played {
  let now = request;
  const entries = drafted.map((each) => {
    const entry = stamped(now, each, by, at);
    now = apply(now, entry);
    return entry;
  });
  return { request: now, entries };
}

/** The first entry has no request before it. */
export function stampFirst(
  happening: Extract<Happening, { type: 'REQUEST_CREATE' }>,
  by: Actor,
  at: number,
): Entry {
  return {
    ...happening,
    seq: 1,
    at,
    by,
    owner: happening.author,
    request: happening.id,
    workspace: happening.workspace,
    turn: 0,
    phase: PHASE.draft,
    visibility: 'open',
  };
}

function stamped(request: ReleaseRequest, { doer, ...happening }: Drafted, by: Actor, at: number): Entry {
  const phase = PHASE[request.state];
  const actor = doer ?? by;
  return {
    ...happening,
    seq: request.seq + 1,
    at,
    by: actor,
    owner: ownerOf(happening, actor),
    request: request.id,
    workspace: request.workspace,
    turn: request.turn,
    phase,
    visibility: visibilityOf(happening, phase),
  } as Entry;
}

/** Whose item it is: of a grade or a place the checker, of a comment its author, whoever did it otherwise. */
function ownerOf(happening: Happening, actor: Actor): number | null {
  const of = happening as { checker?: number; person?: number; author?: number };
  const who = idOf(actor);
  return of.checker ?? of.person ?? of.author ?? (who === AIRLOCK ? null : who);
}

function visibilityOf(happening: Happening, phase: Phase): Visibility {
  switch (happening.type) {
    case 'REQUEST_CLAIM':
    case 'REQUEST_UNCLAIM':
      return 'checkers';
    case 'REQUEST_FILE_REVOKE':
      return happening.step === 'proposed' ? 'checkers' : 'open';
    case 'REQUEST_PARTIAL_RELEASE':
      return happening.step === 'proposed' ? 'private' : 'open';
    case 'REQUEST_REVIEW':
    case 'REQUEST_FILE_ADD':
    case 'REQUEST_FILE_UPDATE':
    case 'REQUEST_FILE_WITHDRAW':
    case 'REQUEST_COMMENT_VISIBILITY_PUBLIC':
    case 'ROLE_OVERRIDE':
    case 'HINT_EXCEPTION':
      return 'public';
    case 'REQUEST_EDIT':
      return happening.edit === 'arbitrate' ? 'private' : 'public';
    case 'REQUEST_COMMENT':
    case 'REQUEST_COMMENT_DELETE':
      return happening.visibility;
    case 'HINT_RESOLVE':
      return phase === 'author' ? 'public' : 'private';
    case 'REQUEST_FILE_APPROVE':
    case 'REQUEST_FILE_REQUEST_CHANGES':
    case 'REQUEST_FILE_REJECT':
    case 'REQUEST_FILE_CONFIRM':
    case 'REQUEST_FILE_RESET_REVIEW':
    case 'REQUEST_FILE_UNDECIDED':
    case 'REQUEST_FILE_CARRY':
      return 'private';
    default:
      return 'open';
  }
}
