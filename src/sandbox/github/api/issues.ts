/** Issues, labels and locks. */
import type { Api } from '../http/api.ts';
import {
  created,
  json,
  names,
  noContent,
  ok,
  page,
  signed,
  text,
  wholeNumber,
  type Answer,
  type RepoCall,
} from '../http/call.ts';
import { fail, invalid, isFailure, notFound, type Failure } from '../state/failure.ts';
import { issuesOff } from '../state/issue-fates.ts';
import type { IssueChange } from '../state/issues.ts';
import type { Issue, Repo, Signed } from '../state/model.ts';

/** Guards are those of reading; the mutations ask again for what they change. */
export function issueRoutes(api: Api): void {
  api.onRepo('get', '/issues', 'issues.read', listIssues);
  api.onRepo('post', '/issues', 'issue.create', createIssue);
  api.onRepo('get', '/issues/:number', 'metadata.read', (call) =>
    onIssue(call, 'read', (issue) => ok(call.state.present.fullIssue(call.repo, issue))),
  );
  api.onRepo('patch', '/issues/:number', 'metadata.read', (call) =>
    onIssue(call, 'write', (issue, by) => edit(call, issue, by)),
  );

  for (const [method, locked] of [
    ['put', true],
    ['delete', false],
  ] as const) {
    api.onRepo(method, '/issues/:number/lock', 'metadata.read', (call) =>
      onIssue(call, 'write', (issue, by) => {
        const reason = text(json(call), 'lock_reason') ?? null;
        return call.state.issues.setLocked(by, call.repo, issue, locked, reason) ?? noContent();
      }),
    );
  }

  api.onRepo('get', '/issues/:number/events', 'metadata.read', (call) =>
    onIssue(call, 'read', (issue) => {
      const { items, headers } = page(call, issue.timeline);
      return ok(
        items.map((item) => call.state.present.issueEvent(call.repo, item)),
        headers,
      );
    }),
  );
  api.onRepo('get', '/issues/:number/timeline', 'metadata.read', (call) =>
    onIssue(call, 'read', (issue) => {
      const { items, headers } = page(call, call.state.present.timeline(call.repo, issue));
      return ok(items, headers);
    }),
  );

  issueLabels(api);
  repoLabels(api);
}

function issueLabels(api: Api): void {
  api.onRepo('get', '/issues/:number/labels', 'metadata.read', (call) =>
    onIssue(call, 'read', (issue) => {
      const { items, headers } = page(call, call.state.present.labels(call.repo, issue));
      return ok(items, headers);
    }),
  );

  for (const [method, change] of [
    ['post', 'addLabels'],
    ['put', 'setLabels'],
  ] as const) {
    api.onRepo(method, '/issues/:number/labels', 'metadata.read', (call) =>
      onIssue(call, 'write', (issue, by) => {
        const wanted = names(Array.isArray(call.body) ? call.body : json(call)['labels']);
        return (
          call.state.issues[change](by, call.repo, issue, wanted) ??
          ok(call.state.present.labels(call.repo, issue))
        );
      }),
    );
  }

  api.onRepo('delete', '/issues/:number/labels', 'metadata.read', (call) =>
    onIssue(
      call,
      'write',
      (issue, by) => call.state.issues.setLabels(by, call.repo, issue, []) ?? noContent(),
    ),
  );

  api.onRepo('delete', '/issues/:number/labels/*name', 'metadata.read', (call) =>
    onIssue(call, 'write', (issue, by) => {
      const no = call.state.issues.removeLabel(by, call.repo, issue, call.params['name'] ?? '');
      return no ?? ok(call.state.present.labels(call.repo, issue));
    }),
  );
}

function repoLabels(api: Api): void {
  api.onRepo('get', '/labels', 'labels.read', (call) => {
    const { items, headers } = page(call, [...call.repo.labels.values()]);
    return ok(
      items.map((label) => call.state.present.label(call.repo, label)),
      headers,
    );
  });

  api.onRepo('post', '/labels', 'labels.write', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const given = json(call);
    const label = call.state.issues.createLabel(
      by,
      call.repo,
      text(given, 'name') ?? '',
      text(given, 'color'),
      text(given, 'description') ?? null,
    );
    return isFailure(label) ? label : created(call.state.present.label(call.repo, label));
  });

  api.onRepo('get', '/labels/*name', 'labels.read', (call) => {
    const label = call.repo.labels.get((call.params['name'] ?? '').toLowerCase());
    return label ? ok(call.state.present.label(call.repo, label)) : notFound();
  });

  api.onRepo('patch', '/labels/*name', 'labels.write', (call) => {
    const label = call.repo.labels.get((call.params['name'] ?? '').toLowerCase());
    if (!label) return notFound();
    const given = json(call);
    const color = text(given, 'color');
    if (color !== undefined && !/^[0-9a-f]{6}$/i.test(color))
      return fail(422, 'Validation Failed', ['color']);
    label.color = color ?? label.color;
    label.description = text(given, 'description') ?? label.description;
    call.state.touch();
    return ok(call.state.present.label(call.repo, label));
  });

  api.onRepo('delete', '/labels/*name', 'labels.write', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    return call.state.issues.deleteLabel(by, call.repo, call.params['name'] ?? '') ?? noContent();
  });
}

/** Finds the issue of the path; reading asks here, writing in the mutation. */
export function onIssue(
  call: RepoCall,
  kind: 'read' | 'write',
  handler: (issue: Issue, by: Signed) => Answer | Failure | Promise<Answer | Failure>,
): Answer | Failure | Promise<Answer | Failure> {
  const issue = call.repo.issues.get(wholeNumber(call.params['number']));
  if (kind === 'read') {
    const no = call.state.repos.refuse(call.actor, call.repo, issue?.pull ? 'pull.talk-read' : 'issues.read');
    if (no) return no;
    // The actor is not used by readers.
    return issue ? (issuesOff(call.repo, issue) ?? handler(issue, call.actor as Signed)) : goneIssue(call);
  }
  const by = signed(call);
  if (isFailure(by)) return by;
  return issue ? (issuesOff(call.repo, issue) ?? handler(issue, by)) : goneIssue(call);
}

/** No issue of this number: never, deleted, or elsewhere. */
export function goneIssue(call: RepoCall): Failure {
  const number = wholeNumber(call.params['number']);
  const rest = call.url.pathname.split(`/issues/${number}`)[1] ?? '';
  return call.state.fates.answer(call.actor, call.repo, number, rest);
}

function createIssue(call: RepoCall): Answer | Failure {
  const by = signed(call);
  if (isFailure(by)) return by;
  const given = json(call);
  const title = given['title'];
  if (typeof title !== 'string' && typeof title !== 'number')
    return fail(422, `Invalid request.\n\n"title" wasn't supplied.`);
  const issue = call.state.issues.create(by, call.repo, {
    title: String(title),
    body: text(given, 'body') ?? null,
    labels: names(given['labels']),
    assignees: [...names(given['assignees']), ...names([given['assignee']])],
  });
  return isFailure(issue) ? issue : created(call.state.present.fullIssue(call.repo, issue));
}

function edit(call: RepoCall, issue: Issue, by: Signed): Answer | Failure {
  const given = json(call);
  const state = given['state'];
  if (state !== undefined && state !== 'open' && state !== 'closed')
    return invalid({ resource: 'Issue', field: 'state', code: 'invalid' });
  const change: IssueChange = {
    title: text(given, 'title'),
    body: given['body'] === null ? null : text(given, 'body'),
    state,
    stateReason: (text(given, 'state_reason') as IssueChange['stateReason']) ?? null,
    labels: given['labels'] === undefined ? undefined : names(given['labels']),
    assignees: given['assignees'] === undefined ? undefined : names(given['assignees']),
  };
  const no = call.state.issues.edit(by, call.repo, issue, change);
  return no ?? ok(call.state.present.fullIssue(call.repo, issue));
}

function listIssues(call: RepoCall): Answer | Failure {
  const off = issuesOff(call.repo);
  if (off) return off;
  const list = filterIssues(call.repo, {
    state: call.query.get('state') ?? 'open',
    labels: call.query.get('labels')?.split(',').filter(Boolean) ?? [],
    since: call.query.get('since') ?? undefined,
    creator: call.state.people.user(call.query.get('creator') ?? '')?.id,
    assignee: call.state.people.user(call.query.get('assignee') ?? '')?.id,
  });
  const key = call.query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const order = call.query.get('direction') === 'asc' ? 1 : -1;
  list.sort((a, b) => order * (a[key] - b[key] || a.number - b.number));
  const { items, headers } = page(call, list);
  return ok(
    items.map((issue) => call.state.present.issue(call.repo, issue)),
    headers,
  );
}

/** Pull requests are issues here too. */
export function filterIssues(
  repo: Repo,
  filter: { state: string; labels?: readonly string[]; since?: string; creator?: number; assignee?: number },
): Issue[] {
  const since = filter.since ? Date.parse(filter.since) : Number.NEGATIVE_INFINITY;
  return [...repo.issues.values()].filter(
    (issue) =>
      (filter.state === 'all' || issue.state === filter.state) &&
      (filter.labels ?? []).every((name) => issue.labels.includes(name.trim().toLowerCase())) &&
      issue.updatedAt >= since &&
      (filter.creator === undefined || issue.user === filter.creator) &&
      (filter.assignee === undefined || issue.assignees.includes(filter.assignee)),
  );
}
