/** A workspace that is archived, and a project that is completed: what is left of it, and what a lead says. */
import { afterEach, expect, test } from '@jest/globals';
import { lookAtCompletions, refreshGovernance } from '../../src/github/github.ts';
import { days, isoDay } from '../../src/lib/clock.ts';
import { NUMBERS } from '../deployments/here.ts';
import { onOneDatabase } from '../support/database.ts';
import { anIntake, type Intake } from '../support/intake.ts';
import { tidy } from '../support/tidy.ts';

onOneDatabase((open) => {
  let intake: Intake;
  afterEach(() => intake.world.stop());
  const say = async (role: 'lead' | 'collaborator' | 'stranger', text: string) => {
    const issue = intake.world.as('lead').issue();
    intake.world.as(role).comment(issue, text);
    await intake.world.settle();
    return intake.world.replies(issue).join('\n');
  };

  test('an archived workspace runs nothing more; only who works there asks for it, and only for their own', async () => {
    intake = await anIntake({ database: await open() });
    const { world } = intake;
    expect(await say('lead', '/archive')).toContain('(archive.none)');
    await say('lead', '/run model');
    expect(await world.requests()).toHaveLength(1);
    expect(await say('collaborator', '/archive')).toContain('(archive.not-allowed)');
    expect(await say('lead', '/archive elsewhere-main')).toContain('(archive.unknown)');
    expect(await say('lead', '/archive two words')).toContain('(archive.malformed)');
    expect(await say('lead', '/archive')).toContain('governance is asked to archive workspace `study-main`');
    expect(await say('lead', '/help')).toContain('/archive [workspace|--all]');

    const [pull = 0] = await intake.steward();
    expect(Object.values(intake.change(pull)).join()).toContain('archived:');
    await intake.merge(pull);
    expect(await say('lead', '/run model')).toContain('(run.workspace-archived)');
    const told = (await world.ledger()).filter(({ type }) => type === 'workspace');
    expect(told.map(({ subject, body }) => [subject, body])).toEqual([
      ['workspace:study-main', { event: 'archived', project: 'ns-2026-014' }],
    ]);
    expect(await say('lead', '/archive study-main')).toContain('(archive.already)');
    expect(await say('lead', '/archive --all')).toContain('(archive.none)');
    const long = `study-${'x'.repeat(64)}`;
    for (const name of ['study-one', long]) {
      await world.as('lead').branch(name);
      const made = await say('lead', `/workspace create ${name} --name ${name} --purpose "a table"`);
      expect(made).toContain('from now on');
    }
    expect(await say('lead', '/archive')).toContain('(archive.which)');
    expect(await say('lead', '/archive --all')).toContain(`to archive workspaces \`study-one\`, \`${long}\``);
    const [both = 0] = await intake.steward();
    expect(Object.values(intake.change(both)).join()).toContain(long);
    expect(await world.requests()).toHaveLength(2);
    expect((await world.jobs()).length).toBeGreaterThan(0);
  });

  test('a completed project has a checklist; a lead ticks what only they know, anybody else changes nothing', async () => {
    intake = await anIntake({ database: await open() });
    const { world } = intake;
    await say('lead', '/run model');
    const complete = (since: string, status = 'completed_linked') =>
      world.as('governor').push(
        {
          'projects/ns-2026-014.yml': intake
            .merged('projects/ns-2026-014.yml')
            .replace('status: ongoing', `status: ${status}\nstatus_since: ${since}`),
        },
        { repo: 'governance' },
      );
    const today = isoDay(world.clock.now());
    await complete(today);
    await world.settle();
    const list = () => {
      const found = [...world.repo().issues.values()].filter(({ title }) => title.startsWith('Completing'));
      expect(found).toHaveLength(1);
      return found[0]!;
    };
    const closes = isoDay(Date.parse(today) + days(NUMBERS.closingDays));
    expect(
      tidy(list().body ?? '')
        .replaceAll(today, 'TODAY')
        .replaceAll(closes, 'CLOSES'),
    ).toMatchInlineSnapshot(`
     "<!-- sallyport:completion:ns-2026-014 -->

     **Project \`ns-2026-014\`** is completed, linked since TODAY.

     Running and looking in the viewer end after **CLOSES**, whatever is ticked here.

     - [ ] <!-- item:purposes --> Every workspace says what it was for *(lead)* – nobody said it of \`study-main\`; say it in a comment here and tick it
     - [ ] <!-- item:texts --> Licence and README are there – missing: README of study, licence of study
     - [ ] <!-- item:papers --> Papers are linked, or there are none *(lead)* – none is on record; tick it if there are none
     - [x] <!-- item:outputs --> What was released is published, or declined for good
     - [ ] <!-- item:public --> The repository is public – private: study
     - [ ] <!-- item:ended --> Members and grants have ended – 2 people are still members; still granted: \`results\`

     5 of 6 left.

     <sub>What Sallyport can see it ticks itself, and puts back. The boxes marked *lead* are ticked by a lead of the project. To work on, a lead writes \`/project-status ongoing\`.</sub>"
    `);

    const edit = async (role: 'lead' | 'stranger', from: string, to: string) => {
      const issue = list();
      const body = (issue.body ?? '').replace(from, to);
      expect(body).not.toBe(issue.body);
      world.sandbox.state.issues.edit(intake.person(role), world.repo(), issue, { body });
      await world.settle();
    };
    const papers = (mark: string) => `- [${mark}] <!-- item:papers -->`;
    await edit('stranger', papers(' '), papers('x'));
    expect(list().body).toContain(papers(' '));
    await edit('lead', papers(' '), papers('x'));
    expect(list().body).toContain(papers('x'));
    await edit('lead', '- [ ] <!-- item:public -->', '- [x] <!-- item:public -->');
    expect(list().body).toContain('- [ ] <!-- item:public -->');

    // What is left is done, and the days of closing pass: nothing runs, and the issue is closed.
    await world
      .as('lead')
      .push({ 'README.md': '# Study\n', 'LICENSE.txt': 'MIT\n', 'project.yaml': 'version: 9\n' });
    world.repo().private = false;
    await world.settle();
    world.later(days(NUMBERS.closingDays + 1));
    expect(await say('lead', '/run model')).toContain('(run.project-closed)');
    await lookAtCompletions(world.hub.room);
    await world.settle();
    expect(list().body).toContain('1 of 6 left');
    expect(list().body).toContain('nobody said it of `study-main`');

    await complete(today, 'ongoing');
    await refreshGovernance(world.hub.room);
    await lookAtCompletions(world.hub.room);
    await world.settle();
    expect(list()).toMatchObject({ state: 'closed', stateReason: 'not_planned' });
  });
});
