/**
 * What the registry has given before, by digest, in a folder of bounded size.
 *
 * An entry is written beside and takes its name only when it is whole and its bytes are what its digest says; a
 * process that dies leaves nothing but what the next one clears away. Space is taken before a byte is written, so the
 * folder never grows above its bound; what was not used for longest makes room. Readers compare the bytes again: what
 * the disk has spoilt is dropped, and comes from the registry the next time.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open, rename, rm, utimes, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { StoreCounts } from '../metrics.ts';
import { isDigest, type Digest } from './target.ts';

export interface CacheOptions {
  dir: string;
  bytes: number;
  clock: Clock;
  /** What it finds, and what has to go. */
  counts?: StoreCounts;
}

/** One blob on its way in. After `keep` or `drop` it does nothing more. */
export interface Entering {
  /** False when the disk did not take it: then it is dropped, and the download goes on without. */
  write(chunk: Buffer): Promise<boolean>;
  keep(): Promise<void>;
  drop(): Promise<void>;
}

export class BlobCache {
  readonly #options: CacheOptions;
  readonly #whole: string;
  readonly #entering: string;
  /** Least recently used first. */
  readonly #entries = new Map<Digest, number>();
  readonly #underWay = new Map<Digest, number>();
  #names = 0;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#whole = join(options.dir, 'sha256');
    this.#entering = join(options.dir, 'entering');
    rmSync(this.#entering, { recursive: true, force: true });
    this.#makeFolders();
    const found = readdirSync(this.#whole).flatMap((name) => {
      const digest = `sha256:${name}`;
      const { size, mtimeMs } = statSync(join(this.#whole, name));
      return isDigest(digest) ? [{ digest, size, mtimeMs }] : [];
    });
    for (const { digest, size } of found.sort((a, b) => a.mtimeMs - b.mtimeMs))
      this.#entries.set(digest, size);
    this.#makeRoom(0);
    options.counts?.watch(() => this.used);
  }

  /** Bytes of the folder, what is on its way in counted as if it were here. */
  get used(): number {
    return sum(this.#entries) + sum(this.#underWay);
  }

  /** To be read and closed. Undefined when it is not here, or larger than this. */
  async find(digest: Digest, most: number): Promise<FileHandle | undefined> {
    const file = await this.#open(digest, most);
    this.#options.counts?.[file ? 'hit' : 'miss']();
    return file;
  }

  async #open(digest: Digest, most: number): Promise<FileHandle | undefined> {
    const size = this.#entries.get(digest);
    if (size === undefined || size > most) return undefined;
    try {
      const file = await open(this.#file(digest));
      this.#entries.delete(digest);
      this.#entries.set(digest, size);
      const at = new Date(this.#options.clock.now());
      utimes(this.#file(digest), at, at).catch(() => undefined);
      return file;
    } catch {
      this.forget(digest);
      return undefined;
    }
  }

  forget(digest: Digest): void {
    this.#entries.delete(digest);
    rmSync(this.#file(digest), { force: true });
  }

  /** Undefined when there is no room for it, or somebody else is bringing it. */
  async begin(digest: Digest, size: number): Promise<Entering | undefined> {
    if (this.#underWay.has(digest) || this.#entries.has(digest)) return undefined;
    if (!this.#makeRoom(size)) return undefined;
    this.#underWay.set(digest, size);
    const place = join(this.#entering, String((this.#names += 1)));
    let file: FileHandle | undefined;
    const drop = async (): Promise<void> => {
      const held = file;
      file = undefined;
      if (!held) return;
      this.#underWay.delete(digest);
      await held.close().catch(() => undefined);
      await rm(place, { force: true }).catch(() => undefined);
    };
    try {
      this.#makeFolders();
      file = await open(place, 'wx', 0o600);
    } catch {
      this.#underWay.delete(digest);
      return undefined;
    }
    return {
      drop,
      write: async (chunk) => {
        try {
          let at = 0;
          while (file && at < chunk.length) at += (await file.write(chunk, at)).bytesWritten;
          return file !== undefined;
        } catch {
          await drop();
          return false;
        }
      },
      keep: async () => {
        const held = file;
        file = undefined;
        if (!held) return;
        this.#underWay.delete(digest);
        try {
          await held.close();
          await rename(place, this.#file(digest));
          this.#entries.set(digest, size);
        } catch {
          await rm(place, { force: true }).catch(() => undefined);
        }
      },
    };
  }

  /** Whoever empties the store may take them along. */
  #makeFolders(): void {
    for (const dir of [this.#whole, this.#entering]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  #makeRoom(size: number): boolean {
    const { bytes } = this.#options;
    if (sum(this.#underWay) + size > bytes) return false;
    let used = this.used;
    for (const [digest, has] of [...this.#entries]) {
      if (used + size <= bytes) break;
      // Whoever is reading it keeps what was opened.
      this.forget(digest);
      this.#options.counts?.evicted();
      used -= has;
    }
    return true;
  }

  #file(digest: Digest): string {
    return join(this.#whole, digest.slice('sha256:'.length));
  }
}

function sum(sizes: ReadonlyMap<Digest, number>): number {
  let all = 0;
  for (const size of sizes.values()) all += size;
  return all;
}
