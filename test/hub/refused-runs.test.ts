/** Why a run is refused where place and person are right: project, backend, governance, GitHub itself. */
import { afterEach, expect, test } from '@jest/globals';
import { eachDatabase } from '../support/database.ts';
import { sendAgain } from '../support/door.ts';
import { edited, governanceFiles } from '../support/governance.ts';
import { aWorld, type Role, type World } from '../support/world.ts';

const STUDY_PROJECT = 'projects/ns-2026-014.yml';

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  async function answerTo(role: Role, body: string): Promise<string> {
    const issue = world.as('lead').issue();
    world.as(role).comment(issue, body);
    await world.settle();
    return world.replies(issue).join('\n\n');
  }

  test('without a project.yaml, or with a faulty one, nothing is run', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').push({ 'project.yaml': null });
    await world.settle();
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(
      `"@rowan-example: There is no project.yaml at this commit. Add one to the top folder and push. (run.project-missing)"`,
    );
    await world.as('lead').push({ 'project.yaml': "version: '4.0'\nactions:\n  model: 1\n" });
    await world.settle();
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(
      `"@rowan-example: project.yaml has 1 error at this commit. See the check sallyport/project on the commit, correct them and push. (run.project-invalid)"`,
    );
    expect(await world.requests()).toEqual([]);
  });

  test('unknown backend: refused with those there are, also when there is none or more than one', async () => {
    const files = edited({
      [STUDY_PROJECT]: ['backends: [attainment]', 'backends: [attainment, rehearsal]'],
      'people.yml': [
        'backends: [{id: attainment, until: 2027-08-31}]',
        'backends: [{id: attainment, until: 2027-08-31}, {id: rehearsal, until: 2027-08-31}]',
      ],
    });
    world = await aWorld({ database: await open(), governance: files });
    expect(await answerTo('lead', '/run model --backend nowhere')).toMatchInlineSnapshot(
      `"@rowan-example: There is no backend "nowhere". This project may use attainment, rehearsal. (run.unknown-backend)"`,
    );
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(
      `"@rowan-example: You may use 2 backends here: attainment, rehearsal. Say which, for example --backend attainment. (run.which-backend)"`,
    );
    expect(await world.requests()).toEqual([]);
  });

  test('a project without a backend runs nowhere', async () => {
    const files = edited({ [STUDY_PROJECT]: ['backends: [attainment]', 'backends: []'] });
    world = await aWorld({ database: await open(), governance: files });
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(
      `"@rowan-example: No backend here is open to you and this project. Ask the governance team for a grant. (run.no-backend)"`,
    );
    expect(await answerTo('lead', '/help')).toMatchInlineSnapshot(`
     "@rowan-example, what you can write here, each at the start of a line:

     - \`/cancel [id|action…]\`: stop a request or some of its actions; alone, your latest unfinished one here
     - \`/status\`: show the last requests of this repository
     - \`/release <pattern…>\`: start a request to release the outputs that match
     - \`/workspace create <branch> --name <name> --purpose "why" [--notify none|end|failure]\`: give a branch a workspace with a name and a purpose
     - \`/archive [workspace|--all]\`: let a workspace, or all of the project, only be looked at: nothing more runs or is asked for in it
     - \`/member add @login lead|developer|collaborator --until 2027-02-28 --reason "why"\`: ask governance for a member of the project, or for more roles; /member end @login --reason "why" ends it
     - \`/project-status ongoing|postponed|retired|ongoing_linked|completed_linked|completed_awaiting [--reason "why"]\`: say how the project stands: under way, postponed, retired, completed
     - \`/help\`: show this list

     No backend here is open to you and this project. Ask the governance team for a grant. (run.no-backend)"
    `);
  });

  test('without a valid governance repository nobody is permitted anything', async () => {
    world = await aWorld({ database: await open(), governance: governanceFiles({ 'people.yml': '- 1\n' }) });
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(
      `"@rowan-example: No valid version of the governance repository is in use, so nobody can be permitted anything. Ask the people who run this deployment. (governance.unavailable)"`,
    );
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    expect(world.check('sallyport/access')).toMatchInlineSnapshot(`
     "sallyport/access: neutral
     No valid version of the governance repository is in use
     Wait a minute, then re-run this check. If it stays so, ask the people who run this deployment."
    `);
  });

  test('when GitHub does not say who may write, the answer is no; when it asks for patience, there is none yet', async () => {
    world = await aWorld({ database: await open() });
    world.fault({ kind: 'answer', next: 1, status: 410, path: 'memberships' });
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(
      `"@rowan-example: GitHub did not say whether you may write to this repository, and without an answer it is no. Try again in a few minutes. (run.access-unknown)"`,
    );

    const issue = world.as('lead').issue();
    world.fault({ kind: 'answer', next: 1, status: 403, retryAfter: 30, path: 'memberships' });
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(await world.requests()).toEqual([]);
    world.later(60_000);
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
  });

  test('a run in which nothing failed has nothing to run again', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    await world.agent().ends('extract');
    await world.agent().ends('model');
    await world.settle();
    world.as('lead').rerequest('sallyport/run');
    await world.settle();
    expect(world.commitThread(world.head())).toContain(
      '@rowan-example: No job of this request has failed. Use /run to run actions again. (run.nothing-failed)',
    );
    expect(await world.requests()).toHaveLength(1);
  });

  test('a check that bears the name of a request of another repository runs nothing', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    await world.agent().ends('extract', 'nonzero_exit');
    await world.settle();
    world.as('lead').press('sallyport/run', 'rerun_failed');
    await world.settle();
    const before = [await world.requests(), (await world.ledger()).length];

    type Pressed = { repository: { id: number } };
    await sendAgain<Pressed>(world, 'check_run', (payload) => (payload.repository.id = 70012));
    expect([await world.requests(), (await world.ledger()).length]).toEqual(before);
    expect(before[0]).toHaveLength(2);
  });

  test('help lists what this person may write here, and why not more', async () => {
    world = await aWorld({ database: await open() });
    expect(await answerTo('collaborator', '/help')).toMatchInlineSnapshot(`
     "@ash-example, what you can write here, each at the start of a line:

     - \`/status\`: show the last requests of this repository
     - \`/member end @ash-example --reason "why"\`: ask governance to end your own membership of the project
     - \`/help\`: show this list

     Your role in project "ns-2026-014" does not include running jobs. Ask its lead for the role developer. You are not granted backend "attainment". Ask the governance team to grant it in people.yml. You have no training on record. Send the governance team your certificate. You have no data access agreement on record. Ask the governance team for one. (run.role-missing)"
    `);
  });
});
