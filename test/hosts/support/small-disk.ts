/** A file system with hardly any room, which a test fills to the last byte and empties again. As root. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MIB = 1024 ** 2;

export class SmallDisk {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'sallyport-full-'));

  /** `size` and `nr_inodes` of tmpfs. */
  constructor(options: string) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.folder]);
  }

  /** Takes all that is left. */
  fill(): void {
    const file = openSync(this.#filler, 'a');
    for (let size = MIB; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) if (writeSync(file, Buffer.alloc(size, 1)) < size) break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
    closeSync(file);
  }

  /** Of what `fill` took. */
  empty(): void {
    rmSync(this.#filler, { force: true });
  }

  close(): void {
    execFileSync('umount', ['-l', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #filler(): string {
    return path.join(this.folder, 'filler');
  }
}

/** All files in it and in its folders; none where there is no such folder. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
