/** A list as Atom and as JSON Feed, at `<path>.atom` and `<path>.feed`. */
import { atomOf, jsonFeedOf, type Feed } from '../../src/record/record.ts';
import type { SitePages, Visit } from './visit.tsx';

/** What a page and its feeds share; `self` follows from where it was asked for. */
export type FeedContent = Omit<Feed, 'self' | 'page'>;

/** Undefined: there is nothing of the kind here. */
export type FeedOf = (visit: Visit) => Promise<FeedContent | undefined> | FeedContent | undefined;

export function feedPages(add: SitePages, origin: string, path: string, of: FeedOf): void {
  const serve = (form: 'atom' | 'feed') =>
    add.open(`${path}.${form}`, async (visit) => {
      const content = await of(visit);
      if (!content) return visit.notFound();
      const feed = { ...content, page: `${origin}${path}`, self: `${origin}${path}.${form}` };
      if (form === 'atom') visit.response.type('application/atom+xml').send(atomOf(feed));
      else visit.response.type('application/feed+json').send(JSON.stringify(jsonFeedOf(feed)));
    });
  serve('atom');
  serve('feed');
}

export const feedsAt = (path: string): { atom: string; json: string } => ({
  atom: `${path}.atom`,
  json: `${path}.feed`,
});

/** When anything in it changed last; 0 when there is nothing. */
export const newest = (items: readonly { updated: number }[]): number =>
  items.reduce((last, { updated }) => Math.max(last, updated), 0);
