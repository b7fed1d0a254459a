/**
 * The agent's workspaces, each as its signed manifest says. A manifest that no agent of this backend signed is
 * as good as none.
 *
 * A manifest is read once per version of the file. A small one is read where it is asked for; a big one takes
 * seconds, so it is read beside, and until then what was known before is what there is.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { KeyObject } from 'node:crypto';
import type { Logger } from '../../../src/lib/logger.ts';
import { WorkspaceIndex } from '../workspace-index.ts';
import type { Packed } from './packed.ts';
import { keyName, readHere, type ManifestReader } from './read.ts';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
/** About 1,000 outputs: read and verified in some 30 ms. */
const SMALL_BYTES = 512 * 1024;

interface Known {
  stamp: string;
  index: WorkspaceIndex | undefined;
}

interface Stamped {
  stamp: string;
  size: number;
  changedAt: number;
}

export interface WorkspacesParts {
  agentState: string;
  keys(): readonly KeyObject[];
  reader: ManifestReader;
  logger: Logger;
}

export class Workspaces {
  readonly root: string;
  readonly #parts: WorkspacesParts;
  readonly #known = new Map<string, Known>();
  readonly #reading = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(parts: WorkspacesParts) {
    this.root = path.join(parts.agentState, 'workspaces');
    this.#parts = parts;
  }

  names(): string[] {
    try {
      return readdirSync(this.root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && isName(entry.name))
        .map(({ name }) => name)
        .sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** As it was last read. Undefined when there is none, its manifest does not hold, or it is being read for the first time. */
  get(name: string): WorkspaceIndex | undefined {
    if (!isName(name)) return undefined;
    const file = this.manifestOf(name);
    const now = stampOf(file);
    if (now === undefined) {
      this.#known.delete(name);
      return undefined;
    }
    const known = this.#known.get(name);
    if (known?.stamp === now.stamp) return known.index;
    if (now.size <= SMALL_BYTES) {
      this.#keep(name, now, readHere({ file, workspace: name, keys: this.#parts.keys() }));
    } else if (!this.#reading.has(name) && !this.#isClosed) this.#readBeside(name, now);
    return this.#known.get(name)?.index;
  }

  /** A newer manifest than the one `get` answers from is being read. */
  isBehind(name: string): boolean {
    this.get(name);
    return this.#reading.has(name);
  }

  /** Some workspace is being read for the first time: which one is nobody's business who may not look into it. */
  get isReading(): boolean {
    return [...this.#reading.keys()].some((name) => !this.#known.get(name)?.index);
  }

  /** As it was last read; of one that was never read, once it has been. */
  async ready(name: string): Promise<WorkspaceIndex | undefined> {
    const index = this.get(name);
    if (index || !this.#reading.has(name)) return index;
    await this.#reading.get(name);
    return this.get(name);
  }

  /** As it is on disk now, however long that takes to read. */
  async fresh(name: string): Promise<WorkspaceIndex | undefined> {
    let index = this.get(name);
    // Once more for a file that was replaced while it was read; a third time is the next one's to wait for.
    for (let times = 0; times < 2; times += 1) {
      await this.#reading.get(name);
      index = this.get(name);
    }
    return index;
  }

  manifestOf(name: string): string {
    return path.join(this.root, name, 'medium', 'metadata', 'manifest.json');
  }

  /** Keys have changed: what was signed by one that is no longer listed holds no more; what did not hold may now. */
  forget(): void {
    const keys = this.#parts.keys().map(keyName);
    for (const [name, { index }] of this.#known) {
      if (!index || !keys.includes(index.key)) this.#known.delete(name);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#parts.reader.close();
    await Promise.all(this.#reading.values());
  }

  #readBeside(name: string, now: Stamped): void {
    const { reader, keys, logger } = this.#parts;
    const done = reader
      .read({ file: this.manifestOf(name), workspace: name, keys: keys() })
      .then((packed) => {
        // The file may have been replaced, or a key dropped, while it was read.
        const isListed = packed === undefined || keys().map(keyName).includes(packed.key);
        if (isListed) this.#keep(name, now, packed);
      })
      .catch((error: unknown) => {
        if (this.#isClosed) return;
        logger.error({ err: error, workspace: name, code: 'airlock.manifest' }, 'A manifest was not read');
      })
      .finally(() => this.#reading.delete(name));
    this.#reading.set(name, done);
  }

  #keep(name: string, { stamp, changedAt }: Stamped, packed: Packed | undefined): void {
    if (!packed) {
      this.#parts.logger.error(
        { workspace: name, code: 'airlock.manifest' },
        'The manifest of a workspace does not hold',
      );
    }
    const medium = path.join(this.root, name, 'medium');
    this.#known.set(name, { stamp, index: packed && new WorkspaceIndex(packed, { medium, changedAt }) });
  }
}

function isName(name: string): boolean {
  return NAME.test(name) && !name.includes('..');
}

function stampOf(file: string): Stamped | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return (
    stat && {
      stamp: `${stat.ino}-${stat.size}-${stat.mtimeNs}`,
      size: Number(stat.size),
      changedAt: Number(stat.mtimeMs),
    }
  );
}
