/** `/releases` and `/published`: what left the zones, and what of it is public. The fact, for everybody; files for members. */
import type { VNode } from 'preact';
import { isoTime } from '../../src/lib/clock.ts';
import {
  csvOf,
  publicationsShown,
  releasesShown,
  type FeedItem,
  type ShownPublication,
  type ShownRelease,
} from '../../src/record/record.ts';
import { releasesFor, type MembersDeps } from '../../src/members/members.ts';
import { PageHead } from '../ui/shell.tsx';
import { feedPages, feedsAt, newest } from './feeds.ts';
import { PublicationTable, RECALLED_SAYS, ReleaseTable, Turn, whyText } from './lists.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import { OwnReleases } from './releases.tsx';
import type { SitePages, Visit } from './visit.tsx';

const RELEASES =
  'Files that two independent output checkers let out of a secure zone: that it happened, where and when.';
const PUBLISHED =
  'Released files that are public, as GitHub Releases of their studies, and what became of those that were.';
/** Of a copy for programs. */
const MOST = 5000;

export function publishedPages(add: SitePages, members: MembersDeps, { deps }: RecordSite): void {
  const { db, origin } = deps;
  const head = (path: string, title: string, about: string) => {
    const site = siteName(deps.governance());
    return pageHead({ origin, path, title: `${title} of ${site}`, about, site, feeds: feedsAt(path) });
  };

  add.open('/releases', async (visit) => {
    const before = visit.field('before') || undefined;
    const page = await releasesShown(db, { before });
    const own = visit.member && before === undefined ? await releasesFor(members, visit.member) : undefined;
    visit.show({
      title: 'Releases',
      head: head('/releases', 'Releases', RELEASES),
      body: (
        <>
          <PageHead title="Releases" about={RELEASES} />
          {own ? <OwnReleases releases={own} governance={deps.governance()} /> : <SignIn visit={visit} />}
          {own ? <h2 class="f3 mb-2">All releases</h2> : null}
          {page.items.length > 0 ? (
            <ReleaseTable releases={page.items} governance={deps.governance()} />
          ) : (
            <p data-testid="none">Nothing was released{before === undefined ? ' yet' : ' before that'}.</p>
          )}
          <p>
            <a href="/figures">How long a request to release waits for its decision</a>: the median, and what
            nine of ten do not exceed.
          </p>
          <Turn path="/releases" of="releases" isNewest={before === undefined} next={page.next} />
          <Programs path="/releases" />
        </>
      ),
    });
  });

  add.open('/published', async (visit) => {
    const before = visit.field('before') || undefined;
    const page = await publicationsShown(db, { before });
    visit.show({
      title: 'Published outputs',
      head: head('/published', 'Published outputs', PUBLISHED),
      body: (
        <>
          <PageHead title="Published outputs" about={PUBLISHED} />
          {page.items.length > 0 ? (
            <PublicationTable publications={page.items} />
          ) : (
            <p data-testid="none">Nothing was published{before === undefined ? ' yet' : ' before that'}.</p>
          )}
          <Turn path="/published" of="published outputs" isNewest={before === undefined} next={page.next} />
          <Programs path="/published" />
        </>
      ),
    });
  });
  add.open('/published/:id', (visit) =>
    visit.moved(`/publications/${encodeURIComponent(String(visit.request.params['id']))}`),
  );

  feedPages(add, origin, '/releases', async () => {
    const { items } = await releasesShown(db);
    const said = items.map((one) => releaseItem(one, origin));
    return { title: `Releases of ${siteName(deps.governance())}`, updated: newest(said), items: said };
  });
  feedPages(add, origin, '/published', async () => {
    const { items } = await publicationsShown(db);
    const said = items.map((one) => publicationItem(one, origin));
    return {
      title: `Published outputs of ${siteName(deps.governance())}`,
      updated: newest(said),
      items: said,
    };
  });

  copies(add, origin, 'releases', async (before) => {
    const { items, next } = await releasesShown(db, { limit: MOST, before });
    const rows = items.map(({ releasedAt, recalledAt, ...rest }) => ({
      ...rest,
      released: isoTime(releasedAt),
      recalledAt: recalledAt === null ? null : isoTime(recalledAt),
      address: `${origin}/releases/${rest.id}`,
    }));
    return { rows, next };
  });
  copies(add, origin, 'published', async (before) => {
    const { items, next } = await publicationsShown(db, { limit: MOST, before });
    const rows = items.map(({ publishedAt, withdrawnAt, ...rest }) => ({
      ...rest,
      published: isoTime(publishedAt),
      withdrawn: withdrawnAt === null ? null : isoTime(withdrawnAt),
      address: `${origin}/publications/${rest.id}`,
    }));
    return { rows, next };
  });
}

interface Copy {
  rows: Record<string, string | number | null>[];
  next: string | undefined;
}

/** Where what is older begins, the copy says itself: JSON in `next`, both in the header `Link`. */
function copies(
  add: SitePages,
  origin: string,
  name: string,
  of: (before: string | undefined) => Promise<Copy>,
): void {
  for (const form of ['json', 'csv'] as const)
    add.open(`/${name}.${form}`, async (visit) => {
      const { rows, next } = await of(visit.field('before') || undefined);
      const older = next && `${origin}/${name}.${form}?before=${encodeURIComponent(next)}`;
      if (older) visit.response.links({ next: older });
      if (form === 'json') visit.response.json({ [name]: rows, next: older ?? null });
      else visit.response.type('text/csv; charset=utf-8').send(csvOf(rows));
    });
}

function releaseItem(
  { id, workspace, project, backend, releasedAt, recalled, recalledAt }: ShownRelease,
  origin: string,
): FeedItem {
  return {
    url: `${origin}/releases/${id}`,
    title: `Release of ${workspace}: ${RECALLED_SAYS[recalled]}`,
    summary: `Files of project ${project} left the zone of ${backend}.`,
    author: project,
    published: releasedAt,
    updated: recalledAt ?? releasedAt,
  };
}

function publicationItem(one: ShownPublication, origin: string): FeedItem {
  const { id, workspace, project, publishedAt, withdrawnAt, url, why } = one;
  return {
    url: `${origin}/publications/${id}`,
    title: `${withdrawnAt === null ? 'Published' : 'Withdrawn'}: outputs of ${workspace}`,
    summary:
      withdrawnAt === null
        ? `Files of project ${project} are public${url ? `: ${url}` : ''}.`
        : `Files of project ${project} are public no more: ${whyText(why)}.`,
    author: project,
    published: publishedAt,
    updated: withdrawnAt ?? publishedAt,
  };
}

function SignIn({ visit }: { visit: Visit }): VNode | null {
  if (visit.member) return null;
  return (
    <p class="color-fg-muted" data-testid="for-members">
      Files are for members of their project.{' '}
      <a href={`/login?next=${encodeURIComponent(visit.here)}`}>Sign in</a> to see yours.
    </p>
  );
}

function Programs({ path }: { path: string }): VNode {
  return (
    <p class="color-fg-muted">
      The same for programs: <a href={`${path}.atom`}>Atom</a>, <a href={`${path}.feed`}>JSON Feed</a>,{' '}
      <a href={`${path}.csv`}>CSV</a>, <a href={`${path}.json`}>JSON</a>.
    </p>
  );
}
