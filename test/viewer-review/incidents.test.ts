/** After a recall, in a real browser: the operators' page, and closing the incident without a script. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { hours } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { airlockFiles, airlockGovernance, aTable, WHO, WORKSPACE, type Name } from '../support/airlock.ts';
import { follows } from '../support/navigation.ts';
import { faultsOf } from '../support/axe.ts';
import { requires } from '../support/require.ts';
import { startReview, type ReviewStage } from './stage.ts';

const { describe, test } = requires('chromium');

const SHOTS = path.join('dist', 'artefacts', 'viewer-review');
const PROJECT = 'projects/ns-2026-014.yml';
const SCHEDULE = `schedules:
  - {id: weekly, backend: attainment, workspace: ${WORKSPACE}, author: ${WHO.coAuthor}, cron: '30 9 * * 1', calendar: UTC, dirs: [output/weekly], context: Weekly., controls: {method: none, text: None.}, until: 2027-02-28, reason: bulletin, ref: GOV-200}
papers: []`;

describe('after a recall', () => {
  let stage: ReviewStage;
  let id: string;
  let one: Name;
  let third: Name;
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    const governance = airlockGovernance({
      [PROJECT]: airlockFiles().get(PROJECT)!.replace('papers: []', SCHEDULE),
    });
    stage = await startReview({
      governance,
      files: { 'output/table.csv': aTable(), 'output/weekly/w.csv': aTable(3) },
    });
    const { world } = stage;
    await world.room.tend();
    id = await world.submitted();
    const [first, second] = (await world.checkers(id)) as [Name, Name];
    for (const who of [first, second]) await world.reviews(who, id);
    await world.room.uploads.start(id, 1);
    const bytes = await world.room.uploads.bytes({ request: id, batch: 1, number: 1 });
    await world.room.uploads.confirm({ request: id, batch: 1, number: 1 }, sha256(bytes));
    for (const who of [first, second])
      await world.does(who, id, 'revoke', { file: 1, category: 'disclosure' });
    await world.room.recallsTold([{ request: id, file: 1, people: [WHO.coAuthor] }]);
    world.clock.advance(hours(1));
    await world.room.tend();
    one = first;
    third = (['checkerA', 'checkerB', 'checkerC'] as const).find((who) => who !== first && who !== second)!;
  }, 120_000);
  afterAll(async () => stage.close());

  const at = (where: string) => `${stage.origin}/requests/${id}${where}`;

  test('the operators see the incident, what was not told, and what schedules made', async () => {
    const page = await stage.as('operator1');
    await page.goto(`${stage.origin}/operations`);
    expect(await page.textContent('[data-testid=incidents]')).toMatch(
      /Incident 1 open.*File 1: a disclosure was found.*told to delete it: robin-example.*To be closed by/,
    );
    expect(await page.textContent('[data-testid=schedules]')).toMatch(
      /ns-2026-014\/weekly in study-main.*made, and left as a draft.*next/,
    );
    expect(await page.textContent('main')).toContain('Not told');
    expect(await faultsOf(page)).toEqual([]);
    await page.screenshot({ path: path.join(SHOTS, 'operations.png'), fullPage: true });
    await page.close();
  });

  test('its author sees that a schedule made the request, and edits it as their own', async () => {
    const [row] = await stage.world.room.requestsOf(WHO.coAuthor, { states: ['draft'] });
    const page = await stage.as('coAuthor');
    await page.goto(`${stage.origin}/requests/${row!.id}/edit`);
    expect(await page.textContent('[data-testid=by-schedule]')).toContain('A schedule of the project made');
    expect(await faultsOf(page)).toEqual([]);
    await page.screenshot({ path: path.join(SHOTS, 'by-schedule.png'), fullPage: true });
    await page.close();
  });

  test('who recalled is told why they cannot close it; another does, without a script', async () => {
    const recaller = await stage.as(one);
    await recaller.goto(at(''));
    await recaller.click('[data-testid=close-incident-form] summary');
    expect(await recaller.isDisabled('[data-testid=close-incident]')).toBe(true);
    expect(await recaller.textContent('[data-testid=close-incident-form]')).toContain(
      'Neither an author of the request nor who asked for the recall closes its incident.',
    );
    await recaller.screenshot({ path: path.join(SHOTS, 'incident.png'), fullPage: true });
    expect(await faultsOf(recaller)).toEqual([]);
    await recaller.close();

    const page = await stage.plain(third);
    await page.goto(at(''));
    await page.click('[data-testid=close-incident-form] summary');
    await page.selectOption('[data-testid=close-incident-form] select', 'contained');
    await page.fill('[data-testid=close-incident-form] textarea', 'Robin deleted the copy. <b>');
    await follows(page, '[data-testid=close-incident]');
    expect(await page.textContent('[data-testid=incidents]')).toMatch(
      /Incident 1 closed.*nobody outside kept a copy. “Robin deleted the copy. <b>”/,
    );
    await page.close();
  });
});
