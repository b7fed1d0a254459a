import { afterEach, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { queueEverything } from '../../src/github/github.ts';
import { projectJsonSchema } from '../../src/pipeline/pipeline.ts';
import { deploymentFacts } from '../../src/skeleton/governed.ts';
import { DeploymentFacts } from '../../src/skeleton/skeleton.ts';
import { eachDatabase } from '../support/database.ts';
import { governanceFiles, PEOPLE } from '../support/governance.ts';
import { tidy } from '../support/tidy.ts';
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

  test('an entry that is an organisation, nobody, or somebody else on GitHub is a fault on its line', async () => {
    world = await aWorld({ database: await open() });
    await world.as('governor').branch('change', world.head('governance'), 'governance');
    const entry = (id: number, login: string): string =>
      `- {id: ${id}, login: ${login}, name: A Name, orgs: [riverside-university], until: 2127-08-31}\n`;
    const people = `${file('people.yml').trimEnd()}\n${entry(80001, 'northshire-research')}${entry(99999999, 'no-one')}`;
    const renamed = people.replace('login: ash-example', 'login: lee-exampel');
    await world.as('governor').push({ 'people.yml': renamed }, { repo: 'governance', branch: 'change' });
    await world.as('governor').pull('change', 'governance');
    await world.settle();
    const check = world.check('governance/valid', 'governance');
    expect(check).toContain('governance/valid: failure\nNot valid: 3 errors');
    for (const fault of [
      'The account 80001 is no person: GitHub calls it an organisation.',
      'GitHub knows no account with the id 99999999.',
      'is called "ash-example" on GitHub, not "lee-exampel".',
    ])
      expect(check.replaceAll('\u200b', '')).toContain(fault);
  });

  /** What the App wrote beneath a pull request of the governance repository. */
  const comments = (number: number): string[] => {
    const repo = world.repo('governance');
    const issue = repo.issues.get(number);
    return issue ? world.sandbox.state.talk.comments(repo, issue).map(({ body }) => tidy(body)) : [];
  };

  test('a pull request is planned in one comment, which follows its commits and what is in force', async () => {
    world = await aWorld({ database: await open() });
    await world.as('governor').branch('change', world.head('governance'), 'governance');
    const at = { repo: 'governance', branch: 'change' };
    const people = file('people.yml').replace('rowan@example.edu', 'rowan.private@example.org');
    const looser = file('policies.yml').replace(/csv_rows: \d+/, 'csv_rows: 9000');
    await world.as('governor').push({ 'people.yml': people, 'policies.yml': looser }, at);
    const pull = await world.as('governor').pull('change', 'governance');
    await world.settle();
    expect(comments(pull)).toEqual([expect.stringContaining('Compared with `SHORT`, which is in force.')]);
    expect(comments(pull)[0]).not.toContain('rowan.private');

    await world.as('governor').push({ 'people.yml': people.replace(/- \{id: 5550130.*\n/, '') }, at);
    await world.settle();
    expect(comments(pull)).toMatchInlineSnapshot(`
     [
       "<!-- sallyport:plan:1 -->
     ### Plan for \`SHORT\`

     **1 person leaves, 1 rule loosened, 3 changes.** Compared with \`SHORT\`, which is in force.

     #### People

     - **−** Lee Example (@​lee-example, 5550130) is registered, until 2127-08-31
     - **~** Person 5550101, commitEmails: \\["(address)"\\] instead of \\["(address)"\\]

     #### Policies

     - **~** Policies, outputs.csv\\_rows: 9000 instead of 5000 (loosened)

     Nothing of this acts before it is merged; then it acts at once. Zones with their own signers take what it ends at once, and 2 changes that give or loosen something after two signatures and 24 hours.",
     ]
    `);

    await world
      .as('governor')
      .push({ 'orgs.yml': '- {id: riverside-university, name: Riverside}\n' }, { repo: 'governance' });
    await world.settle();
    expect(comments(pull)).toEqual([expect.stringContaining('The default branch has moved on.')]);

    await world.as('governor').push({ 'teams.yml': '- {role: x}\n' }, at);
    await world.settle();
    expect(comments(pull)).toEqual([
      expect.stringContaining(
        'Nothing to plan: this version has 2 errors, each marked on its line by the check.',
      ),
    ]);
  });

  test('a plan that somebody deleted is written again, and a closed pull request keeps its last one', async () => {
    world = await aWorld({ database: await open() });
    await world.as('governor').branch('change', world.head('governance'), 'governance');
    await world
      .as('governor')
      .push({ 'policies.yml': 'closing_days: 3\n' }, { repo: 'governance', branch: 'change' });
    const pull = await world.as('governor').pull('change', 'governance');
    await world.settle();
    const [before] = comments(pull);
    const repo = world.repo('governance');
    repo.comments.clear();
    await queueEverything(world.hub.room);
    await world.settle();
    expect(comments(pull)).toEqual([before]);

    const issue = repo.issues.get(pull);
    expect(issue).toBeDefined();
    if (issue) issue.state = 'closed';
    await world.as('governor').push({ 'policies.yml': 'closing_days: 5\n' }, { repo: 'governance' });
    await world.settle();
    expect(comments(pull)).toEqual([before]);
  });

  test('a file of 5 MB is a fault of the pull request, by its name', async () => {
    world = await aWorld({ database: await open() });
    await world.as('governor').branch('change', world.head('governance'), 'governance');
    await world
      .as('governor')
      .push({ 'projects/huge.yml': 'x'.repeat(5_000_000) }, { repo: 'governance', branch: 'change' });
    await world.as('governor').pull('change', 'governance');
    await world.settle();
    expect(world.check('governance/valid', 'governance')).toContain(
      '! projects/huge.yml:1 failure governance.too-large: The file is larger than 2000000 characters.\nWrite one file for each project',
    );
  });

  test('editors find the schema of every file at an address that stays', async () => {
    world = await aWorld({ database: await open() });
    const get = (path: string) => fetch(`${world.hub.url}${path}`);
    const index = (await (await get('/schemas/governance')).json()) as Record<string, string>;
    expect(Object.keys(index)).toHaveLength(14);
    expect(index['people.yml']).toBe(`${world.hub.url}/schemas/governance/people.json`);
    for (const url of Object.values(index)) {
      const answer = await fetch(url);
      expect(answer.headers.get('content-type')).toContain('application/schema+json');
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(await answer.json()).toMatchObject({ $id: url });
    }
    const project = await get('/schemas/project.json');
    expect(project.headers.get('access-control-allow-origin')).toBe('*');
    expect(await project.json()).toEqual(projectJsonSchema(`${world.hub.url}/schemas/project.json`));
    // What "sallyport init --deployment" asks for, and as the steward knows it.
    const deployment = await get('/deployment.json');
    expect(deployment.headers.get('access-control-allow-origin')).toBe('*');
    expect(DeploymentFacts.parse(await deployment.json())).toEqual(
      deploymentFacts(world.hub.room.governance.current()!, world.clock.now()),
    );
    expect((await get('/schemas/governance/nothing.json')).status).toBe(404);
    expect((await get('/schemas/governance/constructor.json')).status).toBe(404);
  });

  test('every entry of the log fits its published schema, and its page says what it tells', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    world.as('lead').comment(issue, '/run modle');
    world.as('lead').comment(issue, '/cancel');
    world.as('stranger').comment(issue, '/run model');
    await world.settle();
    const get = (path: string) => fetch(`${world.hub.url}${path}`);
    const schema = await get('/schemas/ledger/entry.json');
    expect(schema.headers.get('content-type')).toContain('application/schema+json');
    expect(schema.headers.get('access-control-allow-origin')).toBe('*');
    const fits = new Ajv2020({ strict: false, validateFormats: false }).compile(
      (await schema.json()) as object,
    );
    const entries = await world.ledger();
    for (const entry of entries) expect([entry, fits(entry)]).toEqual([entry, true]);
    expect(new Set(entries.map(({ type }) => type))).toEqual(
      new Set(['policy', 'membership', 'grant', 'request', 'refused', 'job', 'key']),
    );
    expect(JSON.stringify(entries)).not.toMatch(/[a-z]@[a-z]+[.]/);

    while ((await numberLeaves(world.database.db)) > 0);
    expect(await (await get('/ledger')).text()).toContain('href="/schemas/ledger/entry.json"');
    const page = async (type: string, what: string): Promise<string> => {
      const place = entries.findIndex((entry) => entry.type === type && entry.body['what'] === what);
      const text = await (await get(`/ledger/${place}`)).text();
      return text
        .slice(text.indexOf('<dl'), text.indexOf('</dl>'))
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ');
    };
    expect(tidy(await page('membership', 'member'))).toMatch(
      /What Governance registered somebody.* Right Role in the project, lead, given Person rowan-example \(\d+\) Project ns-2026-014 Until 2127-\d\d-\d\d Reason .* Reference GOV-/,
    );
    expect(tidy(await page('grant', 'dataset'))).toContain(
      'Right Dataset, results, given Project ns-2026-014',
    );
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
    const entries = await world.ledger();
    const versions = entries.filter((entry) => entry.type === 'policy');
    expect(versions.map((entry) => entry.body['new'])).toEqual([expect.any(String), sha]);
    expect(versions[1]?.body).toMatchObject({
      old: versions[0]?.body['new'],
      tree: (await world.sandbox.state.repos.git(world.repo('governance')).commitAt(sha))?.tree,
      rights: { given: 0, ended: 1, changed: 0 },
    });
    expect(entries.at(-1)).toMatchObject({
      type: 'grant',
      subject: `person:${PEOPLE.lead}`,
      body: { event: 'ended', what: 'backend', name: 'attainment', until: '2127-08-31' },
    });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(world.thread(issue)).toContain('(run.backend-not-granted)');
  });
});
