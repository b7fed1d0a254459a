/** A small log in memory, as files: what a server or a mirror would hold. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  edgeOf,
  encodeBundle,
  growTiles,
  hashLeaf,
  rootOf,
  signCheckpoint,
  tilePath,
  TILE_WIDTH,
  verifierKey,
  type LogSource,
  type Signer,
  type TileReader,
} from '../../src/ledger/ledger.ts';

export const ORIGIN = 'ledger.example/northshire';

/** A signer whose private seed is these 32 bytes; by default that of the published vector. */
export function aSigner(name = ORIGIN, seed = Array.from({ length: 32 }, (_, at) => at)): Signer {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { ...verifierKey(name, createPublicKey(privateKey)), privateKey };
}

export const otherSigner = (name = ORIGIN): Signer => aSigner(name, new Array<number>(32).fill(7));

export class MemoryLog {
  readonly #tiles = new Map<string, Uint8Array>();
  readonly #entries: string[] = [];

  get size(): number {
    return this.#entries.length;
  }

  append(...entries: string[]): this {
    const edge = new Map(edgeOf(this.size).map(({ level, index }) => [level, this.#tile(level, index)]));
    for (const { level, index, bytes } of growTiles(this.size, edge, entries.map(hashLeaf)))
      this.#tiles.set(`${level}/${index}`, bytes);
    for (const entry of entries) this.#entries.push(entry);
    return this;
  }

  readonly tiles: TileReader = (tiles) =>
    Promise.resolve(tiles.map(({ level, index, width }) => this.#tile(level, index).subarray(0, width * 32)));

  root(size = this.size): Promise<Uint8Array> {
    return rootOf(size, this.tiles);
  }

  async checkpoint(size = this.size, signers: Signer[] = [aSigner()], origin = ORIGIN): Promise<string> {
    return signCheckpoint({ origin, size, root: await this.root(size) }, signers);
  }

  /** Every file of the log as it is now, with this checkpoint. */
  async files(signers?: Signer[]): Promise<Map<string, Uint8Array>> {
    const files = new Map<string, Uint8Array>();
    files.set('checkpoint', Buffer.from(await this.checkpoint(this.size, signers)));
    for (const [place, bytes] of this.#tiles) {
      const [level, index] = place.split('/').map(Number) as [number, number];
      files.set(tilePath({ level, index, width: bytes.length / 32 }), bytes);
    }
    for (let at = 0; at < this.size; at += TILE_WIDTH) {
      const part = this.#entries.slice(at, at + TILE_WIDTH);
      const tile = { level: 'entries', index: at / TILE_WIDTH, width: part.length } as const;
      files.set(tilePath(tile), encodeBundle(part));
    }
    return files;
  }

  #tile(level: number, index: number): Uint8Array {
    return this.#tiles.get(`${level}/${index}`)!;
  }
}

export const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => String(from + at));

export const sourceOf =
  (files: ReadonlyMap<string, Uint8Array>): LogSource =>
  (path) =>
    Promise.resolve(files.get(path));
