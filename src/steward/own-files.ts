/** Texts that this room keeps beside its code. Read when they are needed: what is built stands elsewhere than what was written. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `name`: below src/steward. */
export function ownText(name: string): string {
  return readFileSync(join(packageRoot(), 'src/steward', name), 'utf8');
}

function packageRoot(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) {
    if (dirname(at) === at) throw new Error('no package.json above this file');
    at = dirname(at);
  }
  return at;
}
