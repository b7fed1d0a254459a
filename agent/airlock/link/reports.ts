/**
 * News out: what may be shown of requests, and first sign-ins from new browsers, until the hub took them.
 *
 * The room remembers what was taken; telling twice is harmless. A request that the hub would not take is
 * held back for longer and longer, so that it keeps no other waiting.
 */
import { hours, minutes } from '../../../src/lib/clock.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import { backOff, HubSaidNo, type ShownRequest } from '../../../src/protocol/protocol.ts';
import { Bell, pauseFor, type LinkParts } from './parts.ts';

const AT_A_TIME = 50;
/** The longest list of steps in one report: what is cut off comes with the next. */
const STEPS = 500;
const SAFETY_MS = minutes(1);
/** The longest pause before a request that was not taken is told again. */
const LONGEST_MS = hours(1);

export class Reports {
  readonly #parts: LinkParts;
  readonly #bell = new Bell();
  readonly #held = new Map<string, { until: number; times: number }>();
  #passing: Promise<unknown> = Promise.resolve();

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  ring(): void {
    this.#bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        while (await this.pass(signal));
        failures = 0;
        await this.#bell.heard(this.#parts.safetyMs ?? SAFETY_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (failures === 0)
          this.#parts.logger.warn(
            { err: error, code: 'link.report' },
            'News cannot be told; it is told later',
          );
        await pauseFor(this.#parts, backOff(error, failures++), signal);
      }
    }
  }

  /** Tells what waits. True when something was taken: then more may wait. One at a time. */
  pass(signal?: AbortSignal): Promise<boolean> {
    const pass = this.#passing.then(() => this.#pass(signal));
    this.#passing = pass.catch(() => undefined);
    return pass;
  }

  async #pass(signal?: AbortSignal): Promise<boolean> {
    const { room, hub } = this.#parts;
    const pending = await this.#pending();
    const shown = pending.length > 0 ? await room.shown(pending) : [];
    for (const id of pending)
      if (!shown.some((each) => each.id === id)) await this.#holdBack(id, 'link.gone');
    const newBrowsers = await room.newBrowsers(AT_A_TIME);
    const record = await room.recordHead();
    const restored = await room.restored?.();
    if (shown.length === 0 && newBrowsers.length === 0 && !record && !restored) return false;
    const epoch = (await room.epoch?.()) ?? 0;
    const answer = await hub.report(
      { epoch, answers: [], shown, newBrowsers, ...(record && { record }), ...(restored && { restored }) },
      signal,
    );
    if (isRefusal(answer)) throw new HubSaidNo('news', answer);
    for (const { request, code } of answer.refused) await this.#holdBack(request, code);
    await room.recallsTold(answer.recalled ?? []);
    const refused = new Set(answer.refused.map(({ request }) => request));
    const taken = shown.filter(({ id }) => !refused.has(id));
    for (const { id } of taken) this.#held.delete(id);
    await room.markShown(taken.map(upTo));
    await room.markBrowsers(newBrowsers.map(({ id }) => id));
    if (record) await room.markRecordHead(record);
    if (restored) await room.markRestored?.(restored);
    return taken.length > 0 || newBrowsers.length > 0;
  }

  async #pending(): Promise<string[]> {
    const now = this.#parts.clock.now();
    const held = [...this.#held].filter(([, { until }]) => until > now).map(([id]) => id);
    const pending = await this.#parts.room.pendingShown(AT_A_TIME + held.length);
    return pending.filter((id) => !held.includes(id)).slice(0, AT_A_TIME);
  }

  async #holdBack(request: string, code: string): Promise<void> {
    const times = (this.#held.get(request)?.times ?? 0) + 1;
    const ms = Math.min(minutes(1) * 2 ** (times - 1), LONGEST_MS);
    this.#held.set(request, { until: this.#parts.clock.now() + ms, times });
    this.#parts.logger.error({ request, code, times }, 'The hub does not take what is shown of a request');
    // It goes on being told, but by now somebody should know.
    if (ms === LONGEST_MS) await this.#parts.room.notTaken(request, code);
  }
}

/** When steps were cut off, the rest is still to be told. */
function upTo({ id, version, events }: ShownRequest): { id: string; version: number } {
  const last = events.at(-1);
  return { id, version: last && events.length >= STEPS ? last.seq : version };
}
