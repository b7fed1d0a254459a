/** A breach that somebody reports: what to do at once, everything stands still, two let it go on, one closes it. */
import { describe, expect, test } from '@jest/globals';
import { BREACH_HEADINGS } from '../../../src/github/breaches/form.ts';
import { PROJECT } from '../../support/governance.ts';
import { INCIDENTS, LOGINS, ORG, STUDY, type Town } from './town.ts';

const WHY = 'a table with names in it was found';

export function aBreach(here: () => Town): void {
  describe('of a breach', () => {
    const report = () => here().the(INCIDENTS, 'Possible breach');
    const dashboard = () => here().the(STUDY, 'Sallyport dashboard');

    test('the form is answered at once with what to do', async () => {
      const t = here();
      const page = await t.as(LOGINS.lead, `/${ORG}/${INCIDENTS}/issues/new?template=breach.yml`);
      for (const [field, text] of Object.entries({
        ...{ what: WHY, found: 'today', files: `project ${PROJECT}, output/table.csv`, seen: 'a co-author' },
        ...{ shared: 'nobody', reachable: 'nowhere' },
      }))
        await page.fill(`[name="f.${field}"]`, text);
      await t.looks('breach-form', 'Do not share the files');
      await t.press('[data-testid=issue-submit]');
      await page.reload();
      await t.looks('breach-answered', 'It has to be closed by', `/freeze project ${PROJECT}`);
    });

    test('frozen, nothing starts, and every page about the project says so', async () => {
      const t = here();
      const answer = await t.comments(
        LOGINS.governor,
        INCIDENTS,
        report(),
        `/freeze project ${PROJECT} --reason "${WHY}"`,
      );
      expect(answer).toContain('is paused since');
      await t.page.reload();
      await t.looks('freeze-said', 'Two of the governance team lift it');
      const run = '/run model --backend attainment';
      expect(await t.comments(LOGINS.lead, STUDY, dashboard(), run)).toContain('(freeze.frozen)');
      await t.round();
      await t.page.reload();
      await t.looks('freeze-refused', 'Paused', 'has been paused by governance');
      await t.site(`/projects/${PROJECT}`);
      await t.looks('freeze-project', 'Paused', 'until two of the governance team lift this');
      await t.pictured('governance.md', 'paused', 'two of the governance team');
      await t.site('/projects');
      await t.looks('freeze-projects', 'paused');
      await t.site('/status');
      await t.looks('freeze-status', 'Paused');
    });

    test('two lift it, and it is closed when what was done is written down', async () => {
      const t = here();
      const lift = `/unfreeze project ${PROJECT}`;
      expect(await t.comments(LOGINS.governor, INCIDENTS, report(), lift)).toContain('a second person');
      expect(await t.comments('board-one', INCIDENTS, report(), lift)).toContain('is lifted');
      await t.site(`/projects/${PROJECT}`);
      expect(await t.page.locator('[data-testid=paused]').count()).toBe(0);

      await t.as(LOGINS.governor, `/${ORG}/${INCIDENTS}/issues/${report().number}`);
      await t.press('[data-testid=issue-toggle]');
      await t.page.reload();
      await t.looks('breach-too-soon', '(breach.nothing-said)');
      expect(report().state).toBe('open');
      await t.as(LOGINS.lead, `/${ORG}/${INCIDENTS}/issues/${report().number}`);
      await t.page.click('[data-testid=edit] summary');
      const text = await t.page.inputValue('#opening');
      const done = `### ${BREACH_HEADINGS.done}\n\n`;
      await t.page.fill(
        '#opening',
        text.replace(`${done}_No response_`, `${done}Both copies were deleted unopened.`),
      );
      await t.press('[data-testid=edit-submit]');
      await t.as(LOGINS.governor, `/${ORG}/${INCIDENTS}/issues/${report().number}`);
      await t.press('[data-testid=issue-toggle]');
      expect(report().state).toBe('closed');
      await t.page.reload();
      await t.looks('breach-closed', 'was closed');
      await t.site('/ledger');
      await t.looks('freeze-record', 'lifted', 'incident-closed');
      for (const where of ['/requests', '/ledger', `/projects/${PROJECT}`])
        expect(await (await t.site(where)).textContent('body')).not.toContain(WHY);
    });
  });
}
