/**
 * How an agent speaks to the hub: signed requests, timeouts, a bounded number of tries.
 *
 * Every message may be sent twice (the hub takes repeats as one), so a lost answer is simply asked for
 * again. No redirect is followed. A "no" of the hub is a refusal; a hub that cannot be reached is an exception.
 */
import type { KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal, refusal, Refused, type Refusal } from '../lib/refusal.ts';
import {
  heartbeatAnswer,
  pollAnswer,
  PROTOCOL,
  updateAnswer,
  ZONE_PATHS,
  type PollRequest,
  type TaskClaims,
  type Update,
} from './messages.ts';
import { signRequest } from './requests.ts';
import { verifyTask } from './tasks.ts';
import * as words from './words.ts';

export interface ZoneClientOptions {
  /** The hub's origin, as zone.yml names it. */
  hub: string;
  agent: string;
  backend: string;
  key: KeyObject;
  hubKeys: readonly KeyObject[];
  clock: Clock;
  ids: Ids;
  dispatcher?: Dispatcher;
  /** Tries per call; default 4. */
  tries?: number;
  /** For tests; default waits. */
  pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
  random?: () => number;
}

export interface PollResult {
  version: number;
  /** Verified, in the order given. */
  tasks: TaskClaims[];
  /** Tasks that were not the hub's own word to this agent. */
  refused: Refusal[];
}

export type UpdateAnswer = z.infer<typeof updateAnswer>['answers'][number];
export interface Heartbeat {
  engine: boolean;
  version: string;
  governance?: string;
}

export class HubUnreachable extends Error {
  readonly attempts: number;

  constructor(attempts: number, options?: ErrorOptions) {
    super(`the hub did not answer in ${attempts} tries`, options);
    this.name = 'HubUnreachable';
    this.attempts = attempts;
  }
}

const refusalAnswer = z.object({
  code: z.string().max(100),
  says: z.string().max(1000),
  next: z.string().max(1000),
});
const ANSWER_LIMIT = 16 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const BACKOFF_MS = 200;
const BACKOFF_LIMIT_MS = 4000;
const TRY_AGAIN = new Set([429, 502, 503, 504]);

export class ZoneClient {
  readonly #options: ZoneClientOptions;
  readonly #origin: string;

  /** Throws Refused for an address that may not be spoken to. */
  constructor(options: ZoneClientOptions) {
    const origin = parseOrigin(options.hub);
    if (isRefusal(origin)) throw new Refused(origin);
    this.#origin = origin;
    this.#options = options;
  }

  /** Resolves when the list differs from `seen`, or after `waitMs`. */
  async poll(ask: Omit<PollRequest, 'protocol'>, signal?: AbortSignal): Promise<PollResult | Refusal> {
    const answer = await this.#call(ZONE_PATHS.poll, ask, pollAnswer, ask.waitMs + TIMEOUT_MS, signal);
    if (isRefusal(answer)) return answer;
    const { agent, backend, hubKeys, clock } = this.#options;
    const verified = await Promise.all(
      answer.tasks.map(({ jws }) => verifyTask({ jws, agent, backend, hubKeys, clock })),
    );
    return {
      version: answer.version,
      tasks: verified.filter((task): task is TaskClaims => !isRefusal(task)),
      refused: verified.filter(isRefusal),
    };
  }

  /** At most 100 at a time; one answer per update, in order. */
  async updates(updates: readonly Update[], signal?: AbortSignal): Promise<UpdateAnswer[] | Refusal> {
    const answer = await this.#call(ZONE_PATHS.updates, { updates }, updateAnswer, TIMEOUT_MS, signal);
    return isRefusal(answer) ? answer : answer.answers;
  }

  async heartbeat(beat: Heartbeat, signal?: AbortSignal): Promise<z.infer<typeof heartbeatAnswer> | Refusal> {
    return this.#call(ZONE_PATHS.heartbeat, beat, heartbeatAnswer, TIMEOUT_MS, signal);
  }

  async #call<T>(
    path: string,
    message: object,
    schema: z.ZodType<T>,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<T | Refusal> {
    const body = JSON.stringify({ protocol: PROTOCOL, ...message });
    const tries = this.#options.tries ?? 4;
    let cause: unknown;
    for (let attempt = 1; attempt <= tries; attempt++) {
      signal?.throwIfAborted();
      try {
        const answer = await this.#once(path, body, timeout, signal);
        if (!TRY_AGAIN.has(answer.status)) return read(answer, schema);
        cause = new Error(`HTTP ${answer.status}`);
      } catch (error) {
        signal?.throwIfAborted();
        cause = error;
      }
      if (attempt < tries) await this.#pause(attempt, signal);
    }
    throw new HubUnreachable(tries, { cause });
  }

  /** Signed anew each time: a token is good for one use. */
  async #once(
    path: string,
    body: string,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    const { agent, backend, key, clock, ids, dispatcher } = this.#options;
    const token = await signRequest({ agent, backend, audience: this.#origin, path, body, key, clock, ids });
    const answer = await request(`${this.#origin}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
      headersTimeout: timeout,
      bodyTimeout: TIMEOUT_MS,
      signal,
      dispatcher,
    });
    return { status: answer.statusCode, text: await limitedText(answer.body) };
  }

  async #pause(attempt: number, signal?: AbortSignal): Promise<void> {
    const { pause = sleep, random = Math.random } = this.#options;
    const longest = Math.min(BACKOFF_MS * 5 ** (attempt - 1), BACKOFF_LIMIT_MS);
    // Half fixed, half drawn: agents that lost the same hub do not come back in step.
    await pause(longest / 2 + (longest / 2) * random(), signal);
  }
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}

async function limitedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ANSWER_LIMIT) throw new Error(`the hub's answer is above ${ANSWER_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function read<T>({ status, text }: { status: number; text: string }, schema: z.ZodType<T>): T | Refusal {
  if (status >= 300 && status < 400) return words.redirected(status);
  const answer = status === 200 ? schema.safeParse(parse(text)) : undefined;
  if (answer?.success) return answer.data;
  const no = status >= 400 ? refusalAnswer.safeParse(parse(text)) : undefined;
  return no?.success ? refusal(no.data.code, no.data.says, no.data.next) : words.badAnswer(status);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
