/**
 * The airlock's face: what the viewer's pages, the link to the hub and the compositions ask of it.
 *
 * room: the airlock · person: numeric GitHub id; every question names one and is answered as far as that
 * person may see · where: a file somebody looks at · load: one delivery of a file's bytes · page data: plain,
 * already filtered by src/release/visibility, to be shown as it is · origin: which job made a file
 */
import type { Readable } from 'node:stream';
import type { Refusal } from '../../src/lib/refusal.ts';
import type { ColumnSummary, Place } from '../../src/disclosure/types.ts';
import type { Order, OrderAnswer, ReleaseDeclaration, ShownRequest } from '../../src/protocol/airlock.ts';
import type { Activity, Command, Entry, FileStatus, LogType } from '../../src/release/release.ts';
import type {
  Actor,
  Controls,
  Decision,
  Deed,
  FileType,
  Grade,
  Hint,
  ReleaseRequest,
  Role,
  Session,
  State,
} from '../../src/release/types.ts';
import type { Content } from '../../src/release/release.ts';

/** A command as a caller gives it. */
export type { Actor, Command, Session };

/** Who made a file: what the manifest says of its job when it was added. */
export interface FileOrigin {
  path: string;
  sha256: string;
  job: string;
  jobRequest: string;
  action: string;
  /** Who asked for the run. */
  user: number;
  /** Address of the repository, and its numeric id. */
  repo: string;
  repository: number;
  branch: string;
  commit: string;
}

/**
 * What people did to make these files: who ran the jobs, who wrote the commits. Asked before every command,
 * so answers are remembered; may fetch through the proxy. A doer that cannot be found is an unknown deed,
 * never a missing one. Throws only when git cannot say: the command is then refused as unavailable.
 */
export type DeedsOf = (files: readonly FileOrigin[]) => Promise<Deed[]>;

/** A file that somebody looks at. */
export type Where =
  | { kind: 'workspace'; workspace: string; path: string }
  | { kind: 'request'; request: string; file: number }
  /** Of the repository, at the commit of the job that made the output. */
  | { kind: 'code'; workspace: string; output: string; path: string }
  | { kind: 'request-code'; request: string; file: number; path: string }
  /** What was released last under the same path, before this request. */
  | { kind: 'previous'; request: string; file: number };

/** How bytes were asked for; what counts as seen is decided in src/release/views.ts. */
export interface Delivery {
  session: Session;
  method: 'GET' | 'HEAD';
  purpose: 'page' | 'preview' | 'prefetch' | 'download';
  range: boolean;
}

export interface Opened {
  /** Names this delivery; `sent` and `shown` refer to it. */
  load: string;
  sha256: string;
  size: number;
  content: Content;
  path: string;
  /** The bytes, whole; a range is cut from `read({start, end})`, both inclusive. */
  read(range?: { start: number; end: number }): Readable;
}

export interface Taken {
  request: ReleaseRequest;
  events: Entry[];
}

export interface AddFiles {
  by: Actor;
  workspace: string;
  /** Absent: the author's active request there, made when there is none. */
  request?: string;
  group: string;
  as: FileType;
  paths: readonly string[];
  /** For hashes that were recalled before. */
  reason?: string;
}

export interface FilesDone {
  request: string;
  done: string[];
  refused: { path: string; refusal: Refusal }[];
}

/** What a person is to a workspace. */
export interface WorkspaceSummary {
  name: string;
  project: string;
  projectTitle: string;
  repository: string;
  branch: string;
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
  mine: { grade: Grade; signed: boolean; carried: boolean } | null;
  /** This viewer was shown the file as it is now. */
  seen: boolean;
  hints: ShownHint[] | null;
  summary: ColumnSummary[];
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
  /** Numbers of files this viewer has not been shown. */
  unread: number[];
  /** Outputs without a grade of this viewer that counts. */
  ungraded: number[];
  arbitrations: { checker: number; login: string; reason: string }[];
  proposedPart: { by: number; paths: string[] } | null;
  batches: {
    number: number;
    part: boolean;
    state: string;
    files: number;
    uploaded: number;
    failed: boolean;
  }[];
  /** Opened to checkers when both reviews are in. */
  commitments: { checker: number; login: string; digest: string; nonce: string; record: string }[];
  policyText: { version: string; accepted: boolean };
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
  outputs: number;
  bytes: number;
  overdue: boolean;
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

export interface Operations {
  uploads: {
    request: string;
    batch: number;
    state: string;
    attempts: number;
    nextAt: number | null;
    why: string | null;
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
}
export interface CodePage {
  repository: string;
  commit: string;
  action: string;
  entries: CodeEntry[];
  /** Where the action is written. */
  opens: string | null;
}

/** What the log keeps besides the requests' own entries. */
export interface LogLine {
  type: LogType;
  person: number | null;
  session?: string;
  workspace?: string;
  request?: string;
  path?: string;
  sha256?: string;
  details?: Record<string, unknown>;
}

/** One file on its way out. */
export interface Upload {
  request: string;
  batch: number;
  /** `<request>-<batch>` */
  release: string;
  attempts: number;
  /** Not before. */
  nextAt: number;
  started: boolean;
  files: { number: number; path: string; sha256: string; size: number; uploaded: boolean }[];
}

export interface AirlockRoom {
  /**
   * One transaction: the request's row is locked, facts are gathered afresh, the rules decide, entries are
   * appended, and the news is queued. `request` is null for `create`.
   */
  command(request: string | null, command: Command): Promise<Taken | Refusal>;
  obstaclesOf(request: string, command: Command): Promise<Refusal[]>;

  addFiles(wish: AddFiles): Promise<FilesDone | Refusal>;
  /** Takes the bytes that are on disk now, for files that changed there. */
  updateFiles(
    by: Actor,
    request: string,
    paths: readonly string[],
    reason?: string,
  ): Promise<FilesDone | Refusal>;
  withdrawFiles(by: Actor, request: string, paths: readonly string[]): Promise<FilesDone | Refusal>;

  workspaces(person: number): Promise<WorkspaceSummary[]>;
  listing(person: number, workspace: string, query: ListingQuery): Promise<Listing | Refusal>;
  /** Every path a listing of this query would show, for "select all". */
  pathsOf(person: number, workspace: string, query: ListingQuery): Promise<string[] | Refusal>;
  workspaceFile(person: number, workspace: string, path: string): Promise<WorkspaceFilePage | Refusal>;
  /** The repository at the commit of the job that made this output. */
  codeAt(
    person: number,
    where: { workspace: string; path: string } | { request: string; file: number },
  ): Promise<CodePage | Refusal>;

  request(person: number, request: string): Promise<RequestPage | Refusal>;
  requestsOf(
    person: number,
    filter: { workspace?: string; states?: readonly State[] },
  ): Promise<RequestRow[]>;
  queue(checker: number): Promise<Queue>;
  activityOf(
    person: number,
    request: string,
  ): Promise<(Activity & { login?: string; ofLogin?: string })[] | Refusal>;
  auditLog(person: number, filter: AuditFilter): Promise<AuditRow[] | Refusal>;
  operations(person: number): Promise<Operations | Refusal>;
  precision(): Promise<PrecisionRow[]>;

  /** Writes the look before anything is handed out. */
  open(person: number, delivery: Delivery, where: Where): Promise<Opened | Refusal>;
  /** So many bytes went out in answer to this load; call once, when the answer has ended. */
  sent(load: string, bytes: number): Promise<void>;
  /** The page drew it. Only the session that loaded it may say so; what is unknown is ignored. */
  shown(session: Session, load: string): Promise<void>;
  /** What the checker has to sign with under a deployment that asks for it: over turn, files and checker. */
  shownCode(person: number, request: string): Promise<string | Refusal>;

  /** Roles a person has anywhere, and whether they have any business here at all. */
  standing(person: number): { person: Person; roles: readonly Role[] } | Refusal;
  log(line: LogLine): Promise<void>;

  /** Idempotent by the order's id. */
  order(order: Order): Promise<OrderAnswer>;
  /** Requests the hub has not been told of, oldest news first. */
  toTell(limit: number): Promise<ShownRequest[]>;
  /** The hub took this version. */
  told(request: string, version: number): Promise<void>;
  shownRequests(ids: readonly string[]): Promise<ShownRequest[]>;

  /** Batches to be sent now, those under way first. */
  nextUploads(): Promise<Upload[]>;
  /** Re-hashes the copies and asks the rules a last time. A repeat while under way is a yes. */
  startUpload(request: string, batch: number): Promise<Taken | Refusal>;
  declarationOf(request: string, batch: number): Promise<ReleaseDeclaration | Refusal>;
  /** The bytes of a batch's file, as declared. */
  uploadFile(
    request: string,
    batch: number,
    file: number,
  ): Promise<{ size: number; sha256: string; read(): Readable } | Refusal>;
  confirmUpload(request: string, batch: number, file: number, sha256: string): Promise<Taken | Refusal>;
  /** Something went wrong: when to try again, or null when it needs a person. `file` when one was refused. */
  failUpload(request: string, batch: number, why: string, file?: number): Promise<{ nextAt: number | null }>;
  /** By an operator: tried again at once. */
  retryUpload(by: Actor, request: string, batch: number): Promise<Taken | Refusal>;

  /** Told after each commit that something is to be told or sent. Returns how to stop. */
  onChange(listener: () => void): () => void;
  /** Resolves when no check is waiting. */
  settled(): Promise<void>;
  /** What is done by time: idle and barred seats, copies, chains. Called by the composition, and by tests. */
  tend(): Promise<void>;
  close(): Promise<void>;
}
