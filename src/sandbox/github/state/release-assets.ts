/** Files of releases. The record is in the snapshot, the bytes in the data folder, exactly as they came. */
import { renameSync, rmSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, invalid, type Failure } from './failure.ts';
import type { Actor, Release, ReleaseAsset, Repo, Signed } from './model.ts';
import type { SandboxState } from './state.ts';

/** Each file must be under 2 GiB, and a release has at most 1000. */
export const MOST_ASSET_BYTES = 2 ** 31;
const MOST_ASSETS = 1000;

/** What arrived of an upload. */
export interface Received {
  file: string;
  size: number;
  sha256: string;
}

export interface NewAsset {
  name: string;
  label: string | null;
  contentType: string;
}

export class ReleaseAssets {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  get folder(): string {
    const folder = join(this.#state.dataDir, 'assets');
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  file(asset: ReleaseAsset): string {
    return join(this.folder, String(asset.id));
  }

  /** Before a byte is read: may it come? */
  refuse(
    actor: Signed,
    repo: Repo,
    release: Release,
    given: NewAsset,
    bytes: number | undefined,
  ): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'contents.write');
    if (no) return no;
    // A stream of unknown length is not taken, and neither is nothing.
    if (bytes === undefined || bytes < 1) return fail(400, `Bad Content-Length: ${bytes ?? ''}`);
    const fault = (field: string, code: 'missing_field' | 'already_exists'): Failure =>
      invalid({ resource: 'ReleaseAsset', field, code });
    if (!given.name) return fault('name', 'missing_field');
    if (!given.contentType) return fault('content_type', 'missing_field');
    if (bytes >= MOST_ASSET_BYTES) {
      const message = `size must be less than ${MOST_ASSET_BYTES}`;
      return invalid({ resource: 'ReleaseAsset', field: 'size', code: 'custom', message });
    }
    if (release.assets.size >= MOST_ASSETS) {
      const message = `A release has at most ${MOST_ASSETS} assets`;
      return invalid({ resource: 'ReleaseAsset', code: 'custom', message });
    }
    return this.#named(release, given.name) ? fault('name', 'already_exists') : undefined;
  }

  /** Keeps what arrived; undefined: the upload broke off, and takes the name until it is deleted. */
  add(
    actor: Signed,
    release: Release,
    given: NewAsset,
    received: Received | undefined,
  ): ReleaseAsset | Failure {
    // Two uploads of one name at the same time: the first to end has it.
    if (this.#named(release, given.name)) {
      if (received) rmSync(received.file, { force: true });
      return invalid({ resource: 'ReleaseAsset', field: 'name', code: 'already_exists' });
    }
    const now = this.#state.clock.now();
    const asset: ReleaseAsset = {
      id: this.#state.nextId(),
      name: storedName(given.name),
      label: given.label,
      state: received ? 'uploaded' : 'starter',
      contentType: given.contentType,
      size: received?.size ?? 0,
      sha256: received?.sha256 ?? null,
      downloads: 0,
      uploader: actor.user.id,
      createdAt: now,
      updatedAt: now,
    };
    if (received) renameSync(received.file, this.file(asset));
    release.assets.set(asset.id, asset);
    this.#state.touch();
    return asset;
  }

  /** With the release it belongs to, as far as this actor sees releases. */
  find(actor: Actor, repo: Repo, id: number): { release: Release; asset: ReleaseAsset } | undefined {
    for (const release of repo.releases.values()) {
      const asset = release.assets.get(id);
      if (asset) return this.#state.releases.find(actor, repo, release.id) && { release, asset };
    }
    return undefined;
  }

  rename(
    actor: Signed,
    repo: Repo,
    release: Release,
    asset: ReleaseAsset,
    change: { name?: string; label?: string | null },
  ): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'contents.write');
    if (no) return no;
    const other = change.name === undefined ? undefined : this.#named(release, change.name);
    if (other && other.id !== asset.id)
      return invalid({ resource: 'ReleaseAsset', field: 'name', code: 'already_exists' });
    if (change.name) asset.name = storedName(change.name);
    if (change.label !== undefined) asset.label = change.label;
    asset.updatedAt = this.#state.clock.now();
    this.#state.touch();
    return undefined;
  }

  delete(actor: Signed, repo: Repo, release: Release, asset: ReleaseAsset): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'contents.write');
    if (no) return no;
    release.assets.delete(asset.id);
    this.forget(asset);
    this.#state.touch();
    return undefined;
  }

  /** The bytes are gone from this machine too. */
  forget(asset: ReleaseAsset): void {
    rmSync(this.file(asset), { force: true });
  }

  #named(release: Release, name: string): ReleaseAsset | undefined {
    const stored = storedName(name);
    return [...release.assets.values()].find((one) => one.name === stored);
  }
}

/** GitHub renames what has special characters and leading or trailing dots. */
export function storedName(name: string): string {
  const plain = name
    .replace(/[^A-Za-z0-9._@+~-]+/g, '.')
    .replace(/\.{2,}/g, '.')
    .replace(/\.$/, '');
  return plain.startsWith('.') || !plain ? `default${plain}` : plain;
}
