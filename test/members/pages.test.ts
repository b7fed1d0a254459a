/** The hub's pages in a real browser: signing in through GitHub's own pages, by keyboard, accessible, with pictures of each. */
import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { newBrowsers } from '../../src/db/schema/outputs.ts';
import { minutes } from '../../src/lib/clock.ts';
import { onOneDatabase } from '../support/database.ts';
import { AT, PEOPLE } from '../support/governance.ts';
import { follows, leads } from '../support/navigation.ts';
import { requires } from '../support/require.ts';
import { membersStage, overhang, signsIn } from './stage.ts';
import { hubPages, LOGINS } from './world.ts';

const { describe, test } = requires('chromium');
const TABLE = 'school_type,pupils,absence_rate\nacademy,1250,0.045\nmaintained,980,0.050\n';
const FIGURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="120"><rect x="20" y="30" width="60" height="80" fill="#0969da"/><rect x="120" y="60" width="60" height="50" fill="#0969da"/></svg>';

describe('pages of the hub in Chromium', () => {
  onOneDatabase((open) => {
    const stage = membersStage(open);
    const { faults, go, shot, accessible } = stage;
    const signIn = (login: string) => signsIn(stage.page, login, stage.hub.origin);

    test('from a link to a release through GitHub to its files, with nothing but links and buttons', async () => {
      const { page, hub } = stage;
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

      await follows(page, 'text=Sign in to see them');
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

      await follows(page, 'text=output/table.csv');
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

      await follows(page, 'nav >> text=Releases');
      expect(await page.textContent('main')).toContain('Absence and exam results');
      await shot('releases');
      await accessible();
      await follows(page, 'text=Sign out');
      expect(await page.textContent('header')).toContain('Sign in');
    });

    test('the viewer number is typed, repeated, confirmed, and the code counted down without a script', async () => {
      const { page, hub } = stage;
      hub.outputs.waiting.set('482913', { backend: 'attainment', startedAt: AT - minutes(1) });
      await go('/airlock-login');
      await signIn(LOGINS.lead);
      await accessible();
      await page.fill('#number', '482 913');
      await leads(page, () => page.keyboard.press('Enter'));
      expect(await page.textContent('[data-testid=waiting]')).toContain('482 913');
      await shot('viewer-question');
      await accessible();

      await follows(page, '[data-testid=yes]');
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
      const { page } = stage;
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
      const { page, hub, database } = stage;
      await hub.as('checker');
      await database.db
        .insert(newBrowsers)
        .values({ id: 'a'.repeat(16), backend: 'attainment', airlock: 'x', person: PEOPLE.checker, at: AT });
      await go('/login?next=/account');
      await signIn(LOGINS.checker);
      expect(await page.locator('[data-testid=sessions] tbody tr').count()).toBe(2);
      await shot('account');
      await accessible();
      await follows(page, 'text=End all others');
      expect(await page.locator('[data-testid=sessions] tbody tr').count()).toBe(1);
    });

    test('everything is reached by keyboard, and nothing hangs over at the width of a small laptop', async () => {
      const { page, hub } = stage;
      hub.outputs.release({ 'output/a-long-name-for-a-table-of-absence-by-school-type-and-year.csv': TABLE });
      await page.setViewportSize({ width: 1024, height: 700 });
      await go('/');
      await accessible();
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
      await go('/login?next=/releases');
      await signIn(LOGINS.lead);
      await page.locator('main a').first().focus();
      await leads(page, () => page.keyboard.press('Enter'));
      await page.waitForSelector('[data-testid=files]');
      expect(await overhang(page)).toBeLessThanOrEqual(0);
      await shot('release-1024');
    });

    test('how long decisions take is told to everybody, and of few decisions nothing', async () => {
      const { page, hub } = stage;
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
      const { page } = stage;
      await go('/nowhere');
      faults.length = 0;
      expect(await page.textContent('h1')).toBe('Not found');
      await accessible();
      faults.length = 0;
    });

    test('under https a browser keeps the cookie that belongs to this host alone, and stays signed in', async () => {
      const { chrome, database } = stage;
      const secure = await hubPages(database, { tls: true });
      const context = await chrome.newContext({ ignoreHTTPSErrors: true });
      const plain = await context.newPage();
      await plain.goto(`${secure.origin}/login?next=/account`);
      await signsIn(plain, LOGINS.lead, secure.origin);
      expect(new URL(plain.url()).pathname).toBe('/account');
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
      const { hub, chrome } = stage;
      const context = await chrome.newContext({ javaScriptEnabled: false });
      const plain = await context.newPage();
      await plain.goto(`${hub.origin}/login?next=/account`);
      await signsIn(plain, LOGINS.lead, hub.origin);
      expect(new URL(plain.url()).pathname).toBe('/account');
      await follows(plain, 'text=Sign out');
      expect(await plain.textContent('header')).toContain('Sign in');
      await context.close();
    });
  });
});
