/** `/requests`: what was asked to run here, newest first, with filters; the same as feeds and copies. */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  filterQuery,
  KINDS,
  listRequests,
  onlyPlace,
  organisations,
  readFilter,
  recordWords,
  search,
  SHOWN_STATES,
  type Asked,
  type Filter,
  type Found,
  type ListPage,
  type ShownRequest,
} from '../../src/record/record.ts';
import { PageHead } from '../ui/shell.tsx';
import { Choice, Text } from './fields.tsx';
import { scriptAddress } from './assets.ts';
import { Heads, Scroll } from './parts.tsx';
import { pageHead, RequestRow, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages, Visit } from './visit.tsx';

export function requestPages(add: SitePages, site: RecordSite): void {
  const { deps } = site;
  add.open('/log', (visit) => visit.go(`/requests${new URL(visit.here, deps.origin).search}`));

  add.open('/requests', async (visit) => {
    const governance = deps.governance();
    const filter = readFilter(visit.request.query as Asked, governance);
    const before = numberIn(visit, 'before');
    if (isRefusal(filter)) return visit.refuse(filter, 400);
    const page = await listRequests(deps.db, governance, {
      filter,
      ...(before !== undefined && { before }),
    });
    const title = 'Requests';
    const query = filterQuery(filter);
    visit.show({
      title,
      // Only the newest page has anything to come.
      script: before === undefined ? scriptAddress('requests') : undefined,
      head: pageHead({
        origin: deps.origin,
        path: `/requests${query}`,
        title: `${title} of ${siteName(governance)}`,
        about: ABOUT,
        site: siteName(governance),
        feeds: { atom: `/requests.atom${query}`, json: `/requests.feed${query}` },
      }),
      body: <Requests {...{ filter, page, before, governance }} />,
    });
  });

  add.open('/search', async (visit) => {
    const asked = visit.field('q');
    const found = await search(deps, asked);
    const place = asked && onlyPlace(found);
    if (place) return visit.go(place);
    visit.show({
      title: 'Search',
      body: <SearchPage {...{ asked, found, governance: deps.governance() }} />,
    });
  });
}

export const ABOUT =
  'Everything that was asked to run here: who asked, which code, when, and what became of it.';

/** Undefined for what is no number: the page then begins at the newest. */
export function numberIn(visit: Visit, field: string): number | undefined {
  const text = visit.field(field);
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

interface Seen {
  governance: Governance | undefined;
}

export function RequestTable(
  props: Seen & { requests: readonly ShownRequest[]; name?: string; live?: string | undefined },
): VNode {
  const { requests, governance, name, live } = props;
  return (
    <table class="sp-table" data-testid={name} data-live={live}>
      <Heads
        of={[['State', 'short'], ['What', 'name'], ['Project'], ['Backend'], ['Who'], ['When', 'short']]}
      />
      <tbody>
        {requests.map((request) => (
          <RequestRow request={request} governance={governance} />
        ))}
      </tbody>
    </table>
  );
}

function Requests(props: Seen & { filter: Filter; page: ListPage; before: number | undefined }): VNode {
  const { filter, page, before, governance } = props;
  const { requests, next } = page;
  const query = filterQuery(filter);
  return (
    <>
      <PageHead title="Requests" about={ABOUT} />
      <SearchBox asked="" />
      <FilterForm filter={filter} governance={governance} />
      <p class="color-fg-muted" role="status" data-testid="live" hidden />
      <Scroll label="Requests, newest first">
        <RequestTable
          requests={requests}
          governance={governance}
          name="requests"
          live={before === undefined ? `/requests/live${query}` : undefined}
        />
      </Scroll>
      {requests.length === 0 ? (
        <p data-testid="no-requests">
          {next === undefined ? 'There are none.' : 'There are none among those looked through so far.'}
        </p>
      ) : null}
      <nav aria-label="Pages of requests" class="mb-3">
        {before === undefined ? null : (
          <a class="btn mr-2" href={`/requests${query}`}>
            Newest
          </a>
        )}
        {next === undefined ? null : (
          <a
            class="btn"
            rel="next"
            data-testid="older"
            href={`/requests${filterQuery(filter, { before: String(next) })}`}
          >
            Older
          </a>
        )}
      </nav>
      <p class="color-fg-muted">
        The same for programs: <a href={`/requests.atom${query}`}>Atom</a>,{' '}
        <a href={`/requests.feed${query}`}>JSON Feed</a>, <a href={`/requests.csv${query}`}>CSV</a>,{' '}
        <a href={`/requests.json${query}`}>JSON</a>. All of it stands in the <a href="/ledger">ledger</a>,
        too, where it can be proved.
      </p>
    </>
  );
}

export function SearchBox({ asked }: { asked: string }): VNode {
  return (
    <form method="get" action="/search" role="search" class="sp-row mb-3">
      <label for="q">Find a request, commit, project or person</label>
      <input class="form-control" id="q" name="q" type="search" maxLength={100} value={asked} />
      <button class="btn" type="submit">
        Search
      </button>
    </form>
  );
}

function FilterForm({ filter, governance }: Seen & { filter: Filter }): VNode {
  const person = governance?.people.find(({ id }) => id === filter.person)?.login ?? filter.person ?? '';
  return (
    <form method="get" action="/requests" class="sp-filters mb-3" data-testid="filters">
      <Text name="project" label="Project" value={filter.project} />
      <Text name="workspace" label="Workspace" value={filter.workspace} />
      <Text name="person" label="Person (login)" value={String(person)} />
      <Choice
        name="org"
        label="Organisation"
        value={filter.org?.id}
        options={(governance ? organisations(governance) : []).map((id) => [id, id])}
      />
      <Choice
        name="backend"
        label="Backend"
        value={filter.backend}
        options={(governance?.backends ?? []).map(({ id }) => [id, id])}
      />
      <Text name="action" label="Action" value={filter.action} />
      <Choice
        name="state"
        label="State"
        value={filter.state}
        options={SHOWN_STATES.map((state) => [state, recordWords.STATE_WORDS[state]])}
      />
      <Choice
        name="kind"
        label="Data"
        value={filter.kind}
        options={KINDS.map((kind) => [kind, KIND_WORDS[kind]])}
      />
      <Text name="text" label="Words" value={filter.text} />
      <Text name="from" label="From" value={filter.from} day />
      <Text name="until" label="Until" value={filter.until} day />
      <button class="btn" type="submit">
        Show
      </button>
    </form>
  );
}

const KIND_WORDS = { run: 'real runs', dummy: 'on dummy data' } as const;

function SearchPage({ asked, found, governance }: Seen & { asked: string; found: Found }): VNode {
  const { requests, job, projects, people } = found;
  const nothing = requests.length + projects.length + people.length === 0 && !job;
  return (
    <>
      <PageHead title="Search" about="By id of a request or job, sha of a commit, project, or person." />
      <SearchBox asked={asked} />
      {nothing && asked ? <p data-testid="nothing-found">Nothing is called that.</p> : null}
      <ul class="ml-4 mb-3" data-testid="found">
        {job ? (
          <li>
            <a href={`/jobs/${job}`}>Job {job}</a>
          </li>
        ) : null}
        {projects.map(({ id, title }) => (
          <li>
            <a href={`/projects/${encodeURIComponent(id)}`}>
              {title} ({id})
            </a>
          </li>
        ))}
        {people.map(({ id, name, login }) => (
          <li>
            <a href={`/people/${id}`}>
              {name} ({login})
            </a>
          </li>
        ))}
      </ul>
      {requests.length > 0 ? (
        <Scroll label="Requests found">
          <RequestTable requests={requests} governance={governance} />
        </Scroll>
      ) : null}
    </>
  );
}
