/** `/requests/<id>` and `/jobs/<id>`: one request or job, at an address that stays. */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import {
  jobPage,
  requestPage,
  recordWords,
  type About,
  type Before,
  type JobPage,
  type LedgerLine,
  type RequestPage,
  type ShownJob,
} from '../../src/record/record.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { WorkspaceLink } from './lists.tsx';
import { Table } from './parts.tsx';
import { Graph } from './graph.tsx';
import {
  BackendLink,
  pageHead,
  PersonLink,
  ProjectLink,
  siteName,
  spanText,
  StateOf,
} from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages } from './visit.tsx';

export function onePages(add: SitePages, { deps }: RecordSite): void {
  add.open('/requests/:id', async (visit) => {
    const page = await requestPage(deps, String(visit.request.params['id']));
    if (!page) return visit.notFound();
    const governance = deps.governance();
    visit.show({
      title: `Request ${page.id}`,
      about: aboutOf(page),
      head: pageHead({
        origin: deps.origin,
        path: `/requests/${page.id}`,
        title: recordWords.titleOf(page),
        about: recordWords.aboutRequest(page),
        site: siteName(governance),
      }),
      body: <OneRequest page={page} governance={governance} github={deps.github} />,
    });
  });

  add.open('/jobs/:id', async (visit) => {
    const page = await jobPage(deps, String(visit.request.params['id']));
    if (!page) return visit.notFound();
    const governance = deps.governance();
    visit.show({
      title: `Job ${page.job.action}`,
      about: aboutOf(page.request),
      head: pageHead({
        origin: deps.origin,
        path: `/jobs/${page.job.id}`,
        title: `Job ${page.job.action}: ${page.job.words}`,
        about: recordWords.aboutRequest(page.request),
        site: siteName(governance),
      }),
      body: <OneJob page={page} governance={governance} />,
    });
  });
}

const aboutOf = ({ project, backend }: RequestPage): About => ({
  projects: project === null ? [] : [project],
  backends: backend === null ? [] : [backend],
});

interface Seen {
  governance: Governance | undefined;
}

function OneRequest({ page, governance, github }: Seen & { page: RequestPage; github: string }): VNode {
  return (
    <>
      <PageHead title={`Request ${page.id}`} about={recordWords.aboutRequest(page)} />
      <Facts page={page} governance={governance} github={github} />
      {page.jobList.length > 0 ? (
        <>
          <h2 class="f4 mb-2">Jobs</h2>
          <Graph
            label={`What the ${page.jobList.length} jobs of this request need of each other`}
            nodes={page.jobList.map(({ id, action, state, needs }) => ({ id, label: action, state, needs }))}
          />
          <Jobs jobs={page.jobList} />
        </>
      ) : null}
      <Entries entries={page.entries} />
    </>
  );
}

function Facts({ page, governance, github }: Seen & { page: RequestPage; github: string }): VNode {
  const { place, links, before, succeededBefore } = page;
  return (
    <dl class="sp-facts" data-testid="facts">
      <dt>State</dt>
      <dd>
        <StateOf state={page.state} />
        {page.kind === 'dummy' ? ' on dummy data' : ''}
        {page.refusal ? <code class="ml-2">{page.refusal}</code> : null}
      </dd>
      <dt>Asked for by</dt>
      <dd>
        <PersonLink person={page.person} />, <TimeOf at={page.createdAt} />
      </dd>
      <dt>Project</dt>
      <dd>
        <ProjectLink id={page.project} />
      </dd>
      <dt>Backend</dt>
      <dd>
        <BackendLink id={page.backend} governance={governance} />
      </dd>
      {place && links ? (
        <>
          <dt>Code</dt>
          <dd>
            <a href={links.commit}>
              {place.owner}/{place.repository} at <code>{place.commit.slice(0, 12)}</code>
            </a>
            , branch {place.branch}
          </dd>
          <dt>On GitHub</dt>
          <dd>
            {links.issue ? <a href={links.issue}>issue or pull request</a> : 'a push'}
            {links.check ? (
              <>
                {', '}
                <a href={links.check}>check run</a>
              </>
            ) : null}
          </dd>
        </>
      ) : null}
      {page.workspace ? (
        <>
          <dt>Workspace</dt>
          <dd>
            <WorkspaceLink name={page.workspace} />
          </dd>
        </>
      ) : null}
      {page.queue ? (
        <>
          <dt>In the queue</dt>
          <dd data-testid="queue">{queueText(page.queue)}</dd>
        </>
      ) : null}
      {page.silentSince === null ? null : (
        <>
          <dt>Silence</dt>
          <dd data-testid="silent">
            <span class="Label Label--danger">no news</span> from where it runs since{' '}
            <TimeOf at={page.silentSince} />
          </dd>
        </>
      )}
      {page.startedAt ? (
        <>
          <dt>Started</dt>
          <dd>
            <TimeOf at={page.startedAt} />
          </dd>
        </>
      ) : null}
      {page.completedAt ? (
        <>
          <dt>Ended</dt>
          <dd>
            <TimeOf at={page.completedAt} />, after {spanText(page.completedAt - page.createdAt)}
          </dd>
        </>
      ) : null}
      {page.forced ? (
        <>
          <dt>Asked for</dt>
          <dd>with everything it needs, also what had succeeded</dd>
        </>
      ) : null}
      {before && place ? (
        <>
          <dt>Before it</dt>
          <dd data-testid="before">
            <Compared before={before} place={place} github={github} />
          </dd>
        </>
      ) : null}
      {succeededBefore && place && succeededBefore.id !== before?.id ? (
        <>
          <dt>Last that succeeded</dt>
          <dd data-testid="succeeded-before">
            <Compared before={succeededBefore} place={place} github={github} />
          </dd>
        </>
      ) : null}
      {page.policy ? (
        <>
          <dt>Policy</dt>
          <dd>
            <code>{page.policy.slice(0, 12)}</code>
          </dd>
        </>
      ) : null}
    </dl>
  );
}

function queueText({ ahead, usuallyMs }: NonNullable<RequestPage['queue']>): string {
  const first =
    ahead === 0 ? 'next at its backend' : `${ahead} ${ahead === 1 ? 'request' : 'requests'} before it`;
  return usuallyMs === null
    ? `${first}; how long it takes is not known: not all of its actions have succeeded here before`
    : `${first}; what is left has usually taken ${spanText(usuallyMs)}`;
}

/** Another request of the workspace: how it ended, how long it took, and what is different in the code. */
function Compared(props: {
  before: Before;
  place: NonNullable<RequestPage['place']>;
  github: string;
}): VNode {
  const { before, place, github } = props;
  const { id, commit, state, took } = before;
  const compare = `${github}/${place.owner}/${place.repository}/compare/${commit}...${place.commit}`;
  return (
    <>
      <a href={`/requests/${id}`}>{id}</a> <StateOf state={state} />
      {took === null ? '' : ` after ${spanText(took)}`},{' '}
      {commit === place.commit ? 'of the same commit' : <a href={compare}>what changed in the code since</a>}
    </>
  );
}

function Jobs({ jobs }: { jobs: readonly ShownJob[] }): VNode {
  return (
    <Table
      label="Jobs"
      name="jobs"
      heads={[['Action', 'name'], ['State'], ['Started', 'short'], ['Took', 'short']]}
    >
      {jobs.map((job) => (
        <tr>
          <td class="sp-name">
            <a href={`/jobs/${job.id}`}>{job.action}</a>
          </td>
          <td>{job.words}</td>
          <td class="sp-short">{job.startedAt ? <TimeOf at={job.startedAt} /> : ''}</td>
          <td class="sp-short">{tookOf(job)}</td>
        </tr>
      ))}
    </Table>
  );
}

const tookOf = ({ startedAt, completedAt }: ShownJob): string =>
  startedAt && completedAt ? spanText(completedAt - startedAt) : '';

function Entries({ entries }: { entries: readonly LedgerLine[] }): VNode | null {
  if (entries.length === 0) return null;
  return (
    <>
      <h2 class="f4 mb-2">In the ledger</h2>
      <ul class="ml-4 mb-3" data-testid="entries">
        {entries.map(({ place, time, type, event }) => (
          <li>
            <TimeOf at={Date.parse(time)} />:{' '}
            {place === null ? `${type} ${event}` : <a href={`/ledger/${place}`}>{`${type} ${event}`}</a>}
            {place === null ? ' (takes its place within seconds)' : ''}
          </li>
        ))}
      </ul>
    </>
  );
}

function OneJob({ page: { job, request }, governance }: Seen & { page: JobPage }): VNode {
  const nameOf = (id: string): string => request.jobList.find((each) => each.id === id)?.action ?? id;
  return (
    <>
      <PageHead title={`Job ${job.action}`} about={recordWords.aboutRequest(request)} />
      <dl class="sp-facts" data-testid="facts">
        <dt>State</dt>
        <dd>{job.words}</dd>
        <dt>Request</dt>
        <dd>
          <a href={`/requests/${request.id}`}>{request.id}</a>
        </dd>
        <dt>Project</dt>
        <dd>
          <ProjectLink id={request.project} />
        </dd>
        <dt>Backend</dt>
        <dd>
          <BackendLink id={request.backend} governance={governance} />
        </dd>
        <dt>Runs</dt>
        <dd>
          <code>{job.run}</code>
        </dd>
        {job.needs.length > 0 ? (
          <>
            <dt>Needs</dt>
            <dd>
              {job.needs.map((id, at) => (
                <>
                  {at > 0 ? ', ' : ''}
                  <a href={`/jobs/${id}`}>{nameOf(id)}</a>
                </>
              ))}
            </dd>
          </>
        ) : null}
        <dt>Asked for</dt>
        <dd>
          <TimeOf at={job.createdAt} />
        </dd>
        {job.startedAt ? (
          <>
            <dt>Started</dt>
            <dd>
              <TimeOf at={job.startedAt} />
              {job.attempts > 1 ? `, at attempt ${job.attempts}` : ''}
            </dd>
          </>
        ) : null}
        {job.completedAt ? (
          <>
            <dt>Ended</dt>
            <dd>
              <TimeOf at={job.completedAt} />
              {job.startedAt ? `, after ${tookOf(job)}` : ''}
            </dd>
          </>
        ) : null}
      </dl>
      <Entries entries={request.entries} />
    </>
  );
}
