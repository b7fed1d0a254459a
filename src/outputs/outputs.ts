/**
 * The face of the outputs room: the hub's side of releases. Orders to airlocks, the shown copy of their
 * requests, files that were released, sign-ins to the viewer.
 *
 * Outbox topics it queues: `review` (a request's id: its issues and labels changed), `order` (an order's
 * id: it was answered), `browser` (an announcement's id).
 */
import type { Refusal } from '../lib/refusal.ts';
import type { Db } from '../db/database.ts';
import type {
  DecisionFigures,
  FileWithBytes,
  GivenCode,
  NewBrowser,
  OrderToGive,
  OrderView,
  OutputsDeps,
  PendingSignIn,
  ReleaseView,
  ReleaseWithStatements,
  ShownView,
  StepView,
} from './types.ts';

export * from './types.ts';

/** The functions of this file, which replace this list one by one. */
export interface OutputsFace {
  /** Refusals: `order.no-airlock`, `order.unknown-request`, `order.other-content`. */
  orderReview(deps: OutputsDeps, order: OrderToGive): Promise<OrderView | Refusal>;
  answersOf(db: Db, orders: readonly string[]): Promise<OrderView[]>;
  /** What is said on GitHub to a refused or expired order. */
  whyNot(order: OrderView): Refusal | undefined;

  shownRequest(db: Db, id: string): Promise<ShownView | undefined>;
  /** Newest first. */
  shownOfRepository(db: Db, repository: number): Promise<ShownView[]>;
  shownOfProject(db: Db, project: string): Promise<ShownView[]>;
  /** Not final: for reminders and reconciling. */
  openRequests(db: Db): Promise<ShownView[]>;
  stepsOf(db: Db, request: string): Promise<StepView[]>;

  releaseById(db: Db, id: string): Promise<ReleaseWithStatements | undefined>;
  /** Complete ones, newest first, without statements. */
  releasesOfProject(db: Db, project: string): Promise<ReleaseView[]>;
  releasesOfRepository(db: Db, repository: number): Promise<ReleaseView[]>;
  releasesOfRequest(db: Db, request: string): Promise<ReleaseView[]>;
  /** Refusals: `output.unknown`, `output.not-released`, `output.recalled`. */
  releasedFile(db: Db, release: string, number: number): Promise<FileWithBytes | Refusal>;
  /** Call it before the first byte is sent. */
  noteDownload(
    deps: OutputsDeps,
    download: { release: string; number: number; person: number },
  ): Promise<void>;
  /** Whom a recall concerns. */
  downloadersOf(db: Db, release: string, number: number): Promise<number[]>;

  /** Refusals: `sign-in.unknown-number`, `sign-in.unknown-person`, `sign-in.too-many`. */
  signInPending(
    deps: OutputsDeps,
    asked: { person: number; number: string },
  ): Promise<PendingSignIn | Refusal>;
  /** The same refusals. A newer code replaces every earlier one of the person. */
  giveCode(deps: OutputsDeps, asked: { person: number; number: string }): Promise<GivenCode | Refusal>;
  newBrowser(db: Db, id: string): Promise<NewBrowser | undefined>;

  decisionFigures(db: Db): Promise<DecisionFigures>;
}
