/** From the first run on real data to a repository that everybody can read. */
import { describe, expect, test } from '@jest/globals';
import { proposals } from '../../../src/db/schema/stewarding.ts';
import { hours, isoDay } from '../../../src/lib/clock.ts';
import { addDays, addMonths } from '../../../src/visibility/visibility.ts';
import { PROJECT, REPOSITORY } from '../../support/governance.ts';
import { follows } from '../../support/navigation.ts';
import { LOGINS, ORG, STUDY, type Town } from './town.ts';

const FILE = `projects/${PROJECT}.yml`;

export function twelveMonths(here: () => Town): void {
  describe('of twelve months', () => {
    let due = '';
    const issue = () =>
      here()
        .issues(STUDY)
        .find(({ body }) => body?.includes('<!-- sallyport:due:'))!;
    const where = () => `/${ORG}/${STUDY}/issues/${issue().number}`;
    const until = async (day: string): Promise<void> => {
      const { world } = here().w;
      world.later(Date.parse(day) - Date.parse(isoDay(world.clock.now())));
      await here().round();
    };

    test('what failed is run again by a box, and the first run starts the clock', async () => {
      const t = here();
      const { world } = t.w;
      const dashboard = t.the(STUDY, 'Sallyport dashboard');
      await t.comments(LOGINS.lead, STUDY, dashboard, '/run extract --backend attainment');
      await world.agent().ends('extract', 'nonzero_exit');
      await t.round();
      await t.as(LOGINS.lead, `/${ORG}/${STUDY}/issues/${dashboard.number}`);
      await t.pictured(
        'researchers.md',
        'dashboard',
        'Run again what failed',
        'Check the newest commit again',
      );
      await t.ticks(LOGINS.lead, STUDY, dashboard, 'Run again what failed');
      await world.agent().ends('extract');
      await t.round();
      due = addMonths(isoDay(world.clock.now()), 12);
      await t.as(LOGINS.lead, where());
      await t.looks('due-begun', `This repository becomes public by ${due}`);
      await t.page
        .locator('strong', { hasText: 'What everybody will see' })
        .evaluate((text) => text.scrollIntoView());
      await t.pictured('researchers.md', 'due', 'Before that day');
      await t.site('/repositories');
      await t.looks('repositories-private', due);
    });

    test('people are reminded, and a lead asks for more time, which others give', async () => {
      const t = here();
      await until(addDays(due, -60));
      await t.as(LOGINS.lead, where());
      await t.looks('due-reminder', `@${LOGINS.lead}: This repository becomes public on ${due}`);
      await t.ticks(LOGINS.lead, STUDY, issue(), 'The purpose of the study is written down');
      await t.comments(LOGINS.lead, STUDY, issue(), '/extend --reason "The paper is under review"');
      await t.merges();
      due = addMonths(due, 12);
      await t.as(LOGINS.lead, where());
      await t.looks('due-extended', due, 'The paper is under review');
    });

    test('on the day its history is looked through, and what may be data keeps it closed', async () => {
      const t = here();
      await until(due);
      expect(t.repo(STUDY).private).toBe(true);
      await t.as(LOGINS.lead, where());
      await t.looks('due-held', 'something stands in the way', 'dummy/rows.csv');
      await t.as(LOGINS.governor, `/${ORG}/governance/issues`);
      await follows(t.page, 'text=is due and cannot become public');
      await t.looks('due-escalated', '1 file in its history');
      await t.site('/repositories');
      await t.pictured('site.md', 'repositories', 'past its day');
    });

    test('cleared by governance it becomes public, and the register says so', async () => {
      const t = here();
      const { world } = t.w;
      const object = /`dummy\/rows\.csv` .* `([0-9a-f]{40})`/.exec(issue().body!)![1]!;
      const cleared = `cleared: [{object: "${object}", reason: Made up, ref: GOV-12}]`;
      const text = (await t.w.text(FILE)).replace('visibility: private,', `visibility: private, ${cleared},`);
      await world.as('governor').branch('clear', world.head('governance'), 'governance');
      await world.as('governor').push({ [FILE]: text }, { repo: 'governance', branch: 'clear' });
      await t.step();
      const page = await t.as(LOGINS.governor, `/${ORG}/governance/pulls`);
      await page.fill('#head', 'clear');
      await page.fill('#title', 'Clear the made up rows of the study');
      await t.press('main form [type=submit]');
      await page.reload();
      await t.looks('cleared-plan', 'governance/approvals');
      await t.merges();
      await t.round();
      // The same steward that closes what people opened leaves it as it is.
      world.later(hours(1));
      await t.round();
      expect(t.repo(STUDY).private).toBe(false);
      const asked = await world.database.db.select().from(proposals);
      expect(asked.map(({ edit }) => edit)).toContainEqual({
        ...{ kind: 'repo-visibility', project: PROJECT },
        ...{ repo: REPOSITORY, visibility: 'public' },
      });
      await t.as('', where());
      await t.looks('due-public', 'This repository is public');
      await t.site('/repositories');
      await t.looks('repositories-public', 'public');
      expect((await t.w.world.ledger()).filter(({ type }) => type === 'visibility').length).toBeGreaterThan(
        3,
      );
    });
  });
}
