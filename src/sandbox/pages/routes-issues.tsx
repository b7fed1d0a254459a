/** Issues and pull requests: pages and what their forms do. */
import { turned } from './boxes.ts';
import { IssueList, IssuePage, PullList } from './issues.tsx';
import type { Pages, Visit } from './pages.ts';
import type { CheckRun, Happening, Issue, Label, Pull, Repository, Review, User } from './shapes.ts';

const PAGE = 100;
const STATES = ['open', 'closed', 'all'];

export function repoOf(visit: Visit): string {
  const { owner, repo } = visit.request.params as { owner: string; repo: string };
  return `${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;
}

function field(visit: Visit, name: string): string {
  const value = (visit.request.body as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}

export function issuePages(add: Pages): void {
  add.get('/:owner/:repo/issues', async (visit) => {
    const repo = repoOf(visit);
    const asked = String(visit.request.query['state'] ?? 'open');
    const state = STATES.includes(asked) ? asked : 'open';
    const label = typeof visit.request.query['label'] === 'string' ? visit.request.query['label'] : undefined;
    const filter = label ? `&labels=${encodeURIComponent(label)}` : '';
    const issues = await visit.api.find<Issue[]>(
      `/repos/${repo}/issues?state=${state}&per_page=100${filter}`,
    );
    if (!issues) return visit.notFound();
    const plain = issues.filter((issue) => !issue.pull_request);
    visit.show(
      <IssueList
        view={visit.view}
        repo={decodeURIComponent(repo)}
        issues={plain}
        state={state}
        label={label}
      />,
    );
  });
  add.get('/:owner/:repo/issues/:number', thread);
  add.get('/:owner/:repo/pull/:number', thread);
  add.post('/:owner/:repo/issues/:number/comment', async (visit) =>
    visit.done(await visit.api.send('POST', `${issuePath(visit)}/comments`, { body: field(visit, 'body') })),
  );
  add.post('/:owner/:repo/issues/:number/edit', async (visit) =>
    visit.done(
      await visit.api.send('PATCH', issuePath(visit), {
        body: field(visit, 'body').replaceAll('\r\n', '\n'),
      }),
    ),
  );
  add.post('/:owner/:repo/issues/:number/tick', async (visit) => {
    const body = (await visit.api.find<Issue>(issuePath(visit)))?.body ?? '';
    const now = turned(body, Number(field(visit, 'box')));
    visit.done(
      now === undefined
        ? { status: 422, data: { message: 'There is no such box any more.' } }
        : await visit.api.send('PATCH', issuePath(visit), { body: now }),
    );
  });
  add.post('/:owner/:repo/issues/:number/state', async (visit) =>
    visit.done(await visit.api.send('PATCH', issuePath(visit), { state: field(visit, 'state') })),
  );
  add.post('/:owner/:repo/issues/:number/label', async (visit) => {
    const name = field(visit, 'name');
    const path = `${issuePath(visit)}/labels`;
    visit.done(
      field(visit, 'on')
        ? await visit.api.send('POST', path, { labels: [name] })
        : await visit.api.send('DELETE', `${path}/${encodeURIComponent(name)}`),
    );
  });
  add.post('/:owner/:repo/issues/:number/assignee', async (visit) => {
    const method = field(visit, 'on') ? 'POST' : 'DELETE';
    const body = { assignees: [field(visit, 'login')] };
    visit.done(await visit.api.send(method, `${issuePath(visit)}/assignees`, body));
  });
  add.get('/:owner/:repo/pulls', async (visit) => {
    const repo = repoOf(visit);
    const pulls = await visit.api.find<Pull[]>(`/repos/${repo}/pulls?state=all&per_page=100`);
    if (!pulls) return visit.notFound();
    visit.show(<PullList view={visit.view} repo={decodeURIComponent(repo)} pulls={pulls} />);
  });
  add.post('/:owner/:repo/pulls', async (visit) => {
    const repo = repoOf(visit);
    const base = (await visit.api.find<Repository>(`/repos/${repo}`))?.default_branch ?? 'main';
    const made = await visit.api.send<Pull>('POST', `/repos/${repo}/pulls`, {
      title: field(visit, 'title'),
      head: field(visit, 'head'),
      base,
    });
    visit.done(made, `/${decodeURIComponent(repo)}/pull/${made.data.number}`);
  });
  add.post('/:owner/:repo/pull/:number/review', async (visit) =>
    visit.done(
      await visit.api.send('POST', `/repos/${repoOf(visit)}/pulls/${number(visit)}/reviews`, {
        event: field(visit, 'event'),
        body: field(visit, 'body'),
      }),
    ),
  );
  add.post('/:owner/:repo/pull/:number/merge', async (visit) =>
    visit.done(await visit.api.send('PUT', `/repos/${repoOf(visit)}/pulls/${number(visit)}/merge`, {})),
  );
}

async function thread(visit: Visit): Promise<void> {
  const repo = repoOf(visit);
  const [issue, happenings, repoLabels, assignable] = await Promise.all([
    visit.api.find<Issue>(issuePath(visit)),
    history(visit),
    visit.api.find<Label[]>(`/repos/${repo}/labels?per_page=100`),
    visit.api.find<User[]>(`/repos/${repo}/assignees?per_page=100`),
  ]);
  if (!issue) return visit.notFound();
  const pull = issue.pull_request
    ? await visit.api.find<Pull>(`/repos/${repo}/pulls/${issue.number}`)
    : undefined;
  const reviews = pull
    ? await visit.api.find<Review[]>(`/repos/${repo}/pulls/${issue.number}/reviews?per_page=100`)
    : undefined;
  const checks = pull && (await checksOf(visit, repo, pull.head.sha));
  visit.show(
    <IssuePage
      view={visit.view}
      repo={decodeURIComponent(repo)}
      issue={issue}
      happenings={happenings}
      assignable={assignable ?? []}
      repoLabels={repoLabels ?? []}
      pull={pull && { pull, checks: checks ?? [], reviews: reviews ?? [] }}
    />,
  );
}

/** The whole timeline, page by page. */
async function history(visit: Visit): Promise<Happening[]> {
  const all: Happening[] = [];
  for (let page = 1; ; page += 1) {
    const path = `${issuePath(visit)}/timeline?per_page=${PAGE}&page=${page}`;
    const some = (await visit.api.find<Happening[]>(path)) ?? [];
    all.push(...some);
    if (some.length < PAGE) return all;
  }
}

export async function checksOf(visit: Visit, repo: string, ref: string): Promise<CheckRun[]> {
  const found = await visit.api.find<{ check_runs: CheckRun[] }>(
    `/repos/${repo}/commits/${encodeURIComponent(ref)}/check-runs?per_page=100`,
  );
  return found?.check_runs ?? [];
}

function number(visit: Visit): number {
  return Number.parseInt(String(visit.request.params['number']), 10) || 0;
}

const issuePath = (visit: Visit): string => `/repos/${repoOf(visit)}/issues/${number(visit)}`;
