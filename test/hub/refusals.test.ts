import { afterEach, expect, test } from '@jest/globals';
import { eachDatabase } from '../support/database.ts';
import { governanceFiles } from '../support/governance.ts';
import { aWorld, ORG, type Role, type World } from '../support/world.ts';

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  /** The reply of the App to a comment on a new issue, without the quotation. */
  async function answerTo(role: Role, body: string, issue = world.as('lead').issue()): Promise<string> {
    world.as(role).comment(issue, body);
    await world.settle();
    const text = world.thread(issue);
    return text
      .slice(text.indexOf('sallyport[bot]'))
      .replace(/<details>[\s\S]*?<\/details>/g, '')
      .replace(/<!--.*?-->\n/g, '')
      .trim();
  }

  test('each person is refused for their own reason, and told what to do', async () => {
    world = await aWorld({ database: await open() });
    expect(await answerTo('collaborator', '/run model')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @ash-example: Your role in project "ns-2026-014" does not include running jobs. Ask its lead for the role developer. You are not granted backend "attainment". Ask the governance team to grant it in people.yml. You have no training on record. Send the governance team your certificate. You have no data access agreement on record. Ask the governance team for one. (run.role-missing)"
    `);
    expect(await answerTo('checker', '/run model')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @kim-example: You cannot write to this repository. Ask its administrators for write access. (run.no-write-access)"
    `);
    expect(await answerTo('stranger', '/run model')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @lee-example: You are not a member of the organisation that owns this repository. Ask its owners to invite you. (run.not-in-organisation)"
    `);
    expect(await answerTo('stranger', '/help')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @lee-example, what you can write here, each at the start of a line:

     - \`/help\`: show this list

     You are not a member of the organisation that owns this repository. Ask its owners to invite you. (run.not-in-organisation)"
    `);
    expect(await world.requests()).toEqual([]);
    expect(
      (await world.ledger())
        .filter((entry) => entry.type === 'refused')
        .map((entry) => entry.body['refusal']),
    ).toMatchInlineSnapshot(`
     [
       "run.role-missing",
       "run.no-write-access",
       "run.not-in-organisation",
     ]
    `);
  });

  test('what cannot be run is refused before anything is made', async () => {
    world = await aWorld({ database: await open() });
    expect(await answerTo('lead', '/run modle')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: "modle" is not an action of this project. Did you mean "model"? The actions are extract, model, run\\_all. (plan.unknown-action)"
    `);
    expect(await answerTo('lead', '/run model --fast')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: \\/run has no option "--fast". Write /run &lt;action…\\|run\\_all&gt; \\[--backend b\\] \\[--force-deps\\] \\[--sha s\\] \\[--notify none\\|end\\|failure\\]. (command.unknown-flag)"
    `);
    expect(await answerTo('lead', '/run model --backend nowhere')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: There is no backend "nowhere". This project may use attainment. (run.unknown-backend)"
    `);
    expect(await answerTo('lead', `/run model --sha ${'b'.repeat(40)}`)).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: Commit SHORT is not in this repository. Push it, or name another with --sha. (run.no-such-commit)"
    `);
    expect(await answerTo('lead', '/rnu model')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: \\/rnu is not a command. Did you mean /run? Write /run &lt;action…\\|run\\_all&gt; \\[--backend b\\] \\[--force-deps\\] \\[--sha s\\] \\[--notify none\\|end\\|failure\\]. (command.unknown)"
    `);
    expect(await answerTo('lead', '/cancel')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: Nothing is running or waiting here. See /status. (cancel.nothing)"
    `);
  });

  test('a branch that moved after the comment is not run; the commit can be named', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.fault({ kind: 'hold', next: 1, event: 'issue_comment.created' });
    world.as('lead').comment(issue, '/run model');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const sha = await world.as('lead').push({ 'notes.md': 'x' });
    await world.receive();
    world.sandbox.state.faults.release();
    await world.settle();
    expect(world.thread(issue)).toMatchInlineSnapshot(`
     "rowan-example (confused):
     /run model

     sallyport[bot]:
     <!-- sallyport:reply:70011:issue:N -->
     @rowan-example: Branch main has moved since the comment; it is now at SHORT. Look at it, then write the command again, or name the commit with --sha SHA1. (run.sha-moved)

     <details><summary>In answer to</summary>

     \`\`\`text
     /run model
     \`\`\`

     </details>"
    `);

    world.as('lead').comment(issue, `/run model --sha ${sha}`);
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
  });

  test('a commit that is on no branch of this repository is not run', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').branch('side');
    const sha = await world.as('lead').push({ 'notes.md': 'x' }, { branch: 'side' });
    await world.as('lead').force('side', null);
    await world.settle();
    expect(await answerTo('lead', `/run model --sha ${sha}`)).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: Commit SHORT is not on main of this repository. Name a commit that is on the branch, or push it there. (run.not-on-branch)"
    `);
    await world.as('lead').commentOnCommit(sha, '/run model');
    await world.settle();
    expect(world.commitThread(sha)).toMatchInlineSnapshot(`
     "rowan-example:
     /run model

     sallyport[bot]:
     <!-- sallyport:reply:70011:commit:N -->
     @rowan-example: Commit SHORT is on no branch of this repository. Push it to a branch; a workspace belongs to a branch. (run.on-no-branch)

     <details><summary>In answer to</summary>

     \`\`\`text
     /run model
     \`\`\`

     </details>"
    `);
  });

  test('a pull request runs its own head', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').branch('side');
    const sha = await world.as('lead').push({ 'notes.md': 'x' }, { branch: 'side' });
    const pull = await world.as('lead').pull('side');
    await world.settle();
    world.as('lead').comment(pull, '/run model');
    await world.settle();
    expect(world.run('sallyport/run').headSha).toBe(sha);
  });

  test('a closed issue takes no command', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').close(issue);
    expect(await answerTo('lead', '/run model', issue)).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: This issue is closed. Reopen it, or write the command on an open one. (command.closed)"
    `);
  });

  test('a login that has another owner now is nobody', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.sandbox.state.idle();
    const { state } = world.sandbox;
    const lead = state.people.user('rowan-example');
    const other = state.people.user('kim-example');
    if (lead && other) [lead.login, other.login] = ['somebody-else', 'rowan-example'];
    await world.settle();
    expect(await world.requests()).toEqual([]);
    expect(world.thread(issue)).toContain('(run.not-in-organisation)');
  });

  test('codelists that were changed stop a run that reads the database, and are marked on the commit', async () => {
    const study = {
      'project.yaml': (await import('../support/world.ts')).PROJECT_YAML,
      'query.sql': 'select 1',
      'dummy/rows.csv': 'a\n',
      'codelists/codelists.txt': 'org/smoking/v1\n',
      'codelists/codelists.json': JSON.stringify({
        files: { 'org-smoking.csv': { id: 'org/smoking/v1', sha: '0'.repeat(40) } },
      }),
      'codelists/org-smoking.csv': 'code\n1\n',
    };
    world = await aWorld({ database: await open(), study });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    expect(world.check('sallyport/codelists')).toMatchInlineSnapshot(`
     "sallyport/codelists: failure
     1 codelist fault
     The codelists differ from what was recorded, so no action that reads the database can run at this commit.

     - \`codelists/org-smoking.csv\`, line 1: The file "org-smoking.csv" is not what was downloaded: its content was changed. Download the codelists again, and commit codelists.txt, codelists.json and the CSV files together. Keep codelists of your own in "local\\_codelists". (codelists.changed)
     ! codelists/org-smoking.csv:1 failure codelists.changed: The file "org-smoking.csv" is not what was downloaded: its content was changed.
     Download the codelists again, and commit codelists.txt, codelists.json and the CSV files together. Keep codelists of your own in "local_codelists"."
    `);
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: The codelists at this commit differ from codelists.json, and extract reads the database. Update the codelists, push, and run again. (run.stale-codelists)"
    `);
  });

  test('what the project may not use is told with who can grant it', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').push({
      'query.sql': 'select * from exclusions',
      'project.yaml': (await import('../support/world.ts')).PROJECT_YAML.replace('python:v2', 'python:v9'),
    });
    await world.settle();
    expect(world.check('sallyport/access')).toMatchInlineSnapshot(`
     "sallyport/access: failure
     2 things are missing
     Images, backends and datasets against the permissions of project \`ns-2026-014\`.

     - \`extract\`: "extract" reads dataset "exclusions", which is not granted to project "ns-2026-014". Ask northshire-research/sp-data-stewards for "exclusions" at https://research.example.edu/permissions/exclusions. (access.dataset-not-granted)
     - \`model\`: The image python:v9 is not allowed here. Allowed: python:v2. (image.unknown)
     ! project.yaml:3 failure access.dataset-not-granted: "extract" reads dataset "exclusions", which is not granted to project "ns-2026-014".
     Ask northshire-research/sp-data-stewards for "exclusions" at https://research.example.edu/permissions/exclusions.
     ! project.yaml:9 failure image.unknown: The image python:v9 is not allowed here.
     Allowed: python:v2."
    `);
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: "extract" reads dataset "exclusions", which is not granted to project "ns-2026-014". Ask northshire-research/sp-data-stewards for "exclusions" at https://research.example.edu/permissions/exclusions. (access.dataset-not-granted)"
    `);
  });

  test('permissions that the organisation has not accepted are named', async () => {
    world = await aWorld({
      database: await open(),
      consent: {
        checks: 'write',
        contents: 'read',
        issues: 'write',
        metadata: 'read',
        pull_requests: 'read',
      },
    });
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: The App lacks permissions here that it needs: members: read. An owner of the organisation accepts them under Settings, GitHub Apps, Sallyport, "Review request". (app.consent-missing)"
    `);
    const health = (await (await fetch(`${world.hub.url}/healthz`)).json()) as {
      missing_permissions: { missing: string[] }[];
    };
    expect(health.missing_permissions.map((each) => each.missing)).toEqual([['members: read']]);

    const installation = [...world.sandbox.state.data.installations.values()][0];
    if (installation) world.sandbox.state.apps.accept(installation);
    await world.settle();
    expect(await answerTo('lead', '/plan model')).toContain('on backend `attainment`');
  });

  test('after ten refusals in an hour a person gets reactions only', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('checker').issue();
    for (let n = 0; n < 12; n += 1) world.as('checker').comment(issue, '/run model');
    await world.settle();
    const replies = world.sandbox.state.talk
      .comments(world.repo(), world.issueOf(issue))
      .filter((each) => each.app);
    expect(replies).toHaveLength(10);
    expect(world.thread(issue).match(/\(confused\)/g)).toHaveLength(12);
  });

  test('a repository that belongs to no project gets neutral checks and no run', async () => {
    const project = governanceFiles().get('projects/ns-2026-014.yml') ?? '';
    const governance = governanceFiles({
      'projects/ns-2026-014.yml': project.replace('id: 70011', 'id: 70099'),
    });
    world = await aWorld({ database: await open(), governance });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    expect(world.check('sallyport/access')).toMatchInlineSnapshot(`
     "sallyport/access: neutral
     This repository belongs to no project
     Ask the governance team to list it in the project, then re-run this check."
    `);
    expect(world.check('sallyport/dummy run')).toMatchInlineSnapshot(`
     "sallyport/dummy run: neutral
     This repository belongs to no project
     Ask the governance team to list it in the project, then re-run this check."
    `);
    expect(await answerTo('lead', '/run model')).toMatchInlineSnapshot(`
     "sallyport[bot]:
     @rowan-example: This repository belongs to no project. Ask the governance team to list it in the project. (run.no-project)"
    `);
    expect(ORG).toBe('northshire-research');
  });
});
