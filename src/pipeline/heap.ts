/** Binary heaps: the least first, in O(log n). */

export class Heap<T> {
  private readonly items: T[] = [];

  constructor(private readonly less: (a: T, b: T) => boolean) {}

  first(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const { items } = this;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!this.less(item, items[up]!)) break;
      items[at] = items[up]!;
      at = up;
    }
    items[at] = item;
  }

  pop(): void {
    const { items } = this;
    const item = items.pop();
    if (item === undefined || items.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && this.less(items[down + 1]!, items[down]!)) down += 1;
      if (!this.less(items[down]!, item)) break;
      items[at] = items[down]!;
      at = down;
    }
    items[at] = item;
  }
}

type Rank = readonly [number, number];

interface Ranked<K> {
  key: K;
  rank: Rank;
}

/** Keys by rank; a key's rank may change. Outdated places stay in the heap until they come to its top. */
export class IndexedHeap<K> {
  private readonly ranks = new Map<K, Rank>();
  private heap = new Heap<Ranked<K>>(lower);
  private stale = 0;

  first(): K | undefined {
    for (let top = this.heap.first(); top; top = this.heap.first()) {
      if (this.ranks.get(top.key) === top.rank) return top.key;
      this.heap.pop();
      this.stale -= 1;
    }
    return undefined;
  }

  set(key: K, rank: Rank): void {
    const old = this.ranks.get(key);
    if (old && old[0] === rank[0] && old[1] === rank[1]) return;
    if (old) this.stale += 1;
    this.ranks.set(key, rank);
    this.heap.push({ key, rank });
    this.tidy();
  }

  delete(key: K): void {
    if (this.ranks.delete(key)) this.stale += 1;
    this.tidy();
  }

  /** Rebuilds when most places are outdated, so that memory follows the keys. */
  private tidy(): void {
    if (this.stale <= 2 * this.ranks.size + 16) return;
    this.heap = new Heap<Ranked<K>>(lower);
    for (const [key, rank] of this.ranks) this.heap.push({ key, rank });
    this.stale = 0;
  }
}

function lower<K>(a: Ranked<K>, b: Ranked<K>): boolean {
  return a.rank[0] !== b.rank[0] ? a.rank[0] < b.rank[0] : a.rank[1] < b.rank[1];
}
