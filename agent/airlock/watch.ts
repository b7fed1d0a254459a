/** Notices when a workspace's manifest was replaced: a job has ended. Missed news cost nothing but time. */
import { existsSync, watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import type { Workspaces } from './manifests/workspaces.ts';

export function watchManifests(workspaces: Workspaces, changed: (workspace: string) => void): () => void {
  const watchers = new Map<string, FSWatcher>();

  function follow(): void {
    for (const name of workspaces.names()) {
      const folder = path.dirname(workspaces.manifestOf(name));
      if (watchers.has(name) || !existsSync(folder)) continue;
      watchers.set(
        name,
        quiet(
          watch(folder, { persistent: false }, (_kind, file) => {
            if (file === 'manifest.json') changed(name);
          }),
        ),
      );
      changed(name);
    }
  }

  follow();
  const root = existsSync(workspaces.root)
    ? quiet(watch(workspaces.root, { persistent: false }, () => follow()))
    : undefined;
  return () => {
    root?.close();
    for (const each of watchers.values()) each.close();
  };
}

/** A folder that goes away ends its watcher, not the process. */
function quiet(watcher: FSWatcher): FSWatcher {
  watcher.on('error', () => watcher.close());
  return watcher;
}
