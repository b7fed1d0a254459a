/**
 * One signed question to the hub: timeouts, a bounded number of tries, an answer of limited size.
 *
 * Every message may be sent twice (the hub takes repeats as one), so a lost answer is simply asked for
 * again. No redirect is followed. A "no" of the hub is a refusal; a hub that cannot be reached is an exception.
 */
import type { KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { request, type Dispatcher } from 'undici';
import type { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import { limitedText } from '../lib/limited-text.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal, Refused, type Refusal } from '../lib/refusal.ts';
import { lineToHub } from './hub-line.ts';
import { PROTOCOL } from './messages.ts';
import { parsed, refusalIn } from './refusal-answer.ts';
import { signRequest } from './requests.ts';
import { commonVersion, spokenText, VERSION_HEADER, WE_SPEAK, type Spoken } from './versions.ts';
import * as words from './words.ts';

export interface HubCallOptions {
  /** The hub's origin, as zone.yml names it. */
  hub: string;
  /** Who calls: id of the agent or of the airlock. */
  caller: string;
  backend: string;
  key: KeyObject;
  clock: Clock;
  ids: Ids;
  dispatcher?: Dispatcher;
  /** Tries per call; default 4. */
  tries?: number;
  /** For tests; default waits. */
  pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
  random?: () => number;
  /** For tests; default what this program speaks. */
  speaks?: Spoken;
}

/** Of one call. */
export interface Patience {
  /** Until the answer begins; default 30 s. */
  timeout?: number;
  /** Default: those of the caller. */
  tries?: number;
  signal?: AbortSignal;
}

/** No answer, or each time the word that it cannot answer now (5xx): an outage, never a "no". */
export class HubUnreachable extends Error {
  readonly code = 'protocol.hub-away';
  readonly attempts: number;
  /** What was answered the last time, if anything was: 500 is a fault of the hub with this very message. */
  readonly status: number | undefined;

  constructor(attempts: number, { status, ...options }: ErrorOptions & { status?: number | undefined } = {}) {
    const answered = status === undefined ? '' : `, and answered ${status} in the last`;
    super(`the hub did not answer in ${attempts} tries${answered}`, options);
    this.name = 'HubUnreachable';
    this.attempts = attempts;
    this.status = status;
  }
}

const ANSWER_LIMIT = 16 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const BACKOFF_MS = 200;
const BACKOFF_LIMIT_MS = 4000;

interface Answer {
  status: number;
  text: string;
  /** Which versions the hub says it speaks. */
  versions: string | undefined;
}

interface Content {
  type: 'application/json' | 'application/octet-stream';
  bytes: string | Uint8Array;
}

export class HubCall {
  readonly #options: HubCallOptions;
  readonly #origin: string;
  readonly #speaks: Spoken;
  #version: number;

  /** Throws Refused for an address that may not be spoken to. */
  constructor(options: HubCallOptions) {
    const origin = parseOrigin(options.hub);
    if (isRefusal(origin)) throw new Refused(origin);
    this.#origin = origin;
    this.#options = options;
    this.#speaks = options.speaks ?? WE_SPEAK;
    this.#version = this.#speaks.oldest;
  }

  /** What may be said to the hub: the oldest version until it was heard, then the newest in common. */
  get version(): number {
    return this.#version;
  }

  /** A message of the protocol; the version is added. */
  ask<T>(path: string, message: object, schema: z.ZodType<T>, patience?: Patience): Promise<T | Refusal> {
    const bytes = JSON.stringify({ protocol: PROTOCOL, ...message });
    return this.#call(path, { type: 'application/json', bytes }, schema, patience);
  }

  /** Bytes as they are. */
  send<T>(path: string, bytes: Uint8Array, schema: z.ZodType<T>, patience?: Patience): Promise<T | Refusal> {
    return this.#call(path, { type: 'application/octet-stream', bytes }, schema, patience);
  }

  async #call<T>(
    path: string,
    content: Content,
    schema: z.ZodType<T>,
    patience: Patience = {},
  ): Promise<T | Refusal> {
    const { timeout = TIMEOUT_MS, signal, tries = this.#options.tries ?? 4 } = patience;
    let cause: unknown;
    let status: number | undefined;
    for (let attempt = 1; attempt <= tries; attempt++) {
      signal?.throwIfAborted();
      try {
        const answer = await this.#once(path, content, timeout, signal);
        if (!isForLater(answer.status)) return this.#agreed(answer) ?? read(answer, schema);
        status = answer.status;
        cause = new Error(`HTTP ${status}`);
      } catch (error) {
        signal?.throwIfAborted();
        status = undefined;
        cause = error;
      }
      if (attempt < tries) await this.#pause(attempt, signal);
    }
    throw new HubUnreachable(tries, { cause, status });
  }

  /** Heard anew with each answer: a hub may be upgraded, or taken back, between two of them. */
  #agreed({ status, versions }: Answer): Refusal | undefined {
    const common = commonVersion('zone', versions, this.#speaks);
    // Whatever else stands in the way of an answer says so itself, and may not be a hub's at all.
    if (isRefusal(common)) return status === 200 ? common : undefined;
    this.#version = common;
    return undefined;
  }

  /** Signed anew each time: a token is good for one use. */
  async #once(path: string, content: Content, timeout: number, signal?: AbortSignal): Promise<Answer> {
    const { caller, backend, key, clock, ids, dispatcher = lineToHub() } = this.#options;
    const token = await signRequest({
      agent: caller,
      backend,
      audience: this.#origin,
      path,
      body: content.bytes,
      key,
      clock,
      ids,
    });
    const answer = await request(`${this.#origin}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': content.type,
        [VERSION_HEADER]: spokenText(this.#speaks),
      },
      body: content.bytes,
      headersTimeout: timeout,
      bodyTimeout: TIMEOUT_MS,
      signal,
      dispatcher,
    });
    const said = answer.headers[VERSION_HEADER];
    return {
      status: answer.statusCode,
      text: await limitedText(answer.body, ANSWER_LIMIT, tooLong),
      versions: Array.isArray(said) ? said.join() : said,
    };
  }

  async #pause(attempt: number, signal?: AbortSignal): Promise<void> {
    const { pause = sleep, random = Math.random } = this.#options;
    const longest = Math.min(BACKOFF_MS * 5 ** (attempt - 1), BACKOFF_LIMIT_MS);
    // Half fixed, half drawn: callers that lost the same hub do not come back in step.
    await pause(longest / 2 + (longest / 2) * random(), signal);
  }
}

const isForLater = (status: number): boolean => status === 429 || status >= 500;

const tooLong = (): Error => new Error(`the hub's answer is above ${ANSWER_LIMIT} bytes`);

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}

function read<T>({ status, text }: Answer, schema: z.ZodType<T>): T | Refusal {
  if (status >= 300 && status < 400) return words.redirected(status);
  const answer = status === 200 ? schema.safeParse(parsed(text)) : undefined;
  if (answer?.success) return answer.data;
  return (status >= 400 ? refusalIn(text) : undefined) ?? words.badAnswer(status);
}
