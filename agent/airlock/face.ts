/**
 * The airlock's face: what the viewer's pages, the link to the hub and the compositions ask of it.
 *
 * room: the airlock · person: numeric GitHub id; every question names one and is answered as far as that
 * person may see · where: a file somebody looks at · load: one delivery of a file's bytes · page data: plain,
 * already filtered by src/release/visibility, to be shown as it is · origin: which job made a file
 */
import type { Readable } from 'node:stream';
import type { Refusal } from '../../src/lib/refusal.ts';
import type { Activity, Command, Content, DecisionDays, Entry, LogType } from '../../src/release/release.ts';
import type { Actor, Deed, FileType, ReleaseRequest, Role, Session, State } from '../../src/release/types.ts';
import type { FrozenHere } from '../freezes.ts';
import type { LinkRoom } from './link/types.ts';
import type {
  AuditFilter,
  AuditRow,
  CodePage,
  Listing,
  ListingQuery,
  Operations,
  Person,
  PrecisionRow,
  Queue,
  RequestPage,
  RequestRow,
  WorkspaceFilePage,
  WorkspaceSummary,
} from './page-data.ts';

export type * from './page-data.ts';
export type { FrozenHere } from '../freezes.ts';

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
  /** The same, at the commit behind what was released last under the output's path. */
  | { kind: 'previous-code'; request: string; file: number; path: string }
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
  /** Names this delivery; `sent` and `drawn` refer to it. */
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

export interface AirlockRoom extends LinkRoom {
  /** Everything here stands still, and since when: nobody is shown anything. */
  paused(): FrozenHere | undefined;
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

  /** Some workspace is being read for the first time since the start: lists may lack it. */
  reading(): boolean;
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
  /** How long decisions took lately, over all requests of the zone. */
  decisionFigures(): Promise<DecisionDays | undefined>;

  /** Writes the look before anything is handed out. */
  open(person: number, delivery: Delivery, where: Where): Promise<Opened | Refusal>;
  /** So many bytes went out in answer to this load; call once, when the answer has ended. */
  sent(load: string, bytes: number): Promise<void>;
  /** The page drew it. Only the session that loaded it may say so; what is unknown is ignored. */
  drawn(session: Session, load: string): Promise<void>;
  /** What the checker has to sign with under a deployment that asks for it: over turn, files and checker. */
  shownCode(person: number, request: string): Promise<string | Refusal>;

  /** Roles a person has anywhere, and whether they have any business here at all. */
  standing(person: number): { person: Person; roles: readonly Role[] } | Refusal;
  log(line: LogLine): Promise<void>;

  /** By an operator: what gave up is tried again at once. */
  retryUpload(by: Actor, request: string, batch: number): Promise<Refusal | undefined>;

  /** Resolves when no check is waiting. */
  settled(): Promise<void>;
  /** Workspaces and requests whose checks wait. */
  checksWaiting(): number;
  /** What is done by time: idle and barred seats, copies, chains. Called by the composition, and by tests. */
  tend(): Promise<void>;
  close(): Promise<void>;
}
