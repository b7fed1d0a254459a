/** Files in a real browser: what a person sees, what a hostile file cannot do, and when a file counts as shown. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { checkFile, DEFAULT_POLICY } from '../../src/disclosure/disclosure.ts';
import { faultsOf } from '../support/axe.ts';
import { requires } from '../support/require.ts';
import { startStage, type Stage, type Staged } from './stage.ts';

const { describe, test } = requires('chromium');

const SHOTS = path.join('dist', 'artefacts', 'viewer-files');

describe('a file on a page', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
    mkdirSync(SHOTS, { recursive: true });
  });
  afterAll(async () => stage.close());

  const shot = (name: string) => stage.page.screenshot({ path: path.join(SHOTS, `${name}.png`) });
  const text = (selector: string) => stage.page.textContent(selector);
  const texts = (selector: string) => stage.page.locator(selector).allTextContents();
  async function axe(): Promise<void> {
    expect(await faultsOf(stage.page)).toEqual([]);
  }

  test('a table shows its rows, marked cells, the whole of a cell and each column in numbers', async () => {
    const rows = Array.from({ length: 200 }, (_, row) => `north ${row},${row % 9 === 3 ? 4 : 100},0.5`);
    const bytes = `region,n,rate\n${rows.join('\n')}\n`;
    const { findings, columns } = checkFile('out/table.csv', Buffer.from(bytes), DEFAULT_POLICY);
    const page = await stage.show({ path: 'out/table.csv', bytes, findings, columns, provenance: MADE });
    expect(await text('.av-found')).toBe('200 rows × 3 columns');
    expect(await page.locator('.av-cell.av-mark-B').count()).toBeGreaterThan(0);
    await page.click('.av-cell.av-mark-B >> nth=0');
    expect(await text('.av-whole')).toMatch(/^row 4, n: 4C5: /);
    expect(await texts('[data-testid=columns] tbody th')).toEqual(['region', 'n', 'rate']);
    expect(await text('[data-testid=provenance]')).toContain('action model');
    await shot('table');
    await axe();
  });

  test('rows are sorted by a click, found by words, and columns hidden', async () => {
    const page = await stage.show({ path: 't.csv', bytes: 'g,n\nb,2\na,10\nc,\n' });
    await page.click('.av-heading >> text=n');
    await page.click('.av-heading >> text=n');
    expect(await texts('.av-row .av-cell')).toEqual(['a', '10', 'b', '2', 'c', '']);
    expect(await page.getAttribute('.av-heading >> nth=1', 'aria-sort')).toBe('descending');
    await page.fill('.av-search', 'B');
    await page.waitForFunction(() => document.querySelector('.av-found')?.textContent?.startsWith('1 of 3'));
    expect(await texts('.av-row mark')).toEqual(['b']);
    await page.click('summary >> text=Columns');
    await page.click('.av-menu label >> text=g');
    expect(await texts('.av-heading')).toEqual(['n▼']);
  });

  test('the table is walked with the keys alone', async () => {
    const page = await stage.show({ path: 't.csv', bytes: `g,n\n${'x,1\n'.repeat(300)}last,2\n` });
    await page.focus('.av-grid');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    expect(await text('.av-whole')).toBe('row 2, n: 1');
    for (let times = 0; times < 25; times += 1) await page.keyboard.press('PageDown');
    await page.keyboard.press('Home');
    expect(await text('.av-whole')).toBe('row 301, g: last');
    const active = await page.getAttribute('.av-grid', 'aria-activedescendant');
    expect(await text(`#${active}`)).toBe('last');
  });

  test('hostile cells are text: no element, no formula, no turned reading direction', async () => {
    const bytes =
      'a,b\n<img src=/evil onerror=alert(1)>,"=HYPERLINK(""http://evil"")"\n\u202egnp.exe\u202c,x\u200by\n';
    const page = await stage.show({ path: 't.csv', bytes });
    expect(await texts('.av-row .av-cell')).toEqual([
      '<img src=/evil onerror=alert(1)>',
      '=HYPERLINK("http://evil")',
      'RLOgnp.exePDF',
      'xZWSPy',
    ]);
    expect(await page.locator('.av-grid img, .av-grid a').count()).toBe(0);
    expect(await page.locator('.av-cell.av-formula').count()).toBe(1);
    expect(stage.strays).toEqual([]);
    await shot('hostile');
  });

  test('rows of different widths are a plain table with a note, and nothing is left out', async () => {
    await stage.show({ path: 't.csv', bytes: 'a,b\n1,2,3\n4\n' });
    expect(await text('[data-part=notes]')).toContain('2 rows have another number of cells');
    expect(await texts('.av-row .av-cell')).toEqual(['a', 'b', '', '1', '2', '3', '4', '', '']);
  });

  test('a million cells are a page of a few hundred elements, and all of them are reached', async () => {
    const row = (at: number) => Array.from({ length: 200 }, (_, column) => at * column).join(',');
    const head = Array.from({ length: 200 }, (_, column) => `column ${column}`).join(',');
    const bytes = [head, ...Array.from({ length: 5000 }, (_, at) => row(at + 1))].join('\n');
    const page = await stage.show({ path: 'big.csv', bytes });
    expect(await page.locator('.av-cell').count()).toBeLessThan(900);
    await page.evaluate(() => {
      const grid = document.querySelector('.av-grid')!;
      grid.scrollTop = grid.scrollHeight;
      grid.scrollLeft = grid.scrollWidth;
    });
    await page.waitForSelector('[id="av-5000-199"]');
    expect(await text('[id="av-5000-199"]')).toBe(String(5000 * 199));
    expect(await page.locator('.av-cell').count()).toBeLessThan(900);
    await shot('million');
  });

  test('the file is reported once, after it was drawn', async () => {
    const page = await stage.show({ path: 'a.txt', bytes: 'one\ntwo\n' });
    expect(stage.shown).toEqual(['load-1']);
    await page.click('text=Wrap');
    await page.fill('.av-search', 'two');
    await page.keyboard.press('Enter');
    expect(stage.shown).toEqual(['load-1']);
  });

  test('a file whose last byte never came is not reported', async () => {
    const page = await stage.show({ path: 'a.txt', bytes: 'never to its end', stalls: true }, 'none');
    await page.waitForLoadState('load');
    expect(await page.getAttribute('[data-testid=file]', 'data-state')).toBe('loading');
    expect(stage.shown).toEqual([]);
  });

  test.each<[string, Partial<Staged>]>([
    ['other bytes', { sends: 'n,m\n1,3\n' }],
    ['fewer bytes', { sends: 'n,m\n' }],
    ['more bytes', { sends: 'n,m\n1,2\n3,4\n' }],
  ])('%s than announced are not shown and not reported', async (_name, more) => {
    for (const name of ['t.csv', 't.txt']) {
      await stage.show({ path: name, bytes: 'n,m\n1,2\n', ...more }, 'failed');
      expect(await text('[role=alert]')).toContain('does not count as seen');
      expect(stage.shown).toEqual([]);
    }
  });

  test('a picture that is none is not shown, and what stands beside the pixels is', async () => {
    await stage.show({ path: 'p.png', bytes: '<svg xmlns="http://www.w3.org/2000/svg"/>' }, 'failed');
    expect(stage.shown).toEqual([]);
    const page = await stage.show({ path: 'p.png', bytes: ONE_PIXEL });
    expect(await text('.av-facts')).toContain('1 × 1');
    await page.click('text=Actual size');
    expect(await text('.av-found')).toBe('100 %');
    await axe();
  });

  test.each(['p.svg', 'p.svgz'])('the script of a drawing does not run: %s', async (name) => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40"><script>fetch("/evil");parent.postMessage("ran","*")</script><image href="/evil.png"/><text x="4" y="20">n = 12</text><desc>hidden words</desc><!-- secret --></svg>';
    const page = await stage.show({ path: name, bytes: name.endsWith('z') ? gzipSync(svg) : svg });
    expect(await page.getAttribute('iframe', 'sandbox')).toBe('');
    await page.click('text=Words in it');
    expect(await texts('[role=tabpanel]:not([hidden]) .av-line-text')).toEqual(['n = 12']);
    await page.click('text=Not drawn');
    const unseen = (await texts('[role=tabpanel]:not([hidden]) .av-line-text')).join('\n');
    expect(unseen).toContain('desc: hidden words');
    expect(unseen).toContain('comment: secret');
    await page.click('text=Source');
    expect(stage.strays).toEqual([]);
    expect(stage.shown).toEqual(['load-1']);
    await axe();
  });

  test('a page is shown as its source: nothing of it runs or is fetched', async () => {
    const bytes =
      '<!doctype html><script>fetch("/evil")</script><img src="/evil.png" onerror="alert(1)"><p>Result: 12</p><div hidden>secret 7</div>';
    const page = await stage.show({ path: 'report.html', bytes });
    expect((await texts('.av-line-text')).join('')).toContain('<script>fetch("/evil")</script>');
    await page.click('text=Words in it');
    const words = (await texts('[role=tabpanel]:not([hidden]) .av-line-text')).join('\n');
    expect(words).toContain('Result: 12');
    expect(words).toContain('secret 7');
    expect(await page.locator('iframe, .av-stage img').count()).toBe(0);
    expect(stage.strays).toEqual([]);
    await axe();
  });

  test('a log shows the summary and the end; the rest on demand', async () => {
    const bytes = `first\n${'\u001b[31mERROR\u001b[0m step\n'.repeat(2000)}last\n=============JOB SUMMARY=============\nexit_code: 3\n`;
    const page = await stage.show({ path: 'metadata/model.log', bytes });
    expect(await text('.av-summary')).toContain('exit_code: 3');
    expect((await texts('.av-line-text')).at(-1)).toBe('last');
    expect(await page.locator('.av-ansi-red').first().textContent()).toBe('ERROR');
    await shot('log');
    await axe();
    await page.click('text=Show the whole log');
    expect((await texts('.av-line-text'))[0]).toBe('first');
  });

  test('values are a tree that keeps repeated names, and a text', async () => {
    const page = await stage.show({ path: 'r.json', bytes: '{"n": 3, "n": 4, "<b>": [1, {"deep": true}]}' });
    expect(await texts('.av-leaf')).toEqual(['"n": 3', '"n": 4', '1', '"deep": true']);
    await axe();
    await page.click('[role=tab] >> text=Text');
    expect(await texts('.av-line-text')).toEqual(['{"n": 3, "n": 4, "<b>": [1, {"deep": true}]}']);
    await stage.show({ path: 'r.json', bytes: '{"n": 3,' });
    expect(await text('[data-part=notes]')).toContain('not JSON');
  });

  test('Markdown is text first; formatted it has no link that leads anywhere and no HTML', async () => {
    const page = await stage.show({
      path: 'n.md',
      bytes: '# Notes\n\n[here](http://evil) <img src=/evil>\n',
    });
    expect(await texts('.av-line-text')).toContain('# Notes');
    await page.click('text=Formatted');
    expect(await text('.av-markdown')).toContain('here (http://evil) <img src=/evil>');
    expect(await page.locator('.av-markdown a, .av-markdown img').count()).toBe(0);
    await axe();
  });

  test('code opens at the action', async () => {
    const lines = Array.from({ length: 300 }, (_, at) => `  step${at}:\n    run: x`).join('\n');
    const page = await stage.show({ path: 'project.yaml', bytes: `actions:\n${lines}\n`, action: 'step200' });
    expect(await page.textContent('.av-line-marked .av-line-text')).toBe('  step200:');
  });

  test('without a script nothing is shown, and the page says why', async () => {
    const context = await stage.page.context().browser()!.newContext({ javaScriptEnabled: false });
    await stage.show({ path: 'a.txt', bytes: 'x' });
    const page = await context.newPage();
    await page.goto(stage.page.url());
    expect(await page.textContent('[data-part=stage]')).toContain('Allow scripts');
    await context.close();
  });
});

const MADE = {
  action: 'model',
  job: 'abcdefgh12345678',
  repository: 'example/study',
  commit: 'a'.repeat(40),
  user: 'rosa',
  at: 1_790_000_000_000,
};

const ONE_PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
