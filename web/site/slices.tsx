/** Lists of governance and of a day, a part at a time: a page costs the same however many there are. */
import type { VNode } from 'preact';
import { numberIn } from './requests.tsx';
import type { Visit } from './visit.tsx';

/** Rows that somebody still looks through. */
export const SLICE = 200;

export interface Slice {
  /** So many are on earlier pages. */
  after: number;
  /** `after` of the page that follows; undefined for the last. */
  next: number | undefined;
}

/** `?after=200`: whatever else is written there begins at the first. */
export const afterIn = (visit: Visit): number => numberIn(visit, 'after') ?? 0;

export function sliceOf<T>(visit: Visit, all: readonly T[]): Slice & { shown: T[] } {
  const after = afterIn(visit);
  const end = after + SLICE;
  return { after, shown: all.slice(after, end), next: end < all.length ? end : undefined };
}

export function Slices(props: {
  path: string;
  of: string;
  slice: Slice;
  query?: Record<string, string>;
}): VNode {
  const { path, of, slice, query = {} } = props;
  const at = (more: Record<string, string>): string => {
    const text = new URLSearchParams({ ...query, ...more }).toString();
    return text === '' ? path : `${path}?${text}`;
  };
  return (
    <nav aria-label={`Pages of ${of}`} class="mb-3">
      {slice.after === 0 ? null : (
        <a class="btn mr-2" href={at({})}>
          First
        </a>
      )}
      {slice.next === undefined ? null : (
        <a class="btn" rel="next" data-testid="further" href={at({ after: String(slice.next) })}>
          Further
        </a>
      )}
    </nav>
  );
}
