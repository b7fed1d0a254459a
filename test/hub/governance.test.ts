import { afterEach, expect, test } from '@jest/globals';
import { eachDatabase } from '../support/database.ts';
import { governanceFiles } from '../support/governance.ts';
import { aWorld, lasting, type World } from '../support/world.ts';

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  const file = (path: string) => lasting(governanceFiles()).get(path) ?? '';

  test('a pull request on the governance repository says who gains and loses what', async () => {
    world = await aWorld({ database: await open() });
    await world.as('governor').branch('change', world.head('governance'), 'governance');
    const project = file('projects/ns-2026-014.yml')
      .replace(/ {2}- \{id: 5550102.*\n/, '')
      .replace('backends: [attainment]', 'backends: [attainment, rehearsal]');
    await world
      .as('governor')
      .push({ 'projects/ns-2026-014.yml': project }, { repo: 'governance', branch: 'change' });
    await world.as('governor').pull('change', 'governance');
    await world.settle();
    expect(world.check('governance/valid', 'governance')).toMatchInlineSnapshot(`
     "governance/valid: success
     Valid, 1 warning; 2 changes
     Compared with \`SHORT\`, which is in force.

     ### Gains

     - Project ns-2026-014 may use backend rehearsal

     ### Losses

     - Ash Example (@​ash-example, 5550102) is collaborator of project ns-2026-014, until 2127-02-28
     --
     - images.yml, line 4: An image without a digest can only run on backends with dummy data. (governance.image-without-digest)
     ! images.yml:4 warning governance.image-without-digest: An image without a digest can only run on backends with dummy data."
    `);
  });

  test('a broken version is marked on its line and never taken into use', async () => {
    world = await aWorld({ database: await open() });
    const before = world.hub.room.governance.current()?.commit;
    await world
      .as('governor')
      .push({ 'teams.yml': '- role: output_chequer\n  team: x\n  members: []\n' }, { repo: 'governance' });
    await world.settle();
    expect(world.check('governance/valid', 'governance')).toMatchInlineSnapshot(`
     "governance/valid: failure
     Not valid: 1 error, 1 warning
     This version cannot be taken into use; the one in force stays. Each fault is marked on its line.
     --
     - images.yml, line 4: An image without a digest can only run on backends with dummy data. (governance.image-without-digest)
     - teams.yml, line 1: "role" must be one of "platform\\_admin", "service\\_admin", "tech\\_support", "output\\_checker", "output\\_publisher", "repo\\_clearer", "deployment\\_operator", "governance". (governance.value)
     ! images.yml:4 warning governance.image-without-digest: An image without a digest can only run on backends with dummy data.
     ! teams.yml:1 failure governance.value: "role" must be one of "platform_admin", "service_admin", "tech_support", "output_checker", "output_publisher", "repo_clearer", "deployment_operator", "governance"."
    `);
    expect(world.hub.room.governance.current()?.commit).toBe(before);
  });

  test('a push to the default branch acts at once and is written into the ledger', async () => {
    world = await aWorld({ database: await open() });
    const people = file('people.yml').replace(
      'backends: [{id: attainment, until: 2127-08-31}]',
      'backends: []',
    );
    const sha = await world.as('governor').push({ 'people.yml': people }, { repo: 'governance' });
    await world.settle();
    expect(world.hub.room.governance.current()?.commit).toBe(sha);
    expect(
      (await world.ledger()).filter((entry) => entry.type === 'policy').map((entry) => entry.body['new']),
    ).toEqual([expect.any(String), sha]);
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(world.thread(issue)).toContain('(run.backend-not-granted)');
  });
});
