/** How an airlock speaks to the hub: orders in; answers, shown copies, sign-ins and released files out. */
import type { KeyObject } from 'node:crypto';
import type { z } from 'zod';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import {
  AIRLOCK_PATHS,
  OLDER_EPOCH,
  airlockPollAnswer,
  airlockReportAnswer,
  releaseDeclarationAnswer,
  signInRedeemAnswer,
  signInStartAnswer,
  uploadAnswer,
  type AirlockReport,
  type airlockPoll,
  type OrderClaims,
  type ReleaseDeclaration,
} from './airlock.ts';
import { deedsAnswer, isSwitchDeed, type ToldDeed, type ZoneDeed } from './deeds.ts';
import { verifyFreezes, type FreezeActTold } from './freezes.ts';
import { HubCall, type HubCallOptions } from './hub-call.ts';
import { verifyOrder } from './orders.ts';
import { WITH_LEASES } from './versions.ts';

export interface AirlockClientOptions extends Omit<HubCallOptions, 'caller'> {
  airlock: string;
  hubKeys: readonly KeyObject[];
  /** Of the zone's record, read with each message that says it of itself; polls and reports are given theirs. Default 0. */
  epoch?: () => Promise<number>;
}

export interface OrdersPolled {
  /** Verified, in the order given. */
  orders: OrderClaims[];
  /** Orders that were not the hub's own word to this airlock. */
  refused: Refusal[];
  /** What the hub cannot show on GitHub now. */
  unsaid: NonNullable<z.infer<typeof airlockPollAnswer>['unsaid']>;
  /** What was frozen or lifted since what was named in the question. */
  freezes?: FreezeActTold[] | Refusal;
}

const GRACE_MS = 30_000;

export class AirlockClient {
  readonly #options: AirlockClientOptions;
  readonly #hub: HubCall;

  /** Throws Refused for an address that may not be spoken to. */
  constructor(options: AirlockClientOptions) {
    this.#options = options;
    this.#hub = new HubCall({ ...options, caller: options.airlock });
  }

  /** Resolves when an order above `seen` waits, or after `waitMs`. */
  async poll(
    ask: Omit<z.infer<typeof airlockPoll>, 'protocol'>,
    signal?: AbortSignal,
  ): Promise<OrdersPolled | Refusal> {
    const timeout = ask.waitMs + GRACE_MS;
    const answer = await this.#hub.ask(AIRLOCK_PATHS.poll, ask, airlockPollAnswer, { timeout, signal });
    if (isRefusal(answer)) return answer;
    const { airlock, backend, hubKeys, clock } = this.#options;
    const verified = await Promise.all(
      answer.orders.map(({ jws }) => verifyOrder({ jws, airlock, backend, hubKeys, clock })),
    );
    return {
      orders: verified.filter((order): order is OrderClaims => !isRefusal(order)),
      refused: verified.filter(isRefusal),
      unsaid: answer.unsaid ?? [],
      freezes: answer.freezes
        ? await verifyFreezes({ jws: answer.freezes.jws, to: airlock, backend, hubKeys, clock })
        : [],
    };
  }

  /** Repeats are harmless. Requests in `refused` were not taken, for the reason named. */
  report(report: Omit<AirlockReport, 'protocol'>, signal?: AbortSignal) {
    return this.#hub.ask(AIRLOCK_PATHS.report, report, airlockReportAnswer, { signal });
  }

  startSignIn(session: string, number: string, signal?: AbortSignal) {
    return this.#ofEpoch((epoch) =>
      this.#hub.ask(AIRLOCK_PATHS.signIn, { ...epoch, session, number }, signInStartAnswer, { signal }),
    );
  }

  /** Sent once: a code is good for one use, and a second try with the right one would look like theft. */
  redeem(session: string, code: string, signal?: AbortSignal) {
    return this.#ofEpoch((epoch) =>
      this.#hub.ask(AIRLOCK_PATHS.redeem, { ...epoch, session, code }, signInRedeemAnswer, {
        signal,
        tries: 1,
      }),
    );
  }

  /** The zone's switch is all that an airlock tells of deeds. */
  hasWord(deed: ZoneDeed): boolean {
    return isSwitchDeed(deed);
  }

  /** At most 100 at a time; how many the hub had not heard of. */
  async deeds(deeds: readonly ToldDeed[], signal?: AbortSignal): Promise<number | Refusal> {
    const told = deeds.flatMap(({ id, deed, at }) => (isSwitchDeed(deed) ? [{ id, deed, at }] : []));
    const answer = await this.#ofEpoch((epoch) =>
      this.#hub.ask(AIRLOCK_PATHS.deeds, { ...epoch, deeds: told }, deedsAnswer, { signal }),
    );
    return isRefusal(answer) ? answer : answer.taken;
  }

  /** The same declaration again is answered alike: which files the hub holds. */
  declare(declaration: Omit<ReleaseDeclaration, 'protocol'>, signal?: AbortSignal) {
    return this.#ofEpoch((epoch) =>
      this.#hub.ask(AIRLOCK_PATHS.declare, { ...declaration, ...epoch }, releaseDeclarationAnswer, {
        signal,
      }),
    );
  }

  /** One try of at most 30 s: whoever uploads decides when to try again. The hub answers with what it holds. */
  upload(release: string, number: number, bytes: Uint8Array, signal?: AbortSignal) {
    const path = `${AIRLOCK_PATHS.upload}/${release}/${number}`;
    const limit = AbortSignal.timeout(UPLOAD_MS);
    return this.#ofEpoch(({ epoch }) =>
      this.#hub.send(epoch === undefined ? path : `${path}?epoch=${epoch}`, bytes, uploadAnswer, {
        timeout: UPLOAD_MS,
        tries: 1,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      }),
    );
  }

  /**
   * With the epoch, to a hub that knows what that is. Which one it is may be known from its answer alone: one that
   * refused for want of the epoch, or because of it, has done nothing, and is told once more in words that it has.
   */
  async #ofEpoch<T>(say: (said: { epoch?: number }) => Promise<T | Refusal>): Promise<T | Refusal> {
    const epoch = (await this.#options.epoch?.()) ?? 0;
    if (epoch === 0) return say({});
    const knew = this.#hub.version >= WITH_LEASES;
    const answer = await say(knew ? { epoch } : {});
    const knows = this.#hub.version >= WITH_LEASES;
    const isAbout = isRefusal(answer) && answer.code === (knows ? OLDER_EPOCH : 'zone.malformed');
    return knows !== knew && isAbout ? say(knows ? { epoch } : {}) : answer;
  }
}

const UPLOAD_MS = 30_000;
