/**
 * Words that come again, found by their bytes: the word of a cell is mostly one that stood in a row above.
 * Sixteen bytes are compared in four steps, whatever the word's length, because a loop that ends after
 * another number of steps each time costs more than the steps.
 *
 * Two words that share a slot push each other out, and all are forgotten when there are too many: that
 * costs time, never truth.
 */

/** Longer words are not kept. */
export const LONGEST = 16;
const SLOTS = 2048;
const MOST = 8192;

/** For each length, which of four times four bytes belong to a word. */
const PARTS = new Int32Array(4 * (LONGEST + 1));
for (let length = 0; length <= LONGEST; length += 1) {
  for (let at = 0; at < length; at += 1) PARTS[4 * length + (at >> 2)]! |= 0xff << (8 * (at & 3));
}

/** `known` holds what the reader of the records made of each word, by the word's number. */
export class Lexicon<T> {
  known: (T | undefined)[] = [];
  private readonly keys = new Int32Array(4 * MOST);
  private readonly sizes = new Uint8Array(MOST);
  /** Number of the word in each slot. */
  private readonly slots = new Int32Array(SLOTS).fill(-1);
  private count = 0;

  /** Forgets everything when `more` words might not find room: numbers handed out stay good until then. */
  makeRoom(more: number): void {
    if (this.count + more <= MOST) return;
    this.count = 0;
    this.known = [];
    this.slots.fill(-1);
  }

  /** Number of the word in these bytes, or -1. Sixteen bytes behind `from` can be read. */
  find(view: DataView, from: number, length: number, hash: number): number {
    const number = this.slots[slotOf(hash)]!;
    if (number < 0 || this.sizes[number] !== length) return -1;
    const { keys } = this;
    const part = 4 * length;
    const at = 4 * number;
    const differ =
      ((keys[at]! ^ view.getInt32(from, true)) & PARTS[part]!) |
      ((keys[at + 1]! ^ view.getInt32(from + 4, true)) & PARTS[part + 1]!) |
      ((keys[at + 2]! ^ view.getInt32(from + 8, true)) & PARTS[part + 2]!) |
      ((keys[at + 3]! ^ view.getInt32(from + 12, true)) & PARTS[part + 3]!);
    return differ === 0 ? number : -1;
  }

  /** Remembers a word; answers its number, or -1 when there is no room. */
  keep(view: DataView, from: number, length: number, hash: number): number {
    const number = this.count;
    if (number === MOST) return -1;
    this.count += 1;
    for (let step = 0; step < 4; step += 1)
      this.keys[4 * number + step] = view.getInt32(from + 4 * step, true);
    this.sizes[number] = length;
    this.known[number] = undefined;
    this.slots[slotOf(hash)] = number;
    return number;
  }
}

function slotOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 21;
}
