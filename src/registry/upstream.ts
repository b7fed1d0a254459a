/** Another registry of codelists, asked over its check API; what it said is kept for a day. */
import { sql } from 'drizzle-orm';
import { request } from 'undici';
import { z } from 'zod';
import { rowsOf } from '../db/database.ts';
import { hours, seconds } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { CodelistFolder } from '../pipeline/pipeline.ts';
import type { RegistryDeps } from './types.ts';
import * as words from './words.ts';

const RECENT_MS = hours(24);
const TIMEOUT_MS = seconds(15);
const MOST_ANSWER = 1024 * 1024;

const lists = z.array(z.string().max(300)).max(5000);
const Answer = z.union([
  z.object({ status: z.literal('ok') }),
  z.object({
    status: z.literal('error'),
    data: z.union([
      z.object({ error: z.string().max(5000) }),
      z.object({ added: lists, removed: lists, changed: lists }),
    ]),
  }),
]);
type Answer = z.infer<typeof Answer>;

/** Posts the form; undefined when there is no answer that is understood. */
export type Ask = (address: string, form: URLSearchParams) => Promise<unknown>;

/** Undefined: it has nothing against these lists. */
export async function askUpstream(
  { db, clock }: RegistryDeps,
  base: string,
  { codelistsTxt = '', codelistsJson = '' }: CodelistFolder,
  ask: Ask = overHttp,
): Promise<Refusal | undefined> {
  const digest = sha256(JSON.stringify([base, codelistsTxt, codelistsJson]));
  const form = new URLSearchParams({ codelists: codelistsTxt, manifest: codelistsJson });
  const said = Answer.safeParse(await ask(`${base.replace(/\/+$/, '')}/api/v1/check/`, form));
  const now = clock.now();
  if (said.success) {
    await db.execute(sql`
      insert into codelist_verdicts (digest, answer, at) values (${digest}, ${JSON.stringify(said.data)}::jsonb, ${now}::bigint)
      on conflict (digest) do update set answer = excluded.answer, at = excluded.at`);
    return refusalOf(said.data);
  }
  const [kept] = await rowsOf<{ answer: unknown }>(
    db,
    sql`select answer from codelist_verdicts where digest = ${digest} and at > ${now - RECENT_MS}::bigint`,
  );
  return kept ? refusalOf(Answer.parse(kept.answer)) : words.upstreamAway();
}

function refusalOf(answer: Answer): Refusal | undefined {
  if (answer.status === 'ok') return undefined;
  const { data } = answer;
  if ('error' in data) return words.upstreamSays(`The registry says: ${data.error.slice(0, 300)}`);
  const told = [...data.changed, ...data.added, ...data.removed].slice(0, 5).join(', ');
  return words.upstreamSays(`The registry finds these lists changed: ${told.slice(0, 300) || 'some'}.`);
}

async function overHttp(address: string, form: URLSearchParams): Promise<unknown> {
  try {
    const { statusCode, body } = await request(address, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_ANSWER) return undefined;
      chunks.push(chunk);
    }
    return statusCode === 200 ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : undefined;
  } catch {
    return undefined;
  }
}
