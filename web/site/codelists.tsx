/** `/codelists`: what is published, to be found by words, system and owner; for programs as feeds and copies. */
import type { VNode } from 'preact';
import type { MembersDeps } from '../../src/members/members.ts';
import { csvOf } from '../../src/codelists/codelists.ts';
import { isoTime } from '../../src/lib/clock.ts';
import { atomOf, jsonFeedOf, type Feed } from '../../src/record/record.ts';
import {
  browse,
  latestVersions,
  openPulls,
  ownersAndSystems,
  systemsOf,
  type ListFilter,
  type Lists,
  type ShownList,
  type ShownSystem,
  type UnderReview,
} from '../../src/registry/registry.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { Choice, Text } from './fields.tsx';
import { Table } from './parts.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { SitePages, Visit } from './visit.tsx';

const ABOUT =
  'Lists of codes that studies use: each version signed off by two people, and never changed after.';
const FEEDS = { atom: '/codelists.atom', json: '/codelists.feed' };
/** Rows of a copy; older ones begin where it says. */
const MOST_COPIED = 1000;

export const versionPath = (id: string): string => `/codelist/${id}`;

export function codelistPages(add: SitePages, deps: MembersDeps): void {
  const { db, origin } = deps;
  add.open('/codelists', async (visit) => {
    const filter = filterOf(visit);
    const [page, choices, systems, review] = [
      await browse(db, filter, { before: fieldIn(visit, 'before') }),
      await ownersAndSystems(db),
      await systemsOf(db),
      await openPulls(db),
    ];
    visit.show({
      title: 'Codelists',
      head: pageHead({
        ...{ origin, path: '/codelists', title: 'Codelists', about: ABOUT, feeds: FEEDS },
        site: siteName(deps.governance()),
      }),
      body: <Codelists {...{ filter, page, choices, systems, review, isFirst: !fieldIn(visit, 'before') }} />,
    });
  });
  add.open('/codelists.atom', async (visit) => {
    visit.response.type('application/atom+xml').send(atomOf(await feedOf(deps, 'atom')));
  });
  add.open('/codelists.feed', async (visit) => {
    const feed = jsonFeedOf(await feedOf(deps, 'feed'));
    visit.response.type('application/feed+json').send(JSON.stringify(feed));
  });
  for (const form of ['csv', 'json'] as const) {
    add.open(`/codelists.${form}`, async (visit) => {
      const page = await browse(db, filterOf(visit), {
        before: fieldIn(visit, 'before'),
        limit: MOST_COPIED,
      });
      if (form === 'json')
        return void visit.response.json({ codelists: page.lists, next: page.next ?? null });
      visit.response.type('text/csv; charset=utf-8').send(csvOf([COLUMNS, ...page.lists.map(cellsOf)]));
    });
  }
}

const COLUMNS = ['list', 'name', 'owner', 'system', 'newest', 'codes', 'versions', 'updated'];
const cellsOf = ({ id, name, owner, system, newest, codes, versions, updatedAt }: ShownList): string[] => [
  ...[id, plain(name), owner, system, newest],
  ...[String(codes), String(versions), isoTime(updatedAt)],
];
/** A name that a spreadsheet would run is shown as text. */
const plain = (text: string): string => (/^[=+@-]/.test(text) ? `'${text}` : text);

/** What no database takes is left out. */
const fieldIn = (visit: Visit, name: string): string =>
  visit.field(name).replaceAll('\u0000', '').slice(0, 300);

function filterOf(visit: Visit): ListFilter {
  const of = (name: string): string | undefined => fieldIn(visit, name) || undefined;
  return { words: of('q'), system: of('system'), owner: of('owner') };
}

async function feedOf({ db, origin }: MembersDeps, form: 'atom' | 'feed'): Promise<Feed> {
  const versions = await latestVersions(db);
  return {
    title: 'Codelists',
    page: `${origin}/codelists`,
    self: `${origin}/codelists.${form}`,
    updated: versions[0]?.publishedAt ?? 0,
    items: versions.map(({ id, name, codes, publishedAt }) => ({
      url: `${origin}${versionPath(id)}`,
      title: `${name}: ${id}`,
      summary: `${codes} codes`,
      author: id.split('/').slice(0, -2).join('/'),
      published: publishedAt,
      updated: publishedAt,
    })),
  };
}

interface Seen {
  filter: ListFilter;
  page: Lists;
  choices: { owners: string[]; systems: string[] };
  systems: readonly ShownSystem[];
  review: readonly UnderReview[];
  isFirst: boolean;
}

function Codelists({ filter, page, choices, systems, review, isFirst }: Seen): VNode {
  const { lists, next } = page;
  return (
    <>
      <PageHead title="Codelists" about={ABOUT} />
      <form method="get" action="/codelists" role="search" class="sp-filters mb-3" data-testid="find-lists">
        <Text name="q" label="Words" value={filter.words} />
        <Choice name="system" label="System" value={filter.system} options={pairs(choices.systems)} />
        <Choice name="owner" label="Owner" value={filter.owner} options={pairs(choices.owners)} />
        <button class="btn" type="submit">
          Show
        </button>
        <a class="btn btn-primary" href="/codelists/build">
          Build a codelist
        </a>
      </form>
      <Table
        label="Codelists, latest first"
        name="codelists"
        heads={[
          ['Codelist', 'name'],
          ['Codes', 'num'],
          ['Newest', 'short'],
          ['Published', 'short'],
        ]}
      >
        {lists.map((list) => (
          <ListRow list={list} />
        ))}
      </Table>
      {lists.length === 0 ? <p data-testid="no-lists">There are none.</p> : null}
      <nav aria-label="Pages of codelists" class="mb-3">
        {isFirst ? null : (
          <a class="btn mr-2" href={`/codelists${queryOf(filter)}`}>
            Latest
          </a>
        )}
        {next === undefined ? null : (
          <a class="btn" rel="next" href={`/codelists${queryOf(filter, next)}`}>
            Older
          </a>
        )}
      </nav>
      {review.length > 0 ? <Reviewed review={review} /> : null}
      {systems.length > 0 ? <Systems systems={systems} /> : null}
      <p class="color-fg-muted">
        The same for programs: <a href={FEEDS.atom}>Atom</a>, <a href={FEEDS.json}>JSON Feed</a>,{' '}
        <a href={`/codelists.csv${queryOf(filter)}`}>CSV</a>,{' '}
        <a href={`/codelists.json${queryOf(filter)}`}>JSON</a>.
      </p>
    </>
  );
}

const pairs = (names: readonly string[]) => names.map((each) => [each, each] as const);

function ListRow({ list }: { list: ShownList }): VNode {
  const { id, name, system, codes, newest, updatedAt } = list;
  return (
    <tr>
      <td class="sp-name">
        <a href={versionPath(newest)}>{name}</a>
        <div class="text-small color-fg-muted">
          {id}, of {system}
        </div>
      </td>
      <td class="sp-num">{codes.toLocaleString('en')}</td>
      <td class="sp-short">{newest.slice(id.length + 1)}</td>
      <td class="sp-short">
        <TimeOf at={updatedAt} />
      </td>
    </tr>
  );
}

function Reviewed({ review }: { review: readonly UnderReview[] }): VNode {
  return (
    <section data-testid="under-review">
      <h2 class="f4 mb-2">Under review</h2>
      <ul class="ml-4 mb-3">
        {review.map(({ number, versions, faults, signers }) => (
          <li>
            {versions.join(', ')}: pull request {number},{' '}
            {faults > 0
              ? `${faults} ${faults === 1 ? 'fault' : 'faults'}`
              : `${signers.length} of 2 sign-offs`}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Systems({ systems }: { systems: readonly ShownSystem[] }): VNode {
  return (
    <section>
      <h2 class="f4 mb-2">Systems of codes</h2>
      <ul class="ml-4 mb-3">
        {systems.map(({ id, codes }) => (
          <li>
            {id}: {codes.toLocaleString('en')} codes
          </li>
        ))}
      </ul>
    </section>
  );
}

function queryOf({ words, system, owner }: ListFilter, before?: string): string {
  const all = Object.entries({ q: words, system, owner, before }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return all.length === 0 ? '' : `?${new URLSearchParams(all)}`;
}
