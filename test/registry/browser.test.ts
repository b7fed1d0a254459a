/** Codelists in a real browser: accessible, narrow, dark, and built without leaving the page. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser as Chrome, BrowserContext, Page } from 'playwright-core';
import { hubPages, LOGINS, type Browser, type HubPages } from '../members/world.ts';
import { docText, keep, raw, WIDTH } from '../docs/pictures.ts';
import { unusable } from '../support/axe.ts';
import { startChromium } from '../support/chrome.ts';
import { onOneDatabase } from '../support/database.ts';
import { requires } from '../support/require.ts';
import { aRegistry, V1, V2, withRegistry, type RegistryWorld } from './world.ts';

const { describe, test } = requires('chromium');
const HOME = '/codelists/build';
const NARROW = { width: 390, height: 800 };

describe('codelists in Chromium', () => {
  onOneDatabase((open) => {
    let hub: HubPages;
    let registry: RegistryWorld;
    let lead: Browser;
    let chrome: Chrome;
    let context: BrowserContext;
    let page: Page;
    let draft = '';
    const faults: string[] = [];

    beforeAll(async () => {
      const database = await open();
      [hub, registry] = [await hubPages(database), await aRegistry(database)];
      hub.state.governance = withRegistry(hub.state.governance);
      await registry.take();
      await registry.publish('org/asthma/v1', V1);
      hub.clock.advance(86_400_000);
      await registry.publish('org/asthma/v2', V2, { how: { now: hub.clock.now() } });
      lead = await hub.as('lead');
      const made = await lead.submit(HOME, HOME, {
        ...{ owner: `user/${LOGINS.lead}`, slug: 'chest', version: 'v1', name: 'Diseases of the chest' },
        ...{ system: 'chest', description: '', source: '' },
      });
      draft = made.location;
      chrome = await startChromium();
      context = await chrome.newContext({ viewport: NARROW });
      const cookies = (lead.cookies.header['cookie'] ?? '').split('; ').map((each) => each.split('='));
      await context.addCookies(cookies.map(([name = '', value = '']) => ({ name, value, url: hub.origin })));
      page = await aPage();
    });
    afterAll(async () => {
      await chrome.close();
      await hub.stop();
      await registry.stop();
      expect(faults).toEqual([]);
      expect(hub.state.faults).toEqual([]);
    });
    const aPage = async (): Promise<Page> => {
      const made = await context.newPage();
      made.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      return made;
    };
    const count = (at: Page) => at.locator('[data-testid=count]');

    test('every page is accessible in light and dark, and none is wider than a small screen', async () => {
      await lead.submit(draft, `${draft}/decide`, {
        include: 'A1',
        below: 'yes',
        why: 'All kinds of asthma',
      });
      const paths = [
        '/codelists',
        '/codelist/org/asthma/v1',
        '/codelist/org/asthma/v2?view=tree',
        '/codelist/org/asthma/v2/diff/v1',
        HOME,
        draft,
        `${draft}?under=A`,
      ];
      for (const path of paths)
        expect([path, await unusable(page, `${hub.origin}${path}`)]).toEqual([path, []]);
    });

    test('a search runs while somebody types, and a decision is kept without leaving the page', async () => {
      await page.goto(`${hub.origin}${draft}`);
      await page.evaluate(() => ((globalThis as unknown as { stayed: boolean }).stayed = true));
      await page.fill('#q', 'heart');
      await page.locator('[data-testid=choices] tr[data-code=B1]').waitFor();
      await page.fill('#why', 'Breathless too');
      await page.click('[data-testid=choices] tr[data-code=B1] button[name=include]');
      await page.locator('[data-testid=decisions]', { hasText: 'Breathless too' }).waitFor();
      expect(await count(page).textContent()).toBe('4 codes in the list');
      expect(await page.inputValue('#q')).toBe('heart');
      expect(await page.evaluate(() => (globalThis as unknown as { stayed?: boolean }).stayed)).toBe(true);
      expect(new URL(page.url()).search).toBe('?q=heart');
    });

    test('the docs show the builder as it is', async () => {
      const wide = await chrome.newContext({ viewport: { width: WIDTH, height: 800 } });
      await wide.addCookies(await context.cookies());
      const shown = await wide.newPage();
      await shown.goto(`${hub.origin}${draft}?under=A1`);
      const text = docText('codelists.md');
      for (const word of ['Include', 'Exclude', 'Take back', 'Save as a pull request'])
        expect([word, text.includes(word), (await shown.textContent('main'))?.includes(word)]).toEqual([
          word,
          true,
          true,
        ]);
      expect(raw('codelists.md')).toContain('](images/codelist-builder.png)');
      await keep(shown, 'codelist-builder');
      await wide.close();
    });

    test('a second tab adds to the same list, and a reload loses nothing', async () => {
      const other = await aPage();
      await other.goto(`${hub.origin}${draft}?q=wheeze`);
      await other.click('[data-testid=choices] tr[data-code=A2] button[name=include]');
      await other.locator('[data-testid=members]', { hasText: 'Wheeze' }).waitFor();
      await page.reload();
      expect(await count(page).textContent()).toBe('5 codes in the list');
      await other.close();
    });

    test('a decision is taken back from the keyboard, and stays on the list as taken back', async () => {
      await page.goto(`${hub.origin}${draft}`);
      const button = page.getByRole('button', { name: 'Take back: include Wheeze' });
      await button.focus();
      await page.keyboard.press('Enter');
      await page.locator('del', { hasText: 'Wheeze' }).waitFor();
      expect(await count(page).textContent()).toBe('4 codes in the list');
    });
  });
});
