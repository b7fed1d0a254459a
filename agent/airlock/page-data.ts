/** What pages are made of: plain data, filtered for the person who asked, to be shown as it is. */
import type { ColumnSummary, Place } from '../../src/disclosure/types.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import type { Content, FileStatus } from '../../src/release/release.ts';
import type { Command } from '../../src/release/release.ts';
import type {
  ColumnRole,
  Controls,
  Decision,
  FileType,
  Grade,
  Hint,
  IncidentOutcome,
  RevokeCategory,
  Role,
  State,
} from '../../src/release/types.ts';

/** What a person is to a workspace. */
export interface WorkspaceSummary {
  name: string;
  project: string;
  projectTitle: string;
  /** The project's lead organisation. */
  organisation: string;
  repository: string;
  branch: string;
  /** What the person is there; who is no member looks only. */
  as: 'member' | 'copilot' | 'viewer';
  /** The person may make and edit requests here. */
  mayRequest: boolean;
  archived: boolean;
  ongoing: boolean;
  /** Their active request, if any. */
  active: { id: string; state: State } | null;
  changedAt: number | null;
}

export interface ListingQuery {
  dir: string;
  sort: 'name' | 'state' | 'size' | 'date';
  order: 'up' | 'down';
  /** Part of a path below `dir`, any case; finds in sub-folders too. */
  search: string;
  from: number;
  count: number;
  /** Outputs that their action no longer makes, or whose action is gone, are listed too. */
  stale: boolean;
}

export interface ListedFile {
  kind: 'file';
  name: string;
  path: string;
  size: number;
  at: number;
  status: FileStatus;
  stale: boolean;
  /** Withheld by the agent: shown as its explanation. */
  excluded: string | null;
  /** Of the automatic checks; null while they run. */
  hints: { block: number; warn: number } | null;
}
export interface ListedFolder {
  kind: 'folder';
  name: string;
  path: string;
  files: number;
}
export interface Listing {
  workspace: WorkspaceSummary;
  dir: string;
  total: number;
  entries: (ListedFolder | ListedFile)[];
  /** Nearest folder that exists, when `dir` does not. */
  instead?: string;
  /** Files of the active request that a job has changed since. */
  changed: string[];
  /** Paths of everything below `dir` that the same search finds, for "select all". */
  sequence: number;
  /** A job has ended since; what it made is being read, and this is how it was before. */
  behind: boolean;
}

export interface Provenance {
  job: string;
  jobRequest: string;
  action: string;
  commit: string;
  user: number;
  userLogin: string | null;
  at: number;
  image: string | null;
  inputs: { path: string; job: string }[];
}

export interface ShownHint extends Hint {
  group?: string;
  place: Place;
  message: string;
  /** What this viewer may see of the answers. */
  answers: { by: number; login: string; as: 'author' | 'checker'; reason: string; exception: boolean }[];
}

export interface WorkspaceFilePage {
  workspace: WorkspaceSummary;
  file: ListedFile;
  sha256: string;
  rows: number | null;
  columns: number | null;
  provenance: Provenance | null;
  /** Null while the checks run. */
  hints: ShownHint[] | null;
  summary: ColumnSummary[];
  content: Content;
  onRequest: { id: string; file: number; group: string; type: FileType } | null;
  /** Earlier released versions of this path, newest first. */
  released: { request: string; release: string; at: number; sha256: string }[];
}

export interface ShownComment {
  id: string;
  group: string;
  by: number;
  login: string;
  at: number;
  turn: number;
  visibility: 'public' | 'private';
  anchor?: string;
  text: string;
  mayDelete: boolean;
  mayPublish: boolean;
}

export interface ShownFile {
  number: number;
  path: string;
  group: string;
  type: FileType;
  sha256: string;
  size: number;
  content: Content;
  withdrawn: boolean;
  status: FileStatus;
  /** The workspace holds newer bytes. */
  newer: boolean;
  locked: boolean;
  uploaded: boolean;
  revoked: boolean;
  decision: Decision | undefined;
  /** Grades this viewer may see, their own first. */
  grades: { checker: number; login: string; grade: Grade; signed: boolean; carried: boolean }[];
  /** This viewer's own. */
  /** `weak`: given without a passkey, in a zone that asks for one. It counts once it is given again. */
  mine: { grade: Grade; signed: boolean; carried: boolean; weak?: true } | null;
  /** This viewer was shown the file as it is now. */
  seen: boolean;
  hints: ShownHint[] | null;
  summary: ColumnSummary[];
  /** What its author says of its columns, against what the checks read in them. */
  roles: { column: string; as: ColumnRole; by: number; login: string; reason: string }[];
  provenance: Provenance | null;
  /** An earlier version was released. */
  previous: { request: string; at: number; sha256: string } | null;
}

/** A command a page offers: absent from the list when the person has nothing to do with it. */
export interface Offer {
  type: Command['type'];
  /** Empty: the button works. */
  against: Refusal[];
}

export interface Person {
  id: number;
  login: string;
  name: string;
}

export interface RequestPage {
  request: {
    id: string;
    workspace: string;
    project: string;
    projectTitle: string;
    author: Person;
    coAuthors: Person[];
    state: State;
    turn: number;
    createdAt: number;
    submittedAt: number | null;
    automated: boolean;
    overdue: boolean;
    returnedEarly: boolean;
    category: string | null;
  };
  viewer: { as: 'author' | 'member' | 'checker' | 'auditor'; seated: boolean; roles: readonly Role[] };
  groups: {
    name: string;
    context: string;
    controls: Controls | null;
    comments: ShownComment[];
    hints: ShownHint[];
  }[];
  files: ShownFile[];
  /** About the whole request. */
  hints: ShownHint[];
  /** False while the automatic checks of some file have not ended. */
  checked: boolean;
  /** Places, as far as this viewer may know who holds them. */
  checkers: (Person & { as: 'checker' | 'arbiter'; mine: boolean })[];
  /** Signed reviews of this turn; only once both are in, or to their owner. */
  reviews: { checker: number; login: string; at: number; as: 'checker' | 'arbiter' }[];
  /** This viewer graded everything and the signature on GitHub is missing. */
  signatureMissing: boolean;
  /** Leads to the review issue, outside the zone. Null before there is one. */
  reviewAddress: string | null;
  /** Numbers of files this viewer has not been shown. */
  unread: number[];
  /** Outputs without a grade of this viewer that counts. */
  ungraded: number[];
  arbitrations: { checker: number; login: string; reason: string }[];
  proposedPart: { by: number; paths: string[] } | null;
  /** On GitHub nobody signs without the code that this page shows. */
  signingCode?: 'required';
  batches: {
    number: number;
    part: boolean;
    state: string;
    files: number;
    uploaded: number;
    failed: boolean;
  }[];
  /** Who had a copy is told to those who look into it. */
  incidents: IncidentRow[];
  /** Opened to checkers when both reviews are in. */
  commitments: { checker: number; login: string; digest: string; nonce: string; record: string }[];
  policyText: { version: string; text: string; accepted: boolean };
  offers: Offer[];
  /** Co-authors may be chosen from these. */
  members: Person[];
}

export interface RequestRow {
  id: string;
  workspace: string;
  project: string;
  author: Person;
  state: State;
  turn: number;
  createdAt: number;
  submittedAt: number | null;
  /** What this turn is about; of a request that was released whole, what it was about. */
  outputs: number;
  bytes: number;
  overdue: boolean;
  /** A schedule made it. */
  automated?: true;
}

export interface QueueRow extends RequestRow {
  /** Working days since submission. */
  age: number;
  mine: boolean;
  /** Own progress only. */
  progress: { graded: number; signed: boolean } | null;
  hints: { block: number; warn: number };
  mayClaim: Refusal | null;
}
export interface Queue {
  mine: QueueRow[];
  open: QueueRow[];
  returned: QueueRow[];
  releasing: QueueRow[];
}

export interface AuditFilter {
  person?: number;
  workspace?: string;
  request?: string;
  type?: string;
  since?: number;
  until?: number;
  /** Looks are left out of lists unless asked for; never removed. */
  views: boolean;
  before?: number;
  count: number;
}
export interface AuditRow {
  id: number;
  at: number;
  type: string;
  person: Person | null;
  workspace: string | null;
  request: string | null;
  path: string | null;
  sha256: string | null;
  details: Record<string, unknown>;
}

/** A schedule of requests, and what became of its last time. */
export interface ScheduleRow {
  schedule: string;
  workspace: string;
  clock: string;
  next: number;
  last: { due: number; outcome: string; code: string | null; request: string | null } | null;
}

/** What the hub or GitHub was not told for long. */
export interface FailedNotice {
  topic: string;
  subject: string;
  code: string;
  at: number;
  /** It was told after all. */
  overAt: number | null;
}

export interface IncidentRow {
  request: string;
  workspace: string;
  number: number;
  category: RevokeCategory;
  files: number[];
  openedAt: number;
  dueAt: number;
  late: boolean;
  recalledBy: Person[];
  /** By the hub's word: they had a copy, and were told. */
  told: Person[];
  closed: { by: Person; at: number; outcome: IncidentOutcome; reason: string } | null;
  /** Where the person who asked may close it, or could but for these. */
  against?: Refusal[];
}

export interface Operations {
  /** Of the disk of the state folder; absent where nobody looks. */
  disk?: 'ok' | 'amber' | 'red';
  schedules: ScheduleRow[];
  failedNotices: FailedNotice[];
  incidents: IncidentRow[];
  uploads: {
    request: string;
    batch: number;
    file: number;
    attempts: number;
    nextAt: number;
    failedAt: number | null;
    code: string | null;
  }[];
  waiting: { topic: string; count: number; oldest: number | null }[];
  copies: { total: number; checkedAt: number | null; broken: string[] };
  checks: { waiting: number; failed: number };
  chain: { entries: number; log: number; head: string; checkedAt: number | null; broken: string | null };
  stuck: RequestRow[];
}

export interface PrecisionRow {
  check: string;
  /** Hints shown; of those: files changed or taken out after it, and files released with it answered. */
  shown: number;
  heeded: number;
  dismissed: number;
}

export interface CodeEntry {
  path: string;
  size: number;
  /** Of its content. */
  id: string;
}
export interface CodePage {
  repository: string;
  commit: string;
  action: string;
  entries: CodeEntry[];
  /** Where the action is written. */
  opens: string | null;
  /** Against the commit behind what was released last under the same path; null when there is none, or it is this one. */
  since: { commit: string; changed: { path: string; how: 'changed' | 'added' | 'removed' }[] } | null;
}
