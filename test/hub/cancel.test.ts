import { afterEach, expect, test } from '@jest/globals';
import { eachDatabase } from '../support/database.ts';
import { edited } from '../support/governance.ts';
import { aWorld, lasting, type World } from '../support/world.ts';

/** The collaborator is a developer too, with everything real data asks for. */
const TWO_OWNERS = edited({
  'people.yml': [
    'login: ash-example, name: Ash Example,',
    'login: ash-example, name: Ash Example, training: {course: safe-researcher, passed: 2026-02-03, expires: 2029-02-03}, agreement: {ref: DAA-78, expires: 2027-08-31}, backends: [{id: attainment, until: 2027-08-31}],',
  ],
  'projects/ns-2026-014.yml': ['roles: [collaborator]', 'roles: [developer]'],
});

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  /** Action and state of every job, oldest first. */
  async function jobs(): Promise<string[]> {
    return (await world.jobs()).map(({ action, code }) => `${action}: ${code}`);
  }

  async function says(role: 'lead' | 'collaborator', issue: number, body: string): Promise<void> {
    world.as(role).comment(issue, body);
    await world.settle();
  }

  test('alone it stops the latest unfinished request that the person made in this conversation', async () => {
    world = await aWorld({ database: await open(), governance: TWO_OWNERS });
    const issue = world.as('lead').issue();
    const elsewhere = world.as('lead').issue();
    await says('lead', issue, '/run extract --notify none');
    await says('collaborator', issue, '/run model --notify none');
    await says('lead', elsewhere, '/cancel');
    expect(world.replies(elsewhere)).toMatchInlineSnapshot(`
     [
       "@rowan-example: Nothing is running or waiting here. See /status. (cancel.nothing)",
     ]
    `);

    await says('lead', issue, '/cancel');
    expect(await jobs()).toEqual(['extract: cancelled_by_user', 'model: dependency_failed']);
    expect(world.replies(issue)).toMatchInlineSnapshot(`
     [
       "@rowan-example, in request \`ID1\`, \`extract\` was cancelled.",
     ]
    `);
  });

  test('who has nothing running is told how to stop what others asked for', async () => {
    world = await aWorld({ database: await open(), governance: TWO_OWNERS });
    const issue = world.as('lead').issue();
    await says('lead', issue, '/run extract');
    await says('collaborator', issue, '/cancel');
    expect(world.replies(issue)).toMatchInlineSnapshot(`
     [
       "@ash-example: Nothing that you asked for is running or waiting here. To stop what others asked for, name it: /cancel ID1. (cancel.nothing)",
     ]
    `);
    const [id] = await world.requests();
    await says('collaborator', issue, `/cancel ${id}`);
    expect(await jobs()).toEqual(['extract: cancelled_by_user']);
  });

  test('when one of several may not be stopped by this person, none is', async () => {
    world = await aWorld({ database: await open(), governance: TWO_OWNERS });
    const issue = world.as('lead').issue();
    await says('lead', issue, '/run extract');
    await says('collaborator', issue, '/run model');
    // From now on they may stop only what is their own.
    const project = lasting(TWO_OWNERS).get('projects/ns-2026-014.yml') ?? '';
    await world
      .as('governor')
      .push(
        { 'projects/ns-2026-014.yml': project.replace('roles: [developer]', 'roles: [collaborator]') },
        { repo: 'governance' },
      );
    await world.settle();

    await says('collaborator', issue, '/cancel model extract');
    expect(world.replies(issue)).toMatchInlineSnapshot(`
     [
       "@ash-example: Only who asked for it, or a lead or developer of project "ns-2026-014", can cancel this. Ask one of them. (cancel.not-permitted)",
     ]
    `);
    expect((await jobs()).filter((job) => job.includes('cancelled'))).toEqual([]);

    await says('collaborator', issue, '/help');
    expect(world.replies(issue).at(-1)).toMatchInlineSnapshot(`
     "@ash-example, what you can write here, each at the start of a line:

     - \`/cancel [id|action…]\`: stop a request or some of its actions; alone, your latest unfinished one here
     - \`/status\`: show the last requests of this repository
     - \`/member end @ash-example --reason "why"\`: ask governance to end your own membership of the project
     - \`/help\`: show this list

     Your role in project "ns-2026-014" does not include running jobs. Ask its lead for the role developer. (run.role-missing)"
    `);
    await says('collaborator', issue, '/cancel model');
    expect((await jobs()).filter((job) => job.includes('cancelled'))).toEqual(['model: cancelled_by_user']);
  });

  test('a hub that dies between cancelling and saying so cancels nothing more, and says what it did', async () => {
    const database = await open();
    world = await aWorld({ database, governance: TWO_OWNERS });
    const issue = world.as('lead').issue();
    await says('lead', issue, '/run extract --notify none');
    await says('lead', issue, '/run model --notify none');
    world.as('lead').comment(issue, '/cancel');
    let dead = false;
    database.faults.at = (statement) => (dead ||= /update "commands"/.test(statement));
    await world.receive().catch(() => undefined);
    expect(dead).toBe(true);
    database.faults.at = undefined;
    await world.stopHub();
    await world.startHub();
    world.later(60_000);
    await world.settle();
    expect((await jobs()).filter((job) => job.includes('cancelled'))).toEqual(['model: cancelled_by_user']);
    expect(world.replies(issue)).toMatchInlineSnapshot(`
     [
       "@rowan-example, in request \`ID1\`, \`model\` was cancelled.",
     ]
    `);
  });
});
