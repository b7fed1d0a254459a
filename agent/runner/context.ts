/** What every step of a run is given. Nothing here changes while the agent runs. */
import type { Clock } from '../../src/lib/clock.ts';
import type { KeyPair } from '../../src/lib/keys.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import type { RunTask, ZoneReason } from '../../src/protocol/messages.ts';
import type { Executor, JobSpec } from '../executor/executor.ts';
import type { Store } from '../store/store.ts';
import type { At } from './checkpoint.ts';
import type { Owner } from './export.ts';
import type { Layout } from './layout.ts';
import type { RunPlan } from './types.ts';

/** The zone's own check said no. */
export interface ZoneRefusal {
  refused: true;
  reason: ZoneReason;
}

/** Rights of one job in the database, made before it starts and dropped after it: agent/database. */
export interface DatabaseAccess {
  /** Repeating it for the same id replaces what it gave before. */
  open(
    id: string,
    grant: { datasets: string[]; limits: { timeMs: number } },
  ): Promise<{ environment: Record<string, string>; network: JobSpec['network'] } | Refusal>;
  /** Harmless when there is nothing. */
  close(id: string): Promise<void>;
  /** At the agent's start: takes away what jobs left that are not among these. */
  sweep(alive: ReadonlySet<string>): Promise<void>;
}

export interface RunContext {
  layout: Layout;
  store: Store;
  executor: Executor;
  key: KeyPair;
  clock: Clock;
  logger: Logger;
  at: At;
  checkpoint: (point: string) => void;
  /** Users that jobs run as; never root. */
  owner: Owner;
  backend: string;
  /** Governance, repository, branch, image and rights, checked in the zone. Throws when it cannot know. */
  derive(task: RunTask, signal: AbortSignal): Promise<RunPlan | ZoneRefusal>;
  matches(pattern: string, path: string): boolean;
  /** Only where zone.yml names a database. */
  database?: DatabaseAccess;
}
