/** Saying what a column is, in a real browser, with and without a script: by its author, and read by a checker. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { follows, shownFile } from '../support/navigation.ts';
import { faultsOf } from '../support/axe.ts';
import { requires } from '../support/require.ts';
import { startReview, type ReviewStage } from './stage.ts';

const { describe, test } = requires('chromium');

const SHOTS = path.join('dist', 'artefacts', 'viewer-review');
const TABLE = 'group,number\na,1983\nb,1991\nc,2004\n';

describe('columns on the page of a file', () => {
  let stage: ReviewStage;
  let id: string;
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    stage = await startReview({ files: { 'output/table.csv': TABLE } });
    id = await stage.world.draft(['output/table.csv']);
    await stage.world.explained(id);
  }, 120_000);
  afterAll(async () => stage.close());

  const at = (where: string) => `${stage.origin}/requests/${id}${where}`;
  async function says(page: Page, as: string, reason: string): Promise<void> {
    await page.click('[data-testid=roles] summary');
    await page.selectOption('[data-testid=roles] select[name=column]', 'number');
    await page.selectOption('[data-testid=roles] select[name=as]', as);
    await page.fill('[data-testid=roles] textarea', reason);
    await follows(page, '[data-testid=set-role]');
    await stage.world.room.settled();
    await page.reload();
  }

  test('its author says it without a script, and takes it back', async () => {
    const page = await stage.plain('author');
    await page.goto(at('/files/1'));
    await says(page, 'count', 'It counts, <b>surely</b>.');
    expect(await page.textContent('[data-testid=roles]')).toContain(
      'number is counted as people, by rowan-example, because: It counts, <b>surely</b>.',
    );

    await follows(page, '[data-testid=clear-role]');
    expect((await stage.world.state(id)).files[0]).not.toHaveProperty('roles');
    await page.close();
  });

  test('its author says it in a browser, and the hint that it caused needs no second answer of theirs', async () => {
    const page = await stage.as('author');
    await page.goto(at('/files/1'));
    await shownFile(page);
    await says(page, 'other', 'These are years of birth.');
    await shownFile(page);
    await page.screenshot({ path: path.join(SHOTS, 'roles-author.png'), fullPage: true });
    expect(await faultsOf(page)).toEqual([]);
    expect(await page.textContent('[data-testid=hints]')).toContain(
      'rowan-example (author): These are years',
    );

    await page.goto(at('/edit'));
    const hint = page.locator('[data-testid=hint][data-check=F4]');
    expect(await hint.textContent()).toContain('answered');
    expect(await hint.locator('form').count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    await page.screenshot({ path: path.join(SHOTS, 'roles-edit.png'), fullPage: true });
    await page.close();
  });

  test('a checker reads it beside the file, cannot change it, and answers the hint', async () => {
    await stage.world.answered(id, 'author');
    await stage.world.does('author', id, 'submit', {});
    await stage.world.room.settled();
    const [first] = await stage.world.checkers(id);
    const page = await stage.as(first!);
    await page.goto(at('/files/1'));
    await shownFile(page);
    expect(await page.textContent('[data-testid=roles]')).toContain(
      'number is not counted as people, by rowan-example, because: These are years of birth.',
    );
    expect(await page.locator('[data-testid=roles] form').count()).toBe(0);
    expect(await page.locator('.ar-hint', { hasText: 'F4' }).locator('form').count()).toBe(1);
    await page.screenshot({ path: path.join(SHOTS, 'roles-checker.png'), fullPage: true });
    expect(await faultsOf(page)).toEqual([]);

    await page.goto(at('/activity'));
    expect(await page.textContent('main')).toContain('number');
    await page.screenshot({ path: path.join(SHOTS, 'roles-activity.png'), fullPage: true });
    await page.close();
  });
});
