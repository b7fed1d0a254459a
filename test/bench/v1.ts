/** V1: a CSV of 5,000 rows and 200 columns in a real browser, from the page being asked for to the table that scrolls. */
import type { Page } from 'playwright-core';
import { WORKSPACE } from '../support/airlock.ts';
import { chromiumIn } from './chromium.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { spread } from './stats.ts';
import { viewerStage } from './viewer-stage.ts';
import { wideTable } from './viewer-tables.ts';

const ROUNDS = 10;
const WARMUPS = 2;
const PATH = 'output/wide.csv';
const LAST_CELL = '[id="av-5000-199"]';

const parts = {
  id: 'V1',
  title: 'a CSV of 5,000 × 200 until it scrolls, in Chromium',
  unit: ' ms',
  must: { is: '<=', than: 300 },
  stretch: { is: '<=', than: 200 },
} as const satisfies Partial<Figure>;

export const v1: Measure = {
  id: 'V1',
  async run() {
    const browser = await chromiumIn();
    if (typeof browser === 'string') return [figure({ ...parts, detail: browser })];
    const table = wideTable();
    const stage = await viewerStage({ files: { [PATH]: table } });
    try {
      await stage.world.room.settled();
      const { jar } = await stage.as('author');
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
      await context.addCookies([...jar].map(([name, value]) => ({ name, value, url: stage.origin })));
      const page = await context.newPage();
      await page.addInitScript(noteWhenItScrolls);
      const opened: number[] = [];
      const scrolled: number[] = [];
      for (let round = -WARMUPS; round < ROUNDS; round += 1) {
        await page.goto(`${stage.origin}/workspaces/${WORKSPACE}/files/${PATH}`);
        const [ready, end] = await looked(page);
        if (round < 0) continue;
        opened.push(ready);
        scrolled.push(end);
      }
      const { median, q1, q3 } = spread(opened);
      const detail = `${(table.length / 1e6).toFixed(1)} MB, quartiles ${q1.toFixed(0)}–${q3.toFixed(0)} ms of ${ROUNDS}; from there to its last row and column ${spread(scrolled).median.toFixed(0)} ms`;
      return [figure({ ...parts, value: median, detail })];
    } finally {
      await browser.close();
      await stage.stop();
    }
  },
};

/** Runs in the page before anything else: cells are drawn and there is more than fits. */
function noteWhenItScrolls(): void {
  const held = globalThis as unknown as { scrollableAt?: number };
  const observer = new MutationObserver(() => {
    const grid = document.querySelector('.av-grid');
    if (!grid?.isConnected || !grid.querySelector('.av-row .av-cell')) return;
    if (grid.scrollHeight <= grid.clientHeight) return;
    observer.disconnect();
    // The frame after next is on the screen.
    requestAnimationFrame(() => requestAnimationFrame(() => (held.scrollableAt = performance.now())));
  });
  observer.observe(document, { childList: true, subtree: true });
}

/** Milliseconds from navigation to a table that scrolls, and from there to its last cell. */
async function looked(page: Page): Promise<[ready: number, end: number]> {
  const ready = await page.waitForFunction(
    () => (globalThis as unknown as { scrollableAt?: number }).scrollableAt,
  );
  const end = await page.evaluate(async (selector) => {
    const from = performance.now();
    const grid = document.querySelector('.av-grid')!;
    grid.scrollTop = grid.scrollHeight;
    grid.scrollLeft = grid.scrollWidth;
    while (!document.querySelector(selector)) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - from;
  }, LAST_CELL);
  return [(await ready.jsonValue())!, end];
}
