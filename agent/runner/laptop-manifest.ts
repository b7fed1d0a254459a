/** The manifest of a run on the laptop, written off the way of the next action: syncing takes as long as much else of it. */
import { chownSync } from 'node:fs';
import { writeWholeLater } from '../store/durable.ts';
import type { Manifest } from '../store/manifest.ts';
import type { Owner } from './export.ts';

export interface ManifestFile {
  /** Soon on the disk, whole; one that comes meanwhile takes the place of one that waits. */
  put(manifest: Manifest): void;
  /** The last one is on the disk. Throws what kept it from there. */
  written(): Promise<void>;
}

export function manifestWriter(file: string, owner: Owner): ManifestFile {
  let next: Manifest | undefined;
  let fault: unknown;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    for (let one = next; one; one = next) {
      next = undefined;
      try {
        await writeWholeLater(file, `${JSON.stringify(one, null, 1)}\n`, 0o644);
        if (process.getuid?.() === 0) chownSync(file, owner.uid, owner.gid);
        fault = undefined;
      } catch (error) {
        fault = error;
      }
    }
    writing = undefined;
  }

  return {
    put(manifest) {
      next = manifest;
      writing ??= write();
    },
    async written() {
      await writing;
      if (fault) throw fault;
    },
  };
}
