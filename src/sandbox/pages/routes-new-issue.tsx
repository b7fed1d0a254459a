/** Opening an issue: the forms of the repository, and what their answers become. */
import { parse } from 'yaml';
import { segments } from './api.ts';
import type { PagesBackend } from './backend.ts';
import {
  bodyOf,
  fieldName,
  fieldsOf,
  readForm,
  unanswered,
  type Answers,
  type IssueForm,
} from './issue-form.ts';
import { AnswerForm, ChooseTemplate, NewIssue, type Template } from './new-issue.tsx';
import type { Pages, Visit } from './pages.ts';
import { repoOf } from './routes-issues.tsx';
import type { Entry, Issue, Repository } from './shapes.ts';

const FOLDER = '.github/ISSUE_TEMPLATE';
const RAW = 'application/vnd.github.raw+json';

export function newIssuePages(add: Pages, backend: PagesBackend): void {
  add.get('/:owner/:repo/issues/new/choose', async (visit) => {
    if (!(await issuesOn(visit))) return visit.notFound();
    const templates = await templatesOf(visit);
    visit.show(
      <ChooseTemplate
        view={visit.view}
        repo={nameOf(visit)}
        templates={templates}
        blank={await blankAllowed(visit)}
      />,
    );
  });
  add.get('/:owner/:repo/issues/new', async (visit) => {
    if (!(await issuesOn(visit))) return visit.notFound();
    const query = new URL(visit.request.originalUrl, backend.url).searchParams;
    const form = await formNamed(visit, query.get('template') ?? '');
    const title = query.get('title') ?? form?.title ?? '';
    if (!form) return visit.show(<NewIssue view={visit.view} repo={nameOf(visit)} title={title} />);
    // A field with an id can be answered in the address.
    const prefilled = fieldsOf(form).flatMap((field) =>
      field.id && query.has(field.id) ? [[field.id, query.getAll(field.id)] as const] : [],
    );
    show(visit, form, title, new Map(prefilled), []);
  });
  add.post('/:owner/:repo/issues/new', async (visit) => {
    const fields = visit.request.body as Record<string, unknown>;
    const title = listed(fields['title'])[0] ?? '';
    const form = await formNamed(visit, listed(fields['template'])[0] ?? '');
    if (!form) return openBlank(visit, title, listed(fields['body'])[0] ?? '');
    const answers: Answers = new Map(
      fieldsOf(form).map((field) => [fieldName(form, field), listed(fields[`f.${fieldName(form, field)}`])]),
    );
    const repo = await visit.api.find<Repository>(`/repos/${repoOf(visit)}`);
    const missing = repo?.private ? [] : unanswered(form, answers);
    if (missing.length > 0) return show(visit, form, title, answers, missing);
    const { login } = visit.view.session;
    if (!login)
      return visit.done({ status: 401, data: { message: 'Choose who you are first (top right).' } });
    const made = backend.openFromForm(login, nameOf(visit), {
      title,
      body: bodyOf(form, answers),
      labels: form.labels ?? [],
      assignees: form.assignees ?? [],
    });
    if (typeof made === 'string') return visit.done({ status: 422, data: { message: made } });
    visit.done({ status: 201, data: undefined }, `/${nameOf(visit)}/issues/${made.number}`);
  });
}

async function openBlank(visit: Visit, title: string, body: string): Promise<void> {
  const made = await visit.api.send<Issue>('POST', `/repos/${repoOf(visit)}/issues`, { title, body });
  visit.done(made, `/${nameOf(visit)}/issues/${made.data.number}`);
}

function show(visit: Visit, form: IssueForm, title: string, answers: Answers, missing: string[]): void {
  visit.show(
    <AnswerForm
      view={visit.view}
      repo={nameOf(visit)}
      form={form}
      title={title}
      answers={answers}
      missing={missing}
    />,
    missing.length > 0 ? 422 : 200,
  );
}

async function issuesOn(visit: Visit): Promise<boolean> {
  const repo = await visit.api.find<Repository>(`/repos/${repoOf(visit)}`);
  return repo?.has_issues ?? false;
}

async function templatesOf(visit: Visit): Promise<Template[]> {
  const entries = await visit.api.find<Entry[]>(`/repos/${repoOf(visit)}/contents/${FOLDER}`);
  const files = (Array.isArray(entries) ? entries : []).filter(
    (entry) => /\.ya?ml$/.test(entry.name) && !isConfig(entry.name),
  );
  return Promise.all(files.map(async (entry) => readForm(entry.name, await contentOf(visit, entry.name))));
}

async function formNamed(visit: Visit, file: string): Promise<IssueForm | undefined> {
  const found = file ? (await templatesOf(visit)).find((one) => one.file === file) : undefined;
  return found && !('faults' in found) ? found : undefined;
}

async function blankAllowed(visit: Visit): Promise<boolean> {
  const config: unknown = parse(await contentOf(visit, 'config.yml'));
  return (config as { blank_issues_enabled?: unknown } | null)?.blank_issues_enabled !== false;
}

async function contentOf(visit: Visit, name: string): Promise<string> {
  const path = `/repos/${repoOf(visit)}/contents/${segments(`${FOLDER}/${name}`)}`;
  const { status, data } = await visit.api.get<unknown>(path, RAW);
  return status === 200 && typeof data === 'string' ? data : '';
}

const isConfig = (name: string): boolean => /^config\.ya?ml$/.test(name);

const nameOf = (visit: Visit): string => decodeURIComponent(repoOf(visit));

function listed(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? [value] : [];
}
