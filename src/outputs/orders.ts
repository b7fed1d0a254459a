/**
 * Orders: what people asked on GitHub, on their way to the airlock and back.
 *
 * An order is given once and answered once. One that nobody took within a day has expired; one that was
 * handed over may have been done, so it waits longer, and a late answer replaces `order.expired`.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, textArray, type Db, type Tx } from '../db/database.ts';
import { frozenRefusal } from '../freezes/freezes.ts';
import { projectOfRepository } from '../governance/governance.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { days } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { orderClaims, PROTOCOL, type OrderAnswer, type ReviewDeed } from '../protocol/protocol.ts';
import { refusalOutside } from '../release/release.ts';
import { airlockFor, airlocksOf, type Airlock } from './airlocks.ts';
import { airlockKey, changeOutputs, type Change } from './change.ts';
import type { OrderToGive, OrderView, OutputsDeps } from './types.ts';
import * as words from './words.ts';

const UNTAKEN_MS = days(1);
const UNANSWERED_MS = days(3);
/** A signed order is a third longer than its claims; the protocol lets 16,384 characters through. */
const LONGEST_CLAIMS = 11_500;

export async function orderReview(deps: OutputsDeps, order: OrderToGive): Promise<OrderView | Refusal> {
  const bad = malformed(order, deps.clock.now());
  if (bad) return bad;
  return changeOutputs(deps, async (change) => {
    const known = await orderById(change.tx, order.id);
    if (known) return sameOrder(known, order) ? known : words.orderOtherContent(order.id);
    const stands = await standsStill(deps, change.tx, order);
    if (stands) return stands;
    const airlock = await destination(deps, change.tx, order);
    if (isRefusal(airlock)) return airlock;
    await insert(change, order, airlock);
    // Another hub may have been quicker with the same id.
    const made = await orderById(change.tx, order.id);
    if (!made || !sameOrder(made, order)) return words.orderOtherContent(order.id);
    change.airlocks.add(airlockKey(order.backend, airlock));
    return made;
  });
}

/** In no order; ids that are unknown are left out. */
export async function answersOf(db: Db, orders: readonly string[]): Promise<OrderView[]> {
  return rowsOf<OrderView>(
    db,
    sql`
      select id, backend, airlock, actor::float8 as actor, deed, state, code, created_at::float8 as "createdAt",
        answered_at::float8 as "answeredAt"
      from airlock_orders where id = any(${textArray(orders)})`,
  );
}

/** What is said on GitHub to an order that was not done; made from its code alone. */
export function whyNot({ state, code }: OrderView): Refusal | undefined {
  if (state === 'expired') return words.orderExpired();
  return state === 'refused' && code ? refusalOutside(code) : undefined;
}

/** The first answer stands; answers to orders of other airlocks are not heard. */
export async function takeAnswers(
  change: Change,
  { backend, airlock }: Airlock,
  answers: readonly OrderAnswer[],
): Promise<void> {
  const given = answers.map(({ order, outcome, code }) => ({
    id: order,
    state: outcome,
    code: outcome === 'refused' ? (code ?? 'order.refused') : null,
  }));
  const taken = await rowsOf<{ id: string }>(
    change.tx,
    sql`
      update airlock_orders as known set state = given.state, code = given.code, answered_at = ${change.now}::bigint
      from json_to_recordset(${asJson(given)}) as given (id text, state text, code text)
      where known.id = given.id and known.backend = ${backend} and known.airlock = ${airlock}
        and known.state in ('waiting', 'expired')
      returning known.id`,
  );
  for (const { id } of taken) change.show('order', id);
}

/** How many were given up. */
export async function expireOrders(deps: OutputsDeps): Promise<number> {
  return changeOutputs(deps, async (change) => {
    const { now } = change;
    const expired = await rowsOf<{ id: string }>(
      change.tx,
      sql`
        update airlock_orders set state = 'expired', code = 'order.expired', answered_at = ${now}::bigint
        where state = 'waiting' and created_at < ${now - UNTAKEN_MS}::bigint
          and (handed_at is null or created_at < ${now - UNANSWERED_MS}::bigint)
        returning id`,
    );
    for (const { id } of expired) change.show('order', id);
    return expired.length;
  });
}

async function orderById(tx: Tx, id: string): Promise<OrderView | undefined> {
  return (await answersOf(tx, [id]))[0];
}

function sameOrder(known: OrderView, { backend, actor, deed }: OrderToGive): boolean {
  const facts = (order: Pick<OrderView, 'backend' | 'actor' | 'deed'>): string =>
    // In which turn it was said is looked up when it is given: asked again later, it is the same order.
    canonicalJson({ backend: order.backend, actor: order.actor, deed: { ...order.deed, turn: null } });
  return facts(known) === facts({ backend, actor, deed });
}

/** The request's own airlock; for a new request one that is chosen. */
async function destination(
  { governance, clock }: OutputsDeps,
  tx: Tx,
  { backend, deed }: OrderToGive,
): Promise<string | Refusal> {
  const policy = governance();
  const listed = policy ? airlocksOf(policy, backend, clock.now()) : [];
  const [owner] = await rowsOf<Airlock>(
    tx,
    sql`
      select backend, airlock from shown_requests where id = ${deed.request}
      union all select backend, airlock from airlock_orders where request = ${deed.request} limit 1`,
  );
  if (owner ? owner.backend !== backend || deed.type === 'release' : deed.type !== 'release')
    return words.unknownRequest();
  const airlock =
    owner?.airlock ??
    (deed.type === 'release' ? await airlockFor(tx, backend, deed.workspace, listed) : undefined);
  return airlock && listed.includes(airlock) ? airlock : words.noAirlock(backend);
}

/** What takes back or stops is carried at any time; the zone decides again. */
const GOES_ON: readonly ReviewDeed['type'][] = ['withdraw', 'unclaim', 'halt', 'revoke'];

/** Said while all stands still it would be done when it goes on, by somebody who may think otherwise by then. */
async function standsStill(
  { governance }: OutputsDeps,
  tx: Tx,
  { backend, deed }: OrderToGive,
): Promise<Refusal | undefined> {
  if (GOES_ON.includes(deed.type)) return undefined;
  const policy = governance();
  const [shown] = await rowsOf<{ project: string }>(
    tx,
    sql`select shown ->> 'project' as project from shown_requests where id = ${deed.request}`,
  );
  const named = deed.type === 'release' && policy && projectOfRepository(policy, deed.repository.id)?.id;
  return frozenRefusal(tx, { project: shown?.project ?? (named || null), backend });
}

async function insert(
  change: Change,
  { id, backend, actor, deed }: OrderToGive,
  airlock: string,
): Promise<void> {
  const { tx, now } = change;
  const [row] = await rowsOf<{ seq: number }>(
    tx,
    sql`
      insert into airlocks (backend, id, order_seq) values (${backend}, ${airlock}, 1)
      on conflict (backend, id) do update set order_seq = airlocks.order_seq + 1
      returning order_seq::float8 as seq`,
  );
  await tx.execute(sql`
    insert into airlock_orders (id, backend, airlock, seq, actor, request, deed, created_at)
    values (${id}, ${backend}, ${airlock}, ${row!.seq}, ${actor}, ${deed.request}, ${JSON.stringify(deed)}::jsonb, ${now})
    on conflict (id) do nothing`);
}

/** What no airlock could read must not stand in the row before what it can. */
function malformed({ id, backend, actor, deed }: OrderToGive, now: number): Refusal | undefined {
  const claims = {
    protocol: PROTOCOL,
    airlock: backend,
    backend,
    seq: 1,
    iat: 0,
    exp: 0,
    order: { id, actor, at: now, deed },
  };
  const checked = orderClaims.safeParse(claims);
  const issue = checked.error?.issues[0];
  if (issue) return words.orderMalformed(issue.path.join('.') || 'the top');
  return Buffer.byteLength(JSON.stringify(claims)) > LONGEST_CLAIMS ? words.orderTooLong() : undefined;
}
