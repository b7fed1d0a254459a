/** `/workspaces/<name>`: a branch on which a project works, under a name that stays. */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import { workspacePage, type WorkspacePage } from '../../src/record/record.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { PublicationTable, ReleaseTable } from './lists.tsx';
import { Scroll, titleOf } from './parts.tsx';
import { pageHead, ProjectLink, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import { RequestTable } from './requests.tsx';
import type { SitePages } from './visit.tsx';

export function workspacePages(add: SitePages, { deps }: RecordSite): void {
  add.open('/workspaces/:name', async (visit) => {
    const page = await workspacePage(deps, String(visit.request.params['name']));
    if (!page) return visit.notFound();
    const governance = deps.governance();
    const path = `/workspaces/${encodeURIComponent(page.name)}`;
    visit.show({
      title: page.name,
      about: { projects: [page.project] },
      head: pageHead({
        origin: deps.origin,
        path,
        title: `Workspace ${page.name}`,
        about: `${ABOUT} Of ${titleOf(governance, page.project)}.`,
        site: siteName(governance),
      }),
      body: <OneWorkspace page={page} governance={governance} github={deps.github} />,
    });
  });
}

const ABOUT = 'A branch on which a project works: what was asked to run of it, released and published.';

function OneWorkspace(props: {
  page: WorkspacePage;
  governance: Governance | undefined;
  github: string;
}): VNode {
  const { page, governance, github } = props;
  const { name, project, place, archived, createdAt, purpose, firstRunAt } = page;
  const { requests, releases, publications } = page;
  const repository = `${place.owner}/${place.repository}`;
  return (
    <>
      <PageHead title={name} about={ABOUT} />
      <dl class="sp-facts" data-testid="facts">
        <dt>Project</dt>
        <dd>
          {titleOf(governance, project)} (<ProjectLink id={project} />)
        </dd>
        <dt>Code</dt>
        <dd>
          {place.owner ? (
            <a href={`${github}/${repository}/tree/${encodeURI(place.branch)}`}>{repository}</a>
          ) : (
            'a repository'
          )}
          , branch {place.branch}
        </dd>
        {purpose === null ? null : (
          <>
            <dt>Purpose</dt>
            <dd>{purpose}</dd>
          </>
        )}
        <dt>State</dt>
        <dd>{archived ? 'archived: nothing is asked for or released any more' : 'in use'}</dd>
        <dt>Known since</dt>
        <dd>
          <TimeOf at={createdAt} />
        </dd>
        <dt>First run on real data</dt>
        <dd>{firstRunAt === null ? 'not yet' : <TimeOf at={firstRunAt} />}</dd>
      </dl>
      <h2 class="f4 mb-2">Requests</h2>
      {requests.length > 0 ? (
        <>
          <Scroll label="Requests, newest first">
            <RequestTable requests={requests} governance={governance} />
          </Scroll>
          <p>
            <a href={`/requests?workspace=${encodeURIComponent(name)}`}>All requests of this workspace</a>
          </p>
        </>
      ) : (
        <p>Nothing was asked to run yet.</p>
      )}
      {releases.length > 0 ? (
        <>
          <h2 class="f4 mb-2">Releases</h2>
          <ReleaseTable releases={releases} governance={governance} />
        </>
      ) : null}
      {publications.length > 0 ? (
        <>
          <h2 class="f4 mb-2">Published</h2>
          <PublicationTable publications={publications} />
        </>
      ) : null}
    </>
  );
}
