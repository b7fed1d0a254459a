/**
 * What the hub keeps of outputs, and what it gives.
 *
 * order: what a person asked on GitHub, on its way to the airlock and back · shown: the hub's copy of a
 * request, made by the airlock, without anything that may not be known outside · release: one batch of one
 * request that two checkers let out, `<request>-<batch>` · tombstone: what is left of a recalled file ·
 * sign-in: a viewer session that waits for its person, and the three words that person is shown
 */
import type { Db } from '../db/database.ts';
import type { Governance } from '../governance/types.ts';
import type { Signals } from '../jobs/jobs.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Envelope, ReleaseFile, ReviewDeed, ShownEvent, ShownRequest } from '../protocol/protocol.ts';

export interface OutputsDeps {
  db: Db;
  clock: Clock;
  logger: Logger;
  /** The accepted governance, or undefined before the first was read. */
  governance(): Governance | undefined;
  /** Wakes open polls in this process; other hubs are woken through the database. */
  signals: Signals;
}

export interface OrderToGive {
  /**
   * 16 characters of `[a-z0-9]`; giving one id twice gives one order. For a `release` the deed's request
   * id is chosen by the caller too.
   */
  id: string;
  backend: string;
  /** Numeric GitHub id of who acted. */
  actor: number;
  deed: ReviewDeed;
}

/** waiting: not answered yet · expired: nobody answered in time; a late answer still replaces it */
export type OrderState = 'waiting' | 'done' | 'refused' | 'expired';

export interface OrderView {
  id: string;
  backend: string;
  airlock: string;
  actor: number;
  deed: ReviewDeed;
  state: OrderState;
  /** Of a refusal, `order.expired` included: say it with `refusalOutside(code)`, or `whyNot(order)`. */
  code: string | null;
  createdAt: number;
  answeredAt: number | null;
}

/** The newest version the airlock told, without its steps, and where it came from. */
export interface ShownView extends Omit<ShownRequest, 'events'> {
  backend: string;
  airlock: string;
  /** When this version came in. */
  updatedAt: number;
}

/** `by` is filled in when it may be known. */
export type StepView = ShownEvent;

/** A file of a release. `recalled`: the bytes are gone for good. */
export interface ReleasedFileView extends ReleaseFile {
  heldAt: number | null;
  recalled: { at: number; category: string | null } | null;
}

export interface ReleaseView {
  id: string;
  request: string;
  batch: number;
  backend: string;
  airlock: string;
  workspace: string;
  project: string;
  repository: number;
  author: number;
  declaredAt: number;
  /** When the last file was held; null while some are on their way. */
  releasedAt: number | null;
  files: ReleasedFileView[];
}

/** With the in-toto statements the airlock sent, as they came. */
export interface ReleaseWithStatements extends ReleaseView {
  statements: Envelope[];
}

export interface FileWithBytes extends ReleasedFileView {
  release: string;
  project: string;
  workspace: string;
  bytes: Buffer;
}

/** A viewer session that waits, as it is shown to whoever typed its number. */
export interface PendingSignIn {
  number: string;
  backend: string;
  /** As backends.yml names it. */
  backendName: string;
  startedAt: number;
  expiresAt: number;
}

export interface GivenCode {
  /** Three words with a space between: shown once, kept only as a slow hash. */
  code: string;
  expiresAt: number;
}

/** Somebody signed in to a viewer from a browser not seen before. */
export interface NewBrowser {
  id: string;
  backend: string;
  person: number;
  at: number;
}
