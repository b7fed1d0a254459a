/**
 * What the governance repository says, after validation. Plain data; identity is the numeric GitHub id.
 *
 * Dates are days in UTC (`2027-02-28`); an `until` day is the last day on which something holds.
 */

import type { Alert } from './files/alerts.ts';
import type { DriftPolicy } from './files/drift.ts';
import type { Form } from './files/forms.ts';
import type { Organisation } from './files/orgs.ts';
import type { DatasetTables } from '../tables/tables.ts';

export type { Alert } from './files/alerts.ts';
export type { DriftKind, DriftPolicy } from './files/drift.ts';
export type { Becomes, Condition, Field, FieldKind, Form, Page } from './files/forms.ts';
export type { Organisation } from './files/orgs.ts';

export type Day = string;

export interface Deployment {
  id: string;
  base_url: string;
  subject: { unit: string; plural: string; id_column: string };
  contacts: Record<string, string>;
  github: {
    app_id: number;
    org: { id: number; login: string };
    repos: Record<string, number>;
    /** By id, or by `owner/name`: those the steward makes. */
    review_repos: Record<string, number | string>;
    code_orgs: string[];
    action_orgs: string[];
  };
  /** Pattern that a project's number must match as a whole. */
  project_number: string;
  population_permissions: string[];
  component_permissions: string[];
  /** Public address of the proxy, and where it may fetch images. */
  proxy?: { domain: string; registry?: { upstream: string; namespaces: string[]; redirect_hosts: string[] } };
  codelists?: { base_url: string };
  exit_phrases: Record<string, string>;
}

/** A key with its holder; several at once while keys rotate. */
export interface AgentKey {
  /** Agent id, unique in the backend; the backend's id when `keys.agent` is one string. */
  id: string;
  /** `ed25519:…` */
  key: string;
  from?: Day;
  until?: Day;
}

export interface Backend {
  id: string;
  name: string;
  active: boolean;
  data: 'real' | 'dummy';
  alertAfterMs: number;
  maintenanceReporting: boolean;
  datasets: string[];
  /** Where people inside the zone open the viewer; said to authors and checkers on GitHub. */
  viewer?: string;
  keys: { agent: AgentKey[]; viewer: AgentKey[] };
  pools: { general: number; database: number };
  limits: {
    cpus: number;
    memoryBytes: number;
    pids: number;
    diskBytes: number;
    timeMs: number;
    logBytes: number;
  };
  weights: {
    default: { match: string; weight: number }[];
    workspaces: Record<string, { match: string; weight: number }[]>;
  };
}

export interface Image {
  name: string;
  version: string;
  image: string;
  /** `sha256:<64 hex>`; images of dummy backends may give `imageId` instead. */
  digest?: string;
  imageId?: string;
  database: boolean;
  /** Whether exit codes of this image may leave the zone. */
  exitCodes: 'hidden' | 'trusted';
  retireOn: Day | null;
  /** What takes its place: `python:v3`. */
  replacedBy?: string;
}

export interface Person {
  id: number;
  login: string;
  name: string;
  orgs: string[];
  training?: { course: string; passed: Day; expires: Day };
  agreement?: { ref: string; expires: Day };
  backends: { id: string; from?: Day; until: Day }[];
  commitEmails: string[];
  until: Day;
}

export const GLOBAL_ROLES = [
  'platform_admin',
  'service_admin',
  'tech_support',
  'output_checker',
  'output_publisher',
  'repo_clearer',
  'deployment_operator',
  'governance',
] as const;
export type GlobalRole = (typeof GLOBAL_ROLES)[number];
export const PROJECT_ROLES = ['lead', 'developer', 'collaborator', 'copilot'] as const;
export type ProjectRole = (typeof PROJECT_ROLES)[number];

export const PROJECT_STATUSES = [
  'ongoing',
  'postponed',
  'retired',
  'ongoing_linked',
  'completed_linked',
  'completed_awaiting',
] as const;
export type ProjectStatus = (typeof PROJECT_STATUSES)[number];

export interface Team {
  role: GlobalRole;
  team: string;
  members: {
    id: number;
    scope?: { orgs?: string[]; projects?: string[] };
    from?: Day;
    until: Day;
    reason: string;
    ref: string;
    /** Of an output checker: days of the week they work, Sunday is 0; absent is all that the calendar has. */
    workingDays?: number[];
    /** Of an output checker: not on duty from the first to the last day. */
    away: { from: Day; until: Day }[];
  }[];
}

export interface Project {
  id: string;
  number: string;
  aliases: string[];
  title: string;
  summary: string;
  orgs: { lead: string; others: string[] };
  type: string[];
  approval: {
    state: 'approved' | 'approved_with_conditions';
    on: Day;
    /** Seal of the application that was approved. */
    application_hash?: string;
    conditions: { id: string; text: string; met_on: Day | null; blocks: string[] }[];
  };
  copilot?: { id: number; support_until: Day; access_until: Day };
  status: ProjectStatus;
  /** Day on which the status became what it is: a completed project closes `closing_days` after it. */
  status_since?: Day;
  /** Why it was postponed or retired. */
  status_reason?: string;
  until: Day;
  /** The work began: who wrote commits before it did not write this project's outputs. */
  start: Day;
  /** People who may not check its outputs although they are no members: numeric GitHub ids. */
  conflicts: number[];
  /** Workspaces of it in which nothing is asked for or released any more. */
  archived: string[];
  backends: string[];
  repos: Repository[];
  members: { id: number; roles: ProjectRole[]; from?: Day; until: Day; reason: string; ref: string }[];
  schedules: Schedule[];
  papers: Paper[];
}

/** What was written about the work. */
export interface Paper {
  title: string;
  authors: string[];
  on: Day;
  state: 'preprint' | 'published';
  doi?: string;
  preprint?: string;
  citation?: string;
  description?: string;
  /** Repositories whose work it reports. */
  repos: number[];
}

/** A repository of a project, and how long it may stay private. */
export interface Repository {
  id: number;
  visibility: 'private' | 'public';
  /** Approved: the latest `until` is when it becomes public, if that is later than the rule. */
  extensions: { on: Day; until: Day; reason: string; ref: string }[];
  /** No research: it need not become public. Counts only while the repository has the topic that policies name. */
  exempt?: { reason: string; ref: string };
  /** Files in its history, by git object, that may become public although a scan finds them. */
  cleared: { object: string; reason: string; ref: string }[];
}

/** A release request that is made by the clock, in its author's name. */
export interface Schedule {
  /** Unique in the project. */
  id: string;
  /** Whose zone makes it. */
  backend: string;
  workspace: string;
  /** Absent: who asked for the run behind the newest of the outputs. */
  author?: number;
  /** Five fields, and the time zone they are meant in. */
  cron: string;
  calendar: string;
  /** Folders of the workspace: each becomes a group of outputs. */
  dirs: string[];
  /** Files that explain them. */
  supporting: string[];
  context: string;
  controls: { threshold: number | null; base: number | null; method: string; text: string };
  /** Otherwise it stays a draft. */
  submit: boolean;
  /** Version of the policy text that is accepted with it. */
  policyText?: string;
  until: Day;
  reason: string;
  ref: string;
}

/** `permissions/datasets.yml`: which project may read which dataset, and whom to ask. */
export interface DatasetPermission {
  dataset: string;
  stewardTeam: string;
  ask: string;
  grants: { project: string; from: Day; until: Day; reason: string; ref: string }[];
}

/** `permissions/populations.yml` and `components.yml`: the same for what `deployment.yml` names. */
export interface NamedPermission extends Omit<DatasetPermission, 'dataset'> {
  name: string;
}

/** How outputs are checked before they are released. */
export interface ReviewRules {
  /** strict: no verdict is given in a label, only "submit". */
  blind: 'open' | 'strict';
  /** A checker's fresh sign-in starts the release, instead of the airlock itself. */
  confirm: boolean;
  /** A signature on GitHub needs the code that the viewer shows. */
  signingCode: 'optional' | 'required';
  /** Two checkers of one organisation may check one request. */
  sameOrganisation: boolean;
  /** Whether checkers need training in date. */
  training: 'required' | 'not_required';
  /** What an author accepts before submitting; a new version is accepted anew. */
  policyText: { version: string; text: string };
  /** Types that may be released; absent: those that may be looked at. */
  types?: string[];
  /** Programs whose commits are nobody's deed. */
  bots: { id: number; commitEmails: string[] }[];
  /** Addresses in the history that governance looked into and found to be of nobody who could check here. */
  commitEmailsOfNobody: string[];
}

export interface Policies {
  approvals: Record<string, number>;
  outputs: {
    max_file: number;
    types: string[];
    csv_rows: number;
    suppress_at_or_below: number;
    round_to: number;
    working_days: number;
    /** An incident that a recall opened is late after so many; never more than 72. */
    incident_hours: number;
    /** Rule packs of the disclosure checks: which identifiers and areas are looked for. */
    packs: string[];
    /** Whether what no malware scan has confirmed stays inside; zone.yml may say so too. */
    malware_scan: 'required' | 'optional';
  };
  review: ReviewRules;
  /** Whether a publication from data with an owner waits until somebody says where the owner's approval is written. */
  publish: { dataOwnerReference: 'required' | 'optional' };
  /** Days of the week on which nobody works (Sunday is 0), and days like 2026-12-25. */
  calendar: { weekend: number[]; holidays: Day[] };
  visibility: {
    months: number;
    extension_months: number;
    remind: string[];
    /** Longest that an undecided request for an extension holds the day back. */
    pending_days: number;
    /** Topic of a repository that is no research; governance has to say so too. */
    exempt_topic: string;
    /** What must not be in the history of a repository when it becomes public. */
    scan: { folders: string[]; types: string[]; max_file: number; allow: string[] };
  };
  copilot: { weeks: number; remind_days: number };
  /** Days before an image retires from which studies that use it are told. */
  images: { warn_days: number };
  /** Changed by hand on GitHub: told, or told and put back. */
  drift: DriftPolicy;
  closing_days: number;
}

export interface Governance {
  /** Commit it was read from. */
  commit: string;
  deployment: Deployment;
  backends: Backend[];
  images: Image[];
  people: Person[];
  teams: Team[];
  projects: Project[];
  datasets: DatasetPermission[];
  populations: NamedPermission[];
  components: NamedPermission[];
  policies: Policies;
  /** Empty where there is no `orgs.yml`: then ids of organisations are not looked up. */
  orgs: Organisation[];
  forms: Form[];
  alerts: Alert[];
  /** What everybody may know of the tables of datasets; dummy data is made from it. */
  schemas: DatasetTables[];
}

/** One fault in the repository, on its line. */
export interface GovernanceFinding {
  path: string;
  line: number;
  column: number;
  severity: 'error' | 'warning';
  code: string;
  message: string;
  hint?: string;
}
