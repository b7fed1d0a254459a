/**
 * The words of a release request. Plain data; people are numeric GitHub ids, times are milliseconds.
 *
 * request: what an author asks to take out of one workspace · group: files that share context and
 * controls · output: wants to leave, is graded · supporting: explains, is never graded and never leaves
 * turn: even is the authors', odd the checkers' · phase: who works now, and who sees what
 * grade: one checker on one output · review: a checker's signature under all their grades of a turn
 * verdict: what the signature said · seat: a checker's place on a request · arbiter: the third checker
 * decision: what the signed grades of an output add up to · batch: files that leave together
 * sealed: a turn that was broken off; its comments and grades are for auditors only
 */

import type { Content } from './file-types.ts';

export const STATES = [
  'draft',
  'submitted',
  'reviewing',
  'consolidating',
  'returned',
  'approved',
  'releasing',
  'released',
  'rejected',
  'withdrawn',
  'revoked',
] as const;
export type State = (typeof STATES)[number];

export const PHASES = ['author', 'independent', 'consolidating', 'complete'] as const;
export type Phase = (typeof PHASES)[number];

export const GIVEN_GRADES = ['approve', 'changes', 'reject'] as const;
export type GivenGrade = (typeof GIVEN_GRADES)[number];
export const GRADES = [...GIVEN_GRADES, 'undecided'] as const;
export type Grade = (typeof GRADES)[number];

export const VERDICTS = ['submit', ...GIVEN_GRADES] as const;
export type Verdict = (typeof VERDICTS)[number];

export const DECISIONS = ['incomplete', 'approve', 'changes', 'reject', 'conflicted'] as const;
export type Decision = (typeof DECISIONS)[number];

/** open: whoever may open the request · checkers: they alone, always · public, private: see visibility.ts */
export const VISIBILITIES = ['open', 'checkers', 'public', 'private'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

export const RETURN_CATEGORIES = ['author-asked', 'wrong-files', 'incomplete-context'] as const;
export const REJECT_CATEGORIES = [
  'not-permitted',
  'identifying',
  'unsafe',
  'outside-purpose',
  'duplicate',
] as const;
export const REVOKE_CATEGORIES = ['disclosure', 'policy-breach', 'wrong-file', 'data-owner'] as const;
export type ReturnCategory = (typeof RETURN_CATEGORIES)[number];
export type RejectCategory = (typeof REJECT_CATEGORIES)[number];
export type RevokeCategory = (typeof REVOKE_CATEGORIES)[number];

/** Of what somebody did, weakest first: on GitHub, where only the hub says who it was; or in a session so opened. */
export const STRENGTHS = ['github', 'code', 'passkey'] as const;
export type Strength = (typeof STRENGTHS)[number];

/** A sign-in to the viewer. */
export interface Session {
  id: string;
  person: number;
  /** `passkey` is what `review.trust: zone` asks for. */
  strength: 'code' | 'passkey';
  signedInAt: number;
}

/** Who acts. A person without a session acted on GitHub; `automated` is a scheduled request in their name. */
export type Actor = { kind: 'airlock' } | { kind: 'person'; id: number; session?: Session; automated?: true };

/** Disclosure control applied to a group. */
export interface Controls {
  /** Counts at or below it were suppressed; null when none was applied. */
  threshold: number | null;
  /** Counts were rounded to multiples of it; null when they were not. */
  base: number | null;
  /** How, in a word: `rounding`, `midpoint`, `suppression`, `none`. */
  method: string;
  text: string;
}

export interface Group {
  name: string;
  context: string;
  controls: Controls | null;
}

export type FileType = 'output' | 'supporting';

export const COLUMN_ROLES = ['count', 'other'] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** What an author says of a column, against what the automatic checks read in it. It belongs to these bytes. */
export interface RoleSaid {
  column: string;
  as: ColumnRole;
  by: number;
  reason: string;
  turn: number;
}

/** A path is on a request once; its number is what people write on GitHub. */
export interface RequestFile {
  number: number;
  path: string;
  group: string;
  type: FileType;
  /** Of the stored copy: what is shown, graded and released. */
  sha256: string;
  /** Of the file on disk; differs when the copy was rewritten without metadata. */
  source: string;
  size: number;
  withdrawn: boolean;
  /** Absent when nothing was said of its columns. */
  roles?: RoleSaid[];
  /** What the last finished review said, and about what. */
  decided?: { decision: Decision; sha256: string; explained: string };
}

/** What a grade is bound to, besides request, path and checker. */
export interface GradeKey {
  sha256: string;
  /** Digest of the group's context and controls, and of what was said of the file's columns. */
  explained: string;
  /** Digest of the group's other live files. */
  siblings: string;
  turn: number;
}

export interface GradeEntry {
  checker: number;
  path: string;
  grade: Grade;
  key: GradeKey;
  /** Of the session it was given in, or of the look it rests on where that was weaker. */
  strength: Strength;
  /** A review covers it. */
  signed: boolean;
  /** Given to an earlier state of things: shown, but counts only once its owner confirms it. */
  carried: boolean;
}

export type SeatKind = 'checker' | 'arbiter';

export interface Seat {
  checker: number;
  as: SeatKind;
  since: number;
}

export interface Review {
  checker: number;
  turn: number;
  at: number;
  verdict: Verdict;
  as: SeatKind;
  /** Of the signature. */
  strength: Strength;
  /** The weakest of the grades and looks under it. */
  work: Strength;
}

/** Why the third checker lets outputs go against a standing dissent. Said in the viewer, before or after signing. */
export interface Arbitration {
  checker: number;
  turn: number;
  reason: string;
  strength: Strength;
}

/** The text is kept beside the state, by id: an entry about a comment never holds it. */
export interface Comment {
  id: string;
  group: string;
  by: number;
  turn: number;
  at: number;
  visibility: 'public' | 'private';
  /** SHA-256 of the text. */
  digest: string;
  /** Where in a file: `3`, `3:row=7`, `3:row=7,column=n`, by file number. */
  anchor?: string;
}

/** An answer to a hint of the automatic checks. */
export interface Resolution {
  hint: string;
  by: number;
  as: 'author' | 'checker';
  reason: string;
  turn: number;
  strength: Strength;
}

export interface Approval {
  checker: number;
  key: GradeKey;
  strength: Strength;
}

export interface BatchFile {
  number: number;
  path: string;
  sha256: string;
  size: number;
  approvals: Approval[];
  uploaded: boolean;
  failures: number;
  revoked: boolean;
}

/** halted: nothing of it ever left · stopped: closed by operators half-way. */
export const BATCH_STATES = ['queued', 'uploading', 'released', 'halted', 'stopped'] as const;
export type BatchState = (typeof BATCH_STATES)[number];

export interface Batch {
  number: number;
  /** Part of the outputs only; the rest went back to the author. */
  part: boolean;
  /** Of the request when it was queued: after a restore nothing further of it leaves. */
  epoch: number;
  state: BatchState;
  files: BatchFile[];
}

/** How it ended: nobody outside kept a copy · whoever must know was told · the file gave nobody away after all. */
export const INCIDENT_OUTCOMES = ['contained', 'reported', 'no-disclosure'] as const;
export type IncidentOutcome = (typeof INCIDENT_OUTCOMES)[number];

/** Opened by a recall: what has to be looked into, by somebody who did not ask for the recall. */
export interface Incident {
  /** 1, 2, 3 … within the request. */
  number: number;
  category: RevokeCategory;
  /** Numbers of the files. */
  files: number[];
  openedAt: number;
  /** Both who asked for each recall. */
  recalledBy: number[];
  closed: { by: number; at: number; outcome: IncidentOutcome; reason: string } | null;
}

export interface ReleaseRequest {
  id: string;
  workspace: string;
  project: string;
  author: number;
  coAuthors: number[];
  /** Everybody who ever was author or co-author. */
  authors: number[];
  automated: boolean;
  createdAt: number;
  submittedAt: number | null;
  state: State;
  turn: number;
  /** Number of the last entry applied. */
  seq: number;
  /** 0; after a restore from a backup its number. What was said in an earlier one lets nothing out. */
  epoch: number;
  /** Version of the policy text the author accepted. */
  acceptedPolicy: string | null;
  groups: Group[];
  files: RequestFile[];
  grades: GradeEntry[];
  reviews: Review[];
  arbitrations: Arbitration[];
  seats: Seat[];
  comments: Comment[];
  resolutions: Resolution[];
  exceptions: Resolution[];
  batches: Batch[];
  sealedTurns: number[];
  /** The last return broke a turn off. */
  returnedEarly: boolean;
  /** A release was halted this turn: only a person queues it again. */
  halted: boolean;
  /** Hashes that both checkers rejected here. */
  rejectedHashes: string[];
  /** First of two signatures, each. */
  proposedPart: { by: number; paths: string[]; strength: Strength } | null;
  proposedClose: { by: number; to: 'withdrawn' | 'rejected' } | null;
  proposedRecalls: { by: number; path: string; category: RevokeCategory }[];
  incidents: Incident[];
}

/** What governance says of a person, in this project, now. */
export const ROLES = [
  'member',
  'lead',
  'collaborator',
  'copilot',
  'viewer',
  'checker',
  'publisher',
  'data-owner',
  'operator',
  'auditor',
] as const;
export type Role = (typeof ROLES)[number];

export interface PersonFacts {
  id: number;
  roles: readonly Role[];
  orgs: readonly string[];
}

/** What somebody did to make the files; an unknown doer is named as found (an address, a job id). */
export type Deed =
  | { known: true; deed: 'ran-a-job' | 'committed'; person: number }
  | { known: false; deed: 'ran-a-job' | 'committed'; named: string };

/** A listed output of the workspace as it is on disk now. */
export interface WorkspaceFile {
  sha256: string;
  size: number;
  /** What its first bytes say. */
  looksLike: Content;
}

/** A finding of the automatic checks. Its id holds for (check, bytes or explanation, place): a changed file has others. */
export interface Hint {
  id: string;
  check: string;
  severity: 'block' | 'warn' | 'inform';
  /** Absent when it is about a group or the whole request. */
  path?: string;
  /** No exception is made, and nothing is released under it: what it is about must change. */
  final?: true;
  /** The author caused it, and gave the reason with that: only the checkers have still to answer. */
  byAuthor?: true;
}

/** One delivery of a file's bytes by the content origin. */
export interface View {
  at: number;
  sha256: string;
  size: number;
  session: Session;
  method: 'GET' | 'HEAD';
  purpose: 'page' | 'preview' | 'prefetch' | 'download';
  /** A byte range was asked for. */
  range: boolean;
  sent: number;
  /** The page reported that it drew the file. */
  shown: boolean;
}

/** Everything a decision needs and the request does not hold. Gathered afresh for every command. */
export interface Facts {
  at: number;
  projectOngoing: boolean;
  workspaceArchived: boolean;
  frozen: boolean;
  people: Readonly<Record<number, PersonFacts>>;
  /** Behind every file that is or was on the request. */
  deeds: readonly Deed[];
  /** Another active request in this workspace of the person who creates or takes over. */
  activeRequest: string | null;
  files: Readonly<Record<string, WorkspaceFile>>;
  /** Hashes that other requests released, from the decision on. */
  released: readonly string[];
  revoked: readonly string[];
  hints: readonly Hint[];
  /** Hashes whose checks have not ended. */
  unchecked: readonly string[];
  views: readonly View[];
  /** What the viewer shows whoever signs on GitHub to sign with: over what is at stake now. Absent when nobody asks. */
  signingCode?: string;
}

/** Policy of the deployment after the zone's floors. */
export interface ReleasePolicy {
  /** `review.trust` */
  trust: 'hub' | 'zone';
  /** `review.blind` */
  blind: 'open' | 'strict';
  /** `release.confirm`: a checker's fresh sign-in instead of the airlock's own queueing. */
  confirm: boolean;
  /** `review.signing_code`: on GitHub nobody signs without the code that the viewer shows them. */
  signingCode: 'optional' | 'required';
  /** Two checkers of one organisation on one request. */
  sameOrganisation: boolean;
  /** Suffixes, lower case. */
  types: readonly string[];
  maxFile: number;
  /** Version of the text an author accepts. */
  policyText: string;
  /** How old a fresh sign-in may be. */
  freshMs: number;
  /** After these a request is overdue, and an unused seat is given on. */
  workingDays: number;
  /** An incident that is open for longer is late. */
  incidentMs: number;
}
