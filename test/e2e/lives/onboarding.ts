/** A repository that the App is installed on: one pull request with a skeleton, and a dashboard whose boxes are buttons. */
import { describe, expect, test } from '@jest/globals';
import { plant } from '../../../src/sandbox/github/seed.ts';
import { PEOPLE } from '../../support/governance.ts';
import { installedAnew, LOGINS, ORG, type Town } from './town.ts';

const BEGUN = 'new-study';

export function onboarding(here: () => Town): void {
  describe('of a repository', () => {
    const pulls = () => here().w.world.sandbox.state.pulls.all(here().repo(BEGUN));
    const dashboard = () => here().the(BEGUN, 'Sallyport dashboard');

    test('installed, the App offers a skeleton in one pull request', async () => {
      const t = here();
      await plant(t.w.world.sandbox.state, {
        users: [{ login: LOGINS.lead, id: PEOPLE.lead }],
        repos: [
          {
            ...{ owner: ORG, name: BEGUN, id: 70300, private: true, files: { 'README.md': 'Ours.\n' } },
            collaborators: { [LOGINS.lead]: 'write' },
          },
        ],
      });
      await installedAnew(t.w);
      await t.round();
      expect(pulls()).toHaveLength(1);
      await t.as(LOGINS.lead, `/${ORG}/${BEGUN}/pull/${pulls()[0]!.number}`);
      await t.looks('onboarding-pull', 'Add the skeleton of a study', 'project.yaml');
    });

    test('closed it stays closed, until the box of the dashboard opens it again; merged it is done', async () => {
      const t = here();
      await t.press('[data-testid=issue-toggle]');
      await t.round();
      await t.as(LOGINS.lead, `/${ORG}/${BEGUN}/issues/${dashboard().number}`);
      await t.looks('dashboard-closed', 'was closed in', 'open it again');
      await t.ticks(LOGINS.lead, BEGUN, dashboard(), 'The skeleton of a study was closed');
      expect(pulls()).toHaveLength(2);
      await t.as(LOGINS.lead, `/${ORG}/${BEGUN}/pull/${pulls()[1]!.number}`);
      await t.press('[data-testid=merge]');
      await t.round();
      await t.as(LOGINS.lead, `/${ORG}/${BEGUN}/issues/${dashboard().number}`);
      await t.looks('dashboard-merged', 'was merged in', 'governance lists this repository');
      await t.github(`/${ORG}/${BEGUN}`);
      await t.looks('onboarding-merged', 'project.yaml');
    });
  });
}
