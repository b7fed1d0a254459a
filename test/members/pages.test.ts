/** The hub's pages in a real browser: signing in through GitHub's own pages, by keyboard, accessible, with pictures of each. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { newBrowsers } from '../../src/db/schema/outputs.ts';
import { minutes } from '../../src/lib/clock.ts';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { AT, PEOPLE } from '../support/governance.ts';
import { faultsOf } from '../support/axe.ts';
import { chromiumPath, requires } from '../support/require.ts';
import { hubPages, LOGINS, type HubPages } from './world.ts';

const { describe, test } = requires('chromium');
// Each page is looked through twice, on a machine that does other things too.
jest.setTimeout(180_000);
const SHOTS = path.join('dist', 'artefacts', 'members');
const TABLE = 'school_type,pupils,absence_rate\nacademy,1250,0.045\nmaintained,980,0.050\n';
const FIGURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="120"><rect x="20" y="30" width="60" height="80" fill="#0969da"/><rect x="120" y="60" width="60" height="50" fill="#0969da"/></svg>';

describe('pages of the hub in Chromium', () => {
  onOneDatabase((open) => {
    let database: TestDatabase;
    let hub: HubPages;
    let chrome: Browser;
    let page: Page;
    let faults: string[];

    beforeAll(async () => {
      mkdirSync(SHOTS, { recursive: true });
      chrome = await chromium.launch({
        executablePath: chromiumPath(),
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-background-networking',
          '--disable-component-update',
        ],
      });
    });
    afterAll(async () => chrome.close());
    beforeEach(async () => {
      database = await open();
      hub = await hubPages(database);
      page = await (await chrome.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
      faults = [];
      page.on('console', (message) => {
        // The stand-in for GitHub has no picture for the tab.
        if (message.type() === 'error' && message.location().url.startsWith(hub.origin))
          faults.push(message.text());
      });
    });
    afterEach(async () => {
      await page.context().close();
      await hub.stop();
      expect(faults).toEqual([]);
    });

    const go = (where: string) => page.goto(`${hub.origin}${where}`);
    const shot = (name: string) => page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
    async function accessible(): Promise<void> {
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme });
        expect({ colorScheme, faults: await faultsOf(page) }).toEqual({ colorScheme, faults: [] });
      }
    }
    /** Through the sign-in page and GitHub's own question. */
    async function signIn(login: string): Promise<void> {
      await page.click('[data-testid=sign-in]');
      await page.selectOption('[data-testid=oauth-login]', login);
      await page.click('[data-testid=oauth-yes]');
      await page.waitForURL((url) => url.origin === hub.origin);
    }

    test('from a link to a release through GitHub to its files, with nothing but links and buttons', async () => {
      const release = hub.outputs.release({
        'output/table.csv': TABLE,
        'output/figure.svg': FIGURE,
        'old.csv': 'x',
      });
      hub.outputs.recall(release, 3);
      await go(`/releases/${release.id}`);
      expect(await page.textContent('main')).not.toContain('table.csv');
      await shot('release-public');
      await accessible();

      await page.click('text=Sign in to see them');
      await shot('sign-in');
      await accessible();
      await signIn(LOGINS.collaborator);

      expect(new URL(page.url()).pathname).toBe(`/releases/${release.id}`);
      expect(await page.textContent('[data-testid=files]')).toContain('output/table.csv');
      expect(await page.textContent('[data-testid=tombstone]')).toContain('Delete every copy');
      await shot('release');
      await accessible();
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-testid=all]')]);
      expect(download.suggestedFilename()).toBe(`${release.id}.zip`);

      await page.click('text=output/table.csv');
      expect(await page.textContent('[data-testid=content]')).toContain('academy,1250,0.045');
      await accessible();
      const [file] = await Promise.all([page.waitForEvent('download'), page.click('[data-testid=download]')]);
      expect([file.suggestedFilename(), readFileSync(await file.path(), 'utf8')]).toEqual([
        'table.csv',
        TABLE,
      ]);

      await go(`/releases/${release.id}/files/2`);
      const width = await page
        .locator('[data-testid=content]')
        .evaluate((img) => (img as HTMLImageElement).naturalWidth);
      expect(width).toBe(320);
      await shot('file');

      await page.click('nav >> text=Releases');
      expect(await page.textContent('main')).toContain('Absence and exam results');
      await shot('releases');
      await accessible();
      await page.click('text=Sign out');
      expect(await page.textContent('header')).toContain('Sign in');
    });

    test('the viewer number is typed, repeated, confirmed, and the code counted down without a script', async () => {
      hub.outputs.waiting.set('482913', { backend: 'attainment', startedAt: AT - minutes(1) });
      await go('/airlock-login');
      await signIn(LOGINS.lead);
      await accessible();
      await page.fill('#number', '482 913');
      await page.keyboard.press('Enter');
      expect(await page.textContent('[data-testid=waiting]')).toContain('482 913');
      await shot('viewer-question');
      await accessible();

      await page.click('[data-testid=yes]');
      expect(await page.textContent('[data-testid=code]')).toBe('amber castle river');
      const left = () =>
        page.evaluate(() => {
          const { counterReset } = getComputedStyle(document.querySelector('.sp-left') as Element, '::after');
          return counterReset.match(/-?\d+/g)?.map(Number) ?? [];
        });
      // By the browser's own clock of the animation: nobody waits ten minutes.
      const at = (ms: number) =>
        page.evaluate((time) => {
          for (const one of document.getAnimations()) {
            one.pause();
            one.currentTime = time;
          }
        }, ms);
      await at(0);
      expect(await left()).toEqual([9, 59]);
      await at(61_500);
      expect(await left()).toEqual([8, 58]);
      await at(599_500);
      expect(await left()).toEqual([0, 0]);
      await at(600_500);
      const shown = () =>
        page.evaluate(() => getComputedStyle(document.querySelector('.sp-left') as Element).visibility);
      expect(await shown()).toBe('hidden');
      await at(90_000);
      await shot('viewer-code');
      await accessible();
      await page.goBack();
      expect(await page.textContent('main')).not.toContain('amber');
    });

    test('a wrong number is told, and the field is there again', async () => {
      await go('/airlock-login?number=000000');
      await signIn(LOGINS.lead);
      faults.length = 0;
      expect(await page.textContent('[data-testid=refusal]')).toContain('sign-in.refused');
      await shot('viewer-refused');
      await accessible();
      expect(await page.locator('#number').isVisible()).toBe(true);
      faults.length = 0;
    });

    test('the account page lists sessions, new browsers and what was done', async () => {
      await hub.as('lead');
      await database.db
        .insert(newBrowsers)
        .values({ id: 'a'.repeat(16), backend: 'attainment', airlock: 'x', person: PEOPLE.lead, at: AT });
      await go('/login?next=/account');
      await signIn(LOGINS.lead);
      expect(await page.locator('[data-testid=sessions] tbody tr').count()).toBe(2);
      await shot('account');
      await accessible();
      await page.click('text=End all others');
      expect(await page.locator('[data-testid=sessions] tbody tr').count()).toBe(1);
    });

    test('everything is reached by keyboard, and nothing hangs over at the width of a small laptop', async () => {
      hub.outputs.release({ 'output/a-long-name-for-a-table-of-absence-by-school-type-and-year.csv': TABLE });
      await page.setViewportSize({ width: 1024, height: 700 });
      await go('/');
      await accessible();
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
      await go('/login?next=/releases');
      await signIn(LOGINS.lead);
      await page.locator('main a').first().focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('[data-testid=files]');
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over).toBeLessThanOrEqual(0);
      await shot('release-1024');
    });

    test('how long decisions take is told to everybody, and of few decisions nothing', async () => {
      await go('/figures');
      expect(await page.textContent('[data-testid=too-few]')).toContain('fewer than 10 requests');
      await accessible();
      Object.assign(hub.outputs.figures, { decided: 12, median: 1, p90: 4 });
      await page.reload();
      expect(await page.locator('[data-testid=figures] td').allTextContents()).toEqual([
        '1 working day',
        '4 working days',
      ]);
      await accessible();
      await shot('figures');
    });

    test('a page that does not exist says so in the same frame', async () => {
      await go('/nowhere');
      faults.length = 0;
      expect(await page.textContent('h1')).toBe('Not found');
      await accessible();
      faults.length = 0;
    });

    test('under https a browser keeps the cookie that belongs to this host alone, and stays signed in', async () => {
      const secure = await hubPages(database, { tls: true });
      const context = await chrome.newContext({ ignoreHTTPSErrors: true });
      const plain = await context.newPage();
      await plain.goto(`${secure.origin}/login?next=/account`);
      await plain.click('[data-testid=sign-in]');
      await plain.selectOption('[data-testid=oauth-login]', LOGINS.lead);
      await plain.click('[data-testid=oauth-yes]');
      await plain.waitForURL(`${secure.origin}/account`);
      const kept = (await context.cookies(secure.origin)).filter(({ name }) => name.startsWith('__Host-'));
      expect(kept).toMatchObject([
        {
          name: '__Host-sallyport-hub',
          path: '/',
          secure: true,
          httpOnly: true,
          sameSite: 'Lax',
          expires: -1,
        },
      ]);
      await context.close();
      await secure.stop();
    });

    test('scripts are not needed: signing in and out works with them switched off', async () => {
      const context = await chrome.newContext({ javaScriptEnabled: false });
      const plain = await context.newPage();
      await plain.goto(`${hub.origin}/login?next=/account`);
      await plain.click('[data-testid=sign-in]');
      await plain.selectOption('[data-testid=oauth-login]', LOGINS.lead);
      await plain.click('[data-testid=oauth-yes]');
      await plain.waitForURL(`${hub.origin}/account`);
      await plain.click('text=Sign out');
      expect(await plain.textContent('header')).toContain('Sign in');
      await context.close();
    });
  });
});
