/**
 * The parts of GitHub's webhook payloads that the App reads. GitHub adds fields as it likes, so these
 * schemas are loose; what is read must have the form it is read in.
 */
import { z } from 'zod';

const id = z.int().positive();
const sha = z.string().regex(/^[0-9a-f]{40}$/);
const user = z.looseObject({ id, login: z.string().min(1).max(100), type: z.string() });
const repository = z.looseObject({
  id,
  name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
  owner: z.looseObject({ id, login: z.string(), type: z.string().optional() }),
  private: z.boolean(),
  default_branch: z.string().min(1),
  pushed_at: z.union([z.string(), z.number()]).nullish(),
});
const installation = z.looseObject({ id });
const common = { repository, installation, sender: user };

export const PushEvent = z.looseObject({
  ...common,
  ref: z.string(),
  before: sha,
  after: sha,
  deleted: z.boolean(),
});
export const PullRequestEvent = z.looseObject({
  ...common,
  action: z.string(),
  pull_request: z.looseObject({
    number: id,
    state: z.string(),
    merged: z.boolean().nullish(),
    head: z.looseObject({ sha, ref: z.string(), repo: z.looseObject({ id }).nullable() }),
    base: z.looseObject({ ref: z.string() }),
  }),
});
/** A review was given, changed or dismissed: which, is read from GitHub. */
export const PullRequestReviewEvent = z.looseObject({
  ...common,
  action: z.string(),
  pull_request: z.looseObject({ number: id, base: z.looseObject({ ref: z.string() }) }),
});
export const IssueCommentEvent = z.looseObject({
  ...common,
  action: z.string(),
  issue: z.looseObject({
    number: id,
    state: z.string(),
    locked: z.boolean().nullish(),
    pull_request: z.looseObject({}).nullish(),
  }),
  comment: z.looseObject({ id, body: z.string().nullable(), user: user.nullable(), created_at: z.string() }),
});
export const IssuesEvent = z.looseObject({
  ...common,
  action: z.string(),
  issue: z.looseObject({
    id,
    number: id,
    state: z.string(),
    body: z.string().nullish(),
    locked: z.boolean().nullish(),
    user: user.nullable(),
    created_at: z.string(),
    pull_request: z.looseObject({}).nullish(),
  }),
  label: z.looseObject({ name: z.string() }).nullish(),
  /** Of an edit: the text before. */
  changes: z.looseObject({ body: z.looseObject({ from: z.string() }).optional() }).optional(),
});
export const CommitCommentEvent = z.looseObject({
  ...common,
  action: z.string(),
  comment: z.looseObject({
    id,
    body: z.string(),
    user: user.nullable(),
    created_at: z.string(),
    commit_id: sha,
  }),
});
const suite = z.looseObject({
  id,
  head_sha: sha,
  head_branch: z.string().nullable(),
  app: z.looseObject({ id }).nullish(),
});
export const CheckRunEvent = z.looseObject({
  ...common,
  action: z.string(),
  check_run: z.looseObject({
    id,
    name: z.string(),
    head_sha: sha,
    external_id: z.string().nullish(),
    app: z.looseObject({ id }).nullable(),
    check_suite: z.looseObject({ head_branch: z.string().nullish() }).nullish(),
  }),
  requested_action: z.looseObject({ identifier: z.string() }).nullish(),
});
export const CheckSuiteEvent = z.looseObject({ ...common, action: z.string(), check_suite: suite });
export const InstallationEvent = z.looseObject({
  action: z.string(),
  installation: z.looseObject({
    id,
    account: z.looseObject({ login: z.string() }).nullish(),
    permissions: z.record(z.string(), z.string()).optional(),
    suspended_at: z.string().nullish(),
  }),
  /** With `created`: on which it was installed. */
  repositories: z.array(z.looseObject({ id })).nullish(),
});
export const InstallationRepositoriesEvent = z.looseObject({
  action: z.string(),
  installation,
  repositories_added: z.array(z.looseObject({ id })).default([]),
  repositories_removed: z.array(z.looseObject({ id })).default([]),
});

export type PushEvent = z.infer<typeof PushEvent>;
export type PullRequestEvent = z.infer<typeof PullRequestEvent>;
export type PullRequestReviewEvent = z.infer<typeof PullRequestReviewEvent>;
export type IssueCommentEvent = z.infer<typeof IssueCommentEvent>;
export type IssuesEvent = z.infer<typeof IssuesEvent>;
export type CommitCommentEvent = z.infer<typeof CommitCommentEvent>;
export type CheckRunEvent = z.infer<typeof CheckRunEvent>;
export type CheckSuiteEvent = z.infer<typeof CheckSuiteEvent>;
export type InstallationEvent = z.infer<typeof InstallationEvent>;
export type InstallationRepositoriesEvent = z.infer<typeof InstallationRepositoriesEvent>;
export type RepositoryPayload = z.infer<typeof repository>;
/** A repository in an answer of the API has the same form. */
export const RepositorySeen = repository;

/** Seconds or ISO text, as GitHub gives it per event; milliseconds. */
export function instantOf(value: string | number | null | undefined): number | undefined {
  if (typeof value === 'number') return value * 1000;
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
