/**
 * The intake repository as it is now: the issue of an application, what its applicant wrote there, and whom they named.
 *
 * Read afresh whenever it matters, and kept nowhere: answers have one home.
 */
import {
  answersAny,
  loginsIn,
  PERMISSION_FORM,
  rawAnswers,
  readAnswers,
  sectionsOf,
  type KnownPeople,
  type Reading,
} from '../../applications/applications.ts';
import type { Form, Governance } from '../../governance/governance.ts';
import type { Octokit } from '../app.ts';
import type { KnownRepository, Room } from '../room.ts';
import { orMissing } from '../trouble.ts';

/** Name of the form in `forms/` by which people apply for a project. */
const APPLICATION_FORM = 'application';
export type IntakeKind = 'project' | 'permission';

export const intakeRepository = (g: Governance | undefined): number | undefined =>
  g?.deployment.github.repos['intake'];

export function formOf(g: Governance, kind: IntakeKind): Form | undefined {
  return kind === 'permission' ? PERMISSION_FORM : g.forms.find(({ id }) => id === APPLICATION_FORM);
}

/** Which form an issue answers; undefined: none of ours. */
export function kindOf(g: Governance, body: string): IntakeKind | undefined {
  const asks = PERMISSION_FORM.pages[0]!.fields.map(({ label }) => label);
  const headings = sectionsOf(body).map(({ heading }) => heading);
  if (asks.every((each) => headings.includes(each))) return 'permission';
  const form = formOf(g, 'project');
  return form && answersAny(form, body) ? 'project' : undefined;
}

export interface IntakeIssue {
  id: number;
  number: number;
  title: string;
  open: boolean;
  /** Null: the account is gone. */
  author: { id: number; login: string; person: boolean } | null;
  closedBy: number | undefined;
  labels: string[];
  body: string;
}

/** Undefined: deleted or transferred. */
export async function intakeIssue(
  octokit: Octokit,
  { owner, name }: KnownRepository,
  number: number,
): Promise<IntakeIssue | undefined> {
  const at = { owner, repo: name, issue_number: number };
  const found = await orMissing(octokit.rest.issues.get(at), [404, 410, 301]);
  if (!found) return undefined;
  const { id, title, state, user, closed_by: closer, labels, body } = found.data;
  return {
    id,
    number: found.data.number,
    title,
    open: state === 'open',
    author: user && { id: user.id, login: user.login, person: user.type === 'User' },
    closedBy: closer?.id,
    labels: labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
    body: body ?? '',
  };
}

/** Everything the applicant wrote on their issue, oldest first; nobody else's words are answers. */
export async function textsOf(
  octokit: Octokit,
  { owner, name }: KnownRepository,
  issue: IntakeIssue,
  applicant: number,
): Promise<string[]> {
  const comments = await octokit.paginate(octokit.rest.issues.listComments, {
    owner,
    repo: name,
    issue_number: issue.number,
    per_page: 100,
  });
  const theirs = comments.filter(({ user }) => user?.id === applicant && user.type === 'User');
  return [issue.body, ...theirs.map(({ body }) => body ?? '')].slice(0, MOST_TEXTS);
}

const MOST_TEXTS = 200;

export async function readTexts(
  octokit: Octokit,
  form: Form,
  texts: readonly string[],
): Promise<Reading & { people: KnownPeople }> {
  const raw = rawAnswers(form, texts);
  const people = new Map<string, { id: number; login: string }>();
  for (const login of loginsIn(form, raw)) {
    const found = await orMissing(octokit.rest.users.getByUsername({ username: login }));
    if (found?.data.type === 'User') people.set(login, { id: found.data.id, login: found.data.login });
  }
  return { ...readAnswers(form, raw, people), people };
}

/** Open issues, for those that no event told of. */
export async function openIssues(octokit: Octokit, { owner, name }: KnownRepository): Promise<number[]> {
  const all = await octokit.paginate(octokit.rest.issues.listForRepo, {
    owner,
    repo: name,
    state: 'open',
    per_page: 100,
  });
  return all.filter((each) => !each.pull_request).map(({ number }) => number);
}

export const octokitFor = (room: Room, { installation }: KnownRepository): Promise<Octokit> =>
  room.app.forInstallation(installation);
