/**
 * The pictures of docs/checkers.md and docs/releasing.md, made by driving the real pages in a browser. Each has
 * words that page and text share: when a page loses them, the text about it has to change too.
 *
 * SALLYPORT_SHOTS=docs writes the pictures anew; otherwise the pages are looked at and nothing is written.
 */
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { aTable, WORKSPACE, type Name } from '../support/airlock.ts';
import { onOneDatabase } from '../support/database.ts';
import { aGovernance, AT } from '../support/governance.ts';
import { follows, leads, shownFile } from '../support/navigation.ts';
import { startChromium } from '../support/chrome.ts';
import { requires } from '../support/require.ts';
import { minutes } from '../../src/lib/clock.ts';
import { hubPages, LOGINS, type HubPages } from '../members/world.ts';
import { faultsOf } from '../support/axe.ts';
import { realViewer, type RealViewer } from '../viewer/real.ts';
import { docText, keep, raw, WIDTH } from './pictures.ts';

const { describe, test } = requires('chromium');
jest.setTimeout(180_000);

const TABLE = 'output/absence_by_year.csv';
const REGIONS = 'output/absence_by_region.csv';
const MODEL = 'output/model.txt';
/** A zero that somebody has to answer for: C12. */
const FILES = {
  [TABLE]: `${aTable()}year 7,0\n`,
  [REGIONS]: aTable(2).replaceAll('year_group', 'region').replaceAll('year ', 'region '),
  [MODEL]: 'Linear model of absence on year group\n\nobservations 118000\ncoefficient  0.0125\n',
  'figures/trend.txt': 'rising\n',
};

/** The page has these words and the text speaks of them; then the picture is kept. */
async function picture(page: Page, doc: string, name: string, words: readonly string[]): Promise<void> {
  const text = docText(doc);
  const shown = plain((await page.textContent('body')) ?? '');
  for (const each of words) {
    expect([name, 'on the page', shown.includes(plain(each)) ? each : shown]).toEqual([
      name,
      'on the page',
      each,
    ]);
    expect([name, 'in the text', text.includes(plain(each)) ? each : '']).toEqual([
      name,
      'in the text',
      each,
    ]);
  }
  expect(raw(doc)).toContain(`](images/${name}.png)`);
  await keep(page, name);
}

const plain = (text: string): string => text.replace(/\s+/g, ' ');

describe('a researcher and checkers in the viewer', () => {
  let stage: RealViewer;
  let rowan: Page;
  let checker: Page;
  let first: Name;
  let second: Name;
  let id: string;
  beforeAll(async () => {
    stage = await realViewer({ files: FILES });
    rowan = await stage.as('author');
  });
  afterAll(async () => stage.stop());
  const go = (page: Page, where: string) => page.goto(`${stage.url}${where}`);

  test('signing in shows a number and where to take it', async () => {
    const page = await (await stage.context()).newPage();
    await go(page, '/sign-in');
    await follows(page, '[data-testid=start]');
    await picture(page, 'releasing.md', 'viewer-sign-in', ['Your number', 'three words']);
    await page.context().close();
  });

  test('outputs are ticked in the workspace and added to a request', async () => {
    await go(rowan, `/workspaces/${WORKSPACE}/tree/output`);
    for (const path of [TABLE, REGIONS, MODEL]) await rowan.check(`input[value="${path}"]`);
    await picture(rowan, 'releasing.md', 'workspace', ['Add to a request', 'Checks', 'Changed']);
    await follows(rowan, '[data-testid=add]');
    await rowan.waitForSelector('[name=new-group]');
    await rowan.fill('[name=new-group]', 'absence');
    await follows(rowan, 'main form[action$="/add"] [type=submit] >> nth=0');
    await rowan.waitForURL('**/edit');
    id = /\/requests\/([a-z0-9]{16})\//.exec(rowan.url())?.[1] ?? '';
  });

  test('the request asks for context, figures and controls, and says what is missing', async () => {
    await picture(rowan, 'releasing.md', 'request-missing', ['Before you submit', 'Submit to the checkers']);
    await rowan.fill(
      '[name=context]',
      'Mean absence by year group and region, for the report to the school board.',
    );
    await rowan.fill('[name=population]', 'All pupils of the county in 2025');
    await rowan.fill('[name=population-size]', '120000');
    await rowan.fill('[name=n]', '118000');
    await rowan.fill('[name=df]', '117000');
    await rowan.fill('[name=threshold]', '7');
    await rowan.fill('[name=base]', '5');
    await rowan.selectOption('[name=method]', 'rounding');
    await rowan.fill('[name=controls]', 'All counts were rounded before rates were made of them.');
    await follows(rowan, '[data-testid=save]');
    await rowan.waitForSelector('[data-testid=flash]');
    await stage.world.room.settled();
    await go(rowan, `/requests/${id}/edit`);
    await picture(rowan, 'releasing.md', 'request-edit', [
      'Population the files are about',
      'Degrees of freedom',
      'Disclosure controls you applied',
      'Suppressed at or below',
      'Rounded to multiples of',
      'Save the explanation',
    ]);
  });

  test('what the checks found is answered, and the request is submitted', async () => {
    await rowan.locator('[data-testid=hints]').scrollIntoViewIfNeeded();
    await picture(rowan, 'releasing.md', 'request-hints', ['C12']);
    await stage.world.answered(id, 'author');
    await go(rowan, `/requests/${id}/edit`);
    await rowan.check('[name=accept]');
    await follows(rowan, '[data-testid=accept]');
    await rowan.waitForSelector('[data-testid=submit]:not([disabled])');
    await follows(rowan, '[data-testid=submit]');
    await rowan.waitForURL((url) => !url.pathname.endsWith('/edit'));
    await stage.world.room.settled();
    [first, second] = (await stage.world.checkers(id)) as [Name, Name];
  });

  test('the queue shows what waits, the request what is missing', async () => {
    checker = await stage.as(first);
    await go(checker, '/reviews');
    await picture(checker, 'checkers.md', 'queue', ['0 of 3 graded']);
    await go(checker, `/requests/${id}`);
    await picture(checker, 'checkers.md', 'review', ['Not read yet', 'Submit review']);
  });

  test('a file stands beside its context, its hints and the grades', async () => {
    await go(checker, `/requests/${id}/files/2`);
    await shownFile(checker);
    await checker.keyboard.press('a');
    await checker.waitForSelector('[data-testid=said]');
    // What is said floats above the page: the file keeps its place and its width.
    const { width } = (await checker.locator('[data-testid=file]').boundingBox())!;
    expect(width).toBeGreaterThan(550);
    await picture(checker, 'checkers.md', 'review-file', ['Approve', 'Request changes', 'Reject', 'C12']);
    await checker.keyboard.press('?');
    for (const [key, says] of Object.entries(KEYS)) {
      expect(await checker.textContent('dialog[data-keys]')).toContain(says);
      expect(raw('checkers.md')).toContain(`| \`${key}\` | ${says} |`);
    }
    await checker.keyboard.press('Escape');
  });

  test('graded is not signed, and the viewer says so', async () => {
    const { world } = stage;
    await world.readsAll(first, id);
    for (const path of [REGIONS, MODEL]) await world.does(first, id, 'grade', { path, grade: 'approve' });
    await world.answered(id, first);
    await go(checker, `/requests/${id}`);
    await picture(checker, 'checkers.md', 'signature', [
      'Your signature is missing',
      'verdict: submit',
      'Submit my review here',
    ]);
    await world.does({ kind: 'person', id: (await world.state(id)).seats[0]!.checker }, id, 'sign', {
      verdict: 'submit',
    });
  });

  test('when both have signed they see each other’s grades and decide together', async () => {
    const { world } = stage;
    await world.readsAll(second, id);
    for (const path of [TABLE, MODEL]) await world.does(second, id, 'grade', { path, grade: 'approve' });
    await world.does(second, id, 'grade', { path: REGIONS, grade: 'changes' });
    await world.answered(id, second);
    await world.says(second, id, 'Two regions are small schools: please merge them with their neighbours.');
    await world.does({ kind: 'person', id: (await world.state(id)).seats[1]!.checker }, id, 'sign', {
      verdict: 'submit',
    });
    await go(checker, `/requests/${id}`);
    await picture(checker, 'checkers.md', 'consolidation', [
      'the checkers disagree',
      'Release a part…',
      'Return it to its author…',
      'Reject the request…',
    ]);
  });

  test('a return reaches the author with the reason', async () => {
    await checker.click('[data-testid=return-box] summary');
    await follows(checker, '[data-testid=return]');
    await checker.waitForSelector('[data-testid=flash]');
    await go(rowan, `/requests/${id}/edit`);
    await picture(rowan, 'releasing.md', 'returned', [
      'The checkers sent the request back',
      'please merge them',
    ]);
  });

  test('the documents and their pictures are there inside the zone, and lead to each other', async () => {
    for (const doc of ['checkers', 'releasing']) {
      await go(rowan, `/docs/${doc}`);
      const widths = await rowan
        .locator('.markdown-body img')
        .evaluateAll((all) => all.map((img) => (img as HTMLImageElement).naturalWidth));
      expect(widths).toEqual(widths.map(() => WIDTH));
      expect(widths.length).toBeGreaterThan(4);
      expect(await faultsOf(rowan)).toEqual([]);
    }
    for (const { name } of readdirSync('docs', { withFileTypes: true }).filter((each) => each.isFile())) {
      await go(rowan, `/docs/${name.replace('.md', '')}`);
      const links = await rowan
        .locator('main a[href]')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
      const inside = links.filter((href) => !/^(#|https?:)/.test(href));
      expect([name, inside.filter((href) => !isServed(href))]).toEqual([name, []]);
    }
    await go(rowan, '/docs/checkers');
    await follows(rowan, 'main a[href$="#entering-the-viewer"]');
    await rowan.waitForURL('**/docs/releasing#entering-the-viewer');
    expect(await rowan.locator('h2#entering-the-viewer').count()).toBe(1);
    for (const none of ['none.png', '..%2fsecurity.md', '..%2F..%2Fpackage.json', 'queue.svg'])
      expect((await rowan.request.get(`${stage.url}/docs/images/${none}`)).status()).toBe(404);
  });
});

/** `/docs`, or a document of ours by its name. */
function isServed(href: string): boolean {
  const name = /^\/docs\/([a-z-]+)(#|$)/.exec(href)?.[1];
  return href === '/docs' || (name !== undefined && existsSync(`docs/${name}.md`));
}

const KEYS = {
  'j / k': 'next file, file before',
  n: 'next file without a grade of yours',
  a: 'approve this file',
  c: 'request changes to this file',
  u: 'clear your grade',
  m: 'comment',
  h: 'next hint',
  d: 'compare with the released version',
  '/': 'search in the file',
  '?': 'this list',
};

describe('the hub', () => {
  onOneDatabase((open) => {
    let hub: HubPages;
    let chrome: Browser;
    afterEach(async () => {
      await chrome.close();
      await hub.stop();
    });

    test('repeats the number and asks; and hands released files to members', async () => {
      hub = await hubPages(await open());
      chrome = await startChromium();
      const page = await (await chrome.newContext({ viewport: { width: WIDTH, height: 800 } })).newPage();
      const backend = aGovernance().backends[0]!.id;
      hub.outputs.waiting.set('482913', { backend, startedAt: AT - minutes(1) });
      const release = hub.outputs.release({ [TABLE]: FILES[TABLE], [MODEL]: FILES[MODEL] });
      await page.goto(`${hub.origin}/airlock-login`);
      await follows(page, '[data-testid=sign-in]');
      await page.selectOption('[data-testid=oauth-login]', LOGINS.lead);
      await follows(page, '[data-testid=oauth-yes]');
      await page.waitForURL((url) => url.origin === hub.origin);
      await page.fill('#number', '482913');
      await leads(page, () => page.keyboard.press('Enter'));
      await page.waitForSelector('[data-testid=waiting]');
      await picture(page, 'releasing.md', 'hub-number', ['Yes, show my code']);
      await page.goto(`${hub.origin}/releases/${release.id}`);
      await picture(page, 'releasing.md', 'released', ['Download']);
    });
  });
});
