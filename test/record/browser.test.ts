/** The public record in a real browser: accessible, narrow, dark, live, and checked by the browser itself. */
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { chromium, type Browser, type Page } from 'playwright-core';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { unusable } from '../support/axe.ts';
import { aGovernance, PROJECT, PEOPLE } from '../support/governance.ts';
import { chromiumPath, requires } from '../support/require.ts';
import { putReleases, putRequests, putRights } from './rows.ts';
import { aStage, type Stage } from './stage.ts';

const { describe, test } = requires('chromium');
jest.setTimeout(120_000);

describe('the public record in Chromium', () => {
  onOneDatabase((open) => {
    let database: TestDatabase;
    let stage: Stage;
    let chrome: Browser;
    let page: Page;
    const faults: string[] = [];

    beforeAll(async () => {
      database = await open();
      const alert = { from: 0, until: Date.parse('2127-01-01T00:00:00Z') };
      stage = await aStage(database, undefined, {
        ...aGovernance(),
        alerts: [
          {
            id: 'away',
            level: 'danger',
            title: 'The warehouse is away',
            text: 'See [why](https://example.org/x).',
            ...alert,
          },
          { id: 'soon', level: 'info', title: 'Maintenance', text: '- one\n- `two`', ...alert },
        ],
      });
      await putRequests(database.db, 120);
      await putReleases(database.db, 60);
      await putRights(database.db, 5, 2);
      await stage.entries(600);
      chrome = await chromium.launch({
        executablePath: chromiumPath(),
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-background-networking',
          '--disable-component-update',
        ],
      });
      page = await (await chrome.newContext({ viewport: { width: 390, height: 800 } })).newPage();
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
    });
    afterAll(async () => {
      await chrome.close();
      await stage.stop();
      expect(faults).toEqual([]);
    });
    const go = (path: string) => page.goto(`${stage.origin}${path}`);

    test('every page is accessible in light and dark, and none is wider than a small screen', async () => {
      const paths = [
        '/',
        '/requests',
        '/releases',
        '/published',
        '/workspaces/study-main',
        '/alerts',
        '/people?on=2027-03-01',
        '/ledger/kinds',
        '/requests/0000000000000077',
        '/projects',
        `/projects/${PROJECT}`,
        '/people',
        `/people/${PEOPLE.lead}`,
        '/orgs/riverside-university',
        '/permissions',
        '/schemas',
        '/schemas/results',
        '/images',
        '/repositories',
        '/status',
        '/status/attainment',
        '/ledger',
        '/ledger/17',
        '/search?q=example',
      ];
      await database.db.execute(sql`
        insert into repository_clocks (repository, project, started_at, first_job, state, due, flip, why, updated_at)
        values (1, ${PROJECT}, 1, 'j', 'blocked', '1971-01-01', '1971-01-01', 'due', 1)`);
      for (const path of paths)
        expect([path, await unusable(page, `${stage.origin}${path}`)]).toEqual([path, []]);
    });

    test('filters and pages are links and a form', async () => {
      await go('/requests');
      await page.selectOption('#f-state', 'failed');
      await Promise.all([page.waitForURL(/state=failed/), page.click('[data-testid=filters] button')]);
      expect(await page.locator('[data-testid=requests] tbody tr').count()).toBe(21);
      await go('/requests');
      await Promise.all([page.waitForURL(/before=71/), page.click('[data-testid=older]')]);
      expect(await page.locator('[data-testid=requests] tbody tr').first().getAttribute('data-number')).toBe(
        '70',
      );
    });

    test('a list that is looked at follows what happens, without being asked again', async () => {
      await go('/requests?state=pending');
      await page.waitForSelector('table[data-state=live]');
      const rows = page.locator('[data-testid=requests] tbody tr');
      const before = await rows.count();
      const id = (await rows.first().getAttribute('data-id'))!;
      await database.db.execute(
        sql`update job_requests set ended_as = 'succeeded', completed_at = created_at where id = ${id}`,
      );
      await stage.changed(id);
      await page.waitForSelector(`tr[data-id="${id}"]`, { state: 'detached' });
      expect(await rows.count()).toBe(before - 1);
      await database.db.execute(
        sql`update job_requests set ended_as = null, completed_at = null where id = ${id}`,
      );
      await stage.changed(id);
      await page.waitForSelector(`tr[data-id="${id}"]`);
      expect(await rows.first().getAttribute('data-id')).toBe(id);
      // News may have been missed: all of it is read again.
      await database.db.execute(
        sql`update job_requests set ended_as = 'failed', completed_at = 1 where id = ${id}`,
      );
      stage.live.tell('');
      await page.waitForSelector(`tr[data-id="${id}"]`, { state: 'detached' });
    });

    test('the browser checks the signed checkpoint, an entry, and that the log only grew', async () => {
      const says = page.locator('[data-testid=verified]');
      const verify = async (): Promise<string> => {
        await page.click('[data-testid=verify]');
        await page.waitForSelector('[data-testid=verified][data-state]');
        return says.innerText();
      };
      await go('/ledger/17');
      expect(await verify()).toBe(
        'The checkpoint of 610 entries is signed with this key.\nEntry 17 is in it, as it stands there now.',
      );
      await stage.entries(311);
      await go('/ledger');
      expect(await verify()).toContain('Its first 610 entries are those that this browser saw before.');

      // Whoever changes one byte, or has another key, is found out.
      await go('/ledger/300');
      await database.db.execute(
        sql`update ledger_leaves set entry = replace(entry, 'requeued', 'released') where seq = 300`,
      );
      expect(await verify()).toContain('Not proved: entry 300 is not the one that was signed.');
      await page.fill('#key', 'ledger.example/northshire+00000000+AQ==');
      expect(await verify()).toContain('Not proved: this is no verifier key.');

      await database.db.execute(
        sql`update ledger_tiles set hashes = overlay(hashes placing '\\x00'::bytea from 40 for 1) where level = 1`,
      );
      // Tiles are kept for ever: only who comes for the first time gets the changed one.
      const other = await (await chrome.newContext()).newPage();
      await other.goto(`${stage.origin}/ledger/0`);
      await other.click('[data-testid=verify]');
      await other.waitForSelector('[data-testid=verified][data-state]');
      expect(await other.textContent('[data-testid=verified]')).toContain(
        'Not proved: entry 0 is not the one',
      );
    });

    test('without a script the same stands there, with the command', async () => {
      const plain = await (await chrome.newContext({ javaScriptEnabled: false })).newPage();
      await plain.goto(`${stage.origin}/ledger`);
      expect(await plain.textContent('main')).toContain('sallyport log verify');
      expect(await plain.isVisible('[data-testid=verify]')).toBe(false);
      await plain.goto(`${stage.origin}/requests`);
      expect(await plain.locator('[data-testid=requests] tbody tr').count()).toBe(50);
    });
  });
});
