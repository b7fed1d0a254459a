/**
 * What the agent's workspaces hold, as its signed manifests say. The disk is never asked what there is,
 * and a manifest that no agent of this backend signed is as good as none.
 *
 * A manifest is read, verified and sorted into folders once per version of the file; other workspaces are
 * left alone while one is listed.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { KeyObject } from 'node:crypto';
import type { Logger } from '../../src/lib/logger.ts';
import { digestIfSigned, type ManifestEntry, type SignedManifest } from '../store/manifest.ts';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

export interface IndexedFile {
  path: string;
  entry: ManifestEntry;
  /** Its action no longer makes it, or is gone. */
  stale: boolean;
}

export interface IndexedFolder {
  /** Names of folders in it, with how many files lie beneath each, stale ones apart. */
  folders: Map<string, { files: number; live: number }>;
  /** By path. */
  files: IndexedFile[];
  /** Without the stale ones. */
  live: IndexedFile[];
}

export interface WorkspaceIndex {
  name: string;
  manifest: SignedManifest;
  digest: string;
  changedAt: number;
  /** Moderately sensitive outputs by path, excluded ones included; without those that are no longer made. */
  files: Map<string, IndexedFile>;
  folders: Map<string, IndexedFolder>;
  /** Folder of the bytes. */
  medium: string;
}

interface Known {
  stamp: string;
  index: WorkspaceIndex | undefined;
}

export class Workspaces {
  readonly root: string;
  readonly #keys: () => readonly KeyObject[];
  readonly #logger: Logger;
  readonly #known = new Map<string, Known>();

  constructor(agentState: string, keys: () => readonly KeyObject[], logger: Logger) {
    this.root = path.join(agentState, 'workspaces');
    this.#keys = keys;
    this.#logger = logger;
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

  /** Undefined when there is none, or its manifest does not hold. */
  get(name: string): WorkspaceIndex | undefined {
    if (!isName(name)) return undefined;
    const file = this.manifestOf(name);
    const stamp = stampOf(file);
    if (stamp === undefined) {
      this.#known.delete(name);
      return undefined;
    }
    const known = this.#known.get(name);
    if (known?.stamp === stamp) return known.index;
    const index = this.#read(name, file);
    this.#known.set(name, { stamp, index });
    return index;
  }

  manifestOf(name: string): string {
    return path.join(this.root, name, 'medium', 'metadata', 'manifest.json');
  }

  /** Keys have changed: what held may hold no longer, and the other way round. */
  forget(): void {
    this.#known.clear();
  }

  #read(name: string, file: string): WorkspaceIndex | undefined {
    const manifest = parsed(file);
    const digest = manifest?.workspace === name ? digestIfSigned(manifest, this.#keys()) : undefined;
    if (!manifest || digest === undefined) {
      this.#logger.error(
        { workspace: name, code: 'airlock.manifest' },
        'The manifest of a workspace does not hold',
      );
      return undefined;
    }
    return {
      name,
      manifest,
      digest,
      changedAt: statSync(file).mtimeMs,
      ...sorted(manifest),
      medium: path.join(this.root, name, 'medium'),
    };
  }
}

/** May be looked at and asked for: made by the job as it stands, and not withheld. */
export function validFile(index: WorkspaceIndex | undefined, file: string): IndexedFile | undefined {
  const found = index?.files.get(file);
  return found && !found.entry.excluded ? found : undefined;
}

export function isName(name: string): boolean {
  return NAME.test(name) && !name.includes('..');
}

function parsed(file: string): SignedManifest | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as SignedManifest | null;
    return value && typeof value.outputs === 'object' && typeof value.signature?.value === 'string'
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

function stampOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino}-${stat.size}-${stat.mtimeNs}`;
}

function sorted(manifest: SignedManifest): Pick<WorkspaceIndex, 'files' | 'folders'> {
  const files = new Map<string, IndexedFile>();
  const folders = new Map<string, IndexedFolder>();
  const folder = (dir: string): IndexedFolder => {
    const known = folders.get(dir);
    if (known) return known;
    const made: IndexedFolder = { folders: new Map(), files: [], live: [] };
    folders.set(dir, made);
    return made;
  };
  folder('');
  for (const [name, entry] of Object.entries(manifest.outputs)) {
    // What its action no longer makes is gone from the folder too.
    if (entry.level !== 'moderately_sensitive' || entry.out_of_date_output) continue;
    const file: IndexedFile = { path: name, entry, stale: entry.out_of_date_action === true };
    files.set(name, file);
    const parts = name.split('/');
    folder(parts.slice(0, -1).join('/')).files.push(file);
    for (let depth = parts.length - 1; depth > 0; depth -= 1) {
      const above = folder(parts.slice(0, depth - 1).join('/'));
      const here = parts[depth - 1]!;
      const counts = above.folders.get(here) ?? { files: 0, live: 0 };
      counts.files += 1;
      if (!file.stale) counts.live += 1;
      above.folders.set(here, counts);
    }
  }
  for (const each of folders.values()) {
    each.files.sort(byPath);
    each.live = each.files.filter(({ stale }) => !stale);
  }
  return { files, folders };
}

export function byPath(a: IndexedFile, b: IndexedFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
