/** The check of a push whose results an agent found fresh: what it is told, what it may say, and what the page shows. */
import { afterEach, expect, test } from '@jest/globals';
import { eachDatabase } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  const mayReuse = async (): Promise<(true | undefined)[]> =>
    (await world.agent('rehearsal').tasks()).map((task) => (task.type === 'run' ? task.reuse : undefined));

  test('the check says what was reused, from which commit, and why the others ran', async () => {
    world = await aWorld({ database: await open() });
    const before = world.head();
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    expect(await mayReuse()).toEqual([true]);
    const agent = world.agent('rehearsal');
    await agent.ends('extract', 'succeeded', {
      reuse: { from: { commit: before, request: '8f3k8f3k8f3k8f3k' } },
    });
    const names = ['analysis/model.py', '| `x` @all <img src=x> [a](https://evil.example)'];
    await agent.ends('model', 'succeeded', {
      reuse: { because: [{ kind: 'code', names }, { kind: 'image' }] },
    });
    await world.settle();

    expect(world.check('sallyport/dummy run')).toMatchInlineSnapshot(`
     "sallyport/dummy run: success
     succeeded: 2 of 2 jobs, 1 of them reused
     The whole pipeline on dummy data on backend \`rehearsal\`.
     Asked for by \`rowan-example\` at TIME; commit \`SHA1\` of branch \`main\`.
     Ended at TIME, after DURATION.
     --
     | action | state | started | took | why |
     | --- | --- | --- | --- | --- |
     | \`extract\` | succeeded | TIME | DURATION | nothing that matters changed: reused from commit \`SHORT\`, run \`ID1\` |
     | \`model\` | succeeded | TIME | DURATION | \`analysis/model.py\`, \`\`\\| \`x\` @all <img src=x> [a](https://evil.example)\`\` changed; its image changed |"
    `);
  });

  test('who asks for the check once more wants to see it run', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    await world.agent('rehearsal').ends('extract', 'nonzero_exit');
    await world.settle();
    world.as('lead').rerequest('sallyport/dummy run');
    await world.settle();
    expect(await mayReuse()).toEqual([undefined]);
  });

  test('a run that a person asks for reuses nothing, and an agent of real data cannot say that it did', async () => {
    world = await aWorld({ database: await open() });
    world.as('lead').comment(world.as('lead').issue(), '/run model');
    await world.settle();
    const [task] = await world.agent().tasks();
    expect(task).not.toHaveProperty('reuse');
    const from = { commit: world.head(), request: '8f3k8f3k8f3k8f3k' };
    await world.agent().ends('extract', 'succeeded', { reuse: { from } });
    await world.settle();
    // Taken for the end of a job, and for nothing else.
    expect(world.check('sallyport/run')).not.toContain('reused');
    expect(world.check('sallyport/run')).toContain('| `extract` |');
  });
});
