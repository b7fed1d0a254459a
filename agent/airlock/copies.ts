/**
 * Immutable copies of files, by hash: what is shown, graded and released is never what lies in the
 * workspace, only what was copied out of it.
 *
 *   copies/incoming/   half-made, removed at start
 *   copies/<aa>/<sha256>   whole, synced before it was named, mode 0400
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { read as readCallback } from 'node:fs';
import { promisify } from 'node:util';
import { canonicalImage } from '../../src/disclosure/disclosure.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { Ids } from '../../src/lib/ids.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import type { Content } from '../../src/release/release.ts';
import { openBeneath } from '../store/beneath.ts';
import { looksLike } from './content.ts';
import { allOf, hashOf, Landing } from './landing.ts';
import { no } from './words.ts';
import { validFile, type WorkspaceIndex } from './workspace-index.ts';

const read = promisify(readCallback);
const HASH = /^[0-9a-f]{64}$/;
/** Copies that are open at a time. */
const BATCH = 128;

export interface Copy {
  source: string;
  sha256: string;
  size: number;
  content: Content;
}

export class Copies {
  readonly #dir: string;
  readonly #ids: Ids;

  constructor(stateDir: string, ids: Ids) {
    this.#dir = path.join(stateDir, 'copies');
    this.#ids = ids;
    mkdirSync(path.join(this.#dir, 'incoming'), { recursive: true, mode: 0o700 });
  }

  /** Removes what a killed process left half-made. Only for the one process that writes here, at start. */
  clearIncoming(): void {
    const incoming = path.join(this.#dir, 'incoming');
    rmSync(incoming, { recursive: true, force: true });
    mkdirSync(incoming, { recursive: true, mode: 0o700 });
  }

  /** Copies listed files; what does not hash to what its job made is refused. Answers in the order asked. */
  async take(index: WorkspaceIndex, files: readonly string[]): Promise<(Copy | Refusal)[]> {
    const taken: (Copy | Refusal)[] = [];
    for (let from = 0; from < files.length; from += BATCH) {
      const batch = files.slice(from, from + BATCH);
      const answers = await this.#landed((landing) =>
        allOf(batch, (file) => this.#taken(index, file, landing)),
      );
      taken.push(...answers);
    }
    return taken;
  }

  async #taken(index: WorkspaceIndex, file: string, landing: Landing): Promise<Copy | Refusal> {
    const listed = validFile(index, file);
    if (!listed) return no.file();
    const bytes = await this.#copied(index.medium, file, listed.size);
    if (!bytes) return no.file();
    const source = await hashOf(bytes);
    if (source !== listed.sha256) return no.differs();
    // What stands beside the pixels of a picture is nobody's output.
    const kept = canonicalImage(bytes) ?? bytes;
    const hash = kept === bytes ? source : sha256(kept);
    await landing.add(hash, kept);
    return { source, sha256: hash, size: kept.length, content: looksLike(kept) };
  }

  /** Writes bytes under their hash; repeating it is harmless. */
  async put(hash: string, bytes: Uint8Array): Promise<void> {
    await this.#landed((landing) => landing.add(hash, bytes));
  }

  async #landed<T>(fill: (landing: Landing) => Promise<T>): Promise<T> {
    const landing = new Landing({
      path: (hash) => this.path(hash),
      incoming: () => path.join(this.#dir, 'incoming', this.#ids.id()),
    });
    try {
      const filled = await fill(landing);
      await landing.land();
      return filled;
    } catch (error) {
      await landing.abandon();
      throw error;
    }
  }

  path(hash: string): string {
    if (!HASH.test(hash)) throw new TypeError('not a SHA-256');
    return path.join(this.#dir, hash.slice(0, 2), hash);
  }

  has(hash: string): boolean {
    return existsSync(this.path(hash));
  }

  stream(hash: string, range?: { start: number; end: number }): Readable {
    return createReadStream(this.path(hash), range);
  }

  /** The bytes, if they are what their name says; undefined when they are gone or damaged. */
  async verified(hash: string): Promise<Buffer | undefined> {
    try {
      const bytes = await readFile(this.path(hash));
      return (await hashOf(bytes)) === hash ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  /** SHA-256 of what lies there now; undefined when nothing does. */
  async hashNow(hash: string): Promise<string | undefined> {
    const digest = createHash('sha256');
    try {
      for await (const chunk of this.stream(hash)) digest.update(chunk as Buffer);
      return digest.digest('hex');
    } catch {
      return undefined;
    }
  }

  /** Undefined when the path leads elsewhere. */
  async #copied(root: string, file: string, size: number): Promise<Buffer | undefined> {
    let opened;
    try {
      opened = openBeneath(root, file);
    } catch {
      return undefined;
    }
    try {
      const buffer = Buffer.allocUnsafe(size + 1);
      let length = 0;
      while (length <= size) {
        const { bytesRead } = await read(opened.fd, buffer, length, size + 1 - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      // One byte too many is enough to be told apart from what was listed.
      return buffer.subarray(0, length);
    } finally {
      opened.close();
    }
  }
}
