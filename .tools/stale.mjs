// Is dist/ older than what it is made of? Modification times of a few hundred files: about 3 ms.
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const stamp = path.join(root, 'dist', '.built');
const SOURCES = ['src', 'agent', 'web', 'test/bench', '.tools'];

export function isStale() {
  let built;
  try {
    built = statSync(stamp).mtimeMs;
  } catch {
    return true;
  }
  return (
    statSync(path.join(root, 'package-lock.json')).mtimeMs > built ||
    SOURCES.some((dir) => newer(path.join(root, dir), built))
  );
}

function newer(dir, than) {
  let entries;
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch {
    return false;
  }
  // A folder's own time tells of removed and renamed files.
  if (statSync(dir).mtimeMs > than) return true;
  return entries.some((entry) => {
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) return newer(full, than);
    return /\.(ts|tsx|mjs|js|sql|css|json|png)$/.test(entry.name) && statSync(full).mtimeMs > than;
  });
}
