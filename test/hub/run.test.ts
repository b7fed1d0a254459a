/** A run on GitHub, from its comment to its end. */
import { afterEach, expect, test } from '@jest/globals';
import { onBothDatabases } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';

onBothDatabases((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('a run from comment to end: eyes, one comment edited in place, a check, one mention', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();

    world.as('lead').comment(issue, 'Please:\n/run model');
    await world.receive();
    expect(world.thread(issue)).toMatchInlineSnapshot(`
     "rowan-example:
     Please:
     /run model"
    `);
    await world.settle();
    expect(world.thread(issue)).toMatchInlineSnapshot(`
     "rowan-example (rocket):
     Please:
     /run model

     sallyport[bot]:
     <!-- sallyport:request:ID1 -->
     **Request \`ID1\`**: waiting: 0 of 2 jobs succeeded

     \`model\` on backend \`attainment\`, asked for by \`rowan-example\`
     commit [\`SHA1\`](GITHUB/northshire-research/study/commit/SHA1) of branch \`main\`

     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`extract\` | waiting: no agent of the backend is calling |  |  |
     | \`model\` | waiting for other jobs |  |  |

     Stop it with \`/cancel ID1\`. Outputs stay in the secure zone."
    `);
    expect(world.check('sallyport/run')).toMatchInlineSnapshot(`
     "sallyport/run ID1: queued
     waiting: 0 of 2 jobs succeeded
     \`model\` on backend \`attainment\`.
     Asked for by \`rowan-example\` at TIME; commit \`SHA1\` of branch \`main\`.

     Stop it with \`/cancel ID1\` in a comment. Outputs stay in the secure zone.
     --
     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`extract\` | waiting: no agent of the backend is calling |  |  |
     | \`model\` | waiting for other jobs |  |  |"
    `);

    await world.agent().starts('extract');
    await world.agent().ends('extract');
    await world.agent().ends('model', 'succeeded', { outputsWithheld: true });
    await world.settle();

    expect(world.thread(issue)).toMatchInlineSnapshot(`
     "rowan-example (rocket):
     Please:
     /run model

     sallyport[bot]:
     <!-- sallyport:request:ID1 -->
     **Request \`ID1\`**: succeeded: 2 of 2 jobs

     \`model\` on backend \`attainment\`, asked for by \`rowan-example\`
     commit [\`SHA1\`](GITHUB/northshire-research/study/commit/SHA1) of branch \`main\`

     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`extract\` | succeeded | TIME | DURATION |
     | \`model\` | succeeded; some files were withheld, see the viewer | TIME | DURATION |

     Outputs stay in the secure zone.

     sallyport[bot]:
     <!-- sallyport:ended:ID1 -->
     @rowan-example, request \`ID1\` on \`attainment\` has succeeded: 2 of 2 jobs."
    `);
    expect(world.check('sallyport/run')).toMatchInlineSnapshot(`
     "sallyport/run ID1: success
     succeeded: 2 of 2 jobs
     \`model\` on backend \`attainment\`.
     Asked for by \`rowan-example\` at TIME; commit \`SHA1\` of branch \`main\`.
     Ended at TIME, after DURATION.

     Outputs stay in the secure zone.
     --
     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`extract\` | succeeded | TIME | DURATION |
     | \`model\` | succeeded; some files were withheld, see the viewer | TIME | DURATION |"
    `);
    expect(world.runs('sallyport/run')).toHaveLength(1);
  });

  test('a failed run offers a button, and the button runs what failed', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run run_all --notify failure');
    await world.settle();
    await world.agent().ends('extract');
    await world.agent().ends('model', 'nonzero_exit');
    await world.settle();
    expect(world.check('sallyport/run')).toMatchInlineSnapshot(`
     "sallyport/run ID1: failure
     failed: 1 of 2 jobs succeeded
     \`run_all\` on backend \`attainment\`.
     Asked for by \`rowan-example\` at TIME; commit \`SHA1\` of branch \`main\`.
     Ended at TIME, after DURATION.

     Outputs stay in the secure zone.
     --
     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`extract\` | succeeded | TIME | DURATION |
     | \`model\` | failed: the program ended with an error | TIME | DURATION |
     [Re-run failed]"
    `);

    world.as('lead').press('sallyport/run', 'rerun_failed');
    await world.settle();
    await world.agent().ends('model');
    await world.settle();

    expect(world.check('sallyport/run')).toMatchInlineSnapshot(`
     "sallyport/run ID1: success
     succeeded: 1 of 1 job
     \`model\` on backend \`attainment\`.
     Asked for by \`rowan-example\` at TIME; commit \`SHA1\` of branch \`main\`.
     Ended at TIME, after DURATION.

     Outputs stay in the secure zone.
     --
     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`model\` | succeeded | TIME | DURATION |"
    `);
    expect(world.runs('sallyport/run')).toHaveLength(2);
    expect(world.commitThread(world.head())).toMatchInlineSnapshot(`
     "sallyport[bot]:
     <!-- sallyport:reply:70011:button:NSHORT -->
     @rowan-example, request \`ID1\` was made; the check \`sallyport/run ID1\` on this commit follows it.

     <details><summary>In answer to</summary>

     \`\`\`text
     Re-run failed
     \`\`\`

     </details>"
    `);
  });

  test('the button Run all runs everything at the commit it stands on, for who may', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();

    world.as('collaborator').press('sallyport/project', 'run_all');
    await world.settle();
    expect(await world.requests()).toEqual([]);
    expect(world.commitThread(world.head())).toMatchInlineSnapshot(`
     "sallyport[bot]:
     <!-- sallyport:reply:70011:button:NSHORT -->
     @ash-example: Your role in project "ns-2026-014" does not include running jobs. Ask its lead for the role developer. You are not granted backend "attainment". Ask the governance team to grant it in people.yml. You have no training on record. Send the governance team your certificate. You have no data access agreement on record. Ask the governance team for one. (run.role-missing)

     <details><summary>In answer to</summary>

     \`\`\`text
     Run all
     \`\`\`

     </details>"
    `);

    world.as('lead').press('sallyport/project', 'run_all');
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
    expect(world.run('sallyport/run').headSha).toBe(world.head());
  });

  test('cancelling stops what runs and drops what waits; the container has the last word', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run run_all');
    await world.settle();
    await world.agent().starts('extract');

    world.as('lead').comment(issue, '/cancel nonsense');
    world.as('lead').comment(issue, '/cancel');
    await world.settle();
    expect(world.thread(issue)).toMatchInlineSnapshot(`
     "rowan-example (rocket):
     /run run_all

     sallyport[bot]:
     <!-- sallyport:request:ID1 -->
     **Request \`ID1\`**: running: 0 of 2 jobs succeeded

     \`run_all\` on backend \`attainment\`, asked for by \`rowan-example\`
     commit [\`SHA1\`](GITHUB/northshire-research/study/commit/SHA1) of branch \`main\`

     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`extract\` | running; being stopped | TIME |  |
     | \`model\` | cancelled |  |  |

     Stop it with \`/cancel ID1\`. Outputs stay in the secure zone.

     rowan-example (confused):
     /cancel nonsense

     rowan-example (rocket):
     /cancel

     sallyport[bot]:
     <!-- sallyport:reply:70011:issue:N -->
     @rowan-example: "nonsense" is neither waiting nor running for a request of this conversation; nothing was cancelled. Name a request by its id, or see /status. (cancel.not-running)

     <details><summary>In answer to</summary>

     \`\`\`text
     /cancel nonsense
     \`\`\`

     </details>

     sallyport[bot]:
     <!-- sallyport:reply:70011:issue:N -->
     @rowan-example, in request \`ID1\`, \`model\` was cancelled and \`extract\` is being stopped.

     <details><summary>In answer to</summary>

     \`\`\`text
     /cancel
     \`\`\`

     </details>"
    `);
    const [run] = (await world.agent().tasks()).filter((task) => task.type === 'run');
    if (run) await world.agent().report(run, 'cancelled_by_user');
    await world.settle();

    expect(world.check('sallyport/run')).toMatchInlineSnapshot(`
     "sallyport/run ID1: cancelled
     cancelled: 0 of 2 jobs succeeded
     \`run_all\` on backend \`attainment\`.
     Asked for by \`rowan-example\` at TIME; commit \`SHA1\` of branch \`main\`.
     Ended at TIME, after DURATION.

     Outputs stay in the secure zone.
     --
     | action | state | started | took |
     | --- | --- | --- | --- |
     | \`extract\` | cancelled | TIME | DURATION |
     | \`model\` | cancelled |  |  |
     [Re-run failed]"
    `);
  });

  test('plan, status and help answer in one reply', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/plan model\n/status\n/help');
    await world.settle();
    expect(world.thread(issue)).toMatchInlineSnapshot(`
     "rowan-example (rocket):
     /plan model
     /status
     /help

     sallyport[bot]:
     <!-- sallyport:reply:70011:issue:N -->
     @rowan-example, \`/plan model\`: at commit \`SHA1\` of \`main\`, on backend \`attainment\`:

     1. \`extract\`: has never succeeded
     1. \`model\`: asked for, after \`extract\`

     \`/status\`: nothing has been run in this repository yet.

     \`/help\`: what you can write here, each at the start of a line:

     - \`/run <action…|run_all> [--backend b] [--force-deps] [--sha s] [--notify none|end|failure]\`: run actions on a backend
     - \`/cancel [id|action…]\`: stop a request or some of its actions; alone, your latest unfinished one here
     - \`/status\`: show the last requests of this repository
     - \`/plan <action…>\`: show what a run would do, without running it
     - \`/release <pattern…>\`: start a request to release the outputs that match
     - \`/workspace create <branch> --name <name> --purpose "why" [--notify none|end|failure]\`: give a branch a workspace with a name and a purpose
     - \`/archive [workspace|--all]\`: let a workspace, or all of the project, only be looked at: nothing more runs or is asked for in it
     - \`/member add @login lead|developer|collaborator --until 2027-02-28 --reason "why"\`: ask governance for a member of the project, or for more roles; /member end @login --reason "why" ends it
     - \`/project-status ongoing|postponed|retired|ongoing_linked|completed_linked|completed_awaiting [--reason "why"]\`: say how the project stands: under way, postponed, retired, completed
     - \`/help\`: show this list

     <details><summary>In answer to</summary>

     \`\`\`text
     /plan model
     /status
     /help
     \`\`\`

     </details>"
    `);
  });
});
