/** Programs of their own in `dist/` beneath the package. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Undefined when this program runs from its sources unbuilt. */
export function built(name: string): string | undefined {
  for (
    let at = path.dirname(fileURLToPath(import.meta.url));
    path.dirname(at) !== at;
    at = path.dirname(at)
  ) {
    const script = path.join(at, 'dist', name);
    if (existsSync(path.join(at, 'package.json'))) return existsSync(script) ? script : undefined;
  }
  return undefined;
}
