import { afterEach, expect, test } from '@jest/globals';
import { eachDatabase } from '../support/database.ts';
import { sendAgain } from '../support/door.ts';
import { aWorld, PROJECT_YAML, STUDY_FILES, type World } from '../support/world.ts';

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('edited comments, bots, and people who speak for others are not obeyed', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, 'Hello');
    await world.settle();
    type Spoken = {
      action: string;
      comment: { id: number; body: string; user: { id: number; type: string } };
      sender: { id: number; type: string };
    };
    const run = (payload: Spoken) => (payload.comment.body = '/run model');
    const changes: ((payload: Spoken) => unknown)[] = [
      (payload) => [run(payload), (payload.action = 'edited')],
      (payload) => [run(payload), (payload.comment.user.type = 'Bot'), (payload.sender.type = 'Bot')],
      (payload) => [run(payload), (payload.sender.id += 1)],
    ];
    for (const change of changes) await sendAgain<Spoken>(world, 'issue_comment', change);
    expect(await world.requests()).toEqual([]);
    expect(world.thread(issue)).not.toContain('sallyport[bot]');
  });

  test('checks of other Apps, unknown buttons and pull requests from forks are left alone', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').branch('side');
    await world.as('lead').push({ 'notes.md': 'x' }, { branch: 'side' });
    await world.as('lead').pull('side');
    await world.settle();
    world.as('lead').press('sallyport/project', 'run_all');
    await world.settle();
    const before = [await world.requests(), world.runs('').length];

    type Pressed = { check_run: { app: { id: number } }; requested_action: { identifier: string } };
    await sendAgain<Pressed>(world, 'check_run', (payload) => (payload.check_run.app.id = 1));
    type Pulled = { pull_request: { head: { sha: string; repo: { id: number } | null } } };
    await sendAgain<Pulled>(world, 'pull_request', (payload) => {
      const { head } = payload.pull_request;
      [head.sha, head.repo] = ['f'.repeat(40), null];
    });

    expect([await world.requests(), world.runs('').length]).toEqual(before);
    expect((await world.inbox()).every((row) => row.state === 'done')).toBe(true);
  });

  test('a reusable action runs the image that its own repository names, when its tag is on main', async () => {
    const project = PROJECT_YAML.replace(
      'python:v2 analysis/model.py',
      'tables:v1 analysis/model.py',
    ).replace('python:v2', 'x');
    world = await aWorld({
      database: await open(),
      study: { ...STUDY_FILES, 'project.yaml': project },
      actions: { tables: { 'action.yaml': 'run: python:v2 python /action/tables.py\n' } },
    });
    const { state } = world.sandbox;
    const actions = state.repos.find('northshire-actions', 'tables');
    if (!actions) throw new Error('no repository for the action');
    const tag = async (name: string, sha: string) =>
      state.repos.git(actions).setRef(`refs/tags/${name}`, sha);
    await tag('v1', state.repos.git(actions).branch('main') ?? '');
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    expect(world.check('sallyport/access')).toContain('sallyport/access: success');

    await world.as('lead').push({ 'project.yaml': project.replace('tables:v1', 'tables:v2') });
    await world.settle();
    expect(world.check('sallyport/access')).toMatchInlineSnapshot(`
     "sallyport/access: failure
     1 thing is missing
     Images, backends and datasets against the permissions of project \`ns-2026-014\`.

     - \`model\`: Action "model", image "tables:v2": the reusable action "tables" has no version "v2". Use one of its tags in the first word of "run". (reusable.no-version)
     ! project.yaml:9 failure reusable.no-version: Action "model", image "tables:v2": the reusable action "tables" has no version "v2".
     Use one of its tags in the first word of "run"."
    `);
  });

  test('a newer push ends the dummy run of the older one', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    const old = world.run('sallyport/dummy run');
    await world.as('lead').push({ 'notes.md': 'y' });
    await world.settle();
    expect([old.status, old.conclusion]).toEqual(['completed', 'cancelled']);
    expect(world.run('sallyport/dummy run').status).toBe('queued');
  });
});
