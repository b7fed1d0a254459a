/** What the agent's loop is made of: the hub as it sees it, and what it asks of the rest of the zone. */
import type { Refusal } from '../../src/lib/refusal.ts';
import type { DatabaseWord, Task } from '../../src/protocol/messages.ts';
import type { FreezeActTold } from '../../src/protocol/protocol.ts';
import type { ZoneFreezes } from '../freezes.ts';
import type { RunContext } from './context.ts';
import type { FreshGovernance } from './governance.ts';
import type { RunnerWatch } from './observe.ts';
import type { UpdatePort } from './reporter.ts';

/** What the loop needs of src/protocol's ZoneClient. */
export interface HubPort extends UpdatePort {
  poll(
    ask: { seen: number; waitMs: number; engine: boolean; freezes?: number; draining?: true },
    signal?: AbortSignal,
  ): Promise<
    | {
        version: number;
        tasks: { task: Task }[];
        refused: Refusal[];
        freezes?: readonly FreezeActTold[] | Refusal;
      }
    | Refusal
  >;
  heartbeat(
    beat: { engine: boolean; version: string; governance?: string; database?: DatabaseWord },
    signal?: AbortSignal,
  ): Promise<{ leaseMs?: number; list?: number } | Refusal | void>;
}

export interface RunnerOptions {
  context: RunContext;
  hub: HubPort;
  governance: Pick<FreshGovernance, 'look' | 'current'>;
  /** Absent in tests: then nothing is ever frozen. */
  freezes?: Pick<ZoneFreezes, 'seq' | 'take' | 'settle' | 'over' | 'onChange'>;
  version: string;
  /** What is said of the database; undefined while that is not known yet. */
  database?(): DatabaseWord | undefined;
  watch?: RunnerWatch;
  /** While it says so no new task is taken: the disk is nearly full. `onChange` calls when that may be over. */
  full?: { isFull(): boolean; onChange(changed: () => void): () => void };
  pollMs?: number;
  heartbeatMs?: number;
  governanceMs?: number;
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}
