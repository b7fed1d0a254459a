/**
 * What the link to the hub needs of the airlock's room.
 *
 * The link keeps no memory that matters: whatever it is told twice or tells twice is harmless, and after
 * a kill it begins again from here.
 */
import type { Refusal } from '../../../src/lib/refusal.ts';
import type { Order, OrderAnswer, ReleaseDeclaration, ShownRequest } from '../../../src/protocol/protocol.ts';

export interface LinkRoom {
  /**
   * Does what a person asked on GitHub. Keeps the answer with the change, in one transaction: the same id
   * again gives the same answer and does nothing. Throws only for what may pass (a lost connection).
   */
  order(order: Order): Promise<OrderAnswer>;

  /** Requests of which the hub has not taken the newest version, oldest news first. */
  pendingShown(limit: number): Promise<string[]>;
  /**
   * What may be shown of them now. `events`: those after the last version marked, oldest first, at most 500.
   */
  shown(requests: readonly string[]): Promise<ShownRequest[]>;
  /** The hub has all steps up to these versions. A request that has changed since stays pending. */
  markShown(taken: readonly { id: string; version: number }[]): Promise<void>;

  /** The hub does not take what is shown of this request, for so long that it should be known. */
  notTaken(request: string, code: string): Promise<void>;
  /** The hub's whole list of requests that it cannot show on GitHub now. */
  unsaid(list: readonly { request: string; code: string; since: number }[]): Promise<void>;
  /** Whom the hub tells that a file they have is recalled. */
  recallsTold(told: readonly { request: string; file: number; people: readonly number[] }[]): Promise<void>;

  /** First sign-ins from a browser that the hub was not told yet. */
  newBrowsers(limit: number): Promise<{ id: string; person: number; at: number }[]>;
  markBrowsers(ids: readonly string[]): Promise<void>;

  /** The day's digest over the record, until the hub has it. */
  recordHead(): Promise<{ at: number; digest: string } | undefined>;
  markRecordHead(told: { at: number; digest: string }): Promise<void>;

  /** Of the record: the hub hears nothing from what the zone was before it was restored. */
  epoch?(): Promise<number>;
  /** The record went back to an earlier moment, until the hub has heard it. */
  restored?(): Promise<{ epoch: number; at: number; asOf: number } | undefined>;
  markRestored?(told: { epoch: number }): Promise<void>;

  uploads: LinkUploads;

  /** Called after each commit that may concern the link (shown news, a queued batch, a manual retry). Returns how to stop. */
  onChange(listener: () => void): () => void;
  /** Governance commit the airlock works by. */
  governanceCommit(): string | undefined;
}

/** A batch of which something has to go to the hub: queued, or under way with files that did not arrive yet. */
export interface DueBatch {
  request: string;
  batch: number;
  /** Not started yet: `start` comes first. */
  queued: boolean;
  files: DueFile[];
}

/** A file that has not arrived and has not failed for good. */
export interface DueFile {
  number: number;
  /** Tries that failed since the start, or since somebody asked to try again. */
  attempts: number;
  /** Not before this time. */
  nextAt: number;
}

export interface FileRef {
  request: string;
  batch: number;
  number: number;
}

export interface LinkUploads {
  /** Oldest first; not halted, not given up. */
  due(): Promise<DueBatch[]>;
  /**
   * Hashes the stored copies afresh and does `start-upload`. A refusal is the last word for now: the room
   * has written down what is wrong and alerted, and lists the batch as due again when that has changed.
   * Started already: undefined.
   */
  start(request: string, batch: number): Promise<Refusal | undefined>;
  /** What the hub is told before the first byte; undefined when the batch is not under way (any more). */
  declaration(request: string, batch: number): Promise<ReleaseDeclaration | undefined>;
  /** The stored copy of a file, hashed while it is read: throws when it is not what was approved. */
  bytes(file: FileRef): Promise<Buffer>;
  /** `confirm-upload`; a repeat is harmless. */
  confirm(file: FileRef, sha256: string): Promise<void>;
  /**
   * `fail-upload`, with the number of tries so far and when to try again; null: given up, and an operator
   * is alerted, who may ask to try again.
   */
  failed(file: FileRef, failure: { attempts: number; nextAt: number | null; code: string }): Promise<void>;
}

/** What the link offers the room and the viewer. */
export interface SignIns {
  /** Refusals: `sign-in.number-taken` (draw another number), `link.hub-away`. */
  start(session: string, number: string): Promise<{ address: string; expiresAt: number } | Refusal>;
  /** Refusals: `sign-in.refused`, `link.hub-away`. A code is good once: it is never sent twice. */
  redeem(session: string, code: string): Promise<{ person: number; login: string } | Refusal>;
}
