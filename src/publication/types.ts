/**
 * The words of publication: the second gate, between a release and the public.
 *
 * publication: a set of files of one release that somebody asks to make public · publisher: whoever
 * approves that, a further person · edition: one GitHub Release of a publication; a recall ends it and
 * makes the next · live: the publication is approved and was not taken back
 */
import type { Db } from '../db/database.ts';
import type { EDITION_STATES, PUBLICATION_STATES } from '../db/schema/publications.ts';
import type { Governance } from '../governance/types.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Envelope } from '../protocol/airlock.ts';

export type PublicationState = (typeof PUBLICATION_STATES)[number];
export type EditionState = (typeof EDITION_STATES)[number];

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
  recalled(db: Db, releases: readonly string[]): Promise<{ release: string; number: number }[]>;
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

export interface PublicationRequest {
  /** A release, or a request whose newest release is meant. */
  of: { release: string } | { request: string };
  /** Numbers; without them every file that is out, not recalled and not public yet. */
  files?: number[];
  actor: number;
  repository: RepositoryNow;
  /** Where the data owner's approval is written down. Goes into the public record. */
  reference?: string;
}

export interface PublicationDecision {
  publication: string;
  actor: number;
  decision: 'approve' | 'reject';
  repository: RepositoryNow;
  reference?: string;
}

export interface PublicationWithdrawal {
  publication: string;
  actor: number;
  /** Goes into the public record. */
  why: string;
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
  files: number[];
}

export interface PublicationView {
  id: string;
  release: string;
  request: string;
  project: string;
  workspace: string;
  repository: number;
  state: PublicationState;
  requestedBy: number;
  requestedAt: number;
  reference: string | null;
  approvals: { person: number; at: number }[];
  /** How many it takes. */
  needed: number;
  endedBy: number | null;
  endedAt: number | null;
  why: string | null;
  /** `public`: exactly while a live publication lists it and it is not recalled. */
  files: { number: number; path: string; size: number; sha256: string; recalled: boolean; public: boolean }[];
  /** Newest last. */
  editions: EditionView[];
}
