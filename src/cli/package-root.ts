/** Where this program is installed: the folder with package.json. Sources and bundles lie at different depths below it. */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export function packageRoot(): string {
  let at = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(at, 'package.json')) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}

/**
 * The same folder by the name it was started by: `/opt/sallyport`, where that is a link to the release that runs now. What
 * outlives a release, units above all, is to name the link. `started` is the file that Node was given.
 */
export function nameOfPackageRoot(started = process.argv[1] ?? '', root = packageRoot()): string {
  const named = path.resolve(path.dirname(started), '../..');
  return existsSync(named) && realpathSync(named) === realpathSync(root) ? named : root;
}
