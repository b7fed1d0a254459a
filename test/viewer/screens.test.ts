/**
 * Every screen of the viewer in a real browser, as the person it is for sees it, in two windows: that of a small
 * desktop and a narrower one. What is pressed there is in the window or reached by going down, and nothing hangs over,
 * on a telephone neither.
 */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { aTable, type Name } from '../support/airlock.ts';
import { faultsOf } from '../support/axe.ts';
import { follows } from '../support/navigation.ts';
import { requires } from '../support/require.ts';
import { realViewer, shot, type RealViewer } from './real.ts';
import { screens, type Requests, type Screen } from './screens.ts';
import { onPhone, reached, steps, tooSmall, WINDOWS } from './usable.ts';

const { describe, test } = requires('chromium');

const head = Array.from({ length: 40 }, (_, n) => `absence_in_school_week_${n}`).join(',');
const row = Array.from({ length: 40 }, (_, n) => (n + 1) * 25).join(',');
const FILES = {
  'output/table.csv': `${aTable()}year 7,0\n`,
  'output/wide.csv': `${head}\n${`${row}\n`.repeat(60)}`,
  [`output/${'absence_by_school_type_and_region_'.repeat(4)}.csv`]: aTable(2),
  'output/notes.txt': `${'A line that is longer than any window is wide, '.repeat(20)}\nand one that is not.\n`,
  'figures/trend.svg':
    '<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="60"><rect width="600" height="40" fill="teal"/><text x="4" y="20">n = 1200</text></svg>',
};
const PLACEHOLDERS: Requests = { released: 'released', waiting: 'waiting', draft: 'draft' };
const NAMES = screens(PLACEHOLDERS).map(({ name }) => name);

describe('screens of the viewer', () => {
  let viewer: RealViewer;
  let all: Map<string, Screen>;
  let seat: Name;
  const pages = new Map<string, Page>();
  const problems: string[] = [];

  beforeAll(async () => {
    viewer = await realViewer({ files: FILES });
    const requests = await inEveryState(viewer);
    seat = (await viewer.world.checkers(requests.waiting))[0]!;
    all = new Map(screens(requests).map((each) => [each.name, each]));
  }, 120_000);
  afterAll(() => viewer.stop());

  /** One page for each person, who gives it back when all went well: what hangs is nobody else's. */
  async function pageOf(who: Screen['who']): Promise<Page> {
    const held = pages.get(who);
    pages.delete(who);
    if (held) return held;
    // The airlock chose who checks.
    const name = who === 'checkerA' ? seat : who;
    const page = name === 'nobody' ? await (await viewer.context()).newPage() : await viewer.as(name);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`${page.url()}: ${message.text()}`);
    });
    return page;
  }

  test.each(NAMES)('%s', async (name) => {
    const { who, path, ready, says, atOnce = [], below = [] } = all.get(name)!;
    const page = await pageOf(who);
    if (name.endsWith('adding')) await picks(page, viewer.url);
    for (const [width, height] of WINDOWS) {
      await page.setViewportSize({ width, height });
      expect((await page.goto(`${viewer.url}${path}`))?.status()).toBe(200);
      if (ready) await page.waitForSelector(ready);
      await page.waitForSelector('body:not(:has([data-review][aria-busy]))');
      const text = ((await page.textContent('body')) ?? '').replace(/\s+/g, ' ');
      for (const words of says) expect([name, text]).toEqual([name, expect.stringMatching(words)]);
      await shot(page, `screen-${name.replace(/\W+/g, '-')}-${width}`);
      expect({ width, faults: await faultsOf(page) }).toEqual({ width, faults: [] });
      expect({ width, ...(await reached(page, atOnce, below)) }).toEqual({ width, over: 0, not: [] });
    }
    expect(await onPhone(page)).toEqual({ over: 0, squeezed: [] });
    pages.set(who, page);
  });

  test('every form is walked through with the keyboard alone, and who is where is seen', async () => {
    for (const name of NAMES.filter((each) => /sign in|directory|edits it|beside context/.test(each))) {
      const { who, path, ready, atOnce = [], below = [] } = all.get(name)!;
      const page = await pageOf(who);
      await page.goto(`${viewer.url}${path}`);
      if (ready) await page.waitForSelector(ready);
      await page.waitForSelector('body:not(:has([data-review][aria-busy]))');
      expect({ name, ...(await steps(page, [...atOnce, ...below])) }).toEqual({
        name,
        missed: [],
        unseen: [],
      });
      pages.set(who, page);
    }
  });

  test('what is pressed on a telephone is as large as a finger', async () => {
    for (const name of NAMES.filter((each) => /directory|adding|edits it|grading|recalled/.test(each))) {
      const { who, path, ready } = all.get(name)!;
      const held = await pageOf(who);
      const hand = await viewer.browser.newContext({
        ...{ viewport: { width: 390, height: 800 }, hasTouch: true },
        storageState: await held.context().storageState(),
      });
      const page = await hand.newPage();
      await page.goto(`${viewer.url}${path}`);
      if (ready) await page.waitForSelector(ready);
      expect([name, await tooSmall(page)]).toEqual([name, []]);
      await hand.close();
      pages.set(who, held);
    }
  });

  test('no screen broke the policy of its page or threw', () => {
    expect(problems).toEqual([]);
  });
});

/** A request that was released and recalled in part, one that waits for its checkers, one that is still a draft. */
async function inEveryState({ world }: RealViewer): Promise<Requests> {
  const { uploads } = world.room;
  world.code.set('tables.py', 'threshold = 7\n');
  const released = await world.submitted(['output/table.csv', 'output/notes.txt']);
  const two = await world.checkers(released);
  for (const who of two) await world.reviews(who, released);
  await uploads.start(released, 1);
  for (const { number, sha256 } of (await world.state(released)).batches[0]!.files)
    await uploads.confirm({ request: released, batch: 1, number }, sha256);
  for (const who of two) await world.does(who, released, 'revoke', { file: 2, category: 'disclosure' });
  const later = 'b'.repeat(40);
  world.otherCode.set(later, new Map([...world.code, ['tables.py', 'threshold = 3\n']]));
  world.job({ 'output/table.csv': `${aTable(3)}year 7,0\n` }, { entry: { commit: later } });
  const waiting = await world.submitted(['output/table.csv', 'output/wide.csv', 'figures/trend.svg']);
  world.job({ 'output/wide.csv': `${head}\n${`${row}\n`.repeat(50)}` });
  const by = world.inViewer('coAuthor');
  const paths = ['output/wide.csv'];
  const made = await world.room.addFiles({
    by,
    workspace: 'study-main',
    group: 'results',
    as: 'output',
    paths,
  });
  if (!('request' in made)) throw new Error(made.code);
  await world.room.settled();
  return { released, waiting, draft: made.request };
}

/** Files that were ticked wait to be added. */
async function picks(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/workspaces/study-main/tree/output`);
  await page.check('input[name=path] >> nth=0');
  await follows(page, '[data-testid=add]');
}
