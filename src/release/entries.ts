/**
 * The audit entries. They are the request: folding them gives its state, and nothing else changes it.
 *
 * `by` acted; `owner` is whose item it is, and that is who sees it first. When an author's edit voids a
 * checker's grade, `by` is the author and `owner` the checker, so the author learns nothing.
 */
import type {
  Actor,
  Approval,
  ColumnRole,
  Controls,
  Decision,
  FileType,
  GivenGrade,
  GradeKey,
  IncidentOutcome,
  Phase,
  RejectCategory,
  ReturnCategory,
  RevokeCategory,
  SeatKind,
  State,
  Strength,
  Verdict,
  Visibility,
} from './types.ts';

/**
 * Looks and sign-ins leave a trace too; these change no request and are kept in the zone's log. Publications
 * happen outside: each of their steps is a leaf of the public ledger, and downloads are in the hub's own log.
 */
export const LOG_TYPES = [
  'WORKSPACE_FILE_VIEW',
  'REQUEST_FILE_VIEW',
  'REQUEST_FILE_DOWNLOAD',
  'LISTING_VIEW',
  'CODE_VIEW',
  'AUDIT_VIEW',
  'LOGIN',
  'LOGOUT',
  'LOGIN_FAILED',
  'ACCESS_DENIED',
  'ROLE_CHANGE',
  'RELEASED_FILE_VIEW',
  'POLICY_CHANGE',
  'ZONE_RESTORE',
  'OPERATOR_DEED',
  'NOTIFY_FAILED',
] as const;
export type LogType = (typeof LOG_TYPES)[number];

export type Decisions = Record<string, Decision>;

interface Bytes {
  path: string;
  source: string;
  sha256: string;
  size: number;
}

/** A grade that was given, or given again. */
interface Given {
  key: GradeKey;
  strength: Strength;
}

/** A grade that changed. `checker` owns it. */
interface OfGrade {
  path: string;
  sha256: string;
  checker: number;
}

export type Happening =
  | {
      type: 'REQUEST_CREATE';
      id: string;
      workspace: string;
      project: string;
      author: number;
      automated: boolean;
    }
  | { type: 'REQUEST_SUBMIT'; to: State }
  | { type: 'REQUEST_WITHDRAW'; to: State }
  | {
      type: 'REQUEST_REVIEW';
      to: State;
      checker: number;
      verdict: Verdict;
      as: SeatKind;
      strength: Strength;
      work: Strength;
      record: { path: string; grade: GivenGrade; key: GradeKey; strength: Strength }[];
    }
  | { type: 'REQUEST_APPROVE'; to: State; decisions: Decisions }
  | { type: 'REQUEST_REJECT'; to: State; category: RejectCategory; reason?: string; decisions: Decisions }
  | { type: 'REQUEST_RETURN'; to: State; category?: ReturnCategory; decisions: Decisions }
  | { type: 'REQUEST_EARLY_RETURN'; to: State; category: ReturnCategory }
  | { type: 'REQUEST_RELEASE'; to: State; step: 'started' | 'finished' | 'settled'; batch: number | null }
  | { type: 'REQUEST_HALT'; to: State; batch: number }
  | {
      type: 'REQUEST_PARTIAL_RELEASE';
      to: State;
      step: 'proposed' | 'confirmed';
      paths: string[];
      decisions: Decisions;
    }
  | { type: 'REQUEST_TRANSFER'; author: number }
  | { type: 'REQUEST_CLAIM'; checker: number; as: SeatKind }
  | { type: 'REQUEST_UNCLAIM'; checker: number; why: 'asked' | 'barred' | 'idle' }
  | {
      type: 'REQUEST_ADMIN';
      to: State;
      step: 'proposed' | 'confirmed';
      closes: 'withdrawn' | 'rejected';
      reason: string;
    }
  /** `blind`: it was under review, and what was said in this turn is sealed. */
  | { type: 'REQUEST_RESTORE'; to: State; epoch: number; asOf: number; blind: boolean }
  | { type: 'REQUEST_EDIT'; edit: 'explain'; group: string; context: string; controls: Controls | null }
  | { type: 'REQUEST_EDIT'; edit: 'arbitrate'; checker: number; reason: string }
  | { type: 'REQUEST_EDIT'; edit: 'policy'; version: string }
  | { type: 'REQUEST_EDIT'; edit: 'co-author'; coAuthor: number }
  | {
      type: 'REQUEST_COMMENT';
      comment: string;
      group: string;
      author: number;
      digest: string;
      anchor?: string;
      visibility: 'public' | 'private';
    }
  | {
      type: 'REQUEST_COMMENT_DELETE';
      comment: string;
      group: string;
      author: number;
      visibility: 'public' | 'private';
    }
  | { type: 'REQUEST_COMMENT_VISIBILITY_PUBLIC'; comment: string; group: string; author: number }
  | ({
      type: 'REQUEST_FILE_ADD';
      number: number;
      group: string;
      as: FileType;
      reason?: string;
    } & Bytes)
  | ({ type: 'REQUEST_FILE_UPDATE'; group: string; as: FileType; reason?: string } & Bytes)
  | { type: 'REQUEST_FILE_WITHDRAW'; path: string; sha256: string; kept: boolean }
  | ({ type: 'REQUEST_FILE_APPROVE' } & Given & OfGrade)
  | ({ type: 'REQUEST_FILE_REQUEST_CHANGES' } & Given & OfGrade)
  | ({ type: 'REQUEST_FILE_REJECT' } & Given & OfGrade)
  | ({ type: 'REQUEST_FILE_CONFIRM' } & Given & OfGrade)
  | ({ type: 'REQUEST_FILE_RESET_REVIEW' } & OfGrade)
  | ({ type: 'REQUEST_FILE_UNDECIDED' } & OfGrade)
  | ({ type: 'REQUEST_FILE_CARRY' } & OfGrade)
  | {
      type: 'REQUEST_FILE_RELEASE';
      batch: number;
      part: boolean;
      number: number;
      path: string;
      sha256: string;
      size: number;
      approvals: Approval[];
    }
  | { type: 'REQUEST_FILE_UPLOAD'; batch: number; path: string; sha256: string }
  | { type: 'REQUEST_FILE_UPLOAD_FAILED'; batch: number; path: string; sha256: string }
  | {
      type: 'REQUEST_FILE_REVOKE';
      to: State;
      step: 'proposed' | 'confirmed';
      path: string;
      sha256: string;
      category: RevokeCategory;
      reason?: string;
      /** Number of the incident that the second signature opens, or that it belongs to. */
      incident?: number;
    }
  | { type: 'INCIDENT_CLOSE'; incident: number; outcome: IncidentOutcome; reason: string }
  /** `as` null: it is what the checks read in it again. */
  | {
      type: 'ROLE_OVERRIDE';
      path: string;
      sha256: string;
      column: string;
      as: ColumnRole | null;
      person: number;
      reason?: string;
    }
  | { type: 'HINT_RESOLVE'; hint: string; person: number; as: 'author' | 'checker'; reason: string }
  | { type: 'HINT_EXCEPTION'; hint: string; person: number; reason: string };

export type EntryType = Happening['type'];

/** Who, when and where: the same on every entry. */
export interface Stamp {
  /** 1, 2, 3 … within a request, without a gap. */
  seq: number;
  at: number;
  by: Actor;
  owner: number | null;
  request: string;
  workspace: string;
  turn: number;
  phase: Phase;
  visibility: Visibility;
}

export type Entry = Happening & Stamp;
export type EntryOf<T extends EntryType> = Extract<Happening, { type: T }> & Stamp;
