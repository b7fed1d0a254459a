/**
 * Until both reviews are in, a checker's pages and the author's say the same whatever the other checker does:
 * compared letter by letter, titles, counters and attributes included.
 */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { aTable, WHO, type Name } from '../support/airlock.ts';
import { follows } from '../support/navigation.ts';
import { requires } from '../support/require.ts';
import { startReview, type ReviewStage } from './stage.ts';

const { describe, test } = requires('chromium');

const TABLE = `${aTable()}year 7,0\n`;

describe('blind reviews', () => {
  let stage: ReviewStage;
  let id: string;
  let first: Name;
  let second: Name;
  let checker: Page;
  let author: Page;

  beforeAll(async () => {
    stage = await startReview({ files: { 'output/table.csv': TABLE, 'output/more.csv': aTable(2) } });
    id = await stage.world.submitted(['output/table.csv', 'output/more.csv']);
    [first, second] = (await stage.world.checkers(id)) as [Name, Name];
    checker = await stage.as(first);
    author = await stage.as('author');
    await stage.world.reads(first, { kind: 'request', request: id, file: 1 });
    await stage.world.does(first, id, 'grade', { path: 'output/table.csv', grade: 'approve' });
  }, 120_000);
  afterAll(async () => stage.close());

  const WHERE = [
    '',
    '/groups/results',
    '/files/1',
    '/files/2',
    '/activity',
    '/activity?kind=review',
    '/code/1',
  ];

  /** All pages about the request and those that list it, without what differs at each load. */
  async function everything(page: Page): Promise<string[]> {
    const pages = [...WHERE.map((where) => `/requests/${id}${where}`), '/', '/requests', '/reviews'];
    const texts: string[] = [];
    for (const where of pages) {
      const answer = await page.request.get(`${stage.origin}${where}`);
      const html = await answer.text();
      texts.push(
        `${where} ${answer.status()} ${html.replace(/data-(url|load|frame)="[^"]*"/g, '').replace(/value="[0-9a-f]{64}"/g, '')}`,
      );
    }
    return texts;
  }

  test('what the other checker reads, grades, answers and writes shows nowhere', async () => {
    const { world } = stage;
    const before = [await everything(checker), await everything(author)];
    await world.readsAll(second, id);
    await world.does(second, id, 'grade', { path: 'output/table.csv', grade: 'reject' });
    await world.does(second, id, 'grade', { path: 'output/more.csv', grade: 'changes' });
    await world.answered(id, second);
    await world.says(second, id, 'a private word', 'private');
    await world.says(second, id, 'a public word', 'public');
    await world.does(second, id, 'clear-grade', { path: 'output/more.csv' });
    expect(differing(before, [await everything(checker), await everything(author)])).toEqual([]);
  });

  test('a signature changes the state and nothing else', async () => {
    const { world } = stage;
    const before = [await everything(checker), await everything(author)];
    await world.does(second, id, 'grade', { path: 'output/more.csv', grade: 'changes' });
    await world.does({ kind: 'person', id: WHO[second] }, id, 'sign', { verdict: 'submit' });
    const after = [await everything(checker), await everything(author)];
    expect(differing(before, after)).toEqual([]);
    for (const html of after.flat()) {
      expect(html).not.toContain('a private word');
      expect(html).not.toContain('Signed by');
      expect(html).not.toMatch(/signed a review/);
    }
  });

  test('once both are in, checkers see both grades, and the author sees neither', async () => {
    const { world } = stage;
    await world.readsAll(first, id);
    await world.does(first, id, 'grade', { path: 'output/more.csv', grade: 'approve' });
    await world.answered(id, first);
    await world.does({ kind: 'person', id: WHO[first] }, id, 'sign', { verdict: 'submit' });
    await checker.goto(`${stage.origin}/requests/${id}`);
    const files = await checker.textContent('[data-testid=files]');
    expect(files).toContain('approved');
    expect(files).toContain('changes requested');
    expect(files).toContain('the checkers disagree');
    expect(await checker.textContent('[data-testid=checkers]')).toContain('Signed by');
    const html = (await everything(author)).join('\n');
    expect(html).not.toContain('changes requested');
    expect(html).not.toContain('the checkers disagree');
    expect(html).not.toContain('a public word');
  });

  test('a third checker settles a disagreement: claims, reads, grades, signs and says why', async () => {
    const { world } = stage;
    const third = (['checkerA', 'checkerB', 'checkerC'] as const).find(
      (who) => who !== first && who !== second,
    )!;
    const arbiter = await stage.as(third);
    await arbiter.goto(`${stage.origin}/requests/${id}`);
    expect(await arbiter.locator('summary >> text=Settle the disagreement').count()).toBe(0);
    await follows(arbiter, '[data-testid=claim]');
    await arbiter.waitForSelector('[data-testid=flash]');
    expect(await arbiter.textContent('[data-testid=checkers]')).toContain('(you), third checker');
    await world.readsAll(third, id);
    for (const path of ['output/table.csv', 'output/more.csv'])
      await world.does(third, id, 'grade', { path, grade: 'changes' });
    await arbiter.goto(`${stage.origin}/requests/${id}`);
    await arbiter.click('summary >> text=Settle the disagreement');
    await arbiter.fill('form[action$="/arbitrate"] textarea', 'Both have a point.');
    await follows(arbiter, '[data-testid=arbitrate]');
    await arbiter.waitForSelector('[data-testid=flash]');
    expect(await arbiter.textContent('[data-testid=standing]')).toContain('Both have a point.');
    await world.answered(id, third);
    await world.says(third, id, 'Round further, please.');
    await arbiter.reload();
    await follows(arbiter, '[data-testid=sign]');
    await arbiter.waitForSelector('[data-testid=flash]');
    expect((await world.state(id)).reviews).toHaveLength(3);
  });

  test('a return with a reason reaches its author, with the public comment and not the private one', async () => {
    await checker.goto(`${stage.origin}/requests/${id}`);
    await checker.click('[data-testid=return-box] summary');
    await follows(checker, '[data-testid=return]');
    await checker.waitForSelector('[data-testid=flash]');
    expect((await stage.world.state(id)).state).toBe('returned');
    await author.goto(`${stage.origin}/requests/${id}/groups/results`);
    const comments = await author.textContent('[data-testid=comments]');
    expect(comments).toContain('a public word');
    expect(comments).not.toContain('a private word');
    await author.goto(`${stage.origin}/requests/${id}`);
    expect(await author.textContent('[data-testid=files]')).toContain('changes needed');
  });

  /** Pages that say something else than before, the state of the request aside; the activity may name that too. */
  function differing(before: string[][], after: string[][]): string[] {
    const plain = (html: string) =>
      html.replaceAll('In review', 'Submitted').replaceAll('under review', 'waiting for its checkers');
    return after.flatMap((pages, who) =>
      pages.flatMap((html, at) => {
        const was = plain(before[who]![at]!);
        const now = plain(html);
        if (was === now) return [];
        const from = [...now].findIndex((letter, place) => letter !== was[place]);
        return [`${html.slice(0, 40)}: ${now.slice(Math.max(0, from - 80), from + 80)}`];
      }),
    );
  }
});
