/**
 * Released files out: declared, then sent, four at a time, each until the hub has confirmed it.
 *
 * Before the first byte the stored copies are hashed afresh. A file that fails is tried again after a
 * minute, two, four, up to an hour; after ten tries it waits for a person. A hub that is away counts as no
 * failure: everything goes on when it is back. A list that never reaches a hub which answers keeps no other release
 * back. After a kill the hub says what it holds already.
 */
import { hours, minutes } from '../../../src/lib/clock.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import {
  backOff,
  HubSaidNo,
  HubUnreachable,
  OLDER_EPOCH,
  type ReleaseDeclaration,
} from '../../../src/protocol/protocol.ts';
import { Bell, type LinkParts } from './parts.ts';
import type { Reports } from './reports.ts';
import type { DueBatch, DueFile, FileRef } from './types.ts';

const PARALLEL = 4;
export const TRIES = 10;
const SAFETY_MS = minutes(1);
/** A batch whose list does not arrive so often, while the hub answers, makes way for the next. */
const CUT_OFF = 3;
/** Reports before a declaration: what the hub must know of the request goes first. */
const REPORTS = 20;

/** When a file that has failed so often is tried again; null: not without a person. */
export function nextTry(attempts: number, now: number): number | null {
  return attempts >= TRIES ? null : now + Math.min(minutes(1) * 2 ** (attempts - 1), hours(1));
}

export class Uploads {
  readonly #parts: LinkParts;
  readonly #reports: Pick<Reports, 'pass'>;
  readonly #isReached: () => boolean;
  readonly #bell = new Bell();
  /** Batches whose start was refused, or that cannot be read: not before. */
  readonly #later = new Map<string, { until: number; times: number }>();
  /** How often in a row the list of a batch did not arrive. */
  readonly #cut = new Map<string, number>();

  constructor(parts: LinkParts, reports: Pick<Reports, 'pass'>, isReached: () => boolean) {
    this.#parts = parts;
    this.#reports = reports;
    this.#isReached = isReached;
  }

  ring(): void {
    this.#bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { logger, safetyMs = SAFETY_MS } = this.#parts;
    let failures = 0;
    while (!signal.aborted) {
      let wait = safetyMs;
      try {
        const nextAt = await this.pass(signal);
        if (nextAt !== undefined) wait = Math.min(wait, Math.max(0, nextAt - this.#parts.clock.now()));
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (failures === 0)
          logger.warn({ err: error, code: 'link.uploads' }, 'Released files cannot be sent now');
        // Nobody may tell when it is over: of a short outage an open poll hears nothing.
        wait = Math.min(wait, backOff(error, failures++));
      }
      await this.#bell.heard(wait, signal);
    }
  }

  /** Sends what is due. The time at which something is due next; undefined when nothing waits for a time. */
  async pass(signal?: AbortSignal): Promise<number | undefined> {
    const { room, clock, logger } = this.#parts;
    for (const batch of await room.uploads.due()) {
      const key = keyOf(batch);
      if ((this.#later.get(key)?.until ?? 0) > clock.now() || !isDue(batch, clock.now())) continue;
      try {
        await this.#send(batch, signal);
      } catch (error) {
        const isOver = signal?.aborted === true || error instanceof HubSaidNo;
        if (isOver || (isAway(error) && !this.#isCutOff(key))) throw error;
        // One batch that cannot be read keeps no other back.
        this.#putOff(key);
        logger.error(
          { err: error, code: 'link.batch', batch: key },
          'A batch cannot be sent; it is tried again',
        );
      }
    }
    const times = (await room.uploads.due()).map((batch) =>
      Math.max(
        this.#later.get(keyOf(batch))?.until ?? 0,
        Math.min(...(batch.queued ? [0] : batch.files.map(({ nextAt }) => nextAt))),
      ),
    );
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  async #send(batch: DueBatch, signal?: AbortSignal): Promise<void> {
    const { room } = this.#parts;
    const { request, batch: number } = batch;
    const no = batch.queued ? await room.uploads.start(request, number) : undefined;
    if (no) return this.#refusedStart(batch, no);
    const declared = await room.uploads.declaration(request, number);
    if (!declared) return this.#putOff(keyOf(batch));
    for (let told = 0; told < REPORTS && (await this.#reports.pass(signal)); told++);
    const answer = await this.#declare(keyOf(batch), declared, signal);
    this.#later.delete(keyOf(batch));
    const due = this.#dueNow(batch);
    stopWhenOutdated(answer);
    if (isRefusal(answer)) {
      for (const file of due) await this.#failed(batch, file, answer.code);
      return;
    }
    const held = new Set(answer.held);
    await inParallel(due, (file) =>
      held.has(file.number)
        ? this.#confirm(batch, declared, file.number)
        : this.#upload(batch, declared, file, signal),
    );
  }

  /** Whoever is between the two may let a short message pass and no long one: that is about this batch alone. */
  async #declare(key: string, declared: ReleaseDeclaration, signal?: AbortSignal) {
    try {
      const answer = await this.#parts.hub.declare(declared, signal);
      this.#cut.delete(key);
      return answer;
    } catch (error) {
      const isSilent = error instanceof HubUnreachable && error.status !== 503 && this.#isReached();
      if (isSilent) this.#cut.set(key, (this.#cut.get(key) ?? 0) + 1);
      else this.#cut.delete(key);
      throw error;
    }
  }

  #isCutOff(key: string): boolean {
    return (this.#cut.get(key) ?? 0) >= CUT_OFF;
  }

  async #upload(
    batch: DueBatch,
    declared: ReleaseDeclaration,
    file: DueFile,
    signal?: AbortSignal,
  ): Promise<void> {
    const { room, hub } = this.#parts;
    const wanted = declared.files.find(({ number }) => number === file.number)?.sha256;
    const bytes = await room.uploads.bytes(refOf(batch, file.number)).catch(() => undefined);
    if (!bytes || sha256(bytes) !== wanted) return this.#failed(batch, file, 'upload.bytes');
    let answer;
    try {
      answer = await hub.upload(declared.release, file.number, bytes, signal);
    } catch (error) {
      if (!(error instanceof HubUnreachable) || error.status === 503 || !this.#isReached()) throw error;
      return this.#failed(batch, file, 'upload.no-answer');
    }
    stopWhenOutdated(answer);
    if (isRefusal(answer)) return this.#failed(batch, file, answer.code);
    if (answer.sha256 !== wanted) return this.#failed(batch, file, 'upload.other-hash');
    await this.#confirm(batch, declared, file.number);
  }

  async #confirm(batch: DueBatch, declared: ReleaseDeclaration, number: number): Promise<void> {
    const file = declared.files.find((each) => each.number === number);
    if (file) await this.#parts.room.uploads.confirm(refOf(batch, number), file.sha256);
  }

  async #failed(batch: DueBatch, file: DueFile, code: string): Promise<void> {
    const { room, clock, logger } = this.#parts;
    const attempts = file.attempts + 1;
    const nextAt = nextTry(attempts, clock.now());
    await room.uploads.failed(refOf(batch, file.number), { attempts, nextAt, code });
    const facts = { code, batch: keyOf(batch), file: file.number, attempts };
    if (nextAt === null) logger.error(facts, 'A released file was given up: an operator has to try again');
    else logger.warn(facts, 'A released file was not taken; it is sent again');
  }

  #refusedStart(batch: DueBatch, { code }: Refusal): void {
    this.#parts.logger.error({ code, batch: keyOf(batch) }, 'A release was stopped before its first byte');
    this.#putOff(keyOf(batch));
  }

  #putOff(key: string): void {
    const times = (this.#later.get(key)?.times ?? 0) + 1;
    const until = this.#parts.clock.now() + Math.min(minutes(1) * 2 ** (times - 1), hours(1));
    this.#later.set(key, { until, times });
  }

  #dueNow({ queued, files }: DueBatch): DueFile[] {
    const now = this.#parts.clock.now();
    return files.filter(({ nextAt }) => queued || nextAt <= now);
  }
}

/** Another airlock speaks for the zone since it was restored: no file of any batch is at fault, and none leaves from here. */
function stopWhenOutdated(answer: object): void {
  if (isRefusal(answer) && answer.code === OLDER_EPOCH) throw new HubSaidNo('a release', answer);
}

function isDue({ queued, files }: DueBatch, now: number): boolean {
  return queued || files.some(({ nextAt }) => nextAt <= now);
}

/** 500 is about this one, and keeps no other back. */
const isAway = (error: unknown): boolean => error instanceof HubUnreachable && error.status !== 500;

const keyOf = ({ request, batch }: DueBatch): string => `${request}-${batch}`;

function refOf({ request, batch }: DueBatch, number: number): FileRef {
  return { request, batch, number };
}

/** What one throws ends the rest, but only when all that had begun have come to an end. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const one = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await work(item).catch((error: unknown) => {
        waiting.length = 0;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: PARALLEL }, one));
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
