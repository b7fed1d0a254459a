/**
 * What the stand-in for GitHub remembers besides git objects.
 *
 * account: a user or an organisation, one number space · actor: who does something · level: what a
 * person may do in a repository · access: what an App may do in one area · delivery: one attempt to
 * send one webhook. People are kept by numeric id everywhere; logins are only looked up.
 */

import type { CheckRun, CheckSuite } from './check-model.ts';
import type { Release } from './release-model.ts';

export {
  CONCLUSIONS,
  type Annotation,
  type CheckAction,
  type CheckRun,
  type CheckSuite,
  type Conclusion,
} from './check-model.ts';
export type { Release, ReleaseAsset } from './release-model.ts';

/** Ordered: each level holds all before it. */
export const LEVELS = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Level = (typeof LEVELS)[number];

export const ACCESSES = ['none', 'read', 'write', 'admin'] as const;
export type Access = (typeof ACCESSES)[number];
export type Permissions = Record<string, Exclude<Access, 'none'>>;

export const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const;
export type ReactionContent = (typeof REACTIONS)[number];

export interface User {
  id: number;
  login: string;
  type: 'User' | 'Bot';
  name: string | null;
  email: string | null;
  createdAt: number;
}

export interface Team {
  id: number;
  slug: string;
  name: string;
  description: string | null;
  /** Absent: closed. */
  privacy?: 'closed' | 'secret';
  createdAt: number;
  members: Map<number, 'member' | 'maintainer'>;
  /** Repository id → level. */
  repos: Map<number, Level>;
}

export interface Org {
  id: number;
  login: string;
  name: string;
  /** What every member may do in every repository of the organisation. */
  base: Level;
  createdAt: number;
  members: Map<number, 'admin' | 'member'>;
  teams: Map<string, Team>;
}

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
}

export interface Reaction {
  id: number;
  user: number;
  content: ReactionContent;
  createdAt: number;
}

/** What happened to an issue, in order: what a page shows between the comments. */
export interface TimelineItem {
  id: number;
  event:
    | 'labeled'
    | 'unlabeled'
    | 'closed'
    | 'reopened'
    | 'locked'
    | 'unlocked'
    | 'renamed'
    | 'merged'
    | 'assigned'
    | 'unassigned';
  actor: number;
  app: number | null;
  at: number;
  label?: string;
  from?: string;
  to?: string;
  assignee?: number;
}

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';

export interface Review {
  id: number;
  user: number;
  state: ReviewState;
  body: string | null;
  /** The head when it was made: it does not move with the branch. */
  commit: string;
  at: number;
}

export interface PullRequest {
  /** Branch names; that of `head` in `headRepo`. */
  head: string;
  /** A fork. Absent: the same repository. */
  headRepo?: number;
  /** Oldest first. Absent: none. */
  reviews?: Review[];
  base: string;
  headSha: string;
  baseSha: string;
  draft: boolean;
  mergedAt: number | null;
  mergedBy: number | null;
  mergeSha: string | null;
}

export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'reopened' | 'not_planned' | 'duplicate' | null;
  user: number;
  /** App that wrote it, when one did. */
  app: number | null;
  /** Keys of Repo.labels. */
  labels: string[];
  assignees: number[];
  locked: boolean;
  lockReason: string | null;
  reactions: Reaction[];
  timeline: TimelineItem[];
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  closedBy: number | null;
  /** Present on pull requests; they share the numbers of issues. */
  pull: PullRequest | null;
}

export interface IssueComment {
  id: number;
  issue: number;
  user: number;
  app: number | null;
  body: string;
  reactions: Reaction[];
  createdAt: number;
  updatedAt: number;
}

export interface CommitComment {
  id: number;
  sha: string;
  user: number;
  body: string;
  path: string | null;
  line: number | null;
  position: number | null;
  reactions: Reaction[];
  createdAt: number;
  updatedAt: number;
}

/** What became of an issue that is no longer here. */
export type IssueFate = { how: 'deleted' } | { how: 'transferred'; repo: number; number: number };

export interface Repo {
  id: number;
  /** Account id. */
  owner: number;
  name: string;
  private: boolean;
  /** Absent: no. Then it takes nothing but the order to come back. */
  archived?: boolean;
  hasIssues: boolean;
  description: string | null;
  defaultBranch: string;
  createdAt: number;
  updatedAt: number;
  pushedAt: number;
  lastNumber: number;
  collaborators: Map<number, Level>;
  /** By lower-case name. */
  labels: Map<string, Label>;
  issues: Map<number, Issue>;
  comments: Map<number, IssueComment>;
  commitComments: Map<number, CommitComment>;
  suites: Map<number, CheckSuite>;
  checks: Map<number, CheckRun>;
  releases: Map<number, Release>;
  /** Numbers of issues that were deleted or transferred. */
  gone: Map<number, IssueFate>;
  /** Others may be generated from it. Absent: no. */
  isTemplate?: boolean;
  /** What it is a fork of. */
  forkOf?: number;
  /** The template it was generated from. */
  madeFrom?: number;
  topics?: string[];
  rulesets?: Map<number, Ruleset>;
  /** Numbers of issues, newest last; three at most. */
  pinned?: number[];
}

export interface Ruleset {
  id: number;
  name: string;
  target: 'branch' | 'tag';
  enforcement: 'disabled' | 'active';
  bypass_actors: {
    actor_id: number | null;
    actor_type: 'Integration' | 'OrganizationAdmin' | 'RepositoryRole' | 'Team' | 'DeployKey';
    bypass_mode: 'always' | 'pull_request';
  }[];
  conditions: { ref_name: { include: string[]; exclude: string[] } };
  rules: {
    type: 'creation' | 'update' | 'deletion' | 'non_fast_forward' | 'pull_request';
    parameters?: Record<string, unknown> | undefined;
  }[];
  createdAt: number;
  updatedAt: number;
}

/** What a repository of an earlier snapshot may lack. */
export function completed(repo: Repo): Repo {
  repo.hasIssues ??= true;
  repo.releases ??= new Map();
  repo.gone ??= new Map();
  return repo;
}

export interface App {
  id: number;
  slug: string;
  name: string;
  clientId: string;
  description: string | null;
  url: string;
  /** Account id. */
  owner: number;
  /** User id of `slug[bot]`. */
  bot: number;
  permissions: Permissions;
  events: string[];
  webhook: { url: string; secret: string } | null;
  /** SPKI PEM. */
  publicKey: string;
  /** Where people may be sent after they agreed; the first is the default. Absent in old snapshots. */
  callbackUrls?: string[];
  /** SHA-256, hex. */
  clientSecretHash?: string;
  createdAt: number;
  updatedAt: number;
}

export interface Installation {
  id: number;
  app: number;
  /** Account id. */
  account: number;
  repositories: 'all' | number[];
  /** What was consented to, which can be less than the App now asks for. */
  permissions: Permissions;
  events: string[];
  createdAt: number;
  updatedAt: number;
  suspendedAt: number | null;
  suspendedBy: number | null;
}

export interface Token {
  /** user: of a person, for an App. */
  kind: 'person' | 'installation' | 'user';
  user: number;
  app?: number;
  installation: number | null;
  permissions: Permissions;
  repositories: number[] | null;
  expiresAt: number | null;
}

/** Between a person's yes and the App's token. */
export interface OAuthCode {
  user: number;
  app: number;
  redirectUri: string;
  challenge: string | null;
  expiresAt: number;
}

export interface RefreshToken {
  user: number;
  app: number;
  /** The user token that it renews. */
  access: string;
  expiresAt: number;
}

export interface Data {
  lastId: number;
  users: Map<number, User>;
  orgs: Map<number, Org>;
  repos: Map<number, Repo>;
  apps: Map<number, App>;
  installations: Map<number, Installation>;
  tokens: Map<string, Token>;
  codes: Map<string, OAuthCode>;
  refreshes: Map<string, RefreshToken>;
  /** `user/app` → when. */
  grants: Map<string, number>;
}

export function emptyData(): Data {
  return {
    lastId: 1000,
    users: new Map(),
    orgs: new Map(),
    repos: new Map(),
    apps: new Map(),
    installations: new Map(),
    tokens: new Map(),
    codes: new Map(),
    refreshes: new Map(),
    grants: new Map(),
  };
}

/** Who is asking. An App proves itself by JWT; it touches repositories only as an installation. */
export type Actor =
  | { kind: 'anonymous' }
  /** `via`: by a token that the person let this App have. */
  | { kind: 'person'; user: User; via?: App }
  | { kind: 'app'; app: App }
  | {
      kind: 'installation';
      app: App;
      installation: Installation;
      user: User;
      permissions: Permissions;
      repositories: number[] | null;
    };

export type Signed = Extract<Actor, { kind: 'person' | 'installation' }>;

export function atLeast(level: Level, wanted: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}

export function accessAtLeast(access: Access | undefined, wanted: Access): boolean {
  return ACCESSES.indexOf(access ?? 'none') >= ACCESSES.indexOf(wanted);
}

/** The App that something is shown to be done with. */
export function appBehind(actor: Signed): number | null {
  return (actor.kind === 'installation' ? actor.app.id : actor.via?.id) ?? null;
}
