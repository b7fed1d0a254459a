import { afterEach, expect, jest, test } from '@jest/globals';
import { sweepDeliveries, queueEverything, sendOne } from '../../src/github/github.ts';
import { hours, minutes, seconds } from '../../src/lib/clock.ts';
import { eachDatabase } from '../support/database.ts';
import { knock } from '../support/door.ts';
import { aWorld, type World } from '../support/world.ts';

const ALL_BUT_DATE = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

eachDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('the door takes signed deliveries only', async () => {
    world = await aWorld({ database: await open() });
    expect((await knock(world, '{}')).status).toBe(202);
    expect((await knock(world, '{}', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })).status).toBe(
      401,
    );
    expect((await knock(world, '{}', { 'x-hub-signature-256': '' })).status).toBe(401);
    expect((await knock(world, '{}', { 'x-github-delivery': '' })).status).toBe(400);
    expect((await knock(world, '{}', { 'x-github-event': '../x' })).status).toBe(400);
  });

  test('a 26 MB payload is refused, what GitHub can send is taken, and nothing is lost', async () => {
    world = await aWorld({ database: await open() });
    const MB = 1024 * 1024;
    const sizes = [26 * MB, 25 * MB + 1, 25 * MB, 26_000_000];
    const answers: unknown[] = [];
    for (const size of sizes) {
      const answer = await knock(world, Buffer.alloc(size, 32));
      answers.push([answer.status, await answer.json()]);
    }
    const taken = [202, { message: 'stored' }];
    const refused = [413, { message: 'A delivery may hold at most 25 MB' }];
    expect(answers).toEqual([refused, refused, taken, taken]);
    await world.receive();
    expect((await world.inbox()).map(({ state, lastError }) => `${state}: ${lastError}`)).toEqual(
      Array(2).fill('parked: payload.malformed: not JSON'),
    );

    // The next one finds the door as it was.
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
  });

  test('a malformed payload is kept with its reason and harms nothing', async () => {
    world = await aWorld({ database: await open() });
    await knock(world, '{"ref":');
    await knock(world, '[1,2]', { 'x-github-delivery': '0f0e0d0c-0000-0000-0000-000000000003' });
    await world.receive();
    expect((await world.inbox()).map(({ state, lastError }) => `${state}: ${lastError?.slice(0, 40)}`))
      .toMatchInlineSnapshot(`
     [
       "parked: payload.malformed: not JSON",
       "parked: payload.malformed: : invalid_type",
     ]
    `);
  });

  test('a delivery that comes twice is done once', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.fault({ kind: 'duplicate', next: 3 });
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
    expect(world.runs('sallyport/run')).toHaveLength(1);
    expect(world.thread(issue).match(/sallyport:request/g)).toHaveLength(1);
  });

  test('a delivery that got lost is asked for again, also one that left no failure code', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.fault({ kind: 'drop', next: 1, event: 'issue_comment.created' });
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    expect(await world.requests()).toEqual([]);

    expect(await sweepDeliveries(world.hub.room)).toBe(1);
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
    expect(await sweepDeliveries(world.hub.room)).toBe(0);
  });

  test('one that goes on failing is asked for later and later, for days, and done once', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    const { apps } = world.sandbox.state;
    const [app] = [...world.sandbox.state.data.apps.values()];
    const door = app?.webhook;
    if (!app || !door) throw new Error('the App has no webhook');
    apps.setWebhook(app, { ...door, url: 'http://127.0.0.1:9/webhooks' });
    world.as('lead').comment(issue, '/run model');
    await world.sandbox.state.idle();

    const asked: number[] = [];
    for (const later of [0, 0, ...Array.from({ length: 8 }, () => 3)]) {
      world.later(hours(later));
      asked.push(await sweepDeliveries(world.hub.room));
      await world.sandbox.state.idle();
    }
    // At once, and not twice at once; and for a day, however often it failed.
    expect(asked).toEqual([1, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(await world.requests()).toEqual([]);

    apps.setWebhook(app, door);
    world.later(hours(1));
    expect(await sweepDeliveries(world.hub.room)).toBe(1);
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
    expect(await sweepDeliveries(world.hub.room)).toBe(0);
  });

  test('a hub that dies between receiving and acting acts when it is back', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.sandbox.state.idle();
    await world.stopHub();
    await world.startHub();
    await world.settle();
    expect(await world.requests()).toHaveLength(1);
  });

  test('GitHub answering 502 is asked again, and nothing is made twice', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.fault({ kind: 'answer', next: 2, status: 502, path: 'check-runs|comments' });
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    for (let n = 0; n < 3; n += 1) {
      world.later(minutes(1));
      await world.settle();
    }
    expect(world.runs('sallyport/run')).toHaveLength(1);
    expect(world.thread(issue).match(/sallyport:request/g)).toHaveLength(1);
    expect(await world.outbox('parked')).toEqual([]);
  });

  test('eyes show that a command was heard, also while GitHub keeps us from deciding it', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.fault({ kind: 'answer', next: 1, status: 502, path: 'memberships' });
    const comment = world.as('lead').comment(issue, '/run model');
    await world.receive();
    await world.send();
    expect(world.reactions(comment)).toBe('eyes');

    world.later(minutes(1));
    await world.settle();
    expect(world.reactions(comment)).toBe('rocket');
  });

  test('an effect whose answer was lost is found again instead of made twice', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.fault({ kind: 'after-effect', next: 1, method: 'POST', path: 'check-runs$' });
    world.fault({ kind: 'after-effect', next: 1, method: 'POST', path: 'issues/\\d+/comments$' });
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    for (let n = 0; n < 4; n += 1) {
      world.later(minutes(1));
      await world.settle();
    }
    expect(world.runs('sallyport/run')).toHaveLength(1);
    expect(world.thread(issue).match(/sallyport:request/g)).toHaveLength(1);
  });

  test('a hub that dies between making a check and noting it finds the check when it is back', async () => {
    const database = await open();
    world = await aWorld({ database });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.receive();
    let dead = false;
    database.faults.at = (statement) => (dead ||= /update "github_objects"/.test(statement));
    await expect(world.send()).rejects.toThrow();
    database.faults.at = undefined;
    await world.stopHub();
    await world.startHub();

    world.later(minutes(1));
    await world.settle();
    expect(world.runs('sallyport/run')).toHaveLength(1);
    expect(world.thread(issue).match(/sallyport:request/g)).toHaveLength(1);
  });

  test('while GitHub does not answer one attempt goes out now and then, and after hours everything goes on within seconds', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    const { faults } = world.sandbox.state;
    const away = 1_000_000;
    faults.add({ kind: 'no-answer', next: away });
    // What changes meanwhile is no reason to ask more often.
    for (let n = 0; n < 6; n += 1) {
      await world.as('lead').push({ 'notes.md': `${n}` });
      await world.settle();
    }
    world.as('lead').comment(issue, '/run model');
    for (let n = 0; n < 60; n += 1) {
      world.later(minutes(10));
      await world.settle();
    }
    expect(away - faults.left).toBeGreaterThan(60);
    expect(away - faults.left).toBeLessThan(300);
    expect(await world.requests()).toEqual([]);

    faults.clear();
    world.later(seconds(8));
    await world.settle();
    expect(world.runs('sallyport/run')).toHaveLength(1);
    expect(world.runs('sallyport/project')).toHaveLength(6);
    expect((await world.inbox()).filter(({ state }) => state !== 'done')).toEqual([]);
  });

  test('for a whole day of errors nothing is given up, and a minute after it all is done', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.fault({ kind: 'answer', next: 1_000_000, status: 502 });
    world.as('lead').comment(issue, '/run model');
    for (let n = 0; n < 23; n += 1) {
      world.later(hours(1));
      await world.settle();
    }
    world.sandbox.state.faults.clear();
    world.later(minutes(1));
    await world.settle();
    expect(world.runs('sallyport/run')).toHaveLength(1);
    expect((await world.inbox()).filter(({ state }) => state !== 'done')).toEqual([]);
  });

  test('a secondary limit pauses everything for as long as GitHub says', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.receive();
    world.fault({
      kind: 'answer',
      next: 1,
      method: 'POST',
      path: 'check-runs$',
      status: 403,
      retryAfter: 90,
    });
    await world.send();
    expect(world.runs('sallyport/')).toHaveLength(0);

    world.later(seconds(80));
    await world.send();
    expect(world.runs('sallyport/')).toHaveLength(0);

    world.later(seconds(20));
    await world.settle();
    expect(
      world
        .runs('sallyport/')
        .map((run) => run.name)
        .sort(),
    ).toEqual(['sallyport/access', 'sallyport/codelists', 'sallyport/dummy run', 'sallyport/project']);
  });

  test('the budget spreads creations, and the latest state wins', async () => {
    world = await aWorld({ database: await open(), limits: { creationsPerMinute: 2 } });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    expect(world.runs('sallyport/')).toHaveLength(2);
    world.later(minutes(1));
    await world.settle();
    expect(world.runs('sallyport/')).toHaveLength(4);
  });

  test('what can never be shown is parked with its reason', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.receive();
    world.sandbox.state.repos.remove(world.repo());
    await world.send();
    expect((await world.outbox('parked')).length).toBeGreaterThan(0);
    expect((await world.outbox('parked'))[0]?.lastError).toMatch(/^40[34] /);
  });

  test('a suspended installation is not written to, and all is shown when it is back', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.receive();
    const installation = [...world.sandbox.state.data.installations.values()][0];
    if (!installation) throw new Error('not installed');
    world.sandbox.state.apps.setSuspended(installation, true);
    await world.settle();
    expect(world.runs('sallyport/run')).toHaveLength(0);
    expect((await world.outbox('parked')).map((each) => each.lastError)).toContain(
      'the installation is suspended',
    );

    world.sandbox.state.apps.setSuspended(installation, false);
    await world.settle();
    expect(world.runs('sallyport/run')).toHaveLength(1);
  });

  test('reconcile puts back what people changed by hand, and makes nothing new', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    const before = [world.thread(issue), world.runs('').length];
    const { state } = world.sandbox;
    for (const comment of state.talk.comments(world.repo(), world.issueOf(issue)))
      if (comment.app) comment.body = 'defaced';
    world.run('sallyport/project').title = 'defaced';

    await queueEverything(world.hub.room);
    while (await sendOne(world.hub.room));
    await world.settle();

    expect(world.thread(issue)).not.toContain('defaced');
    expect(world.run('sallyport/project').title).not.toBe('defaced');
    expect([world.thread(issue), world.runs('').length]).toEqual(before);
  });

  test('reconcile writes a comment on a commit again when it is gone, and only then', async () => {
    world = await aWorld({ database: await open() });
    const sha = await world.as('lead').push({ 'notes.md': 'x' });
    await world.as('lead').commentOnCommit(sha, '/run model');
    await world.settle();
    await world.agent().ends('extract');
    await world.agent().ends('model');
    await world.settle();
    const before = world.commitThread(sha);
    const reconcile = async () => {
      await queueEverything(world.hub.room);
      await world.settle();
    };
    await reconcile();
    expect(world.commitThread(sha)).toBe(before);

    const { commitComments } = world.repo();
    for (const [id, comment] of commitComments)
      if (comment.body.startsWith('<!-- sallyport:')) commitComments.delete(id);
    expect(world.commitThread(sha)).not.toContain('sallyport[bot]');
    await reconcile();
    await reconcile();
    expect(world.commitThread(sha).split('\n\n').sort()).toEqual(before.split('\n\n').sort());
  });

  test('tokens that were revoked are replaced', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    world.sandbox.state.apps.expireTokens();
    const issue = world.as('lead').issue();
    // A token that is a few seconds old may not be known everywhere yet: octokit would wait for that.
    jest.useFakeTimers({ doNotFake: ALL_BUT_DATE, now: Date.now() + seconds(6) });
    try {
      world.as('lead').comment(issue, '/run model');
      await world.settle();
      world.later(minutes(1));
      await world.settle();
    } finally {
      jest.useRealTimers();
    }
    expect(await world.requests()).toHaveLength(1);
  });

  test('pushes that need no answer: a tag, a deleted branch, a missing project.yaml', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').branch('gone');
    await world.settle();
    const before = world.runs('').length;
    await world.as('lead').force('gone', null);
    await world.settle();
    expect(world.runs('')).toHaveLength(before);

    await world.as('lead').push({ 'project.yaml': null });
    await world.settle();
    expect(world.check('sallyport/project')).toMatchInlineSnapshot(`
     "sallyport/project: neutral
     No project.yaml at this commit
     This commit has no \`project.yaml\` in its top folder, so there is nothing to check or run. Add one and push."
    `);
    expect(world.check('sallyport/dummy run')).toMatchInlineSnapshot(`
     "sallyport/dummy run: neutral
     There is no valid project.yaml to run
     See the check \`sallyport/project\`, correct the file and push."
    `);
  });

  test("a project file of 10,000 faults is answered within GitHub's limits", async () => {
    world = await aWorld({ database: await open() });
    const actions = Array.from(
      { length: 3000 },
      (_, n) =>
        `  a${n}:\n    run: python:v2 x.py\n    needs: [nope${n}]\n    outputs:\n      moderately_sensitive:\n        t: output/${n}.csv\n`,
    );
    await world.as('lead').push({ 'project.yaml': `version: '4.0'\nactions:\n${actions.join('')}` });
    await world.settle();
    const run = world.run('sallyport/project');
    expect([run.conclusion, run.annotations.length, (run.summary ?? '').length < 65_536]).toEqual([
      'failure',
      200,
      true,
    ]);
  });

  test('checks that are asked for again are made anew, once for each asking', async () => {
    world = await aWorld({ database: await open() });
    await world.as('lead').push({ 'notes.md': 'x' });
    await world.settle();
    world.fault({ kind: 'duplicate', next: 1, event: 'check_run.rerequested' });
    world.as('lead').rerequest('sallyport/project');
    await world.settle();
    expect(world.runs('sallyport/project')).toHaveLength(2);
    expect(world.runs('sallyport/access')).toHaveLength(1);
  });
});
