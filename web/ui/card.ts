/** The picture that others show with a link to a public page, under an address that changes with it. */
import { readFileSync } from 'node:fs';
import { sha256 } from '../../src/lib/hash.ts';
import { builtPath } from './built.ts';

export interface Card {
  href: string;
  bytes: Buffer;
}

/** Pixels, as drawn. */
export const CARD_SIZE = { width: 1200, height: 630 } as const;
export const CARD_SAYS = 'A way out with two doors: one is closed while the other is open.';

let held: Card | undefined;

export function linkCard(): Card {
  if (held) return held;
  const bytes = readFileSync(builtPath('card.png'));
  held = { href: `/assets/card-${sha256(bytes).slice(0, 16)}.png`, bytes };
  return held;
}
