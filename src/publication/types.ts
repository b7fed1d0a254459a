/**
 * The words of publication: the second gate, between a release and the public.
 *
 * publication: a set of released files of one workspace that somebody asks to make public · publisher: whoever
 * approves that, a further person · edition: one GitHub Release of a publication; a recall ends it and makes
 * the next · live: the publication is approved and was not taken back · owner: of the data behind the files
 */
import type { Db } from '../db/database.ts';
import type { EDITION_STATES, PUBLICATION_STATES } from '../db/schema/publications.ts';
import type { Governance } from '../governance/types.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Envelope } from '../protocol/airlock.ts';
import type { WITHDRAWN_FOR } from '../protocol/steward.ts';

export type PublicationState = (typeof PUBLICATION_STATES)[number];
export type EditionState = (typeof EDITION_STATES)[number];

export type WithdrawalCategory = (typeof WITHDRAWN_FOR)[number];

/** A released file: its release, and its number there. */
export interface FileRef {
  release: string;
  number: number;
}

/** One file of a release, as the zone declared it. */
export interface ReleasedFile {
  number: number;
  path: string;
  size: number;
  sha256: string;
  /** Who approved these bytes. */
  checkers: number[];
  /** Its bytes were taken back. */
  recalled: boolean;
}

/** A release as this room needs it. */
export interface ReleaseFacts {
  /** `<request>-<batch>` */
  id: string;
  request: string;
  batch: number;
  workspace: string;
  project: string;
  backend: string;
  /** The study's. */
  repository: number;
  author: number;
  /** Whoever signed a review of it, whatever the review said. */
  reviewers: number[];
  files: ReleasedFile[];
  statements: Envelope[];
}

/** What this room asks of released files; the outputs room answers. */
export interface Releases {
  /** Only when every file of it has arrived. */
  byId(db: Db, release: string): Promise<ReleaseFacts | undefined>;
  /** Ids of the whole releases of a request, oldest first. */
  ofRequest(db: Db, request: string): Promise<string[]>;
  /** Files of these releases whose bytes were taken back. */
  recalled(db: Db, releases: readonly string[]): Promise<FileRef[]>;
  /** Undefined when it never was, or was recalled. */
  bytes(db: Db, release: string, file: number): Promise<Uint8Array | undefined>;
}

export interface PublicationDeps {
  db: Db;
  clock: Clock;
  ids: Ids;
  governance(): Governance | undefined;
  releases: Releases;
  /** Told after a commit that changed what the steward has to do. */
  wake(): void;
}

/** The study's repository as GitHub shows it at this moment: whoever calls has just asked. */
export interface RepositoryNow {
  id: number;
  owner: string;
  name: string;
  private: boolean;
}

/** Where the data owner's approval is written down, and its day; without one the day it is told. */
export interface OwnerSaid {
  reference: string;
  on?: string;
}

/** Goes into the public record. */
export interface OwnerApproval {
  reference: string;
  /** A day. */
  on: string;
  /** Who told us, and when. */
  by: number;
  at: number;
}

export interface PublicationRequest {
  /** A release, a request whose newest release is meant, or files of several releases of one workspace. */
  of: { release: string } | { request: string } | { files: readonly FileRef[] };
  /** Numbers; without them every file of the release that is out, not recalled and not public yet. */
  files?: readonly number[];
  actor: number;
  repository: RepositoryNow;
  owner?: OwnerSaid;
}

export interface PublicationDecision {
  publication: string;
  actor: number;
  decision: 'approve' | 'reject';
  repository: RepositoryNow;
  owner?: OwnerSaid;
}

export interface PublicationWithdrawal {
  publication: string;
  actor: number;
  /** Goes into the public record, and on what is left on GitHub. */
  category: WithdrawalCategory;
}

/** `waits`: the steward has it to do · `refused`: it will not, for the reason in `code`, until that changes. */
export interface EditionView {
  number: number;
  tag: string;
  state: EditionState;
  /** What the steward answered last, when it was no. */
  code: string | null;
  url: string | null;
  commit: string | null;
  publishedAt: number | null;
  files: FileRef[];
}

export interface PublicationView {
  id: string;
  /** Whose files it lists, and their requests. */
  releases: string[];
  requests: string[];
  project: string;
  workspace: string;
  backend: string;
  repository: number;
  state: PublicationState;
  requestedBy: number;
  requestedAt: number;
  owner: OwnerApproval | null;
  /** Nobody has told yet where the data owner's approval is, and policy asks for it. */
  ownerMissing: boolean;
  approvals: { person: number; at: number }[];
  /** How many it takes. */
  needed: number;
  endedBy: number | null;
  endedAt: number | null;
  /** A category of a withdrawal. */
  why: string | null;
  /** `public`: exactly while a live publication lists it and it is not recalled. */
  files: (FileRef & { path: string; size: number; sha256: string; recalled: boolean; public: boolean })[];
  /** Newest last. */
  editions: EditionView[];
}
