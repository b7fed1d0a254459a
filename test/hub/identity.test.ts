/** Who somebody is, is a number: logins come and go. */
import { afterEach, expect, test } from '@jest/globals';
import { onOneDatabase } from '../support/database.ts';
import { governanceFiles, PEOPLE, PROJECT } from '../support/governance.ts';
import { aWorld, lasting, type World } from '../support/world.ts';

type Leaf = Awaited<ReturnType<World['ledger']>>[number];

onOneDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('a person who is called otherwise keeps rights and history, and each change of their roles is in the ledger', async () => {
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
    const leaves = (await world.ledger()) as (Leaf & { policy_commit: string })[];
    const changes = leaves.filter(
      ({ type, policy_commit }) => type === 'membership' && policy_commit === sha,
    );
    expect(changes.map(({ body }) => `${String(body['event'])} ${String(body['name'])}`).sort()).toEqual([
      'ended developer',
      'ended lead',
      'given collaborator',
    ]);
    for (const { body } of changes)
      expect(body).toMatchObject({ person: { id: PEOPLE.lead }, project: PROJECT });
    world.sandbox.state.talk.comment(again, world.repo(), world.issueOf(issue), '/run model');
    await world.settle();
    expect(world.thread(issue)).toContain('(run.role-missing)');
  });
});
