/** What an airlock reports: answers to orders, shown copies, new browsers. Repeats change nothing. */
import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { asJson, rowsOf } from '../db/database.ts';
import { isoTime } from '../lib/clock.ts';
import type { AirlockReport, airlockReportAnswer } from '../protocol/protocol.ts';
import type { Airlock } from './airlocks.ts';
import { changeOutputs, type Change } from './change.ts';
import { takeRestored } from './epochs.ts';
import { takeAnswers } from './orders.ts';
import { takeShown } from './shown.ts';
import type { OutputsDeps } from './types.ts';
import { recalledPeople } from './unsaid.ts';

type Answer = z.infer<typeof airlockReportAnswer>;

/** One transaction each, so that one request that may not be shown keeps nothing else back. */
export async function takeReport(deps: OutputsDeps, caller: Airlock, report: AirlockReport): Promise<Answer> {
  const refused: Answer['refused'] = [];
  for (const shown of report.shown) {
    const no = await takeShown(deps, caller, shown);
    if (!no) continue;
    deps.logger.error({ code: no.code, ...caller, request: shown.id }, 'A shown request was not taken');
    refused.push({ request: shown.id, code: no.code });
  }
  // After the requests: whoever hears that an order was done finds what it made.
  await changeOutputs(deps, async (change) => {
    await takeAnswers(change, caller, report.answers);
    await takeBrowsers(change, caller, report.newBrowsers);
    if (report.record) await takeRecord(change, caller, report.record);
    if (report.restored) await takeRestored(change, caller, report.restored);
  });
  const withRecalls = report.shown
    .filter(({ id, batches }) => !refused.some(({ request }) => request === id) && batches.some(hasRecalls))
    .map(({ id }) => id);
  const recalled = await recalledPeople(deps.db, withRecalls);
  return { taken: true, refused, ...(recalled.length > 0 ? { recalled } : {}) };
}

const hasRecalls = ({ recalled }: { recalled: readonly number[] }): boolean => recalled.length > 0;

async function takeBrowsers(
  change: Change,
  { backend, airlock }: Airlock,
  browsers: AirlockReport['newBrowsers'],
): Promise<void> {
  if (browsers.length === 0) return;
  const fresh = await rowsOf<{ id: string; person: number; at: number }>(
    change.tx,
    sql`
      insert into new_browsers (id, backend, airlock, person, at)
      select id, ${backend}, ${airlock}, person, at
      from json_to_recordset(${asJson(browsers)}) as row (id text, person bigint, at bigint)
      on conflict (id) do nothing returning id, person::float8 as person, at::float8 as at`,
  );
  for (const { id, person, at } of fresh) {
    change.tell({
      type: 'login',
      actor: `person:${person}`,
      subject: `browser:${id}`,
      body: { event: 'new-browser', backend, at: isoTime(Math.min(at, change.now)) },
    });
    change.show('browser', id);
  }
}

/** Into the public ledger, where the zone itself cannot change it; the same again is no news. */
async function takeRecord(
  change: Change,
  { backend, airlock }: Airlock,
  { at, digest }: NonNullable<AirlockReport['record']>,
): Promise<void> {
  const { tx, now } = change;
  const fresh = await rowsOf(
    tx,
    sql`
      insert into settings (key, value, updated_at)
      values (${`zone-record:${backend}/${airlock}`}, ${JSON.stringify(digest)}::jsonb, ${now}::bigint)
      on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at
        where settings.value <> excluded.value
      returning 1`,
  );
  if (fresh.length === 0) return;
  change.tell({
    type: 'release',
    actor: `airlock:${backend}/${airlock}`,
    subject: `record:${backend}/${airlock}`,
    body: { event: 'zone-record', backend, until: isoTime(Math.min(at, now)), digest },
  });
}
