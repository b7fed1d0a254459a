/** The start page, the list of workspaces and the list of requests. */
import type { VNode } from 'preact';
import type { Queue, RequestRow, WorkspaceSummary } from '../../../agent/airlock/face.ts';
import { STATES, type State } from '../../../src/release/types.ts';
import type { Pages, Visit, ViewerParts } from '../parts.ts';
import { Blank, Heading } from '../shell/frame.tsx';
import { StateLabel, Time } from '../shell/marks.tsx';
import { STATE_LABELS } from '../words.ts';
import { editAt, requestAt, treeAt, workspaceAt } from './addresses.ts';

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
    visit.show({
      title: 'Workspaces',
      body: (
        <>
          <Heading title="Workspaces" note="One per repository branch whose jobs ran in this zone." />
          <Workspaces workspaces={workspaces} reading={room.reading()} below="h1" />
        </>
      ),
    });
  });
  pages.get('/requests', async (visit) => {
    const wanted = String(visit.request.query['state'] ?? '');
    const state = STATES.find((each) => each === wanted);
    const requests = await room.requestsOf(visit.person.id, state ? { states: [state] } : {});
    visit.show({ title: 'Requests', body: <Requests visit={visit} requests={requests} state={state} /> });
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
        <h2 class="h3 mb-2" id="workspaces">
          Your workspaces
        </h2>
        <Workspaces workspaces={workspaces} reading={reading} below="h2" />
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

function Workspaces(props: {
  workspaces: readonly WorkspaceSummary[];
  reading: boolean;
  below: 'h1' | 'h2';
}): VNode {
  const { workspaces, reading } = props;
  const Title = props.below === 'h1' ? 'h2' : 'h3';
  if (workspaces.length === 0) {
    return (
      <Blank title={reading ? 'Workspaces are being read' : 'No workspace to show'}>
        {reading ? 'Come back in some seconds. ' : ''}A workspace appears when a job of your project has run
        here. Ask the project's lead for the role developer if you should see one.
      </Blank>
    );
  }
  const projects = [...new Set(workspaces.map(({ project }) => project))];
  return (
    <>
      {reading ? <p class="flash">Big workspaces are being read; they come in some seconds.</p> : null}
      {projects.map((project) => {
        const own = workspaces.filter((each) => each.project === project);
        return (
          <section class="Box mb-3" data-testid="workspaces">
            <Title class="Box-header Box-title">
              {own[0]?.projectTitle} <span class="color-fg-muted text-normal">{project}</span>
            </Title>
            <ul>
              {own.map((each) => (
                <li class="Box-row d-flex flex-items-center va-gap">
                  <div class="va-grow">
                    <a class="text-bold" href={treeAt(each.name, {})}>
                      {each.name}
                    </a>{' '}
                    {each.archived ? <span class="Label Label--secondary">archived</span> : null}
                    {each.ongoing ? null : <span class="Label Label--secondary">project closed</span>}
                    <div class="text-small color-fg-muted">
                      {each.repository} · {each.branch}
                      {each.changedAt !== null ? (
                        <>
                          {' '}
                          · changed <Time at={each.changedAt} />
                        </>
                      ) : null}
                    </div>
                  </div>
                  {each.active ? (
                    <a href={requestAt(each.active.id)}>
                      <StateLabel state={each.active.state} />
                    </a>
                  ) : (
                    <a class="btn btn-sm" href={workspaceAt(each.name)}>
                      Open
                    </a>
                  )}
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

function Requests(props: { visit: Visit; requests: readonly RequestRow[]; state: State | undefined }): VNode {
  const { visit, requests, state } = props;
  return (
    <>
      <Heading title="Requests" note="Yours, and those of the projects you may look into." />
      <nav class="va-filter mb-3" aria-label="State">
        <a class="va-pill" href="/requests" aria-current={state ? undefined : 'true'}>
          All
        </a>
        {STATES.map((each) => (
          <a
            class="va-pill"
            href={`/requests?state=${each}`}
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
          <StateLabel state={row.state} />
        </li>
      ))}
    </ul>
  );
}
