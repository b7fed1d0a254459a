/**
 * Notices when a workspace's manifest was replaced: a job has ended. The news comes from the file system at
 * once; what it does not tell (a folder that was not there yet when its parent was seen, one that was made
 * anew, a share that tells nothing) is noticed by `follow`, which is to be called now and then.
 */
import { statSync, watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import type { Workspaces } from './manifests/workspaces.ts';

export interface Watch {
  /** Looks whether there is anything that nobody told of. */
  follow(): void;
  close(): void;
}

interface Watched {
  watcher: FSWatcher;
  inode: number;
}

export function watchManifests(workspaces: Workspaces, changed: (workspace: string) => void): Watch {
  const watched = new Map<string, Watched>();
  /** By workspace: the manifest that was told of last. */
  const told = new Map<string, string>();
  let isClosed = false;

  /** Whoever is told asks for the manifest as it is then. */
  function tell(name: string): void {
    const stamp = stampOf(workspaces.manifestOf(name));
    if (isClosed || stamp === undefined || told.get(name) === stamp) return;
    told.set(name, stamp);
    changed(name);
  }

  function attend(folder: string, news: (file: string | null) => void): void {
    const inode = inodeOf(folder);
    const before = watched.get(folder);
    if (inode !== undefined && before?.inode === inode) return;
    before?.watcher.close();
    watched.delete(folder);
    if (inode === undefined) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_kind, file) => news(file));
      // A folder that goes away ends its watcher, not the process.
      watcher.on('error', () => watcher.close());
      watched.set(folder, { watcher, inode });
    } catch {
      // Gone again, or too many are watched: `follow` notices what happens there.
    }
  }

  function follow(): void {
    if (isClosed) return;
    attend(workspaces.root, follow);
    for (const name of workspaces.names()) {
      attend(path.dirname(workspaces.manifestOf(name)), (file) => {
        if (file === null || file === 'manifest.json') tell(name);
      });
      tell(name);
    }
  }

  follow();
  return {
    follow,
    close() {
      isClosed = true;
      for (const { watcher } of watched.values()) watcher.close();
    },
  };
}

function inodeOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino;
}

function stampOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
}
