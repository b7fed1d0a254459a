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
