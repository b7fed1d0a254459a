/**
 * Freezing and lifting: the row, its leaf in the public record and the act that zones hear of, in one
 * transaction. Whoever gives out work looks at the row; whoever waits is woken when it has committed.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db, type Tx } from '../db/database.ts';
import { record } from '../db/record.ts';
import {
  mayFreeze,
  ownScope,
  scopeRefusal,
  unfreezing,
  type Freeze,
  type FreezeScope,
  type Governance,
  type WhenFrozen,
} from '../governance/governance.ts';
import { isoTime } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { FreezeActTold } from '../protocol/protocol.ts';
import { freezesOn, type FreezeView } from './on.ts';

/** Channel on which every hub hears that something was frozen or lifted, and answers its open polls. */
const FREEZES_CHANNEL = 'sallyport_freezes';

export interface FreezesDeps {
  db: Db;
  now: number;
  governance: Governance;
}

export interface Asker {
  id: number;
  login: string;
}

export interface FreezeOrder {
  /** Follows from the command. */
  id: string;
  scope: FreezeScope;
  running: WhenFrozen;
  why: string;
  by: Asker;
}

/** Refuses `freeze.…`. The same order again changes nothing. */
export async function freeze(
  { db, now, governance }: FreezesDeps,
  order: FreezeOrder,
): Promise<FreezeView | Refusal> {
  const no = mayFreeze(governance, order.by.id, now) ?? scopeRefusal(governance, order.scope);
  if (no) return no;
  const { id, running, why, by } = order;
  const scope = ownScope(governance, order.scope);
  return db.transaction(async (tx) => {
    await oneAtATime(tx);
    const subject = subjectOf(scope);
    const made = await rowsOf(
      tx,
      sql`
        insert into freezes (id, scope, subject, running, why, by, by_login, at)
        values (${id}, ${scope.kind}, ${subject}, ${running}, ${why}, ${by.id}::bigint, ${by.login}, ${now}::bigint)
        on conflict do nothing returning id`,
    );
    const held: Freeze = { id, scope, running, at: now };
    if (made.length > 0) {
      await tell(tx, { act: 'freeze', ...held, by: by.id });
      await record(
        tx,
        leaf(governance, now, by.id, id, { event: 'frozen', scope: scope.kind, subject, running }),
      );
    }
    return (await freezesOn(tx)).find((each) => each.id === id) ?? { ...held, why, by, lift: null };
  });
}

export interface Unfrozen {
  outcome: 'asked' | 'lifted';
  scope: FreezeScope;
  /** Login of whoever asked first, when it was lifted. */
  first: string;
}

/** All freezes of exactly this scope: begins their lifting, or ends it as the second person. */
export async function unfreeze(
  { db, now, governance }: FreezesDeps,
  { by, heardAt, ...asked }: { scope: FreezeScope; by: Asker; heardAt: number },
): Promise<Unfrozen | Refusal> {
  const scope = ownScope(governance, asked.scope);
  return db.transaction(async (tx) => {
    await oneAtATime(tx);
    const on = (await freezesOn(tx)).filter((each) => isSame(each.scope, scope));
    const before = on.length === 0 ? await liftedBefore(tx, scope, by, heardAt) : undefined;
    if (before) return { outcome: 'lifted', scope, first: before };
    const outcome = unfreezing(governance, on, { person: by.id, at: now, heardAt });
    if (isRefusal(outcome)) return outcome;
    for (const each of on) await (outcome === 'asked' ? ask(tx, each, by, now) : lift(tx, each, by, now));
    for (const each of on) {
      const first: Record<string, number> = outcome === 'lifted' ? { asked_by: each.lift!.by } : {};
      const subject = subjectOf(scope);
      const event = outcome === 'lifted' ? 'lifted' : 'unfreezing-asked';
      await record(
        tx,
        leaf(governance, now, by.id, each.id, { event, scope: scope.kind, subject, ...first }),
      );
    }
    return { outcome, scope, first: outcome === 'lifted' ? on[0]!.lift!.login : by.login };
  });
}

/** By this very word: a hub may have died after it had lifted the freeze and before it could say so. */
async function liftedBefore(
  tx: Tx,
  scope: FreezeScope,
  by: Asker,
  heardAt: number,
): Promise<string | undefined> {
  const [row] = await rowsOf<{ first: string }>(
    tx,
    sql`
      select lift_by_login as first from freezes
      where scope = ${scope.kind} and subject is not distinct from ${subjectOf(scope)}
        and lifted_by = ${by.id}::bigint and lifted_at >= ${heardAt}::bigint limit 1`,
  );
  return row?.first;
}

async function ask(tx: Tx, { id }: FreezeView, by: Asker, now: number): Promise<void> {
  await tx.execute(sql`
    update freezes set lift_by = ${by.id}::bigint, lift_by_login = ${by.login}, lift_at = ${now}::bigint
    where id = ${id} and lifted_at is null`);
}

async function lift(tx: Tx, { id, lift: first }: FreezeView, by: Asker, now: number): Promise<void> {
  await tx.execute(sql`
    update freezes set lifted_by = ${by.id}::bigint, lifted_by_login = ${by.login}, lifted_at = ${now}::bigint
    where id = ${id} and lifted_at is null`);
  await tell(tx, { act: 'lift', id, by: [first!.by, by.id], at: now });
}

type Told = FreezeActTold extends infer Act
  ? Act extends { seq: number }
    ? Omit<Act, 'seq'>
    : never
  : never;

/**
 * Numbered by the clock: a hub that was restored gives no number again that a zone has heard, which would then not
 * ask for what stands under it.
 */
async function tell(tx: Tx, act: Told): Promise<void> {
  await tx.execute(sql`
    insert into freeze_acts (seq, act)
    select greatest(${act.at}::bigint, coalesce(max(seq), 0) + 1), ${JSON.stringify(act)}::jsonb from freeze_acts`);
  await tx.execute(sql`select pg_notify(${FREEZES_CHANNEL}, '')`);
}

/** Acts are numbered in the order in which they are committed: a zone never misses one between two it heard. */
async function oneAtATime(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(7306, 0)`);
}

/** Lets whoever waits in this process hear of what any hub froze or lifted. Returns how to stop. */
export async function hearFreezes(
  database: { listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> },
  signals: { wakeAll(): void },
): Promise<() => Promise<void>> {
  return database.listen(FREEZES_CHANNEL, () => signals.wakeAll());
}

const subjectOf = (scope: FreezeScope): string | null => (scope.kind === 'all' ? null : scope.id);

const isSame = (a: FreezeScope, b: FreezeScope): boolean =>
  a.kind === b.kind && subjectOf(a) === subjectOf(b);

function leaf(
  governance: Governance,
  now: number,
  by: number,
  id: string,
  body: Record<string, string | number | null>,
) {
  return {
    time: isoTime(now),
    type: 'freeze' as const,
    actor: `person:${by}`,
    subject: `freeze:${id}`,
    policy_commit: governance.commit,
    body,
  };
}
