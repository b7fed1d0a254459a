/**
 * The whole life of a project, by the people who live it: an application filled in on a page of GitHub, its further
 * question, two approvals, the repository made for it, a member, a first run on data, completion, and the end of access.
 * Whatever changes, changes by an issue, a comment, a review or a merge.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { OpenDatabase } from '../../src/db/open.ts';
import { lookAtCompletions } from '../../src/github/github.ts';
import { lookRefusals } from '../../src/governance/governance.ts';
import { days } from '../../src/lib/clock.ts';
import type { Issue, Repo } from '../../src/sandbox/github/github.ts';
import { plant } from '../../src/sandbox/github/seed.ts';
import { ProjectRounds } from '../../src/steward/steward.ts';
import { NUMBERS } from '../deployments/here.ts';
import { FORM_YAML } from '../applications/forms.ts';
import { startChromium } from '../support/chrome.ts';
import { HUB_MIGRATIONS, ownDatabase } from '../support/database.ts';
import { governedFiles, governedWorld, type GovernedWorld } from '../support/governed-world.ts';
import { PEOPLE } from '../support/governance.ts';
import { follows, leads } from '../support/navigation.ts';
import { requires } from '../support/require.ts';
import { LOGINS, ORG, STUDY_FILES } from '../support/world.ts';

const { describe, test } = requires('chromium');

const SHOTS = path.join('dist', 'artefacts', 'lives');
const INTAKE = 'intake';
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

describe('the life of a project', () => {
  let w: GovernedWorld;
  let database: OpenDatabase;
  let browser: Browser;
  let page: Page;
  let steward: Awaited<ReturnType<GovernedWorld['steward']>>;
  let rounds: ProjectRounds;

  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    const files = governedFiles();
    const deployment = files.get('deployment.yml')!;
    // Who is brought in later has had training, as everybody who works on real data.
    const trained = `training: {course: safe-researcher, passed: 2026-02-03, expires: 2129-02-03}, agreement: {ref: DAA-78, expires: 2127-08-31}`;
    database = await ownDatabase(HUB_MIGRATIONS);
    w = await governedWorld(
      database,
      {
        'forms/application.yml': FORM_YAML,
        'people.yml': files
          .get('people.yml')!
          .replace(`login: ${LOGINS.collaborator}, `, `login: ${LOGINS.collaborator}, ${trained}, `),
        'orgs.yml': '- {id: riverside-university, name: Riverside University}\n',
        'deployment.yml': deployment.replace(
          'governance: 9001',
          'governance: 9001, intake: 9002, template: 9004',
        ),
      },
      { pages: true },
    );
    const forms = await fetch(`${w.world.hub.url}/forms/application.yml`);
    const people = Object.fromEntries(
      [LOGINS.lead, LOGINS.governor].map((login) => [login, 'read' as const]),
    );
    await plant(w.world.sandbox.state, {
      users: [{ login: LOGINS.governor, id: PEOPLE.governor }],
      repos: [
        {
          ...{ owner: ORG, name: INTAKE, id: 9002, private: true, collaborators: people },
          files: { '.github/ISSUE_TEMPLATE/application.yml': await forms.text() },
        },
        {
          ...{ owner: ORG, name: 'template', id: 9004, private: true },
          files: { 'README.md': '# A study\n', LICENSE: 'MIT\n' },
        },
      ],
    });
    w.world.repo('template').isTemplate = true;
    steward = await w.steward();
    rounds = new ProjectRounds({
      ...steward.keep,
      clock: steward.clock,
      governance: () => steward.governance(),
      hub: steward.hub,
      governanceRepository: 9001,
    });
    browser = await startChromium();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  });

  afterAll(async () => {
    await browser?.close();
    await w?.stop();
    await database?.close();
  });

  const all = async () => {
    await w.step(steward);
    await rounds.look();
    await w.step(steward);
  };
  const issues = (repo: Repo): Issue[] => [...repo.issues.values()];
  const the = (repo: Repo, begins: string): Issue => {
    const found = issues(repo).filter(({ title }) => title.startsWith(begins));
    if (found.length !== 1)
      throw new Error(
        `${found.length} issues "${begins}": ${issues(repo)
          .map(({ title }) => title)
          .join(', ')}`,
      );
    return found[0]!;
  };
  const said = (repo: Repo, issue: Issue): string =>
    w.world.sandbox.state.talk
      .comments(repo, issue)
      .map(({ body }) => body)
      .join('\n\n');
  const labels = (repo: Repo, issue: Issue): string[] =>
    issue.labels.map((key) => repo.labels.get(key)?.name ?? key);
  const study = () => w.world.repo(PROJECT);
  const open = (where: string) => page.goto(`${w.world.sandbox.url}${where}`);
  const shot = (name: string) => page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
  /** A comment on an issue of the study; what the App answered to it. */
  const say = async (login: string, text: string): Promise<string> => {
    const { state } = w.world.sandbox;
    const issue = must(state.issues.create(w.person(login), study(), { title: text.slice(0, 60) }));
    must(state.talk.comment(w.person(login), study(), issue, text));
    await w.step(steward);
    return said(study(), issue);
  };
  /** Whatever pull request is open is approved by two of the board and merged. */
  const approve = async (title: string): Promise<void> => {
    const pull = the(w.governance(), title);
    await w.review(pull.number, 'board-one');
    await w.step(steward);
    await w.review(pull.number, 'board-two');
    await w.step(steward);
    expect(w.world.run('governance/approvals', 'governance').conclusion).toBe('success');
    await w.merge(pull.number);
    await all();
  };

  test('an application is filled in on a page, and asks what follows from it', async () => {
    await open('/');
    await leads(page, () => page.selectOption('#who', LOGINS.lead));
    await open(`/${ORG}/${INTAKE}/issues/new?template=application.yml`);
    await page.fill('[data-testid=issue-title]', 'Application: lunch');
    for (const [field, text] of Object.entries(ANSWERS)) await page.fill(`[name="f.${field}"]`, text);
    await page.selectOption('[name="f.project_type"]', 'Service audit');
    await page.selectOption('[name="f.commercial"]', 'No');
    await page.check('[name="f.warehouse"][value="Pupil attainment warehouse"]');
    await page.check('[name="f.tables"][value="results"]');
    await shot('application');
    await follows(page, '[data-testid=issue-submit]');
    await w.step(steward);
    const issue = the(w.world.repo(INTAKE), 'Application: lunch');
    expect(labels(w.world.repo(INTAKE), issue)).toEqual(['application: draft']);
    expect(said(w.world.repo(INTAKE), issue)).toContain('### Sponsor');
    await open(`/${ORG}/${INTAKE}/issues/${issue.number}`);
    await shot('further-questions');
    await page.fill('#body', SPONSOR);
    await follows(page, '[data-testid=comment-submit]');
    await all();
    expect(labels(w.world.repo(INTAKE), issue)).toEqual(['application: in review']);
    await open(`/${ORG}/${INTAKE}/issues/${issue.number}`);
    await shot('in-review');
  });

  test('two approvals and a merge make it a project with a repository of its own', async () => {
    const asked = the(w.governance(), 'Project NS-2026-015: Lunch and learning');
    await w.review(asked.number, LOGINS.lead);
    await w.review(asked.number, 'board-three');
    await w.step(steward);
    // One of two counts: who takes part approves nothing.
    expect(w.world.run('governance/approvals', 'governance').conclusion).not.toBe('success');
    await open(`/${ORG}/governance/pull/${asked.number}`);
    await shot('pull-request');
    await approve(asked.title);
    const intake = w.world.repo(INTAKE);
    const issue = the(intake, 'Application: lunch');
    expect(labels(intake, issue)).toEqual(['application: approved']);
    expect(issue.state).toBe('closed');
    expect(said(intake, issue)).toContain(`/projects/${PROJECT}`);
    expect(study().private).toBe(true);
    const pull = issues(w.governance()).at(-1)!;
    await approve(pull.title);
    const project = w.world.hub.room.governance.current()!.projects.find(({ id }) => id === PROJECT);
    expect(project?.repos).toMatchObject([{ id: study().id }]);
    await open(`/${ORG}/${PROJECT}/issues`);
    await shot('project');
  });

  test('a lead brings in a developer', async () => {
    expect(
      await say(
        LOGINS.lead,
        `/member add @${LOGINS.collaborator} developer --until 2127-01-31 --reason "helps with the model"`,
      ),
    ).toContain('proposed');
    await approve(issues(w.governance()).at(-1)!.title);
    const project = w.world.hub.room.governance.current()!.projects.find(({ id }) => id === PROJECT)!;
    expect(project.members.map(({ id }) => id)).toEqual([PEOPLE.lead, PEOPLE.collaborator]);
  });

  test('the first run on data', async () => {
    await w.world.as('lead').push(STUDY_FILES, { repo: PROJECT });
    await w.world.settle();
    await say(LOGINS.lead, '/run model --backend attainment');
    const agent = w.world.agent();
    await agent.ends('extract');
    await agent.ends('model');
    await w.step(steward);
    expect(w.world.run('sallyport/run', PROJECT).conclusion).toBe('success');
  });

  test('completed, it has a list of what is left, and access ends by the calendar', async () => {
    await say(LOGINS.lead, '/project-status completed_linked');
    await approve(issues(w.governance()).at(-1)!.title);
    const list = the(study(), 'Completing');
    expect(list.body).toContain('Licence and README are there\n');
    await open(`/${ORG}/${PROJECT}/issues/${list.number}`);
    await shot('completing');
    const looks = (at: number) =>
      lookRefusals(w.world.hub.room.governance.current()!, {
        ...{ person: PEOPLE.lead, project: PROJECT, backend: 'attainment', data: 'real' as const, at },
      }).map(({ code }) => code);
    expect(looks(w.world.clock.now())).toEqual([]);
    w.world.later(days(NUMBERS.closingDays + 2));
    expect(looks(w.world.clock.now())).toEqual(['run.project-closed']);
    expect(await say(LOGINS.lead, '/run model --backend attainment')).toContain('(run.project-closed)');
    await lookAtCompletions(w.world.hub.room);
    await w.step(steward);
    expect(the(study(), 'Completing').body).toContain('- [x] <!-- item:ended -->');
  });

  test('nothing that was private has left the intake repository', async () => {
    const { state } = w.world.sandbox;
    const outside = [...state.data.repos.values()].filter(({ name }) => name !== INTAKE);
    const texts = outside.flatMap((repo) => [
      ...issues(repo).map(({ title, body }) => `${title}\n${body ?? ''}`),
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
    expect(everything).toContain('Lunch and learning');
    for (const secret of [...PRIVATE, 'Hill Council'])
      expect([secret, everything.includes(secret)]).toEqual([secret, false]);
    expect(await w.world.outbox('parked')).toEqual([]);
  });
});

function must<T>(value: T): Exclude<T, { failed: true }> {
  if ((value as { failed?: unknown }).failed === true) throw new Error(JSON.stringify(value));
  return value as Exclude<T, { failed: true }>;
}
