/**
 * Copies of a list for programs, as JSON and as CSV: read and sent a batch at a time, so that memory does not
 * grow with them, and each of a size that ends.
 */
import { isoTime } from '../lib/clock.ts';
import { csvLine as lineOf } from '../lib/csv.ts';
import { listRequests } from './list.ts';
import type { Filter, RecordDeps, ShownRequest } from './types.ts';

const BATCH = 1000;
/** Of one copy; it says where the next begins. */
export const MOST_ROWS = 50_000;

export type CopyForm = 'json' | 'csv';

export interface CopyAsk {
  filter: Filter;
  before?: number;
  /** Address of the copy that begins before this number. */
  nextAt(number: number): string;
  most?: number;
}

/** Pieces of text, in order. */
export async function* copyOf(deps: RecordDeps, form: CopyForm, ask: CopyAsk): AsyncGenerator<string> {
  let before = ask.before;
  let left = ask.most ?? MOST_ROWS;
  let first = true;
  yield form === 'json' ? '{"requests":[\n' : `${COLUMNS.join(',')}\r\n`;
  do {
    const { requests, next } = await listRequests(deps.db, deps.governance(), {
      filter: ask.filter,
      ...(before !== undefined && { before }),
      limit: Math.min(BATCH, left),
    });
    left -= requests.length;
    before = next;
    if (requests.length === 0) continue;
    if (form === 'csv') yield requests.map(csvLine).join('');
    else
      yield `${first ? '' : ',\n'}${requests.map((request) => JSON.stringify(jsonOf(request, deps))).join(',\n')}`;
    first = false;
  } while (before !== undefined && left > 0);
  if (form === 'json')
    yield `\n],"next":${JSON.stringify(before === undefined ? null : ask.nextAt(before))}}\n`;
}

/** As programs get it: times as ISO 8601, its permanent address. */
export function jsonOf(request: ShownRequest, { origin }: Pick<RecordDeps, 'origin'>): object {
  const { createdAt, completedAt, ...rest } = request;
  return {
    ...rest,
    url: `${origin}/requests/${request.id}`,
    createdAt: isoTime(createdAt),
    completedAt: completedAt === null ? null : isoTime(completedAt),
  };
}

const COLUMNS = [
  'number',
  'id',
  'state',
  'kind',
  'created',
  'completed',
  'project',
  'repository',
  'branch',
  'commit',
  'workspace',
  'backend',
  'person',
  'name',
  'actions',
  'jobs',
  'refusal',
];

export function csvLine(request: ShownRequest): string {
  const { place, person } = request;
  const cells: (string | number | null)[] = [
    request.number,
    request.id,
    request.state,
    request.kind,
    isoTime(request.createdAt),
    request.completedAt === null ? null : isoTime(request.completedAt),
    request.project,
    place && `${place.owner}/${place.repository}`,
    place && place.branch,
    place && place.commit,
    request.workspace,
    request.backend,
    person.id,
    person.name,
    request.actions.join(' '),
    request.jobs,
    request.refusal,
  ];
  return lineOf(cells);
}
