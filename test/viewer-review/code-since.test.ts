/** What changed in the code since the last release of the same output, beside what changed in the output. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { isRefusal } from '../../src/lib/refusal.ts';
import { aTable, COMMIT, WHO, type Name } from '../support/airlock.ts';
import { follows } from '../support/navigation.ts';
import { faultsOf } from '../support/axe.ts';
import { requires } from '../support/require.ts';
import { startReview, type ReviewStage } from './stage.ts';

const { describe, test } = requires('chromium');
const TABLE = 'output/table.csv';
const LATER = 'b'.repeat(40);

describe('code behind a second version', () => {
  let stage: ReviewStage;
  let id: string;
  let checker: Name;
  let page: Page;

  beforeAll(async () => {
    stage = await startReview({ files: { [TABLE]: aTable(1) } });
    const { world } = stage;
    const project = world.code.get('project.yaml')!;
    const first = await world.submitted([TABLE]);
    for (const who of await world.checkers(first)) await world.reviews(who, first);
    await world.room.uploads.start(first, 1);
    for (const { number, sha256 } of (await world.state(first)).batches[0]!.files)
      await world.room.uploads.confirm({ request: first, batch: 1, number }, sha256);
    world.code.set('tables.py', 'threshold = 7\nprint(1)\n').set('old.py', 'pass\n');
    world.otherCode.set(
      LATER,
      new Map([
        ['project.yaml', project],
        ['tables.py', 'threshold = 3\nprint(1)\n'],
        ['new.py', 'pass\n'],
      ]),
    );
    world.job({ [TABLE]: aTable(2) }, { entry: { commit: LATER } });
    id = await world.submitted([TABLE]);
    checker = (await world.checkers(id))[0]!;
    page = await stage.as(checker);
  }, 120_000);
  afterAll(async () => stage.close());

  const at = (where: string) => `${stage.origin}/requests/${id}${where}`;

  test('the comparison of the data leads to that of the code, file by file', async () => {
    await page.goto(at('/files/1/diff'));
    await follows(page, '[data-testid=code-diff]');
    expect(page.url()).toMatch(/\/code\/1$/);
    expect(
      (await page.locator('[data-testid=code-since] li').allTextContents()).map((text) => text.trim()),
    ).toEqual(['new.py new', 'old.py gone', 'tables.py']);

    await follows(page, '[data-testid=code-since] a:has-text("tables.py")');
    await page.waitForSelector('[data-testid=compare][data-state=drawn]');

    expect(await page.locator('tr.sp-removed td:last-child').allTextContents()).toEqual(['− threshold = 7']);
    expect(await page.locator('tr.sp-added td:last-child').allTextContents()).toEqual(['+ threshold = 3']);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('of a first release, and of the same commit, there is nothing to compare', async () => {
    const { world } = stage;
    world.job({ 'output/other.csv': aTable(3) });
    const code = await world.room.codeAt(WHO.author, { workspace: 'study-main', path: 'output/other.csv' });

    expect(code).toMatchObject({ commit: COMMIT, since: null });
  });

  test('who may not look into the request gets neither version, and each look is written down', async () => {
    const { world } = stage;
    const where = { kind: 'previous-code', request: id, file: 1, path: 'tables.py' } as const;
    const open = (who: Name, path: string = where.path) =>
      world.room.open(
        WHO[who],
        { session: world.session(who), method: 'GET', purpose: 'preview', range: false },
        { ...where, path },
      );

    expect(await open('stranger')).toMatchObject({ code: 'airlock.unknown-request' });
    expect(await open(checker, 'new.py')).toMatchObject({ code: 'airlock.unknown-file' });
    const before = await open(checker);
    if (isRefusal(before)) throw new Error(before.code);
    const log = await world.room.auditLog(WHO.operator1, { views: true, count: 100 });
    if (isRefusal(log)) throw new Error(log.code);
    expect(log.filter(({ type }) => type === 'CODE_VIEW').map(({ path }) => path)).toContain('tables.py');
    expect((await world.page(checker, id)).files[0]?.seen).toBe(false);
  });
});
