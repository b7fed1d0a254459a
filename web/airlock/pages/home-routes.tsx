/** The start page, the list of workspaces and the list of requests. */
import type { VNode } from 'preact';
import type { Queue, RequestRow, WorkspaceSummary } from '../../../agent/airlock/face.ts';
import { STATES, type State } from '../../../src/release/types.ts';
import type { Pages, Visit, ViewerParts } from '../parts.ts';
import { Blank, Heading } from '../shell/frame.tsx';
import { StateLabel, Time } from '../shell/marks.tsx';
import { STATE_LABELS } from '../words.ts';
import { editAt, requestAt, requestsAt } from './addresses.ts';
import { WorkspaceList, WorkspacesPage } from './workspace-list.tsx';

export function homeRoutes(pages: Pages, { room }: ViewerParts): void {
  pages.get('/', async (visit) => {
    const { id } = visit.person;
    const isChecker = visit.roles.includes('checker');
    const [workspaces, requests, queue] = await Promise.all([
      room.workspaces(id),
      room.requestsOf(id, { states: OPEN }),
      isChecker ? room.queue(id) : undefined,
    ]);
    const body = <Home {...{ visit, workspaces, requests, queue }} reading={room.reading()} />;
    visit.show({ title: 'Start', body });
  });
  pages.get('/workspaces', async (visit) => {
    const workspaces = await room.workspaces(visit.person.id);
    const search = String(visit.request.query['search'] ?? '').trim();
    const body = <WorkspacesPage {...{ workspaces, search }} reading={room.reading()} />;
    visit.show({ title: 'Workspaces', scripts: ['list'], body });
  });
  pages.get('/requests', async (visit) => {
    const wanted = String(visit.request.query['state'] ?? '');
    const state = STATES.find((each) => each === wanted);
    const workspace = String(visit.request.query['workspace'] ?? '') || undefined;
    const filter = { ...(workspace && { workspace }), ...(state && { states: [state] }) };
    const requests = await room.requestsOf(visit.person.id, filter);
    visit.show({ title: 'Requests', body: <Requests {...{ visit, requests, state, workspace }} /> });
  });
}

const OPEN: readonly State[] = [
  'draft',
  'submitted',
  'reviewing',
  'consolidating',
  'returned',
  'approved',
  'releasing',
];

function Home(props: {
  visit: Visit;
  workspaces: readonly WorkspaceSummary[];
  requests: readonly RequestRow[];
  queue: Queue | undefined;
  reading: boolean;
}): VNode {
  const { visit, workspaces, requests, queue, reading } = props;
  const own = workspaces.filter((each) => each.as === 'member');
  return (
    <>
      <h1 class="sr-only">Start</h1>
      {queue ? <Waiting queue={queue} /> : null}
      <section class="mb-5" aria-labelledby="open">
        <div class="va-heading">
          <h2 class="h3 va-grow" id="open">
            Open requests
          </h2>
          <a href="/requests">All requests</a>
        </div>
        {requests.length === 0 ? (
          <Blank title="No open request">
            Pick files in a workspace and add them to a new request: that is how results leave this zone.
          </Blank>
        ) : (
          <RequestList requests={requests} me={visit.person.id} />
        )}
      </section>
      <section aria-labelledby="workspaces">
        <div class="va-heading">
          <h2 class="h3 va-grow" id="workspaces">
            {own.length > 0 ? 'Your workspaces' : 'Workspaces'}
          </h2>
          {own.length < workspaces.length ? (
            <a href="/workspaces">All {workspaces.length} workspaces</a>
          ) : null}
        </div>
        <WorkspaceList workspaces={own.length > 0 ? own : workspaces} reading={reading} />
      </section>
    </>
  );
}

function Waiting({ queue }: { queue: Queue }): VNode {
  const todo = queue.mine.filter(({ progress }) => progress?.signed !== true).length;
  return (
    <section class="mb-5" aria-labelledby="reviews">
      <h2 class="h3 mb-2" id="reviews">
        Your reviews
      </h2>
      <p class="Box p-3 d-flex flex-items-center va-gap">
        <span class="va-grow">
          {todo === 0
            ? 'Nothing waits for you.'
            : `${todo} ${todo === 1 ? 'request waits' : 'requests wait'} for your review.`}{' '}
          {queue.open.length > 0 ? `${queue.open.length} could be claimed.` : ''}
        </span>
        <a class={`btn ${todo > 0 ? 'btn-primary' : ''}`} href="/reviews">
          Open the queue
        </a>
      </p>
    </section>
  );
}

function Requests(props: {
  visit: Visit;
  requests: readonly RequestRow[];
  state: State | undefined;
  workspace: string | undefined;
}): VNode {
  const { visit, requests, state, workspace } = props;
  return (
    <>
      <Heading
        title={workspace === undefined ? 'Requests' : `Requests of ${workspace}`}
        note={
          workspace === undefined ? (
            'Yours, and those of the projects you may look into.'
          ) : (
            <a href={requestsAt({ state })}>Of all workspaces</a>
          )
        }
      />
      <nav class="va-filter mb-3" aria-label="State">
        <a class="va-pill" href={requestsAt({ workspace })} aria-current={state ? undefined : 'true'}>
          All
        </a>
        {STATES.map((each) => (
          <a
            class="va-pill"
            href={requestsAt({ workspace, state: each })}
            aria-current={each === state ? 'true' : undefined}
          >
            {STATE_LABELS[each]}
          </a>
        ))}
      </nav>
      {requests.length === 0 ? (
        <Blank title="No such request">
          Requests start in a <a href="/workspaces">workspace</a>: tick files and add them.
        </Blank>
      ) : (
        <RequestList requests={requests} me={visit.person.id} />
      )}
    </>
  );
}

const EDITED: readonly State[] = ['draft', 'returned'];

function RequestList({ requests, me }: { requests: readonly RequestRow[]; me: number }): VNode {
  return (
    <ul class="Box" data-testid="requests">
      {requests.map((row) => (
        <li class="Box-row d-flex flex-items-center va-gap">
          <div class="va-grow">
            <a
              class="text-bold"
              href={row.author.id === me && EDITED.includes(row.state) ? editAt(row.id) : requestAt(row.id)}
            >
              {row.workspace}
            </a>{' '}
            <code class="color-fg-muted">{row.id}</code>
            <div class="text-small color-fg-muted">
              {row.author.name || row.author.login} · {row.outputs} {row.outputs === 1 ? 'output' : 'outputs'}{' '}
              · {row.submittedAt === null ? 'made ' : 'submitted '}
              <Time at={row.submittedAt ?? row.createdAt} />
            </div>
          </div>
          {row.overdue ? <span class="Label Label--danger">overdue</span> : null}
          {row.automated ? <span class="Label Label--secondary">by schedule</span> : null}
          <StateLabel state={row.state} />
        </li>
      ))}
    </ul>
  );
}
