/** What somebody turns by hand on GitHub: put back, written down, and what only people can mend told in one issue. */
import { describe, expect, test } from '@jest/globals';
import { hours } from '../../../src/lib/clock.ts';
import type { Repo } from '../../../src/sandbox/github/github.ts';
import { plant } from '../../../src/sandbox/github/seed.ts';
import { LOGINS, ORG, STUDY, type Town } from './town.ts';

export function drift(here: () => Town): void {
  describe('of settings', () => {
    const nextHour = async (): Promise<void> => {
      here().w.world.later(hours(1));
      await here().round();
    };

    test('a guest, an open door and a lost rule are put back within the hour, deed by deed on the record', async () => {
      const t = here();
      const { state } = t.w.world.sandbox;
      await plant(state, { users: [{ login: 'guest-example', id: 5550199 }] });
      const study = t.repo(STUDY);
      study.collaborators.set(state.people.user('guest-example')!.id, 'admin');
      study.private = false;
      for (const ruleset of study.rulesets!.values()) ruleset.enforcement = 'disabled';
      await nextHour();
      expect([study.private, study.collaborators.size]).toEqual([true, 0]);
      expect([...study.rulesets!.values()].map(({ enforcement }) => enforcement)).toEqual(['active']);
      await t.site('/ledger');
      await t.looks('drift-record', 'collaborator-removed', 'ruleset-set', 'made-private');
    });

    test('what no App may mend is told to governance, until somebody has mended it', async () => {
      const t = here();
      const told = () => t.the('governance', 'Settings on GitHub');
      await t.as(LOGINS.governor, `/${ORG}/governance/issues/${told().number}`);
      await t.looks('drift-told', 'the default branch can be changed without a pull request');
      protect(t.repo('governance'));
      protect(t.repo('template'));
      await nextHour();
      expect(told().state).toBe('closed');
      await t.page.reload();
      await t.looks('drift-mended', 'is as governance says');
    });
  });
}

/** What an owner sets on the page of rulesets, which the stand-in has not. */
function protect(repo: Repo): void {
  const types = ['deletion', 'non_fast_forward', 'pull_request'] as const;
  repo.rulesets = new Map([
    [
      1,
      {
        ...{ id: 1, name: 'Reviewed', target: 'branch', enforcement: 'active', bypass_actors: [] },
        conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
        rules: types.map((type) => ({ type })),
        ...{ createdAt: 0, updatedAt: 0 },
      },
    ],
  ]);
}
