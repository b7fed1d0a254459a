/** From a check that names what is missing, over the request that it fills in, to a grant that everybody can read. */
import { describe, expect, test } from '@jest/globals';
import { days, isoDay } from '../../../src/lib/clock.ts';
import { PROJECT } from '../../support/governance.ts';
import { PROJECT_YAML } from '../../support/world.ts';
import { follows } from '../../support/navigation.ts';
import { INTAKE, LOGINS, ORG, STUDY, type Town } from './town.ts';

const NEEDS = PROJECT_YAML.replace('    run: sqlrunner', '    permissions: [everybody]\n    run: sqlrunner');

export function aPermission(here: () => Town): void {
  describe('of a permission', () => {
    // A right is given for at most five years.
    const until = () => isoDay(here().w.world.clock.now() + days(200));
    const access = () => here().w.world.run('sallyport/access');

    test('the check names what is missing, and leads to the request', async () => {
      const t = here();
      const { world } = t.w;
      const before = await world.requests();
      const sha = await world.as('lead').push({ 'project.yaml': NEEDS });
      await t.step();
      expect(access().conclusion).toBe('failure');
      const issue = world.as('lead').issue();
      world.as('lead').comment(issue, '/run extract --backend attainment');
      await t.step();
      expect(world.thread(issue)).toContain('(access.permission-not-granted)');
      expect(await world.requests()).toEqual(before);
      await t.as(LOGINS.lead, `/${ORG}/${STUDY}/commit/${sha}`);
      await t.looks('permission-commit', 'sallyport/access', '1 thing is missing');
      await follows(t.page, t.page.getByRole('link', { name: 'sallyport/access', exact: true }));
      await t.looks('permission-refused', 'everybody', 'access.permission-not-granted');
      await t.pictured('researchers.md', 'permission-missing', '1 thing is missing', 'Request');
      await follows(t.page, t.page.getByRole('link', { name: 'Request everybody' }));
      const filled = (field: string) => t.page.inputValue(`[name="f.${field}"]`);
      expect([await filled('project'), await filled('permission'), await filled('name')]).toEqual([
        PROJECT,
        'population',
        'everybody',
      ]);
      await t.page.fill('[name="f.reason"]', 'The question needs everybody');
      await t.page.fill('[name="f.until"]', until());
      await t.looks('permission-form', 'Reason');
      await t.press('[data-testid=issue-submit]');
      await t.round();
      await t.page.reload();
      await t.looks('permission-asked', 'sp-data-stewards', 'proposed in');
    });

    test('approved and merged it stands in the register, and the box of the dashboard checks again', async () => {
      const t = here();
      await t.merges();
      expect(t.labels(INTAKE, t.newest(INTAKE))).toEqual(['application: approved']);
      const dashboard = t.the(STUDY, 'Sallyport dashboard');
      await t.as(LOGINS.lead, `/${ORG}/${STUDY}/issues/${dashboard.number}`);
      await t.looks('permission-dashboard', 'Permissions', 'Check the newest commit again');
      await t.ticks(LOGINS.lead, STUDY, dashboard, 'Check the newest commit again');
      expect(access().conclusion).toBe('success');
      await t.page.reload();
      await t.looks('permission-granted', 'Nothing is pending');
      await t.site('/permissions');
      await t.looks('permission-register', 'everybody', 'The question needs everybody', until());
    });
  });
}
