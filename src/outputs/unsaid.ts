/**
 * What an airlock is told of how its news fared: requests that cannot be shown on GitHub, and who had a copy
 * of a recalled file. Codes and numeric ids; the zone records them.
 */
import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { asJson, rowsOf, type Db } from '../db/database.ts';
import type { airlockPollAnswer, airlockReportAnswer } from '../protocol/protocol.ts';
import type { Airlock } from './airlocks.ts';

type Unsaid = NonNullable<z.infer<typeof airlockPollAnswer>['unsaid']>;
type Recalled = NonNullable<z.infer<typeof airlockReportAnswer>['recalled']>;

/** Given up by the sender, and nothing newer of the request was shown since. */
export async function unsaidOf(db: Db, { backend, airlock }: Airlock): Promise<Unsaid> {
  const rows = await rowsOf<{ request: string; reason: string | null; since: number }>(
    db,
    sql`
      select distinct on (o.subject) o.subject as request, o.last_error as reason, o.created_at::float8 as since
      from outbox o join shown_requests r on r.id = o.subject
      where o.topic = 'review' and o.state = 'parked' and r.backend = ${backend} and r.airlock = ${airlock}
        and not exists (
          select 1 from outbox n where n.topic = o.topic and n.subject = o.subject and n.id > o.id and n.state = 'done')
      order by o.subject, o.id desc limit 100`,
  );
  return rows.map(({ request, reason, since }) => ({ request, code: codeOf(reason ?? ''), since }));
}

/** GitHub's own words stay here: the status tells what to do. */
function codeOf(reason: string): string {
  const status = Number(/^\d{3}/.exec(reason)?.[0] ?? 0);
  if (status === 0) return reason.startsWith('no answer') ? 'github.no-answer' : 'github.out-of-reach';
  if (status >= 500) return 'github.unwell';
  return status === 404 || status === 410 || status === 451 ? 'github.gone' : 'github.refused';
}

/** Of the requests just reported that have recalled files. */
export async function recalledPeople(db: Db, requests: readonly string[]): Promise<Recalled> {
  if (requests.length === 0) return [];
  const rows = await rowsOf<{ request: string; file: number; people: string }>(
    db,
    sql`
      select r.request, d.number as file, json_agg(distinct d.person)::text as people
      from releases r join release_downloads d on d.release = r.id
        join released_files f on f.release = d.release and f.number = d.number and f.recalled_at is not null
      where r.request in (select json_array_elements_text(${asJson(requests)}))
      group by r.request, d.number order by r.request, d.number limit 1000`,
  );
  return rows.map(({ people, ...rest }) => ({
    ...rest,
    people: (JSON.parse(people) as number[]).slice(0, 1000),
  }));
}
