/**
 * The tasks as the hub signed them, for handing on: the proxy lets commits through that such a task names
 * (docs/decisions/0031-wanted-commits.md). The hub signs each open task anew with every answer, so what is over
 * needs no taking out: it expires.
 */
import path from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../src/lib/clock.ts';
import { readJsonIfWhole, writeWhole } from '../store/durable.ts';

const entries = z.record(z.string(), z.object({ jws: z.string(), exp: z.int() }));

/** Handed on a moment before, it must not expire on the way. */
const MARGIN_SECONDS = 5;

export class HandedTasks {
  readonly #file: string;
  readonly #clock: Clock;
  #known: Map<string, { jws: string; exp: number }>;

  /** `root`: the agent's state folder. */
  constructor(root: string, clock: Clock) {
    this.#file = path.join(root, 'handed.json');
    this.#clock = clock;
    this.#known = new Map(Object.entries(entries.safeParse(readJsonIfWhole(this.#file)).data ?? {}));
  }

  /** All that the hub listed. `exp` in seconds. */
  keep(tasks: readonly { id: string; jws: string; exp: number }[]): void {
    if (tasks.length === 0) return;
    for (const { id, jws, exp } of tasks) this.#known.set(id, { jws, exp });
    const now = this.#clock.now() / 1000;
    this.#known = new Map([...this.#known].filter(([, { exp }]) => exp > now));
    try {
      // Not synced: after a power cut the hub lists them again.
      writeWhole(this.#file, JSON.stringify(Object.fromEntries(this.#known)), { sync: false });
    } catch {
      // A full disk: this process knows them still, and the next one hears of them again.
    }
  }

  /** Undefined when it has expired: what was handed on before still counts there. */
  of(task: string): string | undefined {
    const known = this.#known.get(task);
    return known && known.exp - MARGIN_SECONDS > this.#clock.now() / 1000 ? known.jws : undefined;
  }
}
