/**
 * Who may see what of the agent's state. Everything is the agent's own, but for what may be viewed: the
 * airlock, another user, reads `workspaces/<name>/medium` by way of the folders' group, and nothing else.
 * The operator gives the state folder and `workspaces` that group; modes are kept here.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import type { Layout } from './runner/layout.ts';

/** `shared`: an airlock stands beside the agent. */
export function stateFolders(places: Layout, shared: boolean): void {
  // Folders below are made as the moment needs them: the airlock must be able to walk them.
  if (shared) process.umask(0o022);
  closed(places.root, shared ? 0o710 : 0o700);
  closed(places.workspaces, shared ? 0o750 : 0o700);
  for (const own of [places.store, places.mirrors, places.jobs]) closed(own, 0o700);
}

/** Whatever it was before, and whatever the umask is. */
function closed(dir: string, mode: number): void {
  mkdirSync(dir, { recursive: true, mode });
  chmodSync(dir, mode);
}
