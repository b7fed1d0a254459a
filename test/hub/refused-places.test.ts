/** Where a command may not be done: places, branches and commits. */
import { afterEach, expect, test } from '@jest/globals';
import { eachDatabase } from '../support/database.ts';
import { sendAgain } from '../support/door.ts';
import { aWorld, type World } from '../support/world.ts';

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('a pull request from a fork is not run, nor one whose fork is gone', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').branch('side');
    await world.as('lead').push({ 'notes.md': 'x' }, { branch: 'side' });
    const pull = await world.as('lead').pull('side');
    // The stand-in has no forks; only GitHub's answer is another.
    const { present } = world.sandbox.state;
    const real = present.pull.bind(present);
    for (const repo of [{ id: 70099 }, null]) {
      present.pull = (...asked) => {
        const answer = real(...asked);
        return { ...answer, head: { ...(answer['head'] as object), repo } };
      };
      world.as('lead').comment(pull, '/run model');
      await world.settle();
    }
    expect(await world.requests()).toEqual([]);
    const replies = world.replies(pull);
    expect(replies).toEqual([replies[0], replies[0]]);
    expect(replies[0]).toMatchInlineSnapshot(
      `"@rowan-example: This pull request comes from another repository, and only commits of this one are run. Push the branch to this repository. (run.fork)"`,
    );
  });

  test('a locked issue takes no command', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.issueOf(issue).locked = true;
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(world.replies(issue)).toMatchInlineSnapshot(`
     [
       "@rowan-example: This issue is locked. Write the command on one that is not. (command.locked)",
     ]
    `);
    expect(await world.requests()).toEqual([]);
  });

  test('a pull request whose branch is gone is not run', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').branch('side');
    await world.as('lead').push({ 'notes.md': 'x' }, { branch: 'side' });
    const pull = await world.as('lead').pull('side');
    await world.settle();
    world.as('lead').comment(pull, '/run model');
    await world.sandbox.state.idle();
    await world.as('lead').force('side', null);
    await world.settle();
    expect(world.replies(pull)).toMatchInlineSnapshot(`
     [
       "@rowan-example: Branch side no longer exists. Push it again. (run.branch-gone)",
     ]
    `);
  });

  test('a branch whose push was never heard of is not run when it may have moved after the comment', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    const heard = await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();

    world.as('lead').comment(issue, '/run model');
    await world.sandbox.state.idle();
    world.fault({ kind: 'vanish', next: 1, event: 'push' });
    await world.as('lead').push({ 'notes.md': 'y' });
    world.repo().pushedAt += 60_000;
    await world.settle();
    expect(world.replies(issue)[0]).toContain('Branch main has moved since the comment');
    expect(world.replies(issue)[0]).toContain('(run.sha-moved)');

    // Moved back to a commit that was the head before.
    await world.as('lead').push({ 'notes.md': 'z' });
    await world.settle();
    const other = world.as('lead').issue();
    world.as('lead').comment(other, '/run model');
    await world.sandbox.state.idle();
    world.fault({ kind: 'vanish', next: 1, event: 'push' });
    await world.as('lead').force('main', heard);
    world.repo().pushedAt += 60_000;
    await world.settle();
    expect(world.replies(other)[0]).toContain('(run.sha-moved)');
    expect(await world.requests()).toEqual([]);
  });

  test('a branch whose push was never heard of is run when nothing was pushed since the comment', async () => {
    world = await aWorld({ database: await open() });
    world.fault({ kind: 'vanish', next: 1, event: 'push' });
    const sha = await world.as('lead').push({ 'notes.md': 'x' });
    world.repo().pushedAt -= 60_000;
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(world.run('sallyport/run').headSha).toBe(sha);
  });

  test('force-pushed branch: what was asked for stays pinned to its commit, and the commit cannot be asked for again', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').branch('side');
    const before = world.head();
    const sha = await world.as('lead').push({ 'notes.md': 'x' }, { branch: 'side' });
    const pull = await world.as('lead').pull('side');
    await world.settle();
    world.as('lead').comment(pull, '/run model');
    await world.settle();
    await world.as('lead').force('side', before);
    await world.settle();

    const [task] = (await world.agent().tasks()).filter((each) => each.type === 'run');
    expect(task?.type === 'run' && task.commit).toBe(sha);
    expect(world.run('sallyport/run').headSha).toBe(sha);

    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, `/run model --sha ${sha}`);
    await world.as('lead').commentOnCommit(sha, '/run model');
    await world.settle();
    expect(world.replies(issue)[0]).toContain('(run.not-on-branch)');
    expect(world.commitThread(sha)).toContain('(run.on-no-branch)');
    expect(await world.requests()).toHaveLength(1);
  });

  test('missing commit: a command that names it is refused, a push of it is parked, and nothing else waits for it', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    const missing = 'b'.repeat(40);
    world.as('lead').comment(issue, `/run model --sha ${missing}`);
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    expect(world.replies(issue)[0]).toContain('Commit SHORT is not in this repository.');
    expect(world.replies(issue)[0]).toContain('(run.no-such-commit)');

    await sendAgain<{ after: string }>(world, 'push', (payload) => (payload.after = missing));
    const parked = await world.outbox('parked');
    expect(new Set(parked.map((each) => each.topic))).toEqual(new Set(['check']));
    expect(parked.every((each) => /^422 /.test(each.lastError ?? ''))).toBe(true);

    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
  });

  test('repository deleted: what it still asked for is answered nowhere, kept, and stops nobody else', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    world.as('lead').comment(issue, '/cancel');
    await world.sandbox.state.idle();
    world.sandbox.state.repos.remove(world.repo());
    await world.settle();

    expect((await world.inbox()).every((row) => row.state === 'done')).toBe(true);
    expect(await world.outbox('pending')).toEqual([]);
    const parked = await world.outbox('parked');
    expect(parked.length).toBeGreaterThan(0);
    expect(parked.every((each) => /^40[34] /.test(each.lastError ?? ''))).toBe(true);
    // Done and on the record all the same.
    const events = (await world.ledger()).map((entry) => entry.body['event']);
    expect(events).toContain('cancelled');
    expect(await world.agent().tasks()).toEqual([]);

    await world.as('governor').push({ 'README.md': 'x' }, { repo: 'governance' });
    await world.settle();
    expect(world.run('governance/valid', 'governance').conclusion).toBe('success');
  });
});
