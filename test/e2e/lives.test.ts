/**
 * The lives that people and projects have here, told by those who live them, in the pages of the stand-in for GitHub
 * and of the public site: whatever changes, changes by an issue, a comment, a box, a review or a merge.
 *
 * One town for all of them, and one clock, which only goes forward. SALLYPORT_SHOTS=<folder> keeps a picture of each step.
 */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { lookAtCompletions } from '../../src/github/github.ts';
import { lookRefusals } from '../../src/governance/governance.ts';
import { days } from '../../src/lib/clock.ts';
import { NUMBERS } from '../deployments/here.ts';
import { PEOPLE } from '../support/governance.ts';
import { STUDY_FILES } from '../support/world.ts';
import { requires } from '../support/require.ts';
import { aBreach } from './lives/breach.ts';
import { drift } from './lives/drift.ts';
import { onboarding } from './lives/onboarding.ts';
import { aPermission } from './lives/permission.ts';
import { INTAKE, LOGINS, ORG, Town } from './lives/town.ts';
import { twelveMonths } from './lives/twelve-months.ts';

const { describe, test } = requires('chromium');

const PROJECT = 'ns-2026-015';
const PRIVATE = ['rowan.private@example.edu', 'board.private@example.edu'];
const ANSWERS: Record<string, string> = {
  title: 'Lunch and learning',
  summary: 'Does lunch matter for results?',
  org: 'Riverside University',
  last_day: '2127-02-01',
  email: PRIVATE[0]!,
  researchers: `login: ${LOGINS.lead}\nname: Rowan Example\nroles: lead, developer\ntrained: No`,
};
const SPONSOR = `### Sponsor\n\nHill Council\n\n### Their e-mail\n\n${PRIVATE[1]!}\n\n### Note\n`;

describe('lives', () => {
  let town: Town;
  beforeAll(async () => {
    town = await Town.begin();
  });
  afterAll(async () => town.stop());
  const here = (): Town => town;

  describe('of a project', () => {
    const project = () =>
      here()
        .w.world.hub.room.governance.current()!
        .projects.find(({ id }) => id === PROJECT)!;
    const pinned = () => here().the(PROJECT, 'Project');

    test('an application is filled in on a page, and asks what follows from it', async () => {
      const t = here();
      const page = await t.as(LOGINS.lead, `/${ORG}/${INTAKE}/issues/new?template=application.yml`);
      await page.fill('[data-testid=issue-title]', 'Application: lunch');
      for (const [field, text] of Object.entries(ANSWERS)) await page.fill(`[name="f.${field}"]`, text);
      await page.selectOption('[name="f.project_type"]', 'Service audit');
      await page.selectOption('[name="f.commercial"]', 'No');
      await page.check('[name="f.warehouse"][value="Pupil attainment warehouse"]');
      await page.check('[name="f.tables"][value="results"]');
      await t.looks('application-form', 'The project');
      await t.press('[data-testid=issue-submit]');
      const issue = t.the(INTAKE, 'Application: lunch');
      expect(t.labels(INTAKE, issue)).toEqual(['application: draft']);
      await page.reload();
      await t.looks('application-asks', '### Sponsor');
      await t.comments(LOGINS.lead, INTAKE, issue, SPONSOR);
      await t.round();
      expect(t.labels(INTAKE, issue)).toEqual(['application: in review']);
      await page.reload();
      await t.looks('application-in-review', 'is in review', 'proposed in');
    });

    test('two approvals and a merge make it a project with a repository of its own', async () => {
      const t = here();
      const asked = t.the('governance', 'Project NS-2026-015: Lunch and learning');
      await t.w.review(asked.number, LOGINS.lead);
      await t.w.review(asked.number, 'board-three');
      await t.step();
      // One of two counts: who takes part approves nothing.
      expect(t.w.world.run('governance/approvals', 'governance').conclusion).not.toBe('success');
      await t.as('board-one', `/${ORG}/governance/pull/${asked.number}`);
      await t.looks('project-proposed', 'Project ns-2026-015 may use backend');
      expect(await t.page.textContent('main')).toContain('Needs 1 more approval');
      await t.page.locator('article', { hasText: 'Plan for' }).evaluate((plan) => plan.scrollIntoView());
      await t.pictured('governance.md', 'plan', 'rights given or extended');
      await t.presses(['board-one', 'board-two']);
      const issue = t.the(INTAKE, 'Application: lunch');
      expect([t.labels(INTAKE, issue), issue.state]).toEqual([['application: approved'], 'closed']);
      expect(t.said(INTAKE, issue)).toContain(`/projects/${PROJECT}`);
      expect(t.repo(PROJECT).private).toBe(true);
      await t.merges(['board-one']);
      expect(project().repos).toMatchObject([{ id: t.repo(PROJECT).id }]);
      await t.as(LOGINS.lead, `/${ORG}/${PROJECT}/issues/${pinned().number}`);
      await t.looks('project-issue', 'Lunch and learning');
      await t.site(`/projects/${PROJECT}`);
      await t.looks('project-page', 'Lunch and learning', 'Riverside University');
    });

    test('a lead brings in a developer', async () => {
      const t = here();
      const answer = await t.comments(
        LOGINS.lead,
        PROJECT,
        pinned(),
        `/member add @${LOGINS.collaborator} developer --until 2127-01-31 --reason "helps with the model"`,
      );
      expect(answer).toContain('proposed');
      await t.page.reload();
      await t.looks('member-asked', '/member add', 'proposed in');
      await t.merges(['board-one']);
      expect(project().members.map(({ id }) => id)).toEqual([PEOPLE.lead, PEOPLE.collaborator]);
      await t.github(`/${ORG}/${PROJECT}/issues/${pinned().number}`);
      await t.looks('member-added', LOGINS.collaborator);
      await t.site(`/projects/${PROJECT}`);
      await t.looks('member-page', 'helps with the model', '2127-01-31');
    });

    test('the first run on data', async () => {
      const t = here();
      await t.w.world.as('lead').push(STUDY_FILES, { repo: PROJECT });
      await t.w.world.settle();
      await t.comments(LOGINS.lead, PROJECT, pinned(), '/run model --backend attainment');
      const agent = t.w.world.agent();
      await agent.ends('extract');
      await agent.ends('model');
      await t.step();
      expect(t.w.world.run('sallyport/run', PROJECT).conclusion).toBe('success');
      await t.site(`/requests?project=${PROJECT}`);
      await t.looks('run-log', 'model', 'succeeded');
    });

    test('completed, it has a list of what is left, and access ends by the calendar', async () => {
      const t = here();
      await t.comments(LOGINS.lead, PROJECT, pinned(), '/project-status completed_linked');
      await t.merges(['board-one']);
      const list = t.the(PROJECT, 'Completing');
      expect(list.body).toContain('Licence and README are there\n');
      await t.ticks(LOGINS.lead, PROJECT, list, 'Papers are linked');
      await t.github(`/${ORG}/${PROJECT}/issues/${list.number}`);
      await t.looks('completing', 'Licence and README are there', '3 of 6 left');
      const { world } = t.w;
      const looks = (at: number) =>
        lookRefusals(world.hub.room.governance.current()!, {
          ...{ person: PEOPLE.lead, project: PROJECT, backend: 'attainment', data: 'real' as const, at },
        }).map(({ code }) => code);
      expect(looks(world.clock.now())).toEqual([]);
      world.later(days(NUMBERS.closingDays + 2));
      expect(looks(world.clock.now())).toEqual(['run.project-closed']);
      const run = '/run model --backend attainment';
      expect(await t.comments(LOGINS.lead, PROJECT, pinned(), run)).toContain('(run.project-closed)');
      await lookAtCompletions(world.hub.room);
      await t.step();
      expect(t.the(PROJECT, 'Completing').body).toContain('- [x] <!-- item:ended -->');
      await t.site(`/projects/${PROJECT}`);
      await t.looks('completed-page', 'completed linked');
    });

    test('nothing that was private has left the intake repository', async () => {
      const t = here();
      const { w } = t;
      const outside = [...w.world.sandbox.state.data.repos.values()].filter(({ name }) => name !== INTAKE);
      const texts = outside.flatMap((repo) => [
        ...t.issues(repo.name).map(({ title, body }) => `${title}\n${body ?? ''}`),
        ...[...repo.comments.values()].map(({ body }) => body),
        ...[...repo.checks.values()].map(({ summary, text }) => `${summary ?? ''}${text ?? ''}`),
      ]);
      const pages = ['/', '/log', '/projects', `/projects/${PROJECT}`, '/permissions', '/ledger'];
      for (const where of pages) texts.push(await (await fetch(`${w.world.hub.url}${where}`)).text());
      const files = await w.text(`projects/${PROJECT}.yml`);
      const everything = [
        ...texts,
        files,
        await w.text('people.yml'),
        JSON.stringify(await w.world.ledger()),
      ].join('\n');
      expect(everything.includes('Lunch and learning')).toBe(true);
      for (const secret of [...PRIVATE, 'Hill Council'])
        expect([secret, everything.includes(secret)]).toEqual([secret, false]);
      expect(await w.world.outbox('parked')).toEqual([]);
    });
  });

  aPermission(here);
  onboarding(here);
  drift(here);
  aBreach(here);
  twelveMonths(here);
});
