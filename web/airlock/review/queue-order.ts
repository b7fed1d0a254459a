/** How the queue is sorted and narrowed: pure, so that addresses say what a page shows. */
import type { QueueRow } from '../../../agent/airlock/face.ts';

export const QUEUE_SORTS = ['age', 'size', 'files', 'hints'] as const;
export type QueueSort = (typeof QUEUE_SORTS)[number];

export interface QueueWish {
  sort: QueueSort;
  project: string;
  /** Only what is overdue. */
  overdue: boolean;
}

export function wishOf(query: Readonly<Record<string, unknown>>): QueueWish {
  const { sort, project, overdue } = query;
  return {
    sort: QUEUE_SORTS.find((each) => each === sort) ?? 'age',
    project: typeof project === 'string' ? project : '',
    overdue: overdue === '1',
  };
}

const MEASURES: Record<QueueSort, (row: QueueRow) => number> = {
  age: ({ age }) => age,
  size: ({ bytes }) => bytes,
  files: ({ outputs }) => outputs,
  hints: ({ hints }) => hints.block * 1000 + hints.warn,
};

/** The most first; of equals the one that waited longer. */
export function ordered(rows: readonly QueueRow[], { sort, project, overdue }: QueueWish): QueueRow[] {
  const measure = MEASURES[sort];
  return rows
    .filter((row) => (project === '' || row.project === project) && (!overdue || row.overdue))
    .sort((one, other) => measure(other) - measure(one) || (one.submittedAt ?? 0) - (other.submittedAt ?? 0));
}

export interface QueueFigures {
  waiting: number;
  overdue: number;
  medianAge: number;
}

export function figuresOf(rows: readonly QueueRow[]): QueueFigures {
  const ages = rows.map(({ age }) => age).sort((one, other) => one - other);
  return {
    waiting: rows.length,
    overdue: rows.filter(({ overdue }) => overdue).length,
    medianAge: ages[Math.floor(ages.length / 2)] ?? 0,
  };
}
