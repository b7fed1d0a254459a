/** A checker at work in a real browser, on the real room: reading, grading with the keys, commenting, signing. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { aTable, WHO, type Name } from '../support/airlock.ts';
import { follows, leads, shownFile } from '../support/navigation.ts';
import { faultsOf } from '../support/axe.ts';
import { requires } from '../support/require.ts';
import { startReview, type ReviewStage } from './stage.ts';

const { describe, test } = requires('chromium');

const SHOTS = path.join('dist', 'artefacts', 'viewer-review');
/** A zero that everybody has to answer for: C12. */
const TABLE = `${aTable()}year 7,0\n`;

describe('a checker at work', () => {
  let stage: ReviewStage;
  let id: string;
  let first: Name;
  let second: Name;
  let page: Page;
  const broken: string[] = [];

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    stage = await startReview({
      files: { 'output/table.csv': TABLE, 'output/more.csv': aTable(2), 'output/notes.txt': 'Read me.\n' },
    });
    id = await stage.world.submitted(['output/table.csv', 'output/more.csv', 'output/notes.txt']);
    [first, second] = (await stage.world.checkers(id)) as [Name, Name];
    page = await stage.as(first);
    page.on('pageerror', (error) => broken.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('409')) broken.push(message.text());
    });
  }, 120_000);
  afterAll(async () => stage.close());

  const at = (where: string) => `${stage.origin}/requests/${id}${where}`;
  const shot = (name: string) => page.screenshot({ path: path.join(SHOTS, `${name}.png`) });
  const text = (selector: string) => page.textContent(selector);
  const mine = async (number: number) =>
    (await stage.world.page(first, id)).files.find((file) => file.number === number)?.mine?.grade;
  const grades = async () =>
    (await stage.world.state(id)).grades.map(({ path: file, grade }) => `${file} ${grade}`);
  async function open(number: number): Promise<void> {
    await page.goto(at(`/files/${number}`));
    await shownFile(page);
    await page.waitForSelector('[data-testid=grade-approve]:not([disabled])');
  }
  async function axe(): Promise<void> {
    expect(await faultsOf(page)).toEqual([]);
  }

  test('the queue, the request and its group say where things stand, and are accessible', async () => {
    await page.goto(`${stage.origin}/reviews?sort=size`);
    expect(await text(`tr[data-request="${id}"]`)).toContain('0 of 3 graded');
    expect(await text('[data-testid=decision-p90]')).toBe('shown from 10 decisions on; 0 so far');
    await axe();
    await shot('queue');
    await page.goto(at(''));
    expect(await text('[data-testid=standing]')).toContain('Not read yet: 1, 2, 3');
    expect(await page.isDisabled('[data-testid=sign]')).toBe(true);
    expect(await text('[data-testid=actions]')).toContain('You have not been shown every file');
    await axe();
    await shot('request');
    await page.goto(at('/groups/results'));
    expect(await text('[data-testid=explanation]')).toContain('Mean absence by year group');
    await axe();
    await shot('group');
    await page.goto(at('/activity?kind=files'));
    expect(await page.locator('[data-testid=activity] li').count()).toBe(3);
    await axe();
    await shot('activity');
  });

  test('a file is graded once it was drawn, and not before', async () => {
    const html = await (await page.request.get(at('/files/1'))).text();
    expect(html).toContain('You have not been shown this file as it is now');
    expect(await grades()).toEqual([]);
    const refused = await page.request.post(at('/deeds/grade'), {
      form: { _token: tokenIn(html), path: 'output/table.csv', grade: 'approve' },
      headers: { accept: 'application/json', origin: stage.origin },
    });
    expect(refused.status()).toBe(409);
    expect(await refused.json()).toMatchObject({ code: 'release.not-opened' });
    await open(1);
    await axe();
    await shot('file');
  });

  test('a grades, in place: the file, the scroll and the focus stay', async () => {
    await open(1);
    await page.evaluate(() => {
      document.querySelector('.av-grid')!.scrollTop = 60;
      Object.assign(globalThis, { still: 'here' });
    });
    await page.focus('[data-testid=grade-approve]');
    await page.keyboard.press('a');
    await page.waitForSelector('[data-testid=said]');
    expect(await text('[data-testid=my-grade]')).toContain('approved');
    expect(await mine(1)).toBe('approve');
    expect(await page.evaluate(() => (globalThis as { still?: string }).still)).toBe('here');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
      'grade-approve',
    );
    expect(await page.getAttribute('.ar-tree [data-file="1"] [role=img]', 'aria-label')).toBe('approved');
  });

  test('a double click grades once, and does not take the grade back', async () => {
    await open(2);
    const before = (await stage.world.state(id)).seq;
    await page.dblclick('[data-testid=grade-changes]');
    await page.waitForSelector('[data-testid=said]');
    expect(await mine(2)).toBe('changes');
    expect((await stage.world.state(id)).seq).toBe(before + 1);
  });

  test('u clears, c requests changes, n leads to the next file without a grade, j and k through all', async () => {
    await open(2);
    await page.keyboard.press('u');
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=my-grade]')?.textContent?.includes('none yet'),
    );
    expect(await mine(2)).toBeUndefined();
    await page.keyboard.press('c');
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=my-grade]')?.textContent?.includes('changes'),
    );
    for (const [key, file] of [
      ['n', 3],
      ['k', 2],
      ['j', 3],
    ] as const) {
      await leads(page, () => page.keyboard.press(key));
      await shownFile(page);
      expect(page.url()).toBe(at(`/files/${file}`));
    }
  });

  test('keys are letters in a comment, and the comment keeps the place in the table', async () => {
    await open(1);
    await page.click('.av-row:nth-child(2) .av-cell:nth-child(3)');
    await page.keyboard.press('m');
    await page.keyboard.type('a check of **this** <img src=x onerror=alert(1)> [x](javascript:alert(1))');
    expect(await mine(1)).toBe('approve');
    await page.click('[data-testid=comment]');
    await page.waitForSelector('[data-comment]');
    expect(await text('.ar-anchor')).toBe('file 1, row 2, count');
    expect(await page.locator('.ar-comment-text strong').textContent()).toBe('this');
    expect(await page.locator('.ar-comment-text img, .ar-comment-text a').count()).toBe(0);
    expect(await text('.ar-comment header')).toContain('private, for checkers');
    expect(await page.inputValue('[data-comment-box]')).toBe('');
    await axe();
    await shot('comment');
  });

  test('h goes from hint to hint and into the table, a link to a cell opens there, ? lists the keys', async () => {
    await open(1);
    await page.keyboard.press('h');
    expect(await text('.ar-current')).toContain('C12');
    await page.waitForSelector('.av-active');
    expect(await text('.av-whole')).toContain('row 7');
    await page.goto(at(`/files/1#${encodeURIComponent('row=3,column=count')}`));
    await page.waitForFunction(() =>
      document.querySelector('.av-whole')?.textContent?.startsWith('row 3, count'),
    );
    await open(2);
    await page.goto(at(`/files/1#${encodeURIComponent('row=3,column=count')}`));
    await page.waitForFunction(() =>
      document.querySelector('.av-whole')?.textContent?.startsWith('row 3, count'),
    );
    await page.keyboard.press('?');
    expect(await page.isVisible('dialog[data-keys]')).toBe(true);
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
  });

  test('a warning is answered beside the file', async () => {
    await open(1);
    await page.click('.ar-answer-form summary');
    await page.fill('.ar-answer-form textarea', 'Nobody is a round number.');
    await page.click('.ar-answer-form [data-testid=resolve-hint]');
    await page.waitForSelector('[data-testid=said]');
    expect(await text('[data-testid=hints]')).toContain('Nobody is a round number.');
  });

  test('the signature is missing until it is recorded, and the code is this checker’s alone', async () => {
    await open(3);
    expect(await page.locator('[data-testid=signature-missing]').count()).toBe(0);
    await page.keyboard.press('a');
    await page.waitForSelector('[data-testid=signature-missing]');
    expect(await page.textContent('[data-testid=review-address]')).toBe(
      `https://research.example.edu/reviews/${id}`,
    );
    const code = /\/submit-review ([0-9a-f]{12})/.exec((await text('[data-testid=shown-code]')) ?? '')?.[1];
    expect(code).toBe(await stage.world.room.shownCode(WHO[first], id));
    expect(code).not.toBe(await stage.world.room.shownCode(WHO[second], id));
    await axe();
    await shot('signature');
    await page.goto(at(''));
    expect(await page.isDisabled('[data-testid=sign]')).toBe(false);
    await stage.world.does({ kind: 'person', id: WHO[first] }, id, 'sign', { verdict: 'submit' });
    await page.reload();
    expect(await page.locator('[data-testid=signature-missing]').count()).toBe(0);
  });

  test('without a script forms still work, with a page in between', async () => {
    const plain = await stage.plain(second);
    await plain.goto(at('/groups/results'));
    await plain.fill('[data-comment-box]', 'Written without a script.');
    await follows(plain, '[data-testid=comment]');
    expect(await plain.textContent('[data-testid=flash]')).toContain('Your comment is there');
    expect(await plain.textContent('[data-testid=comments]')).toContain('Written without a script.');
    await plain.goto(at('/files/1'));
    expect(await plain.isDisabled('[data-testid=grade-approve]')).toBe(true);
  });

  test('downloads and tabs of their own are for looking: recorded, never counted as read', async () => {
    const other = await stage.as(second);
    const answer = await other.request.get(at('/files/1/download'), { maxRedirects: 0 });
    expect(answer.status()).toBe(303);
    const bytes = await other.request.get(answer.headers()['location']!);
    expect(await bytes.text()).toBe(TABLE);
    expect(bytes.headers()['content-disposition']).toContain('attachment');
    const raw = await other.request.get(at('/files/1/raw'), { maxRedirects: 0 });
    expect((await other.request.get(raw.headers()['location']!)).status()).toBe(200);
    expect((await stage.world.page(second, id)).files[0]?.seen).toBe(false);
    const author = await stage.as('author');
    expect((await author.request.get(at('/files/1/download'), { maxRedirects: 0 })).status()).toBe(404);
    await author.goto(at('/files/1'));
    expect(await author.locator('[data-testid=download]').count()).toBe(0);
  });

  test('no script of ours failed, and no policy was broken', () => {
    expect(broken).toEqual([]);
  });
});

function tokenIn(html: string): string {
  return /name="_token" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? '';
}
