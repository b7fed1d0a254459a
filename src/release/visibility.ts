/**
 * Who sees what. One filter for comments, grades, answers to hints and audit entries; every list,
 * search, export, counter and unread mark asks it.
 *
 * First what is sealed, then what is one's own, then the table: a turn's work is seen by nobody else
 * while reviews are blind, by checkers while they consolidate, by the author when it is over. What
 * checkers keep private the author never sees. Nothing here tells how much is hidden.
 */
import { bars, whyNotChecker } from './independence.ts';
import type { Decisions, Entry, EntryType } from './entries.ts';
import { storedDecision } from './decisions.ts';
import { isEditor } from './lookup.ts';
import { PHASE } from './states.ts';
import type {
  ColumnRole,
  Comment,
  Decision,
  Facts,
  GradeEntry,
  Phase,
  ReleaseRequest,
  RequestFile,
  Resolution,
  Role,
  State,
  Visibility,
} from './types.ts';

/** author: co-authors too · member: everybody else who may look, barred checkers included */
export const WATCHERS = ['author', 'member', 'checker', 'auditor', 'stranger'] as const;
export type Watcher = (typeof WATCHERS)[number];

export interface Viewer {
  id: number;
  as: Watcher;
}

/** What the filter needs to know of anything. `byAuthor`: of an author or co-author. */
export interface Item {
  owner: number | null;
  byAuthor: boolean;
  visibility: Visibility;
  turn: number;
}

/** Where the request stands. */
export interface Moment {
  phase: Phase;
  turn: number;
  sealedTurns: readonly number[];
}

/** Not publishers: they look at what is released, on the hub. */
const LOOKERS: readonly Role[] = ['member', 'lead', 'copilot', 'viewer', 'operator', 'data-owner'];

/** What this person is to this request, now. */
export function viewerOf(person: number, request: ReleaseRequest, facts: Facts): Viewer {
  const roles = facts.people[person]?.roles ?? [];
  const as = (): Watcher => {
    const looks = roles.some((role) => LOOKERS.includes(role));
    if (isEditor(request, person)) return looks ? 'author' : 'stranger';
    if (!whyNotChecker(person, request, facts)) return 'checker';
    // Someone with a hand in the work is no auditor of its review.
    const hand = bars(person, request, facts).some((bar) => bar !== 'unknown');
    if (roles.includes('auditor') && !hand) return 'auditor';
    return looks || roles.includes('checker') ? 'member' : 'stranger';
  };
  return { id: person, as: as() };
}

export function maySee(item: Item, viewer: Viewer, now: Moment): boolean {
  if (viewer.as === 'stranger') return false;
  if (item.visibility === 'open') return true;
  const over = item.turn !== now.turn || now.phase === 'complete';
  if (viewer.as === 'auditor' && over) return true;
  const own = item.owner === viewer.id;
  if (item.visibility === 'checkers') return own || viewer.as === 'checker';
  if (now.sealedTurns.includes(item.turn)) return false;
  if (own) return true;
  if (item.visibility === 'private') return viewer.as === 'checker' && (over || now.phase !== 'independent');
  return item.turn !== now.turn || PUBLIC_NOW[now.phase](item, viewer);
}

/** What is public, in the turn in which it was said. */
const PUBLIC_NOW: Record<Phase, (item: Item, viewer: Viewer) => boolean> = {
  author: (item, viewer) => item.byAuthor && viewer.as === 'author',
  independent: () => false,
  consolidating: (_item, viewer) => viewer.as === 'checker',
  complete: () => true,
};

export function visibleComments(request: ReleaseRequest, viewer: Viewer): Comment[] {
  return request.comments
    .filter(({ by, visibility, turn }) => sees(request, viewer, by, visibility, turn))
    .sort((a, b) => b.at - a.at);
}

/**
 * While reviews are blind only one's own, those of earlier turns included: a grade that is given anew
 * replaces the old one, and that it went would tell how far its owner has come.
 */
export function visibleGrades(request: ReleaseRequest, viewer: Viewer): GradeEntry[] {
  return request.grades.filter(
    ({ checker, key }) =>
      sees(request, viewer, checker, 'private', key.turn) && !isBlindTo(request, viewer, checker),
  );
}

/** Answers to hints: a checker's belong to their blind review like their grades, an author's are for all to read. */
export function visibleResolutions(request: ReleaseRequest, viewer: Viewer): Resolution[] {
  return [...request.exceptions, ...request.resolutions].filter(({ by, as, turn }) =>
    as === 'author'
      ? sees(request, viewer, by, 'public', turn)
      : sees(request, viewer, by, 'private', turn) && !isBlindTo(request, viewer, by),
  );
}

function isBlindTo(request: ReleaseRequest, viewer: Viewer, owner: number): boolean {
  return PHASE[request.state] === 'independent' && owner !== viewer.id;
}

/**
 * The decision on an output that this viewer is shown; undefined while there is none to show.
 * `live`: as it stands among the checkers now. A disagreement is the checkers' own affair.
 */
export function decisionShown(
  request: ReleaseRequest,
  file: RequestFile,
  live: Decisions,
  viewer: Viewer,
): Decision | undefined {
  if (viewer.as === 'stranger') return undefined;
  const phase = PHASE[request.state];
  const checks = viewer.as === 'checker';
  if (phase === 'independent' || (phase === 'consolidating' && !checks)) return undefined;
  const decision =
    phase === 'consolidating' ? (live[file.path] ?? 'incomplete') : storedDecision(request, file);
  return decision === 'conflicted' && !checks ? 'changes' : decision;
}

/** An entry as people are shown it: no number, hash or record, so that nothing tells of what is hidden. */
export interface Activity {
  type: EntryType;
  at: number;
  turn: number;
  phase: Phase;
  /** Absent when the airlock did it. */
  by?: number;
  automated?: true;
  /** Whose place or grade it is, where that is not who did it. */
  of?: number;
  path?: string;
  group?: string;
  comment?: string;
  category?: string;
  reason?: string;
  to?: State;
  /** Of a column that was said to be a count or not; null when that was taken back. */
  column?: string;
  role?: ColumnRole | null;
}

/** Newest first. */
export function activity(request: ReleaseRequest, entries: readonly Entry[], viewer: Viewer): Activity[] {
  return entries
    .filter(({ owner, visibility, turn }) => sees(request, viewer, owner, visibility, turn))
    .map(shown)
    .reverse();
}

function shown(entry: Entry): Activity {
  const { type, at, turn, phase, by, owner } = entry;
  const held = entry as Partial<Pick<Activity, 'path' | 'group' | 'comment' | 'category' | 'reason' | 'to'>>;
  const { path, group, comment, category, reason, to } = held;
  const person = by.kind === 'person' ? by : undefined;
  return {
    type,
    at,
    turn,
    phase,
    by: person?.id,
    automated: person?.automated,
    of: owner === null || owner === person?.id ? undefined : owner,
    path,
    group,
    comment,
    category,
    reason,
    to,
    ...(type === 'ROLE_OVERRIDE' ? { column: entry.column, role: entry.as } : {}),
  };
}

function sees(
  request: ReleaseRequest,
  viewer: Viewer,
  owner: number | null,
  visibility: Visibility,
  turn: number,
): boolean {
  const byAuthor = owner !== null && isEditor(request, owner);
  return maySee({ owner, byAuthor, visibility, turn }, viewer, {
    phase: PHASE[request.state],
    turn: request.turn,
    sealedTurns: request.sealedTurns,
  });
}
