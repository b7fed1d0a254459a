/**
 * What leads to another page, and the page that comes of it, awaited as one: a click is over before the page is
 * asked for, and whoever reads then may read the page before, or stop the next one with a page of their own.
 */
import type { Locator, Page } from 'playwright-core';

/** Clicks, and waits until the page that it leads to is loaded; the same address may come again. */
export function follows(page: Page, place: string | Locator): Promise<void> {
  return leads(page, () => (typeof place === 'string' ? page.click(place) : place.click()));
}

/** As `follows`, for whatever else leads away: a key, an item chosen from a list. */
export async function leads(page: Page, act: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForEvent('load'), act()]);
}

/** A page of the review that drew a file, and then what hangs on its having been shown. */
export async function shownFile(page: Page): Promise<void> {
  await page.waitForSelector('[data-testid=file][data-state=shown]');
  await page.waitForSelector('[data-review]:not([aria-busy])');
}
