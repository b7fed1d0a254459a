/**
 * The tree of the public log, as a browser checks it: RFC 6962 hashes over C2SP tiles, by WebCrypto.
 *
 * It shares nothing with the hub's own code but the format (docs/ledger.md).
 */
export type Hash = Uint8Array<ArrayBuffer>;
/** Bytes at a path beneath the log's address. */
export type Fetch = (path: string) => Promise<Uint8Array<ArrayBuffer>>;

const HASH = 32;
const WIDTH = 256;

async function sha256(...parts: Uint8Array[]): Promise<Hash> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

export const leafHash = (entry: Uint8Array): Promise<Hash> => sha256(Uint8Array.of(0), entry);
const nodeHash = (left: Hash, right: Hash): Promise<Hash> => sha256(Uint8Array.of(1), left, right);

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

/** `x001/x234/067` */
function place(index: number): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

/** How many hashes the tile has in a tree of this size. */
function widthAt(level: number, index: number, size: number): number {
  return Math.min(WIDTH, Math.floor(size / WIDTH ** level) - index * WIDTH);
}

const tilePath = (level: number | 'entries', index: number, width: number): string =>
  `tile/${level}/${place(index)}${width === WIDTH ? '' : `.p/${width}`}`;

/** One tree of one size; each tile is read once. */
export class Tree {
  readonly #size: number;
  readonly #fetch: Fetch;
  readonly #tiles = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

  constructor(size: number, fetch: Fetch) {
    this.#size = size;
    this.#fetch = fetch;
  }

  /** The bytes of an entry, from its bundle. */
  async entry(index: number): Promise<Uint8Array> {
    const tile = Math.floor(index / WIDTH);
    const bytes = await this.#read(tilePath('entries', tile, widthAt(0, tile, this.#size)));
    let at = 0;
    for (let n = 0; ; n += 1) {
      if (at + 2 > bytes.length) throw new Error('the bundle of entries is cut short');
      const length = (bytes[at]! << 8) | bytes[at + 1]!;
      if (n === index % WIDTH) return bytes.subarray(at + 2, at + 2 + length);
      at += 2 + length;
    }
  }

  /** The root that follows when this is the hash of that entry, with the hashes beside its way up. */
  rootWith(index: number, leaf: Hash, from = 0, to = this.#size): Promise<Hash> {
    if (to - from === 1) return Promise.resolve(leaf);
    const middle = from + split(to - from);
    return index < middle
      ? this.#both(this.rootWith(index, leaf, from, middle), this.#range(middle, to))
      : this.#both(this.#range(from, middle), this.rootWith(index, leaf, middle, to));
  }

  /** The roots of its first `old` entries and of all, out of the same hashes: what an earlier checkpoint is held against. */
  async rootsFrom(old: number, from = 0, to = this.#size): Promise<{ old: Hash; now: Hash }> {
    if (old >= to) {
      const hash = await this.#range(from, to);
      return { old: hash, now: hash };
    }
    const middle = from + split(to - from);
    if (old <= middle) {
      const left = await this.rootsFrom(old, from, middle);
      return { old: left.old, now: await nodeHash(left.now, await this.#range(middle, to)) };
    }
    const left = await this.#range(from, middle);
    const right = await this.rootsFrom(old, middle, to);
    return { old: await nodeHash(left, right.old), now: await nodeHash(left, right.now) };
  }

  async #both(left: Promise<Hash>, right: Promise<Hash>): Promise<Hash> {
    const [a, b] = await Promise.all([left, right]);
    return nodeHash(a, b);
  }

  async #range(from: number, to: number): Promise<Hash> {
    const width = to - from;
    if (!isPowerOfTwo(width)) {
      const middle = from + split(width);
      return this.#both(this.#range(from, middle), this.#range(middle, to));
    }
    const level = Math.floor(Math.log2(width) / 8);
    const first = from / WIDTH ** level;
    const index = Math.floor(first / WIDTH);
    const bytes = await this.#read(tilePath(level, index, widthAt(level, index, this.#size)));
    const count = width / WIDTH ** level;
    const hashes = Array.from({ length: count }, (_, n) => {
      const at = ((first % WIDTH) + n) * HASH;
      return bytes.slice(at, at + HASH);
    });
    return fold(hashes);
  }

  #read(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#tiles.get(path) ?? this.#fetch(path);
    this.#tiles.set(path, known);
    return known;
  }
}

async function fold(hashes: Hash[]): Promise<Hash> {
  let row = hashes;
  while (row.length > 1) {
    const pairs = Array.from({ length: row.length / 2 }, (_, n) => nodeHash(row[2 * n]!, row[2 * n + 1]!));
    row = await Promise.all(pairs);
  }
  return row[0]!;
}

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

/** The largest power of two below. */
function split(width: number): number {
  let power = 1;
  while (power * 2 < width) power *= 2;
  return power;
}
