/** Repositories without a study: offered a skeleton once, left alone afterwards, and a dashboard whose boxes do things. */
import { afterEach, expect, test } from '@jest/globals';
import { eq, sql } from 'drizzle-orm';
import { onboardings } from '../../src/db/schema/onboarding.ts';
import { lookAtDashboards, lookAtOnboarding, queueEverything } from '../../src/github/github.ts';
import { tickedIn } from '../../src/github/dashboard/words.ts';
import { days } from '../../src/lib/clock.ts';
import { readProjectBytes } from '../../src/pipeline/pipeline.ts';
import { plant } from '../../src/sandbox/github/seed.ts';
import { carryOut } from '../../src/steward/tasks/tasks.ts';
import { onOneDatabase } from '../support/database.ts';
import { REPOSITORY } from '../support/governance.ts';
import { governedWorld, type GovernedWorld } from '../support/governed-world.ts';
import { LOGINS, ORG, STUDY, type World } from '../support/world.ts';

const NEW = 'new-study';
const ID = 70300;

onOneDatabase((open) => {
  let g: GovernedWorld;
  let world: World;
  afterEach(() => g.stop());

  async function begin(): Promise<void> {
    g = await governedWorld(await open());
    ({ world } = g);
    await plant(world.sandbox.state, {
      users: [{ login: 'new-here', id: 5550199 }],
      repos: [
        {
          ...{ owner: ORG, name: NEW, id: ID, private: true, files: { 'README.md': 'Ours.\n' } },
          collaborators: { [LOGINS.lead]: 'write', [LOGINS.stranger]: 'write' },
        },
        {
          ...{ owner: ORG, name: 'empty-study', id: ID + 1, private: true },
          collaborators: { [LOGINS.governor]: 'write' },
        },
      ],
    });
    await world.sandbox.state.idle();
  }
  /** As GitHub tells it when somebody adds a repository to the installation. */
  async function installed(): Promise<void> {
    const { state } = world.sandbox;
    const app = state.apps.named('sallyport')!;
    const [installation] = state.apps.of(app);
    state.apps.setRepositories(installation!, [REPOSITORY, 9001]);
    await world.settle();
    state.apps.setRepositories(installation!, 'all');
    await g.step();
  }
  const repo = () => world.repo(NEW);
  const pulls = () => world.sandbox.state.pulls.all(repo());
  const dashboard = (name = NEW) =>
    [...world.repo(name).issues.values()].find(({ title }) => title === 'Sallyport dashboard');
  async function filesOf(branch: string): Promise<Map<string, string>> {
    const store = world.sandbox.state.repos.git(repo());
    const commit = (await store.commitAt(store.branch(branch)!))!;
    const found = new Map<string, string>();
    for (const path of [
      ...['project.yaml', 'README.md', '.gitignore', 'analysis/generate.py', 'analysis/describe.py'],
      '.github/ISSUE_TEMPLATE/request-a-release.yml',
      '.github/workflows/ci.yml',
    ]) {
      const entry = await store.entry(commit.tree, path);
      if (entry) found.set(path, (await store.blob(entry.sha))!.toString('utf8'));
    }
    return found;
  }
  const actor = (login: string) => g.person(login);
  async function tick(login: string, button: string, name = NEW): Promise<void> {
    const issue = dashboard(name)!;
    const body = issue.body!.replace(`- [ ] <!-- ${button}`, `- [x] <!-- ${button}`);
    expect(tickedIn(body)).toHaveLength(1);
    world.sandbox.state.issues.edit(actor(login), world.repo(name), issue, { body });
    await g.step();
    await lookAtOnboarding(world.hub.room);
    await g.step();
  }
  const row = async () =>
    (await world.database.db.select().from(onboardings).where(eq(onboardings.repositoryId, ID)))[0];

  test('one pull request adds a skeleton that is accepted, leaves what is there, and is never opened twice', async () => {
    await begin();
    await installed();

    expect(pulls()).toHaveLength(1);
    const [pull] = pulls();
    expect(pull).toMatchObject({
      title: 'Add the skeleton of a study',
      pull: { head: 'sallyport/onboarding' },
    });
    const files = await filesOf('sallyport/onboarding');
    expect(files.get('README.md')).toBe('Ours.\n');
    expect([...files.keys()]).toContain('.github/ISSUE_TEMPLATE/request-a-release.yml');
    expect([...files.keys()].some((path) => path.includes('workflows'))).toBe(false);
    const { pipeline, diagnostics } = readProjectBytes(Buffer.from(files.get('project.yaml')!));
    expect(diagnostics).toEqual([]);
    expect(pipeline?.actions.map(({ name }) => name)).toEqual(['generate', 'describe']);
    expect([...files.values()].join()).not.toMatch(/__(?!pycache)[a-z_]+__/);
    expect(dashboard()?.body).toContain('waits in #');
    // Neither another installation, nor a look, nor a repository without a commit makes a second one.
    await installed();
    await lookAtOnboarding(world.hub.room);
    await g.step();
    expect(pulls()).toHaveLength(1);
    expect(world.sandbox.state.pulls.all(world.repo(STUDY))).toEqual([]);
  });

  test('a repository without a commit is left alone until it has one', async () => {
    await begin();
    await installed();
    const first = () => world.sandbox.state.pulls.all(world.repo('empty-study'));
    await lookAtOnboarding(world.hub.room);
    await g.step();
    expect(first()).toEqual([]);
    // With its first commit it can be offered one, when it is looked at the next day.
    await world.as('governor').push({ 'README.md': 'Begun.\n' }, { repo: 'empty-study' });
    await world.settle();
    await lookAtOnboarding(world.hub.room);
    await g.step();
    expect(first()).toEqual([]);
    // GitHub's clock and the steward's stay: what is older is the last look.
    await world.database.db.execute(sql`
      update settings set value = to_jsonb(value::text::bigint - ${days(1)}::bigint) where key like 'onboarding:%'`);
    await lookAtOnboarding(world.hub.room);
    await g.step();
    expect(first()).toHaveLength(1);
  });

  test('closed by a person it stays closed, until somebody who may ticks the box', async () => {
    await begin();
    await installed();
    world.sandbox.state.issues.edit(actor(LOGINS.lead), repo(), pulls()[0]!, { state: 'closed' });
    await g.step();
    await lookAtOnboarding(world.hub.room);
    await g.step();
    expect(pulls()).toHaveLength(1);
    expect((await row())?.state).toBe('closed');
    expect(dashboard()?.body).toContain('- [ ] <!-- onboard -->');

    await tick(LOGINS.stranger, 'onboard');
    expect(pulls()).toHaveLength(1);
    const said = world.sandbox.state.talk.comments(repo(), dashboard()!).map(({ body }) => body);
    expect(said).toEqual([expect.stringContaining('(run.not-in-organisation)')]);
    expect(dashboard()?.body).toContain('- [ ] <!-- onboard -->');
    await tick(LOGINS.lead, 'onboard');
    expect(pulls()).toHaveLength(2);
    expect(pulls()[1]).toMatchObject({ state: 'open', pull: { head: 'sallyport/onboarding-2' } });
    expect(tickedIn(dashboard()!.body!)).toEqual([]);
  });

  test('it is kept up to date while nobody changed it, and merged it is done', async () => {
    await begin();
    await installed();
    const store = () => world.sandbox.state.repos.git(repo());
    const before = store().branch('sallyport/onboarding');
    const images = (await g.text('images.yml')).replace(/version: v2/, 'version: v3');
    await g.push({ 'images.yml': images });
    await world.settle();
    await lookAtOnboarding(world.hub.room);
    await g.step();
    expect(store().branch('sallyport/onboarding')).not.toBe(before);
    expect((await filesOf('sallyport/onboarding')).get('project.yaml')).toContain(':v3');

    const theirs = await world
      .as('lead')
      .push({ 'project.yaml': '# ours\n' }, { repo: NEW, branch: 'sallyport/onboarding' });
    await g.push({ 'images.yml': images.replace('version: v3', 'version: v4') });
    await world.settle();
    await lookAtOnboarding(world.hub.room);
    await g.step();
    expect(store().branch('sallyport/onboarding')).toBe(theirs);
    await world.sandbox.state.pulls.merge(actor(LOGINS.lead), repo(), pulls()[0]!, { method: 'merge' });
    await g.step();
    expect((await row())?.state).toBe('merged');
    expect(dashboard()?.body).toContain('was merged in #');
  });

  test('the steward refuses what governance does not allow, whatever the hub asks', async () => {
    await begin();
    const parts = await g.steward();
    const ask = (payload: object) =>
      carryOut(parts, { id: 'a'.repeat(16), do: 'onboard', round: 1, askedAt: 0, payload });
    for (const [payload, code] of [
      [{ repository: ID, owner: 'somebody-else', round: 1 }, 'onboard.other-owner'],
      [{ repository: 9001, owner: ORG, round: 1 }, 'onboard.other-purpose'],
      [{ repository: 999_999, owner: ORG, round: 1 }, 'onboard.out-of-reach'],
      [{ repository: ID + 1, owner: ORG, round: 1 }, 'onboard.empty'],
      [{ repository: ID, owner: ORG, round: 1, files: [] }, 'steward.malformed-task'],
    ] as const)
      expect([payload, await ask(payload)]).toEqual([
        payload,
        expect.objectContaining({ outcome: 'refused', code }),
      ]);
    expect(await ask({ repository: REPOSITORY, owner: ORG, round: 1 })).toMatchObject({
      outcome: 'done',
      result: { state: 'not-needed' },
    });
    expect(pulls()).toEqual([]);
  });

  test('the dashboard of a study lists what is pending, and its boxes run what failed and check again', async () => {
    await begin();
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run extract');
    await world.settle();
    await lookAtDashboards(world.hub.room);
    await world.settle();
    const id = (await world.requests())[0]!;
    expect(dashboard(STUDY)?.body).toContain(`\`${id}\``);
    await world.agent().ends('extract', 'nonzero_exit');
    await world.settle();
    await lookAtDashboards(world.hub.room);
    await world.settle();
    expect(dashboard(STUDY)?.body).toContain(`<!-- rerun:${id} -->`);

    await tick(LOGINS.stranger, `rerun:${id}`, STUDY);
    expect(await world.requests()).toHaveLength(1);
    await tick(LOGINS.lead, `rerun:${id}`, STUDY);
    expect(await world.requests()).toHaveLength(2);
    expect(tickedIn(dashboard(STUDY)!.body!)).toEqual([]);
    const checks = () => world.runs('sallyport/project').length;
    const before = checks();
    await tick(LOGINS.lead, 'recheck', STUDY);
    expect(checks()).toBe(before + 1);
    // What nobody told us of is put right when everything is written again.
    dashboard(STUDY)!.body = 'gone';
    await queueEverything(world.hub.room);
    await world.settle();
    expect(dashboard(STUDY)?.body).toContain('What is pending');
    // Changed by hand, it is put back; an old ticked text that comes again does nothing.
    const held = dashboard(STUDY)!;
    world.sandbox.state.issues.edit(actor(LOGINS.lead), world.repo(STUDY), held, {
      body: 'mine now',
      state: 'closed',
    });
    await world.settle();
    expect(dashboard(STUDY)).toMatchObject({
      state: 'open',
      body: expect.stringContaining('What is pending'),
    });
    expect(await world.requests()).toHaveLength(2);
  });
});
