/**
 * What one of the agent's workspaces holds, as its signed manifest says. The disk is never asked what there
 * is. Rows are unpacked where they are asked for and kept: a hundred thousand of them cost nothing at once.
 */
import type { Manifest, ManifestEntry, ManifestJob } from '../store/manifest.ts';
import { above, EXCLUDED, pieceAt, placeOf, STALE, textAt, type Packed } from './manifests/packed.ts';

export interface IndexedFile {
  path: string;
  sha256: string;
  size: number;
  /** When it was made, in milliseconds. */
  at: number;
  excluded: boolean;
  /** Its action no longer makes it, or is gone. */
  stale: boolean;
  entry: ManifestEntry;
}

export interface IndexedFolder {
  /** Folders in it, with how many files lie beneath each, and how many of those are not stale. */
  folders: { name: string; files: number; live: number }[];
  /** By path. */
  files: readonly IndexedFile[];
  /** Without the stale ones. */
  live: readonly IndexedFile[];
}

export class WorkspaceIndex {
  readonly name: string;
  readonly changedAt: number;
  /** Folder of the bytes. */
  readonly medium: string;
  readonly #packed: Packed;
  readonly #rows: (Row | undefined)[] = [];
  readonly #folders = new Map<string, IndexedFolder>();

  constructor(packed: Packed, { medium, changedAt }: Pick<WorkspaceIndex, 'medium' | 'changedAt'>) {
    this.name = packed.workspace;
    this.medium = medium;
    this.changedAt = changedAt;
    this.#packed = packed;
  }

  get repo(): string {
    return this.#packed.repo;
  }

  /** Manifests written before the airlock came name neither repository nor branch. */
  get repository(): number | undefined {
    return this.#packed.repository;
  }

  get branch(): string {
    return this.#packed.branch ?? '';
  }

  get sequence(): number {
    return this.#packed.sequence;
  }

  get digest(): string {
    return this.#packed.digest;
  }

  /** SPKI of the key that signed the manifest, base64. */
  get key(): string {
    return this.#packed.key;
  }

  /** A moderately sensitive output, excluded ones included; none that is no longer made. */
  file(path: string): IndexedFile | undefined {
    const { folders, firstFile, paths } = this.#packed;
    const folder = placeOf(folders, above(path), 0, folders.ends.length);
    if (folder < 0) return undefined;
    const at = placeOf(paths, path, firstFile[folder]!, firstFile[folder + 1]!);
    return at < 0 ? undefined : this.#row(at);
  }

  /** All of them, folder by folder. */
  files(): IndexedFile[] {
    return this.#between(0, this.#packed.listed);
  }

  folder(dir: string): IndexedFolder | undefined {
    const known = this.#folders.get(dir);
    if (known) return known;
    const { folders, firstFile } = this.#packed;
    const at = placeOf(folders, dir, 0, folders.ends.length);
    if (at < 0) return undefined;
    const files = this.#between(firstFile[at]!, firstFile[at + 1]!);
    const made = { folders: this.#childrenOf(at), files, live: files.filter(({ stale }) => !stale) };
    this.#folders.set(dir, made);
    return made;
  }

  hasFolder(dir: string): boolean {
    const { folders } = this.#packed;
    return placeOf(folders, dir, 0, folders.ends.length) >= 0;
  }

  /** An output of any level. */
  entry(path: string): ManifestEntry | undefined {
    const { paths, listed, entries } = this.#packed;
    const at = placeOf(paths, path, listed, paths.ends.length);
    return at < 0 ? this.file(path)?.entry : (pieceAt(entries, at) as ManifestEntry);
  }

  job(id: string): ManifestJob | undefined {
    const at = this.#packed.jobIds.indexOf(id);
    return at < 0 ? undefined : (pieceAt(this.#packed.jobs, at) as ManifestJob);
  }

  /** Whether a job of this action stands here. */
  ran(action: string): boolean {
    return this.#packed.actions.includes(action);
  }

  /** How the last run of this action ended; undefined where the manifest does not say. */
  lastRun(action: string): Packed['runs'][string] | undefined {
    const { runs } = this.#packed;
    return Object.hasOwn(runs, action) ? runs[action] : undefined;
  }

  /** Of the manifest what concerns one output: itself, the job that made it, and what that job read. */
  around(path: string): Pick<Manifest, 'outputs' | 'jobs'> {
    const entry = this.entry(path);
    const job = entry && this.job(entry.job_id);
    const inputs = job?.inputs ?? [];
    return {
      outputs: bare([path, ...inputs.map((input) => input.path)], (each) => this.entry(each)),
      jobs: bare([entry?.job_id ?? '', ...inputs.map((input) => input.job_id)], (each) => this.job(each)),
    };
  }

  #between(from: number, to: number): IndexedFile[] {
    return Array.from({ length: to - from }, (_each, at) => this.#row(from + at));
  }

  #row(at: number): IndexedFile {
    return (this.#rows[at] ??= new Row(this.#packed, at));
  }

  #childrenOf(folder: number): IndexedFolder['folders'] {
    const { folders, firstChild, children, files, live } = this.#packed;
    return [...children.subarray(firstChild[folder], firstChild[folder + 1])].map((child) => {
      const path = textAt(folders, child);
      return { name: path.slice(path.lastIndexOf('/') + 1), files: files[child]!, live: live[child]! };
    });
  }
}

class Row implements IndexedFile {
  readonly path: string;
  readonly #packed: Packed;
  readonly #at: number;

  constructor(packed: Packed, at: number) {
    this.#packed = packed;
    this.#at = at;
    this.path = textAt(packed.paths, at);
  }

  get sha256(): string {
    return this.#packed.hashes.slice(this.#at * 64, this.#at * 64 + 64);
  }

  get size(): number {
    return this.#packed.sizes[this.#at]!;
  }

  get at(): number {
    return this.#packed.times[this.#at]!;
  }

  get excluded(): boolean {
    return (this.#packed.flags[this.#at]! & EXCLUDED) !== 0;
  }

  get stale(): boolean {
    return (this.#packed.flags[this.#at]! & STALE) !== 0;
  }

  get entry(): ManifestEntry {
    return pieceAt(this.#packed.entries, this.#at) as ManifestEntry;
  }
}

/** May be looked at and asked for: made by the job as it stands, and not withheld. */
export function validFile(index: WorkspaceIndex | undefined, file: string): IndexedFile | undefined {
  const found = index?.file(file);
  return found && !found.excluded ? found : undefined;
}

export function byPath(a: IndexedFile, b: IndexedFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Without a prototype: a file may be called `__proto__`. */
function bare<T>(names: readonly string[], of: (name: string) => T | undefined): Record<string, T> {
  const held = Object.create(null) as Record<string, T>;
  for (const name of names) {
    const found = of(name);
    if (found !== undefined) held[name] = found;
  }
  return held;
}
