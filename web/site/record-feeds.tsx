/** The list of requests for programs: feeds, copies, and changes as they happen. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { renderToString } from 'preact-render-to-string';
import { isoDay } from '../../src/lib/clock.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import {
  atomOf,
  copyOf,
  filterQuery,
  jsonFeedOf,
  listRequests,
  readFilter,
  recordWords,
  type Asked,
  type CopyForm,
  type Feed,
  type Filter,
  type LiveEvent,
} from '../../src/record/record.ts';
import { numberIn } from './requests.tsx';
import { RequestRow, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages, Visit } from './visit.tsx';

/** Copies that are sent at the same time; each holds one batch of rows. */
const MOST_COPIES = 4;
/** Without taking a byte. */
const MOST_IDLE_MS = 60_000;
/** Bytes that a slow listener may leave unread. */
const MOST_UNREAD = 64 * 1024;

export function recordFeeds(add: SitePages, site: RecordSite): void {
  const { deps } = site;
  let copies = 0;

  /** For programs: what cannot be done is JSON as well. */
  const open = (path: string, work: (visit: Visit, filter: Filter) => Promise<void> | void): void =>
    add.open(path, (visit) => {
      const filter = readFilter(visit.request.query as Asked, deps.governance());
      return isRefusal(filter) ? refuse(visit.response, filter, 400) : work(visit, filter);
    });

  open('/requests.atom', async (visit, filter) => {
    const feed = await feedOf(site, visit, filter, 'atom');
    visit.response.type('application/atom+xml').send(atomOf(feed));
  });
  open('/requests.feed', async (visit, filter) => {
    const feed = await feedOf(site, visit, filter, 'feed');
    visit.response.type('application/feed+json').send(JSON.stringify(jsonFeedOf(feed)));
  });

  const copy = (form: CopyForm): void =>
    open(`/requests.${form}`, async ({ request, response, ...visit }, filter) => {
      if (copies >= MOST_COPIES)
        return refuse(response.set('retry-after', '60'), recordWords.tooManyExports(), 503);
      const before = numberIn({ request, response, ...visit }, 'before');
      response.type(form === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8');
      response.set(
        'content-disposition',
        `attachment; filename="requests-${isoDay(deps.clock.now())}.${form}"`,
      );
      const nextAt = (number: number): string =>
        `${deps.origin}/requests.${form}${filterQuery(filter, { before: String(number) })}`;
      if (request.method === 'HEAD') return void response.end();
      copies += 1;
      try {
        await pour(response, copyOf(deps, form, { filter, nextAt, ...(before !== undefined && { before }) }));
      } finally {
        copies -= 1;
      }
    });
  copy('csv');
  copy('json');

  open('/requests/live', (visit, filter) => listen(site, visit, filter));
}

/** Whoever is slow is waited for; whoever has gone, or takes nothing for a minute, ends it. */
async function pour(response: Response, pieces: AsyncIterable<string>): Promise<void> {
  response.setTimeout(MOST_IDLE_MS, () => response.destroy());
  try {
    // Bytes, not objects: no piece is made before the one before it has left.
    await pipeline(Readable.from(pieces, { objectMode: false }), response);
  } catch (error) {
    if (!response.destroyed || !isGone(error)) throw error;
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';

async function feedOf(
  { deps }: RecordSite,
  visit: Visit,
  filter: Filter,
  form: 'atom' | 'feed',
): Promise<Feed> {
  const governance = deps.governance();
  const before = numberIn(visit, 'before');
  const { requests, next } = await listRequests(deps.db, governance, {
    filter,
    ...(before !== undefined && { before }),
  });
  const at = (more: Record<string, string> = {}): string =>
    `${deps.origin}/requests.${form}${filterQuery(filter, more)}`;
  return {
    title: `Requests of ${siteName(governance)}`,
    page: `${deps.origin}/requests${filterQuery(filter)}`,
    self: before === undefined ? at() : at({ before: String(before) }),
    ...(next !== undefined && { next: at({ before: String(next) }) }),
    updated: requests.reduce((last, one) => Math.max(last, one.completedAt ?? one.createdAt), 0),
    items: requests.map((one) => ({
      url: `${deps.origin}/requests/${one.id}`,
      title: recordWords.titleOf(one),
      summary: recordWords.aboutRequest(one),
      author: one.person.name,
      published: one.createdAt,
      updated: one.completedAt ?? one.createdAt,
    })),
  };
}

function listen({ deps, live }: RecordSite, visit: Visit, filter: Filter): void {
  const { request, response } = visit;
  // Nothing tells of the end of what has ended already.
  if (response.destroyed) return;
  if (request.method === 'HEAD') return void response.type('text/event-stream').end();
  const say = (text: string): void => {
    if (response.writableLength > MOST_UNREAD) return void response.destroy();
    response.write(text);
  };
  const leave = live.join({
    filter,
    address: request.ip ?? '',
    send: (event) => say(`event: ${event.type}\ndata: ${JSON.stringify(dataOf(event))}\n\n`),
    beat: () => say(': still here\n\n'),
    close: () => response.end(),
  });
  if (isRefusal(leave)) return refuse(response.set('retry-after', '60'), leave, 503);
  response.on('close', leave);
  response.set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  say('retry: 3000\n\n');

  function dataOf(event: LiveEvent): object {
    if (event.type === 'again') return {};
    if (event.type === 'gone') return { id: event.id };
    const row = <RequestRow request={event.request} governance={deps.governance()} />;
    return { id: event.request.id, html: renderToString(row) };
  }
}

function refuse(response: Response, no: Refusal, status: number): void {
  response.status(status).json({ code: no.code, says: no.says, next: no.next });
}
