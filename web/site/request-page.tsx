/** `/requests/<id>` and `/jobs/<id>`: one request or job, at an address that stays. */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import {
  jobPage,
  requestPage,
  recordWords,
  type JobPage,
  type LedgerLine,
  type RequestPage,
  type ShownJob,
} from '../../src/record/record.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { Heads, Scroll } from './parts.tsx';
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
  const { place, links, before } = page;
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
          <dd>{page.workspace}</dd>
        </>
      ) : null}
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
          <dd>
            <a href={`/requests/${before.id}`}>{before.id}</a>
            {before.commit === place.commit ? (
              ', of the same commit'
            ) : (
              <>
                {', '}
                <a
                  href={`${github}/${place.owner}/${place.repository}/compare/${before.commit}...${place.commit}`}
                >
                  what changed in the code
                </a>
              </>
            )}
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

function Jobs({ jobs }: { jobs: readonly ShownJob[] }): VNode {
  return (
    <Scroll label="Jobs">
      <table class="sp-table" data-testid="jobs">
        <Heads of={[['Action', 'name'], ['State'], ['Started', 'short'], ['Took', 'short']]} />
        <tbody>
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
        </tbody>
      </table>
    </Scroll>
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
              {job.attempts > 1 ? `, at the ${job.attempts}. attempt` : ''}
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
