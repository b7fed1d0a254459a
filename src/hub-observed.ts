/** How a hub's queues, jobs and record stand, looked up in the database when somebody reads: each hub of several says the same. */
import { sql } from 'drizzle-orm';
import { type OpenDatabase, rowsOf } from './db/open.ts';
import type { Room } from './github/github.ts';
import { agentKeys } from './governance/governance.ts';
import { minutes } from './lib/clock.ts';
import { bounded, type Metrics } from './lib/metrics.ts';
import { commonMetrics, type GovernanceLook } from './lib/role-metrics.ts';

/** Backends and agents come from governance; more than so many are counted together. */
const MANY = 200;

interface Observed {
  metrics: Metrics;
  /** Seconds since then; 0 for never. */
  age(at: number | null | undefined): number;
  /** Looks and shows at each reading, but not again before `everyMs` have passed. */
  look<R extends object>(query: string, show: (rows: R[]) => void, everyMs?: number): void;
}

export function observeHub(
  metrics: Metrics,
  { db, clock, governance: rules }: Pick<Room, 'db' | 'clock' | 'governance'>,
  database: Pick<OpenDatabase, 'pool'>,
  { startedAt, governance }: { startedAt: number; governance: GovernanceLook },
): void {
  commonMetrics(metrics, { startedAt, governance });
  const observed: Observed = {
    metrics,
    age: (at) => (at == null ? 0 : Math.max(0, (clock.now() - at) / 1000)),
    look(query, show, everyMs = 0) {
      let lookedAt = -Infinity;
      metrics.beforeReading(async () => {
        if (performance.now() - lookedAt < everyMs) return;
        show(await rowsOf(db, sql.raw(query)));
        lookedAt = performance.now();
      });
    },
  };
  queues(observed);
  jobs(observed);
  agents(observed, (backend, id) => {
    const now = rules.current();
    return !now || agentKeys(now, backend, clock.now()).some((key) => key.id === id);
  });
  record(observed);
  connections(observed, db, database);
}

function queues({ metrics, age, look }: Observed): void {
  const inbox = metrics.gauge('inbox_waiting', 'Deliveries that are stored and not handled');
  const inboxAge = metrics.gauge('inbox_oldest_seconds', 'How long the oldest of them has waited');
  look<{ n: number; oldest: number | null }>(
    `select count(*)::int as n, min(received_at)::float8 as oldest from inbox where state in ('received', 'working', 'failed')`,
    ([row]) => {
      inbox.set({}, row?.n ?? 0);
      inboxAge.set({}, age(row?.oldest));
    },
  );
  const outbox = metrics.gauge('outbox_waiting', 'News that GitHub does not show yet');
  const outboxAge = metrics.gauge('outbox_oldest_seconds', 'How long the oldest of them has waited');
  look<{ n: number; oldest: number | null }>(
    `select count(*)::int as n, min(created_at)::float8 as oldest from outbox where state in ('pending', 'sending')`,
    ([row]) => {
      outbox.set({}, row?.n ?? 0);
      outboxAge.set({}, age(row?.oldest));
    },
  );
  const handled = metrics.gauge('inbox_kept', 'Deliveries that are kept, by what became of them', {
    state: ['done', 'parked'],
  });
  const parked = metrics.gauge('outbox_parked', 'News that cannot be shown on GitHub');
  const parkedAge = metrics.gauge('inbox_parked_newest_seconds', 'How long ago the last delivery was parked');
  // These read whole tables: once a minute is enough.
  look<{ state: string; n: number; newest: number | null }>(
    `select state, count(*)::int as n, max(done_at)::float8 as newest from inbox where state in ('done', 'parked') group by state`,
    (rows) => {
      const put = rows.find(({ state }) => state === 'parked');
      handled.set({ state: 'done' }, rows.find(({ state }) => state === 'done')?.n ?? 0);
      handled.set({ state: 'parked' }, put?.n ?? 0);
      if (put) parkedAge.set({}, age(put.newest));
      else parkedAge.clear();
    },
    minutes(1),
  );
  look<{ n: number }>(
    `select count(*)::int as n from outbox where state = 'parked'`,
    ([row]) => parked.set({}, row?.n ?? 0),
    minutes(1),
  );
}

function jobs({ metrics, age, look }: Observed): void {
  const waiting = metrics.gauge('jobs', 'Jobs that wait or run, by backend', {
    backend: bounded(MANY),
    state: ['blocked', 'ready', 'running'],
  });
  const wait = metrics.gauge(
    'job_oldest_ready_seconds',
    'How long the oldest job that could start has waited',
    {
      backend: bounded(MANY),
    },
  );
  look<{ backend: string; blocked: number; ready: number; running: number; oldest: number | null }>(
    `select backend, count(*) filter (where state = 'running')::int as running,
       count(*) filter (where state = 'pending' and unmet > 0)::int as blocked,
       count(*) filter (where state = 'pending' and unmet = 0)::int as ready,
       min(greatest(created_at, not_before)) filter (where state = 'pending' and unmet = 0)::float8 as oldest
     from jobs where state = 'running' or state = 'pending' group by backend order by backend`,
    (rows) => {
      waiting.clear();
      wait.clear();
      for (const { backend, oldest, ...counts } of rows) {
        for (const state of ['blocked', 'ready', 'running'] as const)
          waiting.set({ backend, state }, counts[state]);
        wait.set({ backend }, age(oldest));
      }
    },
  );
}

/** Of one that governance no longer lets in nothing is told: it is silent for good, and nobody has to look why. */
function agents({ metrics, age, look }: Observed, mayCall: (backend: string, id: string) => boolean): void {
  const contact = metrics.gauge('agent_contact_seconds', 'Since an agent last called', {
    backend: bounded(MANY),
    agent: bounded(MANY),
  });
  const engine = metrics.gauge('agent_ready', '1 when an agent said that it can take jobs', {
    backend: bounded(MANY),
    agent: bounded(MANY),
  });
  look<{ backend: string; id: string; seen: number; engine: boolean }>(
    `select backend, id, last_seen_at::float8 as seen, engine from agents order by backend, id`,
    (rows) => {
      contact.clear();
      engine.clear();
      for (const { backend, id: agent, seen, engine: ready } of rows) {
        if (!mayCall(backend, agent)) continue;
        contact.set({ backend, agent }, age(seen));
        engine.set({ backend, agent }, ready ? 1 : 0);
      }
    },
  );
}

function record({ metrics, age, look }: Observed): void {
  const unnumbered = metrics.gauge(
    'ledger_unnumbered',
    'Entries of the record that the sequencer has not numbered yet',
  );
  const size = metrics.gauge('ledger_entries', 'Entries in the public log');
  const signed = metrics.gauge('ledger_signed_entries', 'Entries that the newest signed checkpoint covers');
  const signedAge = metrics.gauge('ledger_checkpoint_seconds', 'Since the newest checkpoint was signed');
  look<{ unnumbered: number; size: number | null; signed: number | null; at: number | null }>(
    `select (select count(*)::int from ledger_leaves where seq is null) as unnumbered,
       (select max(seq)::float8 + 1 from ledger_leaves) as size,
       (select max(size)::float8 from ledger_checkpoints) as signed,
       (select max(signed_at)::float8 from ledger_checkpoints) as at`,
    ([row]) => {
      unnumbered.set({}, row?.unnumbered ?? 0);
      size.set({}, row?.size ?? 0);
      signed.set({}, row?.signed ?? 0);
      if (row?.at == null) signedAge.clear();
      else signedAge.set({}, age(row.at));
    },
  );
}

function connections({ metrics }: Observed, db: Room['db'], database: Pick<OpenDatabase, 'pool'>): void {
  const pool = metrics.gauge(
    'database_connections',
    'Connections to PostgreSQL, and queries that wait for one',
    {
      state: ['open', 'idle', 'waiting'],
    },
  );
  const up = metrics.gauge('database_up', '1 when the database answered this reading');
  metrics.beforeReading(async () => {
    const now = database.pool?.();
    if (now) for (const state of ['open', 'idle', 'waiting'] as const) pool.set({ state }, now[state]);
    up.set({}, 0);
    await db.execute(sql`select 1`);
    up.set({}, 1);
  });
}
