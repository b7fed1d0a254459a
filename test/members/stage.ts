/** One browser and one hub for all tests of a file; each test has a page that knows nobody yet. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { colourFaultsOf, faultsOf } from '../support/axe.ts';
import { startChromium } from '../support/chrome.ts';
import type { TestDatabase } from '../support/database.ts';
import { follows } from '../support/navigation.ts';
import { hubPages, type HubPages } from './world.ts';

const SHOTS = path.join('dist', 'artefacts', 'members');
const LAPTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 800 };

export interface Stage {
  chrome: Browser;
  database: TestDatabase;
  hub: HubPages;
  page: Page;
  /** What the browser complained of on the hub's pages; a test that expects a refusal takes it out. */
  faults: string[];
  go(where: string): ReturnType<Page['goto']>;
  shot(name: string): Promise<void>;
  /** In both schemes; and a telephone is not too narrow for it. */
  accessible(): Promise<void>;
}

/** For all tests of the file: what it gives is there when they run. */
export function membersStage(open: () => Promise<TestDatabase>): Stage {
  // Each page is looked through twice, on a machine that does other things too.
  jest.setTimeout(180_000);
  const stage = { faults: [] as string[] } as unknown as Stage;
  stage.go = (where) => stage.page.goto(`${stage.hub.origin}${where}`);
  stage.shot = async (name) =>
    void (await stage.page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true }));
  stage.accessible = async () => {
    const { page } = stage;
    await page.emulateMedia({ colorScheme: 'dark' });
    expect({ dark: await colourFaultsOf(page) }).toEqual({ dark: [] });
    await page.emulateMedia({ colorScheme: 'light' });
    expect({ light: await faultsOf(page) }).toEqual({ light: [] });
    const window = page.viewportSize() ?? LAPTOP;
    await page.setViewportSize(PHONE);
    expect(await overhang(page)).toBeLessThanOrEqual(0);
    await page.setViewportSize(window);
  };

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    stage.database = await open();
    stage.hub = await hubPages(stage.database);
    stage.chrome = await startChromium();
  });
  afterAll(async () => {
    await stage.chrome.close();
    await stage.hub.stop();
  });
  beforeEach(async () => {
    stage.faults.length = 0;
    stage.page = await (await stage.chrome.newContext({ viewport: LAPTOP })).newPage();
    stage.page.on('console', (message) => {
      // The stand-in for GitHub has no picture for the tab.
      if (message.type() === 'error' && message.location().url.startsWith(stage.hub.origin))
        stage.faults.push(message.text());
    });
  });
  afterEach(async () => {
    await stage.page.context().close();
    expect(stage.faults).toEqual([]);
  });
  return stage;
}

/** Through the sign-in page and GitHub's own question, back to `origin`. */
export async function signsIn(page: Page, login: string, origin: string): Promise<void> {
  await follows(page, '[data-testid=sign-in]');
  await page.selectOption('[data-testid=oauth-login]', login);
  await follows(page, '[data-testid=oauth-yes]');
  expect(new URL(page.url()).origin).toBe(origin);
}

/** How far the page hangs over its window, in pixels. */
export const overhang = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
