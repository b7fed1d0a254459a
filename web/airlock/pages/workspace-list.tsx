/** Workspaces that somebody may look into: their own, those they co-pilot, and the others; searched while they type. */
import type { VNode } from 'preact';
import type { WorkspaceSummary } from '../../../agent/airlock/face.ts';
import { Blank, Heading } from '../shell/frame.tsx';
import { StateLabel, Time } from '../shell/marks.tsx';
import { requestAt, treeAt } from './addresses.ts';

const PARTS = [
  ['member', 'Yours'],
  ['copilot', 'Co-piloted: to look at'],
  ['viewer', 'Of others: to look at'],
] as const satisfies readonly (readonly [WorkspaceSummary['as'], string])[];

export function WorkspacesPage(props: {
  workspaces: readonly WorkspaceSummary[];
  search: string;
  reading: boolean;
}): VNode {
  const { workspaces, search, reading } = props;
  const found = workspaces.filter((each) => matches(each, search));
  const parts = PARTS.map(([as, title]) => ({ title, own: found.filter((each) => each.as === as) }));
  return (
    <>
      <Heading title="Workspaces" note="One per repository branch whose jobs ran in this zone." />
      <form method="get" action="/workspaces" role="search" class="va-tools" data-search>
        <label class="sr-only" for="search">
          Search workspaces
        </label>
        <input
          class="form-control va-grow"
          type="search"
          id="search"
          name="search"
          value={search}
          maxLength={200}
          placeholder="Part of a workspace, project, organisation, repository or branch"
        />
        <button class="btn" type="submit">
          Search
        </button>
        <span class="color-fg-muted" role="status" data-live="count" data-testid="count">
          {search === '' ? workspaces.length : `${found.length} of ${workspaces.length}`}{' '}
          {workspaces.length === 1 ? 'workspace' : 'workspaces'}
        </span>
      </form>
      <div data-live="workspaces">
        {found.length === 0 ? (
          <None search={search} reading={reading} />
        ) : (
          <>
            <Reading reading={reading} />
            {parts
              .filter(({ own }) => own.length > 0)
              .map(({ title, own }) => (
                <section class="mb-5" aria-label={title}>
                  <h2 class="h4 mb-2">
                    {title} <span class="Counter">{own.length}</span>
                  </h2>
                  <Projects workspaces={own} />
                </section>
              ))}
          </>
        )}
      </div>
    </>
  );
}

/** Below a heading of the page that shows them. */
export function WorkspaceList(props: { workspaces: readonly WorkspaceSummary[]; reading: boolean }): VNode {
  const { workspaces, reading } = props;
  if (workspaces.length === 0) return <None search="" reading={reading} />;
  return (
    <>
      <Reading reading={reading} />
      <Projects workspaces={workspaces} />
    </>
  );
}

/** Every word somewhere in what names it, in any case. */
export function matches(workspace: WorkspaceSummary, search: string): boolean {
  const { name, project, projectTitle, organisation, repository, branch } = workspace;
  const named = [name, project, projectTitle, organisation, repository, branch].join('\n').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => named.includes(word));
}

function None({ search, reading }: { search: string; reading: boolean }): VNode {
  if (search !== '') {
    return (
      <Blank title="Nothing found">
        No workspace that you may look into is called “{search}”. Try a shorter part, or{' '}
        <a href="/workspaces">see all</a>.
      </Blank>
    );
  }
  return (
    <Blank title={reading ? 'Workspaces are being read' : 'No workspace to show'}>
      {reading ? 'Come back in some seconds. ' : ''}A workspace appears when a job of your project has run
      here. Ask the project's lead for the role developer if you should see one.
    </Blank>
  );
}

function Reading({ reading }: { reading: boolean }): VNode | null {
  return reading ? <p class="flash mb-3">Big workspaces are being read; they come in some seconds.</p> : null;
}

function Projects({ workspaces }: { workspaces: readonly WorkspaceSummary[] }): VNode {
  const projects = [...new Set(workspaces.map(({ project }) => project))];
  return (
    <>
      {projects.map((project) => {
        const own = workspaces.filter((each) => each.project === project);
        return (
          <section class="Box mb-3" data-testid="workspaces">
            <h3 class="Box-header Box-title">
              {own[0]?.projectTitle}{' '}
              <span class="color-fg-muted text-normal">
                {project} · {own[0]?.organisation}
              </span>
            </h3>
            <ul>
              {own.map((each) => (
                <Row workspace={each} />
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

function Row({ workspace }: { workspace: WorkspaceSummary }): VNode {
  const { name, as, archived, ongoing, repository, branch, changedAt, active } = workspace;
  return (
    <li class="Box-row d-flex flex-items-center va-gap">
      <div class="va-grow">
        <a class="text-bold" href={treeAt(name, {})}>
          {name}
        </a>{' '}
        {as === 'member' ? null : <span class="Label Label--secondary">view only</span>}{' '}
        {archived ? <span class="Label Label--secondary">archived</span> : null}
        {ongoing ? null : <span class="Label Label--secondary">project closed</span>}
        <div class="text-small color-fg-muted">
          {repository} · {branch}
          {changedAt !== null ? (
            <>
              {' '}
              · changed <Time at={changedAt} />
            </>
          ) : null}
        </div>
      </div>
      {active ? (
        <a href={requestAt(active.id)}>
          <StateLabel state={active.state} />
        </a>
      ) : null}
      <a class="btn btn-sm" href={treeAt(name, {})} aria-label={`Open ${name}`}>
        Open
      </a>
    </li>
  );
}
