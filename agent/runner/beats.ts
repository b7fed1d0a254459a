/**
 * When an agent next says that it is there, and what it makes of the hub's answer. The hub says for how long it
 * believes it, and how new the agent's list is: a poll that has not brought that list hangs at a hub that stands still.
 */
import { seconds } from '../../src/lib/clock.ts';

/** Of a hub that says nothing of how long it waits. */
const USUAL_MS = seconds(30);
const AGAIN_MS = seconds(0.5);

export class Beats {
  readonly #usualMs: number;
  #ms: number;
  #failed = false;
  /** The list that was held when the last beat heard of a newer one. */
  #behind: number | undefined;

  constructor(usualMs = USUAL_MS) {
    this.#usualMs = usualMs;
    this.#ms = usualMs;
  }

  /** Until the next one: soon after one that was lost, or two in a row would be too many. */
  get nextMs(): number {
    return this.#failed ? Math.min(AGAIN_MS, this.#ms) : this.#ms;
  }

  failed(): void {
    this.#failed = true;
  }

  /** True when the open poll should have brought news by now: what was held at two beats is not what the hub has. */
  heard({ leaseMs, list }: { leaseMs?: number; list?: number }, held: number): boolean {
    this.#failed = false;
    // One of them may be lost.
    this.#ms = leaseMs === undefined ? this.#usualMs : Math.min(this.#usualMs, leaseMs / 2.5);
    const isBehind = list !== undefined && list !== held;
    const stillBehind = isBehind && this.#behind === held;
    this.#behind = isBehind && !stillBehind ? held : undefined;
    return stillBehind;
  }
}
