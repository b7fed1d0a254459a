/** What a run shows where it is asked for: on a commit, of real data, of dummy data, and when there is nothing to do. */
import { afterEach, expect, test } from '@jest/globals';
import { eachDatabase } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('on a commit the App can neither react nor edit: it replies once, and the check follows', async () => {
    world = await aWorld({ database: await open() });
    const sha = await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    await world.as('lead').commentOnCommit(sha, '/run model');
    await world.settle();
    await world.agent().ends('extract');
    await world.agent().ends('model');
    await world.settle();
    expect(world.commitThread(sha)).toMatchInlineSnapshot(`
     "rowan-example:
     /run model

     sallyport[bot]:
     <!-- sallyport:reply:70011:commit:N -->
     @rowan-example, request \`ID1\` was made; the check \`sallyport/run ID1\` on this commit follows it.

     <details><summary>In answer to</summary>

     \`\`\`text
     /run model
     \`\`\`

     </details>

     sallyport[bot]:
     <!-- sallyport:ended:ID1 -->
     @rowan-example, request \`ID1\` on \`attainment\` has succeeded: 2 of 2 jobs."
    `);
  });

  test('a run of what has succeeded is nothing to do, and says so', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run run_all --notify none');
    await world.settle();
    await world.agent().ends('extract');
    await world.agent().ends('model');
    await world.settle();
    const other = world.as('lead').issue();
    world.as('lead').comment(other, '/run run_all');
    await world.settle();
    await world.as('lead').commentOnCommit(world.head(), '/run run_all');
    await world.settle();
    expect(world.commitThread(world.head())).toContain('nothing to do: every action has succeeded');
    expect(world.thread(other)).toMatchInlineSnapshot(`
     "rowan-example (rocket):
     /run run_all

     sallyport[bot]:
     <!-- sallyport:request:ID1 -->
     **Request \`ID1\`**: nothing to do: every action has succeeded or is already on its way

     \`run_all\` on backend \`attainment\`, asked for by \`rowan-example\`
     commit [\`SHA1\`](GITHUB/northshire-research/study/commit/SHA1) of branch \`main\`

     Outputs stay in the secure zone."
    `);
  });

  test('of a run on real data a hostile agent gets nothing onto a page but what the list of states holds', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    await world.agent().ends('extract');
    const secret = { logTail: 'SECRET', state: 'nonzero_exit' as const };
    await world
      .agent()
      .ends('model', 'nonzero_exit', secret)
      .catch(() => undefined);
    await world
      .agent()
      .ends('model', 'SECRET' as never)
      .catch(() => undefined);
    await world
      .agent()
      .ends('model', 'prepare_failed', { reason: 'SECRET' as never })
      .catch(() => undefined);
    await world.settle();
    const pages = [world.thread(issue), world.check('sallyport/run'), JSON.stringify(await world.ledger())];
    expect(pages.join()).not.toContain('SECRET');
    expect(pages[1]).toContain('failed: a fault in Sallyport');
  });

  test('a dummy run shows the end of the log in a fence that the log cannot close', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    await world.agent('rehearsal').ends('extract');
    const log = `${'old line\n'.repeat(60)}\`\`\`\`\n/run model\n\u202Etxt\u001b[31m`;
    await world.agent('rehearsal').ends('model', 'nonzero_exit', { exitCode: 1, logTail: log });
    await world.settle();
    expect(world.check('sallyport/dummy run')).toMatchInlineSnapshot(`
     "sallyport/dummy run: failure
     failed: 1 of 2 jobs succeeded
     The whole pipeline on dummy data on backend \`rehearsal\`.
     Asked for by \`rowan-example\` at TIME; commit \`SHA1\` of branch \`main\`.
     Ended at TIME, after DURATION.
     --
     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`extract\` | succeeded | TIME | DURATION |
     | \`model\` | failed: the program ended with an error (exit code 1) | TIME | DURATION |

     Last lines of \`model\`:

     \`\`\`\`\`text
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     old line
     \`\`\`\`
     /run model
     txt[31m
     \`\`\`\`\`"
    `);
  });
});
