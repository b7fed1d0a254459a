/**
 * What a database job gets: an account that may read exactly the datasets granted, and a network in
 * which there is nothing but the database. Both are made before the job starts and taken away after it.
 */
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Clock } from '../../src/lib/clock.ts';
import { keyedDigest } from '../../src/lib/hash.ts';
import { ID_PATTERN } from '../../src/lib/ids.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import type { JobSpec } from '../executor/executor.ts';
import type { Isolation } from '../executor/isolation.ts';
import { directNetwork } from './direct.ts';
import { databaseNetwork } from './network.ts';
import { roles } from './roles.ts';
import { noAccount, noDataset, unavailable } from './words.ts';

export interface DatabaseOptions {
  /** Same as the executor's. */
  owner: string;
  stateDir: string;
  /** The engine's socket, as the executor's. */
  socketPath?: string;
  /** The pinned server. */
  host: string;
  port: number;
  /** Dataset → `schema.table`, or `schema` for all tables of it. */
  datasets: Record<string, string[]>;
  access:
    | { kind: 'roles'; database: string; admin: { user: string; password: string } }
    | { kind: 'accounts'; accounts: Account[] };
  /** False only with the executor `process`: jobs then have no network of their own. */
  isolated?: boolean;
  /** As the executor's. */
  isolation?: Isolation;
  /** Connections a job may hold at once, 10 unless said. */
  connections?: number;
  statementTimeoutMs?: number;
  clock: Clock;
  log?: Logger;
}

/** A read-only account that the operator made, for a database that cannot make roles itself. */
export interface Account {
  /** It serves projects that are granted exactly these. */
  datasets: string[];
  database: string;
  user: string;
  password: string;
}

export interface JobDatabase {
  environment: { DATABASE_URL: string };
  network: JobSpec['network'];
}

export interface Database {
  /** Repeating it for the same id replaces the role and keeps password and network. Never throws for a lost database. */
  open(id: string, grant: { datasets: string[]; limits: { timeMs: number } }): Promise<JobDatabase | Refusal>;
  /** Harmless when there is nothing. Throws when the database or the engine is lost: call again. */
  close(id: string): Promise<void>;
  /** At the agent's start: takes away what jobs left that are not among these. */
  sweep(alive: ReadonlySet<string>): Promise<void>;
}

interface Login {
  database: string;
  user: string;
  password: string;
}

const CONNECTIONS = 10;
/** A job that starts late still gets in; the container's own clock ends it. */
const MARGIN_MS = 10 * 60_000;

export function database(options: DatabaseOptions): Database {
  const network = options.isolated === false ? directNetwork(options) : databaseNetwork(options);
  const secret = secretIn(options.stateDir);
  const { access } = options;
  const made =
    access.kind === 'roles'
      ? roles({ ...options, ...access, connections: options.connections ?? CONNECTIONS })
      : undefined;

  async function loginFor(id: string, datasets: string[], timeMs: number): Promise<Login | Refusal> {
    if (access.kind === 'accounts') {
      return access.accounts.find((account) => sameSet(account.datasets, datasets)) ?? noAccount(datasets);
    }
    // Derived, not drawn: a job that is prepared again after a crash is given what its container was told.
    const password = keyedDigest(secret, `role ${id}`);
    const tables = [...new Set(datasets.flatMap((dataset) => options.datasets[dataset] ?? []))];
    const validUntil = options.clock.now() + timeMs + MARGIN_MS;
    const user = await made?.grant({ job: id, password, tables, validUntil });
    if (user === undefined || isRefusal(user)) return user ?? noDataset();
    return { database: access.database, user, password };
  }

  return {
    async open(id, { datasets, limits }) {
      if (!ID_PATTERN.test(id)) throw new TypeError(`not a job id: ${id}`);
      const held = datasets.filter((dataset) => Object.hasOwn(options.datasets, dataset)).sort();
      if (held.length === 0) return noDataset();
      const [login, way] = await Promise.allSettled([loginFor(id, held, limits.timeMs), network.open(id)]);
      const failed = [login, way].find((one) => one.status === 'rejected');
      if (failed)
        options.log?.warn(
          { err: failed.reason, job: id, code: 'database.unavailable' },
          'No database for a job',
        );
      if (login.status === 'fulfilled' && !isRefusal(login.value) && way.status === 'fulfilled') {
        return { environment: { DATABASE_URL: addressOf(login.value) }, network: way.value };
      }
      await this.close(id).catch((err: unknown) => {
        options.log?.warn(
          { err, job: id, code: 'database.leftover' },
          'Rights of a job are left until the next start',
        );
      });
      return login.status === 'fulfilled' && isRefusal(login.value) ? login.value : unavailable();
    },

    async close(id) {
      await both(made?.drop(id), network.close(id));
    },

    async sweep(alive) {
      await both(made?.dropAllBut(alive), network.closeAllBut(alive));
    },
  };

  function addressOf({ user, password, database: name }: Login): string {
    const part = encodeURIComponent;
    return `postgresql://${part(user)}:${part(password)}@${network.hostInside}:${options.port}/${part(name)}`;
  }
}

/** Both are tried to their end; the first failure is then thrown. */
async function both(...works: (Promise<void> | undefined)[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) {
    if (result.status === 'rejected') throw result.reason as Error;
  }
}

function sameSet(one: string[], other: string[]): boolean {
  return JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
}

/** 256 bits that never leave this file; made at the first start. */
function secretIn(stateDir: string): string {
  mkdirSync(stateDir, { recursive: true });
  const file = path.join(stateDir, 'database-secret');
  try {
    writeFileSync(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
