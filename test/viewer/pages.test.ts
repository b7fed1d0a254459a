/** The viewer's own pages, over a real room and in a real browser. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { aTable, WORKSPACE } from '../support/airlock.ts';
import { follows, leads } from '../support/navigation.ts';
import { requires } from '../support/require.ts';
import { faultsOf } from '../support/axe.ts';
import { realViewer, shot, type RealViewer } from './real.ts';

const { describe, test } = requires('chromium');

const FILES = {
  'output/table.csv': aTable(),
  'output/by_year.csv': aTable(2),
  'output/small.csv': 'year_group,count\nyear 1,3\nyear 2,40\n',
  'output/models/notes.txt': 'Linear model, 118000 pupils.\n',
  'output/models/figure.svg':
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60"><rect width="60" height="40" fill="teal"/></svg>',
};

const searchedFor = (words: string) => (url: URL) => url.searchParams.get('search') === words;

describe('the pages of the viewer', () => {
  let viewer: RealViewer;
  let rowan: Page;
  const problems: string[] = [];
  beforeAll(async () => {
    viewer = await realViewer({ files: FILES });
    rowan = await viewer.as('author');
    rowan.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    rowan.on('pageerror', (error) => problems.push(String(error)));
    await viewer.world.room.settled();
  });
  afterAll(() => viewer.stop());
  const open = (path: string) => rowan.goto(`${viewer.url}${path}`);

  test('signing in shows a number, and needs no script', async () => {
    const context = await viewer.browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 1280, height: 860 },
    });
    const page = await context.newPage();
    await page.goto(`${viewer.url}/requests`);
    await follows(page, '[data-testid=start]');

    expect(await page.textContent('[data-testid=number]')).toMatch(/^[0-9]{6}$/);
    await shot(page, 'sign-in');
    await page.fill('#code', 'wrong words here');
    await follows(page, '[data-testid=sign-in]');
    expect(await page.getAttribute('[data-testid=refusal]', 'data-code')).toBe('sign-in.refused');
    await shot(page, 'sign-in-refused');
    await context.close();
  });

  test('the start page leads to workspaces and says what to do without a request', async () => {
    await open('/');
    await shot(rowan, 'home');
    expect(await rowan.textContent('[data-testid=blank]')).toContain('Pick files in a workspace');
    await follows(rowan, `text=${WORKSPACE}`);
    expect(await rowan.textContent('[data-testid=files]')).toContain('output');
  });

  test('a folder is sorted, searched below, and opened', async () => {
    await open(`/workspaces/${WORKSPACE}/tree/output`);
    await shot(rowan, 'tree');
    await follows(rowan, 'thead a:has-text("Size")');
    expect(await rowan.getAttribute('thead th:has-text("Size")', 'aria-sort')).toBe('ascending');

    await rowan.keyboard.press('/');
    await rowan.keyboard.type('notes');
    await rowan.keyboard.press('Enter');
    await rowan.waitForURL(searchedFor('notes'));
    expect(await rowan.textContent('[data-testid=files]')).toContain('models/notes.txt');
    expect(await rowan.locator('[data-testid=files] tbody tr').count()).toBe(1);
  });

  test('a file is shown with what the checks say and where it comes from', async () => {
    await open(`/workspaces/${WORKSPACE}/files/output/small.csv`);
    await rowan.waitForSelector('[data-testid=file][data-state=shown]');
    await shot(rowan, 'file');

    expect(await rowan.textContent('[data-testid=hints]')).toMatch(/C5/);
    expect(await rowan.textContent('main')).toContain('tables');
  });

  test('files of several pages are picked, get a group, and start a request', async () => {
    await open(`/workspaces/${WORKSPACE}/tree/output`);
    await rowan.check('input[value="output/table.csv"]');
    await rowan.check('input[value="output/by_year.csv"]');
    await follows(rowan, '[data-testid=add]');
    await shot(rowan, 'pick');
    await rowan.selectOption('select[name="as:1"]', 'supporting');
    await rowan.fill('#new-group', 'Absence by year');
    await follows(rowan, '[data-testid=add]');

    await rowan.waitForURL(/\/requests\/[a-z0-9]+\/edit/);
    await viewer.world.room.settled();
    await rowan.reload();
    await shot(rowan, 'edit');
    expect(await rowan.textContent('[data-testid=group]')).toContain('2 files');
    expect(await rowan.textContent('[data-testid=group]')).toContain('supporting');
  });

  test('the submit button says what is missing until nothing is', async () => {
    expect(await rowan.isDisabled('[data-testid=submit]')).toBe(true);
    expect(await rowan.textContent('[data-testid=submit-box]')).toContain('Context or controls are missing');

    await rowan.fill(
      'textarea[name=context]',
      'Absence by year group for the school board.\nPopulation: pupils of the region\nPopulation size: 120000\nn: 118000\nDegrees of freedom: 117000',
    );
    await rowan.fill('input[name=threshold]', '7');
    await rowan.fill('input[name=base]', '5');
    await rowan.selectOption('select[name=method]', 'rounding');
    await rowan.fill('textarea[name=controls]', 'All counts are rounded.');
    await follows(rowan, '[data-testid=save]');
    expect(await rowan.textContent('[data-testid=flash]')).toContain('is saved');
    expect(await rowan.inputValue('input[name=threshold]')).toBe('7');

    await rowan.check('input[name=accept]');
    await follows(rowan, '[data-testid=accept]');
    await viewer.world.room.settled();
    await rowan.reload();
    for (const hint of await rowan.locator('[data-testid=hint]').all()) {
      if (!(await hint.textContent())?.match(/to answer|blocks/)) continue;
      await hint.locator('summary').click();
      await hint.locator('input[name=reason]').fill('agreed with the data controller');
      await follows(rowan, hint.locator('button'));
    }
    await shot(rowan, 'edit-ready');
    expect(await rowan.isEnabled('[data-testid=submit]')).toBe(true);
    await follows(rowan, '[data-testid=submit]');
    await rowan.waitForURL(/\/requests\/[a-z0-9]+$/);
    expect(await rowan.textContent('main')).toMatch(/submitted/i);
    await shot(rowan, 'submitted');
  });

  test('a checker has seen a file once their browser drew it, and not before', async () => {
    const { world } = viewer;
    const id = rowan.url().split('/').at(-1) ?? '';
    const [who] = await world.checkers(id);
    const seen = async () => (await world.page(who!, id)).files.map((file) => file.seen);
    const kim = await viewer.as(who!);
    await kim.route('**/c/*', (route) => route.abort());
    await kim.goto(`${viewer.url}/requests/${id}/files/1`);
    await kim.waitForSelector('[data-testid=file][data-state=failed]');
    expect(await seen()).toEqual([false, false]);

    await kim.unroute('**/c/*');
    const reported = kim.waitForResponse((answer) => answer.url().endsWith('/shown'));
    await kim.goto(`${viewer.url}/requests/${id}/files/1`);
    expect(await (await reported).json()).toEqual({ shown: true });
    expect(await seen()).toEqual([true, false]);
    await shot(kim, 'checker-file');
  });

  test('a folder is searched while somebody types; what they ticked stays picked', async () => {
    await open(`/workspaces/${WORKSPACE}/tree/output`);
    await rowan.check('tr:has-text("small.csv") input[name=path]');
    await rowan.keyboard.press('/');
    await rowan.keyboard.type('models/n');
    await rowan.waitForURL(searchedFor('models/n'));

    expect(await rowan.locator('[data-testid=files] tbody tr').count()).toBe(1);
    expect(await rowan.evaluate(() => document.activeElement?.id)).toBe('search');
    expect(await rowan.textContent('[data-testid=picked]')).toContain('1 picked');
    expect(await rowan.textContent('[data-live=status]')).toContain('1 entries, 1 files picked');
    expect(await faultsOf(rowan)).toEqual([]);
    await rowan.fill('#search', 'nowhere');
    await rowan.waitForSelector('[data-testid=blank]:has-text("Nothing found")');
    await rowan.fill('#search', '');
    await rowan.waitForSelector('tr:has-text("small.csv") input[name=path]:checked');
    await rowan.waitForURL((url) => url.search === '');
  });

  test('workspaces are searched while somebody types, and who looks only is told so', async () => {
    const sam = await viewer.as('copilot');
    await sam.goto(`${viewer.url}/workspaces`);
    expect(await sam.locator('h2').allTextContents()).toEqual(['Co-piloted: to look at 1']);
    expect(await sam.textContent('[data-testid=workspaces]')).toContain('view only');
    expect(await faultsOf(sam)).toEqual([]);
    await sam.keyboard.press('/');
    await sam.keyboard.type('no such study');
    await sam.waitForSelector('[data-testid=blank]:has-text("no such study")');
    expect(await sam.textContent('[data-testid=count]')).toBe('0 of 1 workspace');
    expect(await faultsOf(sam)).toEqual([]);
    await sam.fill('#search', 'MAIN');
    await sam.waitForSelector(`[data-testid=workspaces]:has-text("${WORKSPACE}")`);
    await sam.keyboard.press('Tab');
    await sam.keyboard.press('Tab');
    await leads(sam, () => sam.keyboard.press('Enter'));
    await sam.waitForSelector('[data-testid=files]');
    await sam.context().close();
  });

  test('a workspace leads to its requests, by state', async () => {
    await open(`/workspaces/${WORKSPACE}/tree`);
    await follows(rowan, '.va-actions a:has-text("Requests")');
    expect(await rowan.textContent('h1')).toBe(`Requests of ${WORKSPACE}`);
    const all = await rowan.locator('[data-testid=requests] li').count();
    expect(all).toBeGreaterThan(0);
    await follows(rowan, '.va-pill:has-text("Rejected")');
    expect(await rowan.textContent('h1')).toBe(`Requests of ${WORKSPACE}`);
    expect(await rowan.textContent('[data-testid=blank]')).toContain('No such request');
    await open('/requests?workspace=another');
    expect(await rowan.locator('[data-testid=requests] li').count()).toBe(0);
    await open('/requests');
    expect(await rowan.locator('[data-testid=requests] li').count()).toBe(all);
  });

  test('without a script the searches are forms', async () => {
    const context = await viewer.browser.newContext({
      javaScriptEnabled: false,
      storageState: await rowan.context().storageState(),
    });
    const page = await context.newPage();
    await page.goto(`${viewer.url}/workspaces`);
    await page.fill('#search', 'nowhere');
    await follows(page, 'button:has-text("Search")');
    expect(await page.textContent('[data-testid=blank]')).toContain('Nothing found');
    await page.goto(`${viewer.url}/workspaces/${WORKSPACE}/tree`);
    await page.fill('#search', 'notes');
    await follows(page, 'button:has-text("Search")');
    expect(await page.locator('[data-testid=files] tbody tr').count()).toBe(1);
    await context.close();
  });

  test('lists, account, docs and what only operators see', async () => {
    for (const [path, name] of [
      ['/requests', 'requests'],
      ['/account', 'account'],
      ['/docs', 'docs'],
      ['/docs/disclosure', 'doc'],
      ['/workspaces', 'workspaces'],
    ] as const) {
      await open(path);
      await shot(rowan, name);
    }
    expect((await open('/operations'))?.status()).toBe(404);
    expect((await open('/audit'))?.status()).toBe(404);
    const op = await viewer.as('operator1');
    for (const [path, name] of [
      ['/operations', 'operations'],
      ['/audit', 'audit'],
      ['/audit?views=1', 'audit-views'],
      ['/operations/passkeys', 'passkeys'],
    ] as const) {
      expect((await op.goto(`${viewer.url}${path}`))?.status()).toBe(200);
      await shot(op, name);
      expect(await faultsOf(op)).toEqual([]);
    }
    await open(`/workspaces/${WORKSPACE}/files/output/small.csv`);
    await rowan.waitForSelector('[data-testid=file][data-state=shown]');
    await op.goto(`${viewer.url}/audit?views=1`);
    expect(await op.textContent('[data-testid=audit]')).toContain('WORKSPACE_FILE_VIEW');
  });

  test.each([
    '/',
    '/workspaces',
    `/workspaces/${WORKSPACE}/tree/output`,
    `/workspaces/${WORKSPACE}/files/output/table.csv`,
    '/requests',
    '/account',
    '/docs/disclosure',
    '/nothing',
  ])('%s has no fault that axe finds, light or dark, and fits a laptop', async (path) => {
    await open(path);
    expect(await faultsOf(rowan)).toEqual([]);
    await rowan.emulateMedia({ colorScheme: 'dark' });
    await shot(rowan, `dark-${path.replaceAll('/', '_')}`);
    expect(await faultsOf(rowan)).toEqual([]);
    await rowan.emulateMedia({ colorScheme: 'light' });
    const overflow = await rowan.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });

  test('no page broke the policy or threw', () => {
    expect(problems.filter((text) => !/404|Failed to load resource/.test(text))).toEqual([]);
  });
});
