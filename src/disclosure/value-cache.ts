/**
 * The few words a column repeats, by their bytes: a category is turned into text and looked at once,
 * not ten million times. Two words that share a slot push each other out, which costs time, never truth.
 */
const SLOTS = 256;
const WIDTH = 32;

export class ValueCache {
  private readonly store = new Uint8Array(SLOTS * WIDTH);
  private readonly length = new Uint8Array(SLOTS);
  private readonly kind = new Int8Array(SLOTS).fill(-1);

  /** The kind remembered for these bytes, or -1. */
  find(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const length = to - from;
    const slot = slotOf(hash);
    if (length > WIDTH || this.length[slot] !== length) return -1;
    const { store } = this;
    const base = slot * WIDTH;
    for (let i = 0; i < length; i += 1) if (store[base + i] !== bytes[from + i]) return -1;
    return this.kind[slot]!;
  }

  keep(bytes: Uint8Array, from: number, to: number, hash: number, kind: number): void {
    if (to - from > WIDTH) return;
    const slot = slotOf(hash);
    this.store.set(bytes.subarray(from, to), slot * WIDTH);
    this.length[slot] = to - from;
    this.kind[slot] = kind;
  }
}

function slotOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 24;
}
