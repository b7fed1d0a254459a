/**
 * What axe finds on a page that has come to rest. It runs in the page itself: the wrapper for Playwright opens a
 * second page each time and carries over what is right as well, which takes four times as long.
 *
 * Frames are left out. Ours hold drawings of other people, in which nothing may run, axe included.
 */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Rule and element of each fault; empty is good. */
export async function faultsOf(page: Page): Promise<string[]> {
  return judged(page);
}

/** What of it hangs on colours, for a page that is judged whole in others. */
export async function colourFaultsOf(page: Page): Promise<string[]> {
  return judged(page, ['color-contrast', 'link-in-text-block']);
}

/** What is wrong with a page, light and dark, and on a screen as wide as it is opened in; empty is good. */
export async function unusable(page: Page, address: string): Promise<string[]> {
  await page.goto(address);
  const faults: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    faults.push(...(await faultsOf(page)).map((fault) => `${colorScheme}: ${fault}`));
  }
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (wide !== screen) faults.push(`${wide} wide on a screen of ${screen}`);
  return [...faults, ...(await brokenWords(page))];
}

/** Words of table cells that stand in several lines. Names and codes may be longer than a screen. */
function brokenWords(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const broken: string[] = [];
    for (const cell of document.querySelectorAll('.sp-table td:not(.sp-name)')) {
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node; node = texts.nextNode())
        for (const { index, 0: word } of (node.textContent ?? '').matchAll(/[\p{L}\p{N}]{2,}/gu)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          const tops = new Set([...range.getClientRects()].map(({ top }) => top));
          if (tops.size > 1) broken.push(`broken word: ${word}`);
        }
    }
    return broken;
  });
}

async function judged(page: Page, rules?: string[]): Promise<string[]> {
  await settled(page);
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      iframes: false,
      resultTypes: ['violations'],
      ...(only === undefined ? {} : { runOnly: { type: 'rule', values: only } }),
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }, rules);
}

/**
 * Brings every transition to its end. Primer fades colours when a page is drawn anew or changes its scheme, and half-way
 * between two colours there is no contrast to speak of. What turns for ever, as a spinner does, is left alone.
 */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() => {
    const ends = (animation: Animation) => animation.effect?.getComputedTiming().endTime !== Infinity;
    // The end of one may begin another.
    for (let round = 0; round < 20; round += 1) {
      const running = document.getAnimations().filter(ends);
      if (running.length === 0) return;
      for (const animation of running) animation.finish();
    }
  });
}
