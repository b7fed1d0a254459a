/** The page of a request, for one person: everything that is blind or private is left out here. */
import type { Refusal } from '../../../src/lib/refusal.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import {
  decisions,
  decisionShown,
  fileStatus,
  filesAtStake,
  isOverdue,
  isStrong,
  isToGiveAgain,
  lockedPaths,
  mayComment,
  PHASE,
  ungraded,
  unread,
  viewCounts,
  visibleComments,
  visibleGrades,
  visibleResolutions,
  type Decisions,
} from '../../../src/release/release.ts';
import type {
  GradeEntry,
  ReleasePolicy,
  ReleaseRequest,
  RequestFile,
  Resolution,
  Role,
} from '../../../src/release/types.ts';
import { looksLikeSuffix } from '../content.ts';
import type { Core } from '../core.ts';
import type { RequestPage, ShownComment, ShownFile, ShownHint } from '../face.ts';
import { titleOf } from '../where.ts';
import type { KeptHint } from '../checks/hints.ts';
import { incidentsOf, toldOf } from './incidents.ts';
import { againstClosing, offersFor } from './offers.ts';
import { loginOf, personOf } from './people.ts';
import { requestData, type RequestData } from './request-data.ts';
import { provenanceOf } from './workspace-file.ts';

export async function requestPage(core: Core, person: number, id: string): Promise<RequestPage | Refusal> {
  const data = await requestData(core, person, id);
  if (isRefusal(data)) return data;
  const { request, viewer, facts, rules } = data;
  const answers = visibleResolutions(request, viewer);
  const hint = (kept: KeptHint): ShownHint => shownHint(data, kept, answers);
  const comments = visibleComments(request, viewer).map((each) => commentOf(data, person, each));
  const seated = request.seats.some(({ checker }) => checker === person);
  const checks = viewer.as === 'checker';
  const waiting =
    checks && seated && PHASE[request.state] !== 'author' ? ungraded(request, person, rules.release) : [];
  return {
    request: headOf(data),
    viewer: {
      as: viewer.as === 'stranger' ? 'member' : viewer.as,
      seated,
      roles: facts.people[person]?.roles ?? [],
    },
    groups: request.groups.map(({ name, context, controls }) => ({
      name,
      context,
      controls,
      comments: comments.filter(({ group }) => group === name),
      hints: data.hints.filter(({ group, path }) => group === name && path === undefined).map(hint),
    })),
    files: filesOf(data, person, hint),
    hints: data.hints.filter(({ group, path }) => group === undefined && path === undefined).map(hint),
    checked: data.current,
    checkers: checkersOf(data, person),
    reviews: reviewsOf(data, person),
    signatureMissing: signatureMissing(data, person, waiting.length),
    reviewAddress:
      checks && request.submittedAt !== null
        ? `${rules.governance.deployment.base_url}/reviews/${request.id}`
        : null,
    unread: checks ? unread(person, request, facts, rules.release) : [],
    ungraded: waiting.map(({ number }) => number),
    arbitrations: arbitrationsOf(data, person),
    proposedPart: checks ? request.proposedPart : null,
    ...(rules.release.signingCode === 'required' ? { signingCode: 'required' as const } : {}),
    batches: request.batches.map(({ number, part, state, files }) => ({
      number,
      part,
      state,
      files: files.length,
      uploaded: files.filter(({ uploaded }) => uploaded).length,
      failed: files.some(({ failures, uploaded }) => failures > 0 && !uploaded),
    })),
    incidents: await incidentsFor(core, data, person),
    commitments: commitmentsOf(data),
    policyText: {
      ...rules.governance.policies.review.policyText,
      accepted: request.acceptedPolicy === rules.release.policyText,
    },
    offers: offersFor(data, person),
    members: membersOf(data),
  };
}

/** Members are not told who of them had a copy. */
async function incidentsFor(
  core: Core,
  data: RequestData,
  person: number,
): Promise<RequestPage['incidents']> {
  const { request, rules, facts, viewer } = data;
  if (request.incidents.length === 0) return [];
  const roles = facts.people[person]?.roles ?? [];
  const looksInto = viewer.as === 'checker' || viewer.as === 'auditor' || roles.some(LOOKS_INTO);
  const rows = incidentsOf(core, rules, request, looksInto ? await toldOf(core, [request.id]) : []);
  return rows.map((row) => {
    const against = row.closed ? undefined : againstClosing(data, person, row.number);
    return against ? { ...row, against } : row;
  });
}

const LOOKS_INTO = (role: Role): boolean => role === 'operator' || role === 'data-owner';

function headOf({ request, rules, facts, category }: RequestData): RequestPage['request'] {
  const { id, workspace, project, state, turn, createdAt, submittedAt, automated, returnedEarly } = request;
  return {
    id,
    workspace,
    project,
    projectTitle: titleOf(rules, project),
    author: personOf(rules, request.author),
    coAuthors: request.coAuthors.map((each) => personOf(rules, each)),
    state,
    turn,
    createdAt,
    submittedAt,
    automated,
    overdue: isOverdue(request, facts.at, rules.release, rules.calendar),
    returnedEarly,
    category,
  };
}

function filesOf(data: RequestData, person: number, hint: (kept: KeptHint) => ShownHint): ShownFile[] {
  const { request, viewer, facts, rules } = data;
  const locked = lockedPaths(request);
  const live: Decisions =
    viewer.as === 'checker' && PHASE[request.state] === 'consolidating'
      ? decisions(request, facts, rules.release)
      : {};
  const grades = grouped(visibleGrades(request, viewer), ({ path }) => path);
  const hints = grouped(data.hints, ({ path }) => path ?? '');
  const batchFiles = new Map(
    request.batches
      .filter(({ state }) => state !== 'halted')
      .flatMap(({ files }) => files.map((file) => [file.path, file])),
  );
  const seen = new Set(
    facts.views
      .filter((view) => viewCounts(view, person, view.sha256, rules.release))
      .map(({ sha256 }) => sha256),
  );
  const present = new Set(filesAtStake(request).map(({ path }) => path));
  return request.files.map((file) => {
    const given = grades.get(file.path) ?? [];
    const batch = batchFiles.get(file.path);
    const listed = facts.files[file.path];
    return {
      number: file.number,
      path: file.path,
      group: file.group,
      type: file.type,
      sha256: file.sha256,
      size: file.size,
      content: looksLikeSuffix(file.path),
      withdrawn: file.withdrawn,
      status: fileStatus(file.path, request, facts),
      newer: listed !== undefined && listed.sha256 !== file.source,
      locked: locked.has(file.path),
      uploaded: batch?.uploaded ?? false,
      revoked: batch?.revoked ?? false,
      decision: decisionShown(request, file, live, viewer),
      grades: ownFirst(given, person).map((each) => ({
        checker: each.checker,
        login: loginOf(rules, each.checker),
        grade: each.grade,
        signed: each.signed,
        carried: isToGiveAgain(each, rules.release),
      })),
      mine: gradeOf(given, person, rules.release),
      seen: seen.has(file.sha256),
      hints: data.current || !present.has(file.path) ? (hints.get(file.path) ?? []).map(hint) : null,
      summary: [...data.columns(file.path)],
      roles: (file.roles ?? []).map(({ column, as, by, reason }) => ({
        column,
        as,
        by,
        login: loginOf(rules, by),
        reason,
      })),
      provenance: madeFrom(data, file),
      previous: previousOf(data, file),
    };
  });
}

/** The manifest has moved on when the workspace has: then what was kept when the file was added says it. */
function madeFrom({ rules, index, origins, facts }: RequestData, file: RequestFile): ShownFile['provenance'] {
  if (index && facts.files[file.path]?.sha256 === file.source) return provenanceOf(rules, index, file.path);
  const origin = origins.find(({ path, sha256 }) => path === file.path && sha256 === file.sha256);
  if (!origin) return null;
  const { job, jobRequest, action, commit, user } = origin;
  return {
    job,
    jobRequest,
    action,
    commit,
    user,
    userLogin: loginOf(rules, user),
    at: 0,
    image: null,
    inputs: [],
  };
}

function previousOf({ request, released }: RequestData, file: RequestFile): ShownFile['previous'] {
  const before = released.find(
    (row) =>
      row.request !== request.id &&
      row.workspace === request.workspace &&
      row.path === file.path &&
      row.uploaded === 1 &&
      row.revoked === 0,
  );
  return before ? { request: before.request, at: before.at, sha256: before.sha256 } : null;
}

function gradeOf(grades: readonly GradeEntry[], person: number, policy: ReleasePolicy): ShownFile['mine'] {
  const own = grades.find(({ checker }) => checker === person);
  if (!own) return null;
  const weak = !isStrong(own.strength, policy);
  const { grade, signed } = own;
  return { grade, signed, carried: isToGiveAgain(own, policy), ...(weak ? { weak } : {}) };
}

function ownFirst(grades: readonly GradeEntry[], person: number): GradeEntry[] {
  return [...grades].sort((a, b) => Number(b.checker === person) - Number(a.checker === person));
}

function shownHint({ rules }: RequestData, kept: KeptHint, answers: readonly Resolution[]): ShownHint {
  return {
    ...kept,
    answers: answers
      .filter(({ hint }) => hint === kept.id)
      .map(({ by, as, reason }) => ({
        by,
        login: loginOf(rules, by),
        as,
        reason,
        exception: kept.severity === 'block',
      })),
  };
}

function commentOf(
  { request, texts, rules, facts }: RequestData,
  person: number,
  comment: ReleaseRequest['comments'][number],
): ShownComment {
  const { id, group, by, at, turn, visibility, anchor } = comment;
  const own = by === person && mayComment(person, request, facts) === undefined;
  const blind = PHASE[request.state] === 'independent' && turn !== request.turn;
  return {
    id,
    group,
    by,
    login: loginOf(rules, by),
    at,
    turn,
    visibility,
    ...(anchor === undefined ? {} : { anchor }),
    text: texts.get(id) ?? '',
    mayDelete: own && !blind,
    mayPublish: own && visibility === 'private' && turn === request.turn,
  };
}

/** Who holds a place is for checkers to know. */
function checkersOf({ request, viewer, rules }: RequestData, person: number): RequestPage['checkers'] {
  if (viewer.as !== 'checker' && viewer.as !== 'auditor') return [];
  return request.seats.map(({ checker, as }) => ({
    ...personOf(rules, checker),
    as,
    mine: checker === person,
  }));
}

/** Who has signed is told when both have; before, only to whom it concerns. */
function reviewsOf({ request, viewer, rules }: RequestData, person: number): RequestPage['reviews'] {
  const open = viewer.as === 'checker' && PHASE[request.state] !== 'independent';
  return request.reviews
    .filter(({ turn, checker }) => turn === request.turn && (checker === person || open))
    .map(({ checker, at, as }) => ({ checker, login: loginOf(rules, checker), at, as }));
}

/** Asked for while reviews come in, and after that of those whose signature has ceased to count. */
function signatureMissing({ request, rules }: RequestData, person: number, waiting: number): boolean {
  const seated = request.seats.some(({ checker }) => checker === person);
  const own = request.reviews.find(({ checker, turn }) => checker === person && turn === request.turn);
  const counts = own !== undefined && isStrong(own.work, rules.release);
  const asked = PHASE[request.state] === 'independent' || (request.state === 'consolidating' && own);
  return seated && Boolean(asked) && !counts && waiting === 0;
}

function arbitrationsOf(
  { request, viewer, rules }: RequestData,
  person: number,
): RequestPage['arbitrations'] {
  return request.arbitrations
    .filter(({ checker, turn }) => turn === request.turn && (checker === person || viewer.as === 'checker'))
    .map(({ checker, reason }) => ({ checker, login: loginOf(rules, checker), reason }));
}

/** Opened when both reviews are in: anybody who checks can see that nothing was changed after the fact. */
function commitmentsOf({ request, viewer, rules, commitments }: RequestData): RequestPage['commitments'] {
  if (viewer.as !== 'checker' || PHASE[request.state] === 'independent') return [];
  return commitments
    .filter(({ turn }) => !request.sealedTurns.includes(turn))
    .map(({ checker, commitment, nonce, record }) => ({
      checker,
      login: loginOf(rules, checker),
      digest: commitment,
      nonce,
      record,
    }));
}

function membersOf({ request, facts, rules, viewer }: RequestData): RequestPage['members'] {
  if (viewer.as !== 'author') return [];
  return Object.values(facts.people)
    .filter(({ id, roles }) => roles.includes('member') && id !== request.author)
    .map(({ id }) => personOf(rules, id));
}

function grouped<T>(all: readonly T[], key: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const held = groups.get(key(each));
    if (held) held.push(each);
    else groups.set(key(each), [each]);
  }
  return groups;
}
