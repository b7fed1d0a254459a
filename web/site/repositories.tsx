/** `/repositories`: by when each repository has to be public, and whether it is. */
import type { VNode } from 'preact';
import {
  atomOf,
  csvOf,
  jsonFeedOf,
  repositoriesChanged,
  repositoryCounts,
  repositoryList,
  REPOSITORY_STATES,
  type Feed,
  type RepositoryPage,
  type RepositoryState,
  type ShownRepository,
} from '../../src/record/record.ts';
import { PageHead } from '../ui/shell.tsx';
import { Table } from './parts.tsx';
import { pageHead, ProjectLink, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages, Visit } from './visit.tsx';

const TITLE = 'Repositories';
const ABOUT =
  'Code is public at the latest twelve months after its first run on real data, unless governance gave it more time.';
const EVERYTHING = 10_000;

export function repositoryPages(add: SitePages, { deps }: RecordSite): void {
  add.open('/repositories', async (visit) => {
    const state = stateIn(visit);
    const after = visit.field('after') || undefined;
    const page = state === null ? undefined : await repositoryList(deps, { state, after });
    if (!page || state === null) return visit.notFound();
    const months = deps.governance()?.policies.visibility.months;
    visit.show({
      title: TITLE,
      head: pageHead({
        ...{ origin: deps.origin, path: '/repositories', title: TITLE, about: ABOUT },
        site: siteName(deps.governance()),
        feeds: { atom: '/repositories.atom', json: '/repositories.feed' },
      }),
      body: (
        <Repositories
          {...{ page, state, months, github: deps.github, counts: await repositoryCounts(deps) }}
        />
      ),
    });
  });
  add.open('/repositories.json', async (visit) => {
    const { repositories = [] } = (await repositoryList(deps, { limit: EVERYTHING })) ?? {};
    const policy = deps.governance()?.commit ?? null;
    visit.response.json({
      policy,
      counts: await repositoryCounts(deps),
      repositories: repositories.map(plain),
    });
  });
  add.open('/repositories.csv', async (visit) => {
    const { repositories = [] } = (await repositoryList(deps, { limit: EVERYTHING })) ?? {};
    const rows = repositories.map(({ extensions, exempt, ...each }) => ({
      ...plain({ ...each, extensions, exempt }),
      extensions: extensions.map(({ until, reason, ref }) => `${until}: ${reason} (${ref})`).join('; '),
      exempt: exempt && `${exempt.reason} (${exempt.ref})`,
    }));
    visit.response.type('text/csv; charset=utf-8').send(csvOf(rows));
  });
  add.open('/repositories.atom', async (visit) => {
    visit.response.type('application/atom+xml').send(atomOf(await feed(deps, 'atom')));
  });
  add.open('/repositories.feed', async (visit) => {
    const made = jsonFeedOf(await feed(deps, 'feed'));
    visit.response.type('application/feed+json').send(JSON.stringify(made));
  });
}

/** Null: there is no such state. */
function stateIn(visit: Visit): RepositoryState | undefined | null {
  const asked = visit.field('state');
  if (asked === '') return undefined;
  return REPOSITORY_STATES.find((each) => each === asked) ?? null;
}

const plain = ({ updatedAt: _when, ...each }: ShownRepository): Omit<ShownRepository, 'updatedAt'> => each;

async function feed(deps: RecordSite['deps'], form: 'atom' | 'feed'): Promise<Feed> {
  const changed = await repositoriesChanged(deps, 50);
  const at = (day: string | null, or: number): number => (day === null ? or : Date.parse(`${day}T00:00:00Z`));
  return {
    title: `Repositories of ${siteName(deps.governance())}`,
    page: `${deps.origin}/repositories`,
    self: `${deps.origin}/repositories.${form}`,
    updated: changed[0]?.updatedAt ?? 0,
    items: changed.map((each) => ({
      url: `${deps.origin}/repositories#r${each.id}`,
      title: `${nameOf(each)}: ${WORDS[each.state]}`,
      summary: sentence(each),
      author: each.project,
      published: at(each.firstRun, each.updatedAt),
      updated: each.updatedAt,
    })),
  };
}

const nameOf = ({ name, id }: ShownRepository): string => name ?? `repository ${id}`;

function sentence({ firstRun, due, publicSince, state }: ShownRepository): string {
  return [
    firstRun ? `First run on real data on ${firstRun}.` : '',
    due ? `Public by ${due}.` : '',
    publicSince ? `Public since ${publicSince}.` : '',
    state === 'past' ? 'That day is over.' : '',
  ]
    .filter(Boolean)
    .join(' ');
}

const WORDS = { past: 'past its day', private: 'private', public: 'public', exempt: 'exempt' } as const;
const TONE = {
  past: 'Label--danger',
  private: 'Label--secondary',
  public: 'Label--success',
  exempt: '',
} as const;

function Repositories(props: {
  page: RepositoryPage;
  state: RepositoryState | undefined;
  months: number | undefined;
  github: string;
  counts: Record<RepositoryState, number>;
}): VNode {
  const { page, state, months, github, counts } = props;
  const about = months === undefined ? ABOUT : ABOUT.replace('twelve months', `${months} months`);
  return (
    <>
      <PageHead title={TITLE} about={about} />
      <nav class="mb-3" aria-label="By state" data-testid="counts">
        <ul class="list-style-none">
          {REPOSITORY_STATES.map((each) => (
            <li class="d-inline-block mr-3">
              <a href={`/repositories?state=${each}`} aria-current={each === state ? 'page' : undefined}>
                {counts[each]} {each === 'past' && counts.past !== 1 ? 'past their day' : WORDS[each]}
              </a>
            </li>
          ))}
          {state ? (
            <li class="d-inline-block">
              <a href="/repositories">all</a>
            </li>
          ) : null}
        </ul>
      </nav>
      {page.repositories.length === 0 ? (
        <p data-testid="none">
          {state ? 'No repository is in this state.' : 'Nothing has been run on real data yet.'}
        </p>
      ) : (
        <Table
          label="Repositories"
          name="repositories"
          heads={[
            ['Repository', 'name'],
            ['State', 'short'],
            ['Project', 'short'],
            ['First run', 'short'],
            ['Public by', 'short'],
            ['Public since', 'short'],
            ['More time, and why', 'name'],
          ]}
        >
          {page.repositories.map((each) => (
            <Row each={each} github={github} />
          ))}
        </Table>
      )}
      {page.next ? (
        <p>
          <a
            rel="next"
            href={`/repositories?${new URLSearchParams({ ...(state && { state }), after: page.next })}`}
          >
            Later
          </a>
        </p>
      ) : null}
      <p class="color-fg-muted">
        Also as <a href="/repositories.json">JSON</a>, <a href="/repositories.csv">CSV</a>,{' '}
        <a href="/repositories.atom">Atom</a> and <a href="/repositories.feed">JSON Feed</a>.
      </p>
    </>
  );
}

function Row({ each, github }: { each: ShownRepository; github: string }): VNode {
  const { id, name, state, project, firstRun, due, publicSince, extensions, exempt } = each;
  return (
    <tr id={`r${id}`}>
      <td class="sp-name">{name ? <a href={`${github}/${name}`}>{name}</a> : `repository ${id}`}</td>
      <td class="sp-short">
        <span class={`Label ${TONE[state]}`}>{WORDS[state]}</span>
      </td>
      <td class="sp-short">
        <ProjectLink id={project} />
      </td>
      <td class="sp-short">{firstRun}</td>
      <td class="sp-short">{due}</td>
      <td class="sp-short">{publicSince}</td>
      <td class="sp-name">
        {extensions.map(({ until, reason, ref }) => (
          <div>
            until {until}: {reason} ({ref})
          </div>
        ))}
        {exempt ? `No research: ${exempt.reason} (${exempt.ref})` : null}
      </td>
    </tr>
  );
}
