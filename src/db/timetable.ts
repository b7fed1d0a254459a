/**
 * The timetable: work that is due at times of the day, kept in the database, so that it is done once by
 * whichever process is there, and not forgotten over a restart. pg-boss, on PGlite and PostgreSQL alike.
 */
import type { PGlite } from '@electric-sql/pglite';
import type { Pool } from 'pg';
import { fromPglite, PgBoss, type Db as BossDatabase } from 'pg-boss';
import type { Logger } from '../lib/logger.ts';
import type { OpenDatabase } from './open.ts';

/** pg-boss makes and keeps its own tables, in a schema of their own. */
const SCHEMA = 'timetable';

/** A process that dies, or stands still, in the middle is known by its silence, and the work is done again by another. */
const KEPT = { retryLimit: 2, retryDelay: 60, heartbeatSeconds: 30 };

export interface Appointment {
  /** `[a-z-]+` */
  name: string;
  /** Five fields, in UTC. */
  cron: string;
  /** Must be harmless when it comes twice. */
  work(): Promise<void>;
}

export interface Timetable {
  /** Lets what is being done come to its end. */
  stop(): Promise<void>;
}

/** Throws when the database is away meanwhile; nothing is kept then, and it can be tried again. */
export async function keepTimetable(
  database: OpenDatabase,
  appointments: readonly Appointment[],
  logger: Logger,
): Promise<Timetable> {
  const boss = new PgBoss({
    db: connection(database),
    schema: SCHEMA,
    ...(database.kind === 'pglite' && { backend: 'pglite' as const }),
  });
  boss.on('error', (error) =>
    logger.warn({ err: error, code: 'timetable.database' }, 'The timetable is not served'),
  );
  try {
    await boss.start();
    for (const { name, cron, work } of appointments) {
      // Stately: one waits, one runs; whoever was away for a day has one to catch up with, not twenty-four.
      await boss.createQueue(name, { policy: 'stately', ...KEPT });
      // One that an earlier version made: only what may change.
      await boss.updateQueue(name, KEPT);
      await boss.schedule(name, cron);
      // What fell due while nobody was there; before anybody looks, or it waits for the second look.
      await boss.send(name, {});
      await boss.work(name, { pollingIntervalSeconds: 10 }, async () => {
        try {
          await work();
        } catch (error) {
          logger.warn(
            { err: error, code: 'timetable.failed', work: name },
            'Timed work failed; it is tried again',
          );
          throw error;
        }
      });
    }
  } catch (error) {
    // What had begun is not left running beside the next attempt.
    await boss.stop({ graceful: false }).catch(() => undefined);
    throw error;
  }
  return { stop: () => boss.stop({ graceful: true, timeout: 5000 }) };
}

/** The drivers beneath drizzle: pg-boss speaks several statements at once, which drizzle does not. */
function connection({ db, kind }: OpenDatabase): BossDatabase {
  const { $client } = db as unknown as { $client: unknown };
  if (kind === 'pglite') return fromPglite($client as PGlite);
  const pool = $client as Pool;
  return { executeSql: (text, values) => pool.query(text, values) };
}
