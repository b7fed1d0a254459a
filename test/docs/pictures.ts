/** Pictures of the documentation: 1280 wide, small enough to be looked at over a slow line. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

const root = path.resolve(import.meta.dirname, '../..');
export const IMAGES = path.join(root, 'docs', 'images');
export const WIDTH = 1280;
export const MOST_BYTES = 150_000;
const TALLEST = 900;

export function raw(doc: string): string {
  return readFileSync(path.join(root, 'docs', doc), 'utf8');
}

/** Text of a document as its reader sees it, in one line. */
export function docText(doc: string): string {
  return raw(doc)
    .replace(/\*\*|`/g, '')
    .replace(/(?<=^|[\s(])\*(?=\S)|(?<=\S)\*(?=[\s.,:;)|]|$)/gm, '')
    .replace(/\s+/g, ' ');
}

/** With SALLYPORT_SHOTS=docs only: pictures are made anew on purpose, not by every run. */
export async function keep(page: Page, name: string): Promise<void> {
  if (process.env['SALLYPORT_SHOTS'] !== 'docs') return;
  const { from, until } = await page.evaluate(() => {
    const parts = [...document.querySelectorAll('main *')].filter(
      (part) =>
        part.checkVisibility({ contentVisibilityAuto: true }) &&
        getComputedStyle(part).position !== 'fixed' &&
        !part.closest('.sr-only, details:not([open]) > :not(summary)'),
    );
    const lowest = Math.max(...parts.map((part) => part.getBoundingClientRect().bottom));
    return { from: scrollY, until: scrollY + lowest + 24 };
  });
  const clip = { x: 0, y: from, width: WIDTH, height: Math.min(TALLEST, Math.ceil(until - from)) };
  const bytes = await page.screenshot({ clip, fullPage: true });
  mkdirSync(IMAGES, { recursive: true });
  writeFileSync(path.join(IMAGES, `${name}.png`), bytes);
}
