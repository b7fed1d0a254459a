/**
 * AssemblyScript. Words that come again, found by their bytes: the word of a cell is mostly one that stood in a row
 * above. Two words that share a slot push each other out, and all are forgotten when there are too many: that
 * costs time, never truth.
 */

/** Longer words are not kept. */
export const LONGEST: i32 = 16;
const MOST: i32 = 8192;
const SLOTS: i32 = 2048;

/** Number of the word in each slot. */
const slots = memory.data(4 * 2048, 16);
/** Of each word: its bytes, the last in the last place; its length; its mask; what kind of cell it is, 0 if unknown. */
const bytesOf = memory.data(16 * 8192, 16);
const sizes = memory.data(8192, 16);
const masks = memory.data(4 * 8192, 16);
const kinds = memory.data(8192, 16);

let known: i32 = 0;
/** How often all words were forgotten: their numbers mean others afterwards. */
export let forgotten: i32 = 0;

export function forgetWords(): void {
  known = 0;
  forgotten += 1;
  memory.fill(slots, 255, 4 * SLOTS);
}

@inline
export function hasRoom(more: i32): bool {
  return known + more <= MOST;
}

/** Number of a word, or -1. */
@inline
export function find(bytes: v128, size: i32, hash: i32): i32 {
  const word = load<i32>(slotOf(hash));
  if (word < 0 || load<u8>(sizes + word) != size) return -1;
  return v128.any_true(v128.xor(bytes, v128.load(bytesOf + 16 * word))) ? -1 : word;
}

/** Remembers a word; answers its number, or -1 when there is no room. */
export function keep(bytes: v128, size: i32, hash: i32, mask: i32): i32 {
  if (known == MOST) return -1;
  const word = known;
  known += 1;
  v128.store(bytesOf + 16 * word, bytes);
  store<u8>(sizes + word, size);
  store<i32>(masks + 4 * word, mask);
  store<u8>(kinds + word, 0);
  store<i32>(slotOf(hash), word);
  return word;
}

@inline
export function maskOfWord(word: i32): i32 {
  return load<i32>(masks + 4 * word);
}

export function kindOf(word: i32): i32 {
  return load<u8>(kinds + word);
}

export function setKind(word: i32, kind: i32): void {
  store<u8>(kinds + word, kind);
}

@inline
function slotOf(hash: i32): usize {
  return slots + 4 * (<u32>((hash ^ (hash >>> 15)) * 0x9e3779b1) >>> 21);
}
