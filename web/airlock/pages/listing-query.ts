/** What a listing is asked for, read from an address or a form; whatever is odd becomes the default. */
import type { ListingQuery } from '../../../agent/airlock/face.ts';

/** Rows of a page: some 60 kB of HTML. */
export const ROWS = 100;

const SORTS = ['name', 'state', 'size', 'date'] as const;

export function listingQuery(get: (name: string) => string, dir: string): ListingQuery {
  const from = Number(get('from'));
  return {
    dir,
    sort: SORTS.find((sort) => sort === get('sort')) ?? 'name',
    order: get('order') === 'down' ? 'down' : 'up',
    search: get('search').trim().slice(0, 200),
    from: Number.isInteger(from) && from > 0 ? Math.min(from, 10_000_000) : 0,
    count: ROWS,
    stale: get('stale') === '1',
  };
}
