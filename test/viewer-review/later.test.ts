/** After the first release: comparing with it, grades that wait to be confirmed, parts, a third checker, and recalls. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { WHO, type Name } from '../support/airlock.ts';
import { follows, leads, shownFile } from '../support/navigation.ts';
import { faultsOf } from '../support/axe.ts';
import { requires } from '../support/require.ts';
import { startReview, type ReviewStage } from './stage.ts';

const { describe, test } = requires('chromium');

const SHOTS = path.join('dist', 'artefacts', 'viewer-review');
const table = (...counts: number[]) =>
  `year_group,count\n${counts.map((n, at) => `year ${at + 1},${n}`).join('\n')}\n`;
const NOTES = 'First line.\nSecond line.\nThird line.\n';

describe('after the first release', () => {
  let stage: ReviewStage;
  let released: string;
  let again: string;
  let checkers: [Name, Name];
  let page: Page;

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    stage = await startReview({
      files: { 'output/table.csv': table(100, 200, 300, 400), 'output/notes.txt': NOTES },
    });
    const { world } = stage;
    released = await world.submitted(['output/table.csv', 'output/notes.txt']);
    for (const who of await world.checkers(released)) await world.reviews(who, released);
    await world.room.uploads.start(released, 1);
    for (const { number, sha256 } of (await world.state(released)).batches[0]!.files)
      await world.room.uploads.confirm({ request: released, batch: 1, number }, sha256);
    world.job({
      'output/table.csv': table(100, 250, 300, 400, 500),
      'output/notes.txt': NOTES.replace('Second', 'Another'),
      'output/new.csv': table(900, 800),
    });
    again = await world.submitted(['output/table.csv', 'output/notes.txt', 'output/new.csv']);
    checkers = (await world.checkers(again)) as [Name, Name];
    page = await stage.as(checkers[0]);
  }, 120_000);
  afterAll(async () => stage.close());

  const at = (where: string, id = again) => `${stage.origin}/requests/${id}${where}`;
  const text = (selector: string) => page.textContent(selector);
  async function axe(): Promise<void> {
    expect(await faultsOf(page)).toEqual([]);
  }
  const mine = async (who: Name, number: number) =>
    (await stage.world.page(who, again)).files.find((file) => file.number === number)?.mine;

  test('a table is compared with its released version by d, row by row', async () => {
    await page.goto(at('/files/1'));
    await shownFile(page);
    await leads(page, () => page.keyboard.press('d'));
    expect(page.url()).toBe(at('/files/1/diff'));
    await page.waitForSelector('[data-testid=compare][data-state=drawn]');
    expect(await text('.av-found')).toBe('1 row changed, 1 added, 0 gone, 3 as before');
    expect(await page.locator('.av-diff-table del').allTextContents()).toEqual(['200']);
    expect(await page.locator('.av-diff-table ins').allTextContents()).toEqual(['250']);
    await axe();
    await page.screenshot({ path: path.join(SHOTS, 'compare-table.png') });
    await leads(page, () => page.keyboard.press('d'));
    expect(page.url()).toBe(at('/files/1'));
  });

  test('a text is compared line by line, and comparing is not reading', async () => {
    await page.goto(at('/files/2/diff'));
    await page.waitForSelector('[data-testid=compare][data-state=drawn]');
    expect(await page.locator('tr.sp-added td:last-child').allTextContents()).toEqual(['+ Another line.']);
    expect(await page.locator('tr.sp-removed td:last-child').allTextContents()).toEqual(['− Second line.']);
    expect((await stage.world.page(checkers[0], again)).files[1]?.seen).toBe(false);
    await axe();
    await page.screenshot({ path: path.join(SHOTS, 'compare-text.png') });
    await page.goto(at('/files/3/diff'));
    expect(await page.locator('[data-testid=refusal]').count()).toBe(1);
  });

  test('approved files are proposed as a part by one checker and confirmed by the other', async () => {
    const { world } = stage;
    for (const who of checkers) {
      await world.readsAll(who, again);
      for (const file of ['output/table.csv', 'output/notes.txt'])
        await world.does(who, again, 'grade', { path: file, grade: 'approve' });
      await world.does(who, again, 'grade', { path: 'output/new.csv', grade: 'changes' });
      await world.answered(again, who);
      await world.says(who, again, 'Please round further.');
      await world.does({ kind: 'person', id: WHO[who] }, again, 'sign', { verdict: 'submit' });
    }
    await page.goto(at(''));
    expect(await text('[data-testid=files]')).toContain('changes needed');
    await axe();
    await page.screenshot({ path: path.join(SHOTS, 'consolidating.png') });
    await page.click('summary >> text=Release a part');
    await page.check('input[value="output/notes.txt"]');
    await follows(page, '[data-testid=propose-part]');
    await page.waitForSelector('[data-testid=flash]');
    const other = await stage.as(checkers[1]);
    await other.goto(at(''));
    await other.click('summary >> text=Confirm the proposed part');
    await follows(other, '[data-testid=confirm-part]');
    await other.waitForSelector('[data-testid=flash]');
    const { state, batches } = await world.state(again);
    expect(state).toBe('returned');
    expect(batches[0]?.files.map((file) => file.path)).toEqual(['output/notes.txt']);
  });

  test('what was approved waits for its owner’s word in the next turn, one click for the file', async () => {
    const { world } = stage;
    const batch = (await world.state(again)).batches[0]!;
    await world.room.uploads.start(again, 1);
    for (const { number, sha256 } of batch.files)
      await world.room.uploads.confirm({ request: again, batch: 1, number }, sha256);
    await world.says('author', again, 'Rounded to 100 now.');
    await world.does('author', again, 'submit', {});
    expect(await mine(checkers[0], 1)).toMatchObject({ grade: 'approve', carried: true });
    await page.goto(at('/files/1'));
    await shownFile(page);
    await page.click('[data-testid=confirm-grade]:not([disabled])');
    await page.waitForSelector('[data-testid=said]');
    expect(await mine(checkers[0], 1)).toMatchObject({ grade: 'approve', carried: false });
    expect(await text('[data-testid=my-grade]')).toContain('approved');
  });

  test('an early return needs a category and is opened before it is sent', async () => {
    await page.goto(at(''));
    expect(await page.isVisible('[data-testid=return]')).toBe(false);
    await page.click('[data-testid=return-box] summary');
    await page.selectOption('[data-testid=return-box] select', 'wrong-files');
    await follows(page, '[data-testid=return]');
    await page.waitForSelector('[data-testid=flash]');
    expect((await stage.world.state(again)).state).toBe('returned');
    expect(await text('[data-testid=standing]')).toContain('It came back: wrong files.');
  });

  test('a released file is recalled when a second person asks for it too', async () => {
    for (const who of checkers) {
      const mineToo = await stage.as(who);
      await mineToo.goto(at('/files/1', released));
      await shownFile(mineToo);
      await mineToo.click('[data-testid=recall] summary');
      await mineToo.selectOption('[data-testid=recall] select', 'disclosure');
      await follows(mineToo, '[data-testid=revoke]');
      await mineToo.waitForSelector('[data-testid=flash]');
    }
    const [file] = (await stage.world.state(released)).batches[0]!.files;
    expect(file?.revoked).toBe(true);
  });

  test('the author sees the request as it came back, and may edit it', async () => {
    const author = await stage.as('author');
    await author.goto(at(''));
    expect(await author.getAttribute('[data-testid=edit]', 'href')).toBe(`/requests/${again}/edit`);
    expect(await author.locator('[data-testid=actions], [data-testid=checkers]').count()).toBe(0);
    expect(await faultsOf(author)).toEqual([]);
    await author.screenshot({ path: path.join(SHOTS, 'author.png') });
  });

  test('whoever has no business here gets no further than the sign-in', async () => {
    const stranger = await stage.as('stranger');
    for (const where of [
      '',
      '/files/1',
      '/groups/results',
      '/activity',
      '/code/1',
      '/files/1/diff',
      '/files/1/raw',
    ]) {
      const answer = await stranger.request.get(at(where), { maxRedirects: 0 });
      expect([answer.status(), answer.headers()['location']?.slice(0, 9)]).toEqual([
        303,
        '/sign-in?'.slice(0, 9),
      ]);
    }
  });

  test('files, groups, comparisons and code that are not there are not found', async () => {
    for (const where of [
      '/files/99',
      '/groups/none',
      '/files/3/diff',
      '/files/99/raw',
      '/files/1x',
      '/deeds/nothing',
    ]) {
      expect([where, (await page.request.get(at(where))).status()]).toEqual([where, 404]);
    }
    expect((await page.request.get(at('', 'z'.repeat(16)))).status()).toBe(404);
  });
});
