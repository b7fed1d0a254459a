/**
 * Removes a folder that a job could write to, whatever it made there.
 *
 * `fs.rm` gives up on a tree deeper than the longest path (ENAMETOOLONG) and, unless the agent is root, on a
 * folder closed with `chmod 000`: either would keep a job's folder for ever. No link is followed.
 */
import { chmodSync, lstatSync, opendirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';

/** Well below 4096, with room for one more name of 255 bytes. */
const DEEP = 2000;

/** Resolves when it is gone, at once when it never was. */
export async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['ENAMETOOLONG', 'EACCES', 'EPERM', 'ENOTEMPTY'].includes(code)) throw error;
    flatten(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Opens every folder and hangs those that lie deep directly below the top, until none is left. */
function flatten(top: string): void {
  const folders = [top];
  let moved = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    chmodSync(folder, 0o700);
    if (folder.length > top.length + DEEP) {
      const near = path.join(top, `.removed-${(moved += 1)}`);
      renameSync(folder, near);
      folder = near;
    }
    const open = opendirSync(folder);
    for (let entry = open.readSync(); entry; entry = open.readSync()) {
      if (entry.isDirectory()) folders.push(path.join(folder, entry.name));
    }
    open.closeSync();
  }
}
