/**
 * What could not be told: to the hub, which has been away for long or does not take it, or by the hub to
 * GitHub. Told once to the record and shown to operators, with a code and nothing else. Whoever tells goes
 * on trying; what was told after all is over.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../../src/db/open.ts';
import { hours, isoDay } from '../../src/lib/clock.ts';
import type { Core, Db } from './core.ts';
import type { FailedNotice } from './page-data.ts';
import { logLines } from './log.ts';
import { pendingHead } from './record-heads.ts';

/** What has waited for longer than this should be known of. */
const LONG_MS = hours(1);
/** Shown of what is over. */
const RECENT = 20;

export type Topic = 'shown' | 'issue' | 'browser' | 'record';

export interface Notice {
  topic: Topic;
  subject: string;
  /** Another version is another notice. */
  version: number;
  code: string;
}

/** Once for each notice, however often it is said. */
export async function noticeFailed(core: Core, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  await core.db.transaction(async (tx) => {
    const fresh = await rowsOf<Notice>(
      tx,
      sql`
        insert into failed_notices (topic, subject, version, code, at)
        select topic, subject, version, code, ${core.clock.now()}::bigint
        from json_to_recordset(${asJson(notices)}) as row (topic text, subject text, version int, code text)
        on conflict do nothing returning topic, subject, version, code`,
    );
    await logLines(
      core,
      tx,
      fresh.map(({ topic, subject, code }) => ({
        type: 'NOTIFY_FAILED',
        person: null,
        ...(topic === 'shown' || topic === 'issue' ? { request: subject } : {}),
        details: { topic, code },
      })),
    );
  });
}

/** The request's newest news are not taken. */
export async function shownFailed(core: Core, request: string, code: string): Promise<void> {
  const rows = await rowsOf<{ version: number }>(
    core.db,
    sql`select version from outbox where topic = 'shown' and subject = ${request} and version > told`,
  );
  await noticeFailed(
    core,
    rows.map(({ version }) => ({ topic: 'shown', subject: request, version, code })),
  );
}

/** The hub's whole list of what it cannot show on GitHub now; what is on it no longer is over. */
export async function issuesFailed(
  core: Core,
  unsaid: readonly { request: string; code: string; since: number }[],
): Promise<void> {
  const known = await rowsOf<{ id: string }>(
    core.db,
    sql`select id from requests where id in (select json_array_elements_text(${asJson(unsaid.map(({ request }) => request))}))`,
  );
  const ours = unsaid.filter(({ request }) => known.some(({ id }) => id === request));
  await noticeFailed(
    core,
    ours.map(({ request, code, since }) => ({
      topic: 'issue',
      subject: request,
      // In seconds: one row of the hub's outbox, and small enough for a number of the database.
      version: Math.floor(since / 1000),
      code,
    })),
  );
  const still = ours.map(({ request, since }) => `${request} ${Math.floor(since / 1000)}`);
  await core.db.execute(sql`
    update failed_notices set over_at = ${core.clock.now()}::bigint
    where topic = 'issue' and over_at is null
      and subject || ' ' || version not in (select json_array_elements_text(${asJson(still)}))`);
}

/** Whom the hub told of recalls; it tells the whole list each time. */
export async function keepTold(
  core: Core,
  told: readonly { request: string; file: number; people: readonly number[] }[],
): Promise<void> {
  const rows = told.flatMap(({ request, file, people }) =>
    people.map((person) => ({ request, file, person })),
  );
  if (rows.length === 0) return;
  await core.db.execute(sql`
    insert into recalls_told (request, file, person, at)
    select t.request, t.file, t.person, ${core.clock.now()}::bigint
    from json_to_recordset(${asJson(rows)}) as t (request text, file int, person bigint)
      join requests r on r.id = t.request
    on conflict do nothing`);
}

/** By the clock: what has waited too long, and what was told after all. */
export async function tendNotices(core: Core): Promise<void> {
  const now = core.clock.now();
  const before = now - LONG_MS;
  const waiting = await rowsOf<Notice>(
    core.db,
    sql`
      select topic, subject, version, 'link.hub-away' as code from outbox
        where topic = 'shown' and version > told and at < ${before}::bigint
          and not exists (select 1 from failed_notices f
            where f.topic = outbox.topic and f.subject = outbox.subject and f.over_at is null)
      union all
      select 'browser', id, 1, 'link.hub-away' from announcements where told_at is null and at < ${before}::bigint`,
  );
  const head = await pendingHead(core);
  const day = head && isoDay(head.at);
  if (head && head.at < before)
    waiting.push({ topic: 'record', subject: day!, version: 1, code: 'link.hub-away' });
  await noticeFailed(core, waiting);
  await core.db.execute(sql`
    update failed_notices f set over_at = ${now}::bigint
    where f.over_at is null and (
      (f.topic = 'shown' and exists (
        select 1 from outbox o where o.topic = 'shown' and o.subject = f.subject and o.told >= f.version))
      or (f.topic = 'record' and f.subject <> ${day ?? ''})
      or (f.topic = 'browser' and exists (
        select 1 from announcements a where a.id = f.subject and a.told_at is not null)))`);
}

/** Those that still wait, and the last that did. */
export async function failedNotices(db: Db): Promise<FailedNotice[]> {
  return rowsOf<FailedNotice>(
    db,
    sql`select topic, subject, code, at::float8 as at, over_at::float8 as "overAt" from failed_notices
        order by over_at is not null, at desc limit ${RECENT}::int`,
  );
}
