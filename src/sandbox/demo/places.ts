/** Files that ship with the package, found the same way from the sources and from the bundle. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageRoot = findRoot(path.dirname(fileURLToPath(import.meta.url)));
/** The command an operator types. */
export const program = path.join(packageRoot, 'src/cli/bin.js');
export const studyFolder = path.join(packageRoot, 'src/sandbox/demo/study');
/** Made by the build from agent/images/sqlrunner. */
export const sqlrunnerBundle = path.join(packageRoot, 'dist/images/sqlrunner.mjs');

function findRoot(from: string): string {
  if (existsSync(path.join(from, 'package.json'))) return from;
  const up = path.dirname(from);
  if (up === from) throw new Error('package.json is not above this file');
  return findRoot(up);
}
