/** How an agent speaks to the hub: the questions of the zone API. */
import type { KeyObject } from 'node:crypto';
import type { z } from 'zod';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { verifyFreezes, type FreezeActTold } from './freezes.ts';
import { deedsAnswer, isWordOf, type ToldDeed, type ZoneDeed } from './deeds.ts';
import { HubCall, type HubCallOptions } from './hub-call.ts';
import {
  heartbeatAnswer,
  pollAnswer,
  updateAnswer,
  ZONE_PATHS,
  type DatabaseWord,
  type PollRequest,
  type TaskClaims,
  type Update,
} from './messages.ts';
import { verifyTask } from './tasks.ts';
import { WITH_LEASES } from './versions.ts';

export interface ZoneClientOptions extends Omit<HubCallOptions, 'caller'> {
  agent: string;
  hubKeys: readonly KeyObject[];
  /** Hears of each run that was listed and verified, as it was signed: what shows others that the hub asked for it. */
  heard?: (tasks: readonly { id: string; jws: string; exp: number }[]) => void;
}

export interface PollResult {
  version: number;
  /** Verified, in the order given. */
  tasks: TaskClaims[];
  /** Tasks that were not the hub's own word to this agent. */
  refused: Refusal[];
  /** What was frozen or lifted since what was named in the question. */
  freezes?: FreezeActTold[] | Refusal;
}

export type UpdateAnswer = z.infer<typeof updateAnswer>['answers'][number];
export interface Heartbeat {
  engine: boolean;
  version: string;
  governance?: string;
  database?: DatabaseWord;
}

/** How long after the waiting the hub may take to answer. */
const GRACE_MS = 30_000;
const BEAT_MS = 4000;
const UPDATES_MS = 10_000;

export class ZoneClient {
  readonly #options: ZoneClientOptions;
  readonly #hub: HubCall;

  /** Throws Refused for an address that may not be spoken to. */
  constructor(options: ZoneClientOptions) {
    this.#options = options;
    this.#hub = new HubCall({ ...options, caller: options.agent });
  }

  /** Resolves when the list differs from `seen`, or after `waitMs`. */
  async poll(ask: Omit<PollRequest, 'protocol'>, signal?: AbortSignal): Promise<PollResult | Refusal> {
    const timeout = ask.waitMs + GRACE_MS;
    const answer = await this.#hub.ask(ZONE_PATHS.poll, this.#sayable(ask), pollAnswer, { timeout, signal });
    if (isRefusal(answer)) return answer;
    const { agent, backend, hubKeys, clock } = this.#options;
    const verified = await Promise.all(
      answer.tasks.map(({ jws }) => verifyTask({ jws, agent, backend, hubKeys, clock })),
    );
    this.#options.heard?.(
      verified.flatMap((claims, index) => {
        const jws = answer.tasks[index]?.jws;
        if (jws === undefined || isRefusal(claims) || claims.task.type !== 'run') return [];
        return [{ id: claims.task.id, jws, exp: claims.exp }];
      }),
    );
    return {
      version: answer.version,
      tasks: verified.filter((task): task is TaskClaims => !isRefusal(task)),
      refused: verified.filter(isRefusal),
      freezes: answer.freezes
        ? await verifyFreezes({ jws: answer.freezes.jws, to: agent, backend, hubKeys, clock })
        : [],
    };
  }

  /** An older hub refuses a field it does not know; an agent whose engine is away gets nothing new either. */
  #sayable({ draining, ...ask }: Omit<PollRequest, 'protocol'>): Omit<PollRequest, 'protocol'> {
    if (!draining) return ask;
    return this.#hub.version >= WITH_LEASES ? { ...ask, draining } : { ...ask, engine: false };
  }

  /** At most 100 at a time; one answer per update, in order. */
  async updates(updates: readonly Update[], signal?: AbortSignal): Promise<UpdateAnswer[] | Refusal> {
    const answer = await this.#hub.ask(ZONE_PATHS.updates, { updates }, updateAnswer, {
      timeout: UPDATES_MS,
      signal,
    });
    return isRefusal(answer) ? answer : answer.answers;
  }

  /** Whether the hub, as it was heard last, has a word for it. */
  hasWord(deed: ZoneDeed): boolean {
    return isWordOf(this.#hub.version, deed);
  }

  /** At most 100 at a time; how many the hub had not heard of. */
  async deeds(deeds: readonly ToldDeed[], signal?: AbortSignal): Promise<number | Refusal> {
    const answer = await this.#hub.ask(ZONE_PATHS.deeds, { deeds }, deedsAnswer, { signal });
    return isRefusal(answer) ? answer : answer.taken;
  }

  async heartbeat(
    { database, ...beat }: Heartbeat,
    signal?: AbortSignal,
  ): Promise<z.infer<typeof heartbeatAnswer> | Refusal> {
    const said = database && this.#hub.version >= WITH_LEASES ? { ...beat, database } : beat;
    // One that is lost in a hub that stands still must not keep the next one from another hub.
    return this.#hub.ask(ZONE_PATHS.heartbeat, said, heartbeatAnswer, { timeout: BEAT_MS, signal });
  }
}
