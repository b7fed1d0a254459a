/** How the steward speaks to the hub: signed requests, one way. A "no" is a refusal, a silent hub an exception. */
import { createHash, type KeyObject } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { request, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { seconds, type Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import { limitedText } from '../lib/limited-text.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { lineToHub } from '../protocol/hub-line.ts';
import { PROTOCOL } from '../protocol/messages.ts';
import { parsed, refusalIn } from '../protocol/refusal-answer.ts';
import {
  signStewardRequest,
  stewardPollAnswer,
  stewardReportAnswer,
  STEWARD_PATHS,
  stillAnswer,
  type StewardOrder,
  type StewardResult,
} from '../protocol/steward.ts';
import { taskReportAnswer, type StewardTask, type TaskOutcome } from '../protocol/steward-tasks.ts';
import { STEWARD_ROUND_PATH, stewardRoundAnswer, type StewardRound } from '../protocol/steward-rounds.ts';
import { commonVersion, spokenText, VERSION_HEADER, WE_SPEAK, type Spoken } from '../protocol/versions.ts';
import { no } from './words.ts';

export class HubTrouble extends Error {
  /** It said something, if not what was hoped for. */
  readonly answered: boolean;
  /** What it said, or what is to be said of it. */
  readonly refused: Refusal | undefined;

  constructor(what: string, { answered = false, refused, ...options }: TroubleOptions = {}) {
    const told = refused ? `${what}: ${refused.says} ${refused.next} (${refused.code})` : what;
    super(answered ? `the hub answered: ${told}` : `the hub did not answer: ${told}`, options);
    this.name = 'HubTrouble';
    this.answered = answered;
    this.refused = refused;
  }
}

interface TroubleOptions extends ErrorOptions {
  answered?: boolean;
  refused?: Refusal | undefined;
}

export interface HubOptions {
  origin: string;
  key: KeyObject;
  clock: Clock;
  ids: Ids;
  dispatcher?: Dispatcher;
  /** For tests; default what this program speaks. */
  speaks?: Spoken;
}

export interface Which {
  publication: string;
  edition: number;
}

const TIMEOUT_MS = seconds(30);
/** Of a web server whose hub is gone, or of a hub whose database is: no word on what was asked. */
const AWAY = new Set([502, 503, 504]);
const ANSWER_LIMIT = 64 * 1024 ** 2;

export class StewardHub {
  readonly #options: HubOptions;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Where it is asked. */
  get origin(): string {
    return this.#options.origin;
  }

  async poll(
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<{ orders: StewardOrder[]; tasks: StewardTask[] }> {
    return this.#call(STEWARD_PATHS.poll, { waitMs }, stewardPollAnswer, { waitMs, signal });
  }

  /** Whether it is to be published as of now. */
  async still({ publication, edition }: Which): Promise<boolean> {
    return (await this.#call(STEWARD_PATHS.still, { publication, edition }, stillAnswer)).wanted;
  }

  async report({ publication, edition, want }: StewardOrder, result: StewardResult): Promise<void> {
    await this.#call(STEWARD_PATHS.report, { publication, edition, want, result }, stewardReportAnswer);
  }

  async done({ id, round }: StewardTask, outcome: TaskOutcome): Promise<void> {
    await this.#call(STEWARD_PATHS.done, { id, round, outcome }, taskReportAnswer);
  }

  /** What it found and did in one part of the organisation. */
  async round(round: Omit<StewardRound, 'protocol'>): Promise<void> {
    await this.#call(STEWARD_ROUND_PATH, round, stewardRoundAnswer);
  }

  /** Into this place, in one step, and only when size and hash are the ones expected. */
  async download(
    { publication, edition }: Which,
    file: { release: string; number: number; size: number; sha256: string },
    place: string,
  ): Promise<Refusal | undefined> {
    const answer = await this.#send(
      STEWARD_PATHS.file,
      { publication, edition, release: file.release, file: file.number },
      0,
    );
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      if (answer.statusCode === 409) return no.recalled();
      throw new HubTrouble(`HTTP ${answer.statusCode}`);
    }
    const got = await writeExactly(answer.body, `${place}.part`, file.size);
    if (got !== file.sha256) return no.bytesDiffer();
    await rename(`${place}.part`, place);
    return undefined;
  }

  async #call<T>(
    path: string,
    message: object,
    schema: z.ZodType<T>,
    { waitMs = 0, signal }: { waitMs?: number; signal?: AbortSignal } = {},
  ): Promise<T> {
    const answer = await this.#send(path, message, waitMs, signal);
    const text = await limitedText(answer.body, ANSWER_LIMIT, () => new HubTrouble('too long an answer'));
    if (answer.statusCode !== 200)
      throw new HubTrouble(`HTTP ${answer.statusCode}`, {
        answered: !AWAY.has(answer.statusCode),
        refused: refusalIn(text),
      });
    const read = schema.safeParse(parsed(text));
    if (!read.success) throw new HubTrouble('an answer that is not understood');
    return read.data;
  }

  async #send(
    path: string,
    message: object,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { origin, key, clock, ids, dispatcher = lineToHub(), speaks = WE_SPEAK } = this.#options;
    const body = JSON.stringify({ protocol: PROTOCOL, ...message });
    const token = await signStewardRequest({ audience: origin, path, body, key, clock, ids });
    const answer = await reached(path, () =>
      request(`${origin}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          [VERSION_HEADER]: spokenText(speaks),
        },
        body,
        headersTimeout: waitMs + TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
        signal,
        dispatcher,
      }),
    );
    const { statusCode, headers } = answer;
    const said = headers[VERSION_HEADER];
    const common = commonVersion('steward', Array.isArray(said) ? said.join() : said, speaks);
    // Whatever else stands in the way of an answer says so itself, and may not be a hub's at all.
    if (statusCode !== 200 || !isRefusal(common)) return answer;
    await answer.body.dump();
    throw new HubTrouble('in another version', { answered: true, refused: common });
  }
}

async function reached<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new HubTrouble(path, { cause });
  }
}

/** The hash of what came; undefined as soon as there is more of it, or less, than expected. */
async function writeExactly(body: Readable, place: string, size: number): Promise<string | undefined> {
  const hash = createHash('sha256');
  let came = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      came += chunk.length;
      hash.update(chunk);
      done(came > size ? new TooMuch() : null, chunk);
    },
  });
  try {
    await pipeline(body, count, createWriteStream(place, { mode: 0o600 }));
  } catch (error) {
    if (error instanceof TooMuch) return undefined;
    throw new HubTrouble('a file', { cause: error });
  }
  return came === size ? hash.digest('hex') : undefined;
}

class TooMuch extends Error {}
