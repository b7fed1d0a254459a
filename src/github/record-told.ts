/**
 * Keys, alerts and archived workspaces of a governance version, and the keys of the log itself, in the public log: what was told so far is a row
 * beside the entries, written in their transaction, so that each change is told once.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, type Db, type Tx } from '../db/database.ts';
import { record } from '../db/record.ts';
import { allTold, toldChanges, type AllTold, type Governance, type Told } from '../governance/governance.ts';
import { isoTime } from '../lib/clock.ts';
import type { Room } from './room.ts';

const TOLD = 'governance:told';
const LOG_KEYS = 'ledger:keys';
const SUBJECTS = { key: 'backend', alert: 'alert', workspace: 'workspace' } as const;
const ARCHIVED = { given: 'archived', ended: 'reopened', changed: 'archived' } as const;

interface Held {
  version: string;
  told: [key: string, told: Told][];
}

/** Whether the log was told of this version's. */
export async function toldIsOf(db: Db | Tx, version: string): Promise<boolean> {
  const found = await rowsOf(
    db,
    sql`select 1 from settings where key = ${TOLD} and value ->> 'version' = ${version}`,
  );
  return found.length > 0;
}

/** In the transaction that records the version, under its lock. */
export async function recordTold(tx: Tx, governance: Governance, now: number): Promise<void> {
  const [row] = await rowsOf<{ value: Held }>(tx, sql`select value from settings where key = ${TOLD}`);
  const before: AllTold = new Map(row?.value.told);
  const after = allTold(governance);
  await record(
    tx,
    ...toldChanges(before, after).map(({ event, told }) => ({
      time: isoTime(now),
      type: told.type,
      actor: 'hub',
      subject: `${SUBJECTS[told.type]}:${told.subject}`,
      policy_commit: governance.commit,
      body: { event: told.type === 'workspace' ? ARCHIVED[event] : event, ...told.body },
    })),
  );
  await keep(tx, TOLD, { version: governance.commit, told: [...after] } satisfies Held, now);
}

/** Once for each key that the log is signed with, and once when it is not any more. */
export async function recordLogKeys(
  { db, clock }: Pick<Room, 'db' | 'clock'>,
  log: { origin: string; signers: readonly { text: string }[] } | undefined,
): Promise<void> {
  const keys = (log?.signers ?? []).map(({ text }) => text);
  const now = clock.now();
  await db.transaction(async (tx) => {
    await tx.execute(sql`
      insert into settings (key, value, updated_at) values (${LOG_KEYS}, '[]'::jsonb, ${now}::bigint) on conflict (key) do nothing`);
    const [row] = await rowsOf<{ value: string[] }>(
      tx,
      sql`select value from settings where key = ${LOG_KEYS} for update`,
    );
    const before = row?.value ?? [];
    const changes = [
      ...before.filter((key) => !keys.includes(key)).map((key) => ({ event: 'ended', key })),
      ...keys.filter((key) => !before.includes(key)).map((key) => ({ event: 'given', key })),
    ];
    if (changes.length === 0) return;
    await record(
      tx,
      ...changes.map((body) => ({
        time: isoTime(now),
        type: 'key' as const,
        actor: 'hub',
        subject: `log:${body.key.slice(0, body.key.indexOf('+')).replace(/[^A-Za-z0-9._/@-]/g, '_')}`,
        policy_commit: null,
        body,
      })),
    );
    await keep(tx, LOG_KEYS, keys, now);
  });
}

async function keep(tx: Tx, key: string, value: unknown, now: number): Promise<void> {
  await tx.execute(sql`
    insert into settings (key, value, updated_at) values (${key}, ${asJson(value)}::jsonb, ${now}::bigint)
    on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`);
}
