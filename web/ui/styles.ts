/** The built style sheet, under an address that changes with its content: it may be kept for ever. */
import { readFileSync } from 'node:fs';
import { sha256 } from '../../src/lib/hash.ts';
import { builtPath } from './built.ts';

export interface StyleSheet {
  href: string;
  text: string;
}

let held: StyleSheet | undefined;

export function styleSheet(): StyleSheet {
  if (held) return held;
  const text = readFileSync(builtPath('ui.css'), 'utf8');
  held = { href: `/assets/ui-${sha256(text).slice(0, 16)}.css`, text };
  return held;
}
