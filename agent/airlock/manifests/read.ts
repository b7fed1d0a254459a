/** Reads a manifest, sees that an agent of this backend has signed it, and packs it. */
import { readFileSync } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { verified } from '../../store/verified-manifest.ts';
import { packed, type Packed } from './packed.ts';

export interface ReadJob {
  file: string;
  workspace: string;
  keys: readonly KeyObject[];
}

/**
 * Life: any number of reads, several at once; then `close`, which ends those under way: they reject. Otherwise a
 * read rejects when it could not be brought to an end, never for what a file holds: undefined when it is no
 * manifest of that workspace, or none of the keys has signed it.
 */
export interface ManifestReader {
  read(job: ReadJob): Promise<Packed | undefined>;
  close(): Promise<void>;
}

export function readHere({ file, workspace, keys }: ReadJob): Packed | undefined {
  try {
    const held = verified(readFileSync(file), keys);
    if (!held || held.manifest.workspace !== workspace) return undefined;
    return packed(held.manifest, { digest: held.digest, key: keyName(held.key) });
  } catch {
    return undefined;
  }
}

export function keyName(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}

/** In this thread. */
export function inlineReader(): ManifestReader {
  return { read: (job) => Promise.resolve(readHere(job)), close: () => Promise.resolve() };
}
