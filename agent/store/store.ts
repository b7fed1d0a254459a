/**
 * The content-addressed store: bytes under the name of their SHA-256. Objects belong to the agent's
 * user with mode 0444, never to a job's user, so a hard link in a job's folder gives it the bytes to
 * read and nothing to change.
 *
 * A file enters by chown, then link (no copy, hashed once while it is synced); by copy where that is
 * impossible: not root, another file system, or a file this user already owns as the job's.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { read as readCallback, fsync as fsyncCallback } from 'node:fs';
import { promisify } from 'node:util';
import path from 'node:path';
import { randomIds } from '../../src/lib/ids.ts';
import { NotBeneath, openBeneath, type Opened } from './beneath.ts';
import { linkOver, syncFolder } from './durable.ts';

const read = promisify(readCallback);
const fsync = promisify(fsyncCallback);
const CHUNK = 1024 * 1024;

export interface Stored {
  hash: string;
  size: number;
}

export interface StoreOptions {
  /** False on the laptop. */
  sync?: boolean;
  /** The agent's own user; objects belong to it. */
  uid?: number;
}

export class Store {
  readonly dir: string;
  readonly #sync: boolean;
  readonly #uid: number;

  constructor(dir: string, options: StoreOptions = {}) {
    this.dir = dir;
    this.#sync = options.sync !== false;
    this.#uid = options.uid ?? process.getuid?.() ?? 0;
    mkdirSync(path.join(dir, 'objects'), { recursive: true, mode: 0o711 });
    mkdirSync(path.join(dir, 'incoming'), { recursive: true, mode: 0o700 });
  }

  path(hash: string): string {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new TypeError('not a SHA-256');
    return path.join(this.dir, 'objects', hash.slice(0, 2), hash);
  }

  has(hash: string): boolean {
    return existsSync(this.path(hash));
  }

  /**
   * Takes a file that a job (by now ended) left beneath `root`. `mayLink`: the file belongs to
   * another user than the agent, so that taking it over takes it away from the job. Repeating is harmless.
   * Throws NotBeneath for whatever is not a plain file with one name.
   */
  async take(root: string, relative: string, options: { mayLink: boolean }): Promise<Stored> {
    const file = openBeneath(root, relative);
    try {
      const own = Number(file.stat.uid) === this.#uid;
      // Two names and ours: an earlier take of this very file was cut off before it was recorded.
      if (file.stat.nlink > 1n && !(own && options.mayLink))
        throw new NotBeneath('the file has several names');
      if (options.mayLink) {
        fchownSync(file.fd, this.#uid, process.getgid?.() ?? 0);
        fchmodSync(file.fd, 0o444);
      }
      const stored = { hash: await hashOf(file.fd), size: Number(file.stat.size) };
      if (this.has(stored.hash)) return stored;
      // Synced before it is named: an object that is there is whole.
      if (options.mayLink && this.#sync) await fsync(file.fd);
      if (!options.mayLink || !this.#link(file, stored.hash)) await this.#copy(file, stored.hash);
      return stored;
    } finally {
      file.close();
    }
  }

  /** Makes the names of what was taken survive a power cut; call once after a batch. */
  settle(hashes: Iterable<string>): void {
    if (!this.#sync) return;
    const folders = new Set([...hashes].map((hash) => path.dirname(this.path(hash))));
    for (const folder of folders) syncFolder(folder);
    syncFolder(path.join(this.dir, 'objects'));
  }

  /**
   * Puts an object at a path, over what is there. A hard link when `shared`: the reader is another
   * user than the agent and so cannot change it; a copy otherwise and across file systems.
   */
  place(
    hash: string,
    target: string,
    options: { shared: boolean; owner?: { uid: number; gid: number } },
  ): void {
    mkdirSync(path.dirname(target), { recursive: true });
    if (options.shared && tryLink(() => linkOver(this.path(hash), target))) return;
    const beside = `${target}.${randomIds.id()}.new`;
    copyFileSync(this.path(hash), beside);
    chmodSync(beside, 0o444);
    if (options.owner && process.getuid?.() === 0) chownSync(beside, options.owner.uid, options.owner.gid);
    renameSync(beside, target);
  }

  /** Removes what a killed process left half-copied. Call at start, before anything is taken. */
  clearIncoming(): void {
    rmSync(path.join(this.dir, 'incoming'), { recursive: true, force: true });
    mkdirSync(path.join(this.dir, 'incoming'), { recursive: true, mode: 0o700 });
  }

  #link(file: Opened, hash: string): boolean {
    const target = this.#folderFor(hash);
    // Another job that ended at the same time has stored the same bytes: what stands there is not ours to judge.
    if (existsSync(target)) return true;
    if (!tryLink(() => linkSync(file.place, target))) return false;
    const linked = lstatSync(target, { bigint: true });
    if (linked.ino === file.stat.ino && linked.dev === file.stat.dev) return true;
    rmSync(target, { force: true });
    throw new NotBeneath('the file was replaced while it was taken');
  }

  async #copy(file: Opened, hash: string): Promise<void> {
    const incoming = path.join(this.dir, 'incoming', randomIds.id());
    const target = await open(incoming, 'wx', 0o444);
    try {
      const digest = createHash('sha256');
      const buffer = Buffer.allocUnsafe(CHUNK);
      for (let at = 0; ; ) {
        const { bytesRead } = await read(file.fd, buffer, 0, CHUNK, at);
        if (bytesRead === 0) break;
        digest.update(buffer.subarray(0, bytesRead));
        await target.write(buffer, 0, bytesRead);
        at += bytesRead;
      }
      if (digest.digest('hex') !== hash) throw new NotBeneath('the file changed while it was copied');
      if (this.#sync) await target.sync();
    } catch (error) {
      rmSync(incoming, { force: true });
      throw error;
    } finally {
      await target.close();
    }
    renameSync(incoming, this.#folderFor(hash));
  }

  #folderFor(hash: string): string {
    const target = this.path(hash);
    mkdirSync(path.dirname(target), { recursive: true, mode: 0o711 });
    return target;
  }
}

/** SHA-256 of an open file from its beginning, in lower-case hex. */
export async function hashOf(fd: number): Promise<string> {
  const digest = createHash('sha256');
  const size = fstatSync(fd).size;
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK, size + 1)));
  for (let at = 0; ; ) {
    const { bytesRead } = await read(fd, buffer, 0, buffer.length, at);
    if (bytesRead === 0) return digest.digest('hex');
    digest.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** SHA-256 of a file the agent owns. */
export async function hashFile(file: string): Promise<string> {
  const fd = openSync(file, 'r');
  try {
    return await hashOf(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether two places lie on one file system, so that hard links between them are possible. */
export function sameFileSystem(a: string, b: string): boolean {
  return statSync(a).dev === statSync(b).dev;
}

/** False where linking is impossible (another file system, links not allowed); an object that is there is fine. */
function tryLink(link: () => void): boolean {
  try {
    link();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'EXDEV' || code === 'EPERM' || code === 'EMLINK' || code === 'EOPNOTSUPP') return false;
    throw error;
  }
}
