/** How much of what a caller sends is in the hub's memory at one moment, bounded for each caller by itself. */
export class HeldBytes {
  readonly #most: number;
  readonly #held = new Map<string, number>();

  /** `most`: bytes of one caller. A single message may always come. */
  constructor(most: number) {
    this.#most = most;
  }

  /** False when the caller has to wait for what it has already sent; else `giveBack` the same number. */
  take(caller: string, bytes: number): boolean {
    const held = this.#held.get(caller) ?? 0;
    if (held > 0 && held + bytes > this.#most) return false;
    this.#held.set(caller, held + bytes);
    return true;
  }

  giveBack(caller: string, bytes: number): void {
    const left = (this.#held.get(caller) ?? 0) - bytes;
    if (left > 0) this.#held.set(caller, left);
    else this.#held.delete(caller);
  }
}
