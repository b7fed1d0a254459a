/** Who somebody is, is a number: logins come and go. */
import { afterEach, expect, test } from '@jest/globals';
import { onOneDatabase } from '../support/database.ts';
import { governanceFiles, PEOPLE } from '../support/governance.ts';
import { aWorld, lasting, type World } from '../support/world.ts';

onOneDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('a person who is called otherwise keeps rights and history, and the version that changes their role is in the ledger', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    const user = world.sandbox.state.people.user('rowan-example');
    user!.login = 'rowan-the-second';
    const again = { kind: 'person' as const, user: user! };
    world.sandbox.state.talk.comment(again, world.repo(), world.issueOf(issue), '/cancel');
    await world.settle();

    const mine = (await world.ledger()).filter(({ actor }) => actor === `person:${PEOPLE.lead}`);
    // What the old name asked for is the new one's to cancel.
    expect(mine.map(({ type }) => type)).toEqual(expect.arrayContaining(['request']));
    expect((await world.jobs()).map(({ code }) => code)).toEqual(
      (await world.jobs()).map(() => 'cancelled_by_user'),
    );
    expect(JSON.stringify(mine)).not.toMatch(/rowan/);

    const path = 'projects/ns-2026-014.yml';
    const project = (lasting(governanceFiles()).get(path) ?? '').replace(
      '[lead, developer]',
      '[collaborator]',
    );
    const sha = await world.as('governor').push({ [path]: project }, { repo: 'governance' });
    await world.settle();
    const versions = (await world.ledger()).filter(({ type }) => type === 'policy');
    expect(versions.at(-1)?.body).toMatchObject({ new: sha });
    world.sandbox.state.talk.comment(again, world.repo(), world.issueOf(issue), '/run model');
    await world.settle();
    expect(world.thread(issue)).toContain('(run.role-missing)');
  });
});
