/** What every loop of the link works with. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Logger } from '../../../src/lib/logger.ts';
import type { AirlockClient } from '../../../src/protocol/protocol.ts';
import type { ZoneFreezes } from '../../freezes.ts';
import type { LinkRoom } from './types.ts';

/** What the link needs of src/protocol's AirlockClient. */
export type HubPort = Pick<
  AirlockClient,
  'poll' | 'report' | 'declare' | 'upload' | 'startSignIn' | 'redeem'
>;

export interface LinkParts {
  room: LinkRoom;
  hub: HubPort;
  /** Absent in tests: then nothing is ever frozen. */
  freezes?: Pick<ZoneFreezes, 'seq' | 'take'>;
  clock: Clock;
  logger: Logger;
  version: string;
  /** How long a poll stays open; default 50 s. */
  pollMs?: number;
  /** Looks without news, in case some was lost; default 60 s. */
  safetyMs?: number;
  /** For tests; default waits half of it at least. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export async function pauseFor({ pause = drawn }: LinkParts, ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, signal).catch(() => undefined);
}

async function drawn(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms / 2 + (Math.random() * ms) / 2, undefined, { signal });
}

/** News for one loop: told while nobody waits, it is kept. */
export class Bell {
  #rung = false;
  #go: () => void = () => undefined;

  ring(): void {
    this.#rung = true;
    this.#go();
  }

  /** Resolves at the next ring, at once when it rang since the last time, after `ms`, or when stopped. */
  async heard(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => this.#go(), ms);
        const stop = (): void => this.#go();
        this.#go = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', stop);
          this.#go = () => undefined;
          resolve();
        };
        signal.addEventListener('abort', stop, { once: true });
      });
    }
    this.#rung = false;
  }
}
