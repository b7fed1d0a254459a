/** The built style sheet, under an address that changes with its content: it may be kept for ever. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../../src/lib/hash.ts';

export interface StyleSheet {
  href: string;
  text: string;
}

let held: StyleSheet | undefined;

/** Built beside the program; from the sources it is found in dist/ of the checkout. */
export function styleSheet(): StyleSheet {
  if (held) return held;
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  const text = readFileSync(path.join(folder, 'dist', 'web', 'ui.css'), 'utf8');
  held = { href: `/assets/ui-${sha256(text).slice(0, 16)}.css`, text };
  return held;
}
