/** What axe finds on a page that has come to rest. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** Rule and element of each fault; empty is good. */
export async function faultsOf(page: Page): Promise<string[]> {
  await settled(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/**
 * Brings every transition to its end. Primer fades colours when a page is drawn anew or changes its scheme, and half-way
 * between two colours there is no contrast to speak of. What turns for ever, as a spinner does, is left alone.
 */
async function settled(page: Page): Promise<void> {
  for (const frame of page.frames()) {
    await frame.evaluate(() => {
      const ends = (animation: Animation) => animation.effect?.getComputedTiming().endTime !== Infinity;
      // The end of one may begin another.
      for (let round = 0; round < 20; round += 1) {
        const running = document.getAnimations().filter(ends);
        if (running.length === 0) return;
        for (const animation of running) animation.finish();
      }
    });
  }
}
