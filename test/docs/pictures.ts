/** Pictures of the documentation: 1280 wide, small enough to be looked at over a slow line. */
import { spawnSync } from 'node:child_process';
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
      (part) => getComputedStyle(part).position !== 'fixed' && !part.closest('.sr-only'),
    );
    const lowest = Math.max(...parts.map((part) => part.getBoundingClientRect().bottom));
    return { from: scrollY, until: scrollY + lowest + 24 };
  });
  const clip = { x: 0, y: from, width: WIDTH, height: Math.min(TALLEST, Math.ceil(until - from)) };
  const bytes = await page.screenshot({ clip, fullPage: true });
  mkdirSync(IMAGES, { recursive: true });
  writeFileSync(path.join(IMAGES, `${name}.png`), fewerColours(bytes));
}

/** ImageMagick where it is there; otherwise the picture as it is, and the size decides. */
function fewerColours(png: Buffer): Buffer {
  const tool = spawnSync(
    'convert',
    ['png:-', '-strip', '+dither', '-colors', '128', '-define', 'png:compression-level=9', 'png8:-'],
    {
      input: png,
      maxBuffer: 20_000_000,
    },
  );
  return tool.status === 0 && tool.stdout.length > 0 ? tool.stdout : png;
}
