/** Twelve months: from the first run on real data to a public repository, as people on GitHub see it. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { proposals, stewardTasks } from '../../src/db/schema/stewarding.ts';
import { lookAtClocks, queueEverything } from '../../src/github/github.ts';
import { knownRepository } from '../../src/github/room.ts';
import { taskAnswers } from '../../src/github/steward-results/results.ts';
import { clockOf } from '../../src/github/visibility/clock-rows.ts';
import { days, isoDay } from '../../src/lib/clock.ts';
import { takeTaskReport } from '../../src/stewarding/stewarding.ts';
import { addDays, addMonths } from '../../src/visibility/visibility.ts';
import type { ResultOf, TaskOutcome } from '../../src/protocol/steward-tasks.ts';
import { onOneDatabase } from '../support/database.ts';
import { governanceFiles, PROJECT, REPOSITORY } from '../support/governance.ts';
import { ranOnRealData } from '../support/real-run.ts';
import { aWorld, lasting, LOGINS, ORG, type World } from '../support/world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const FILE = `projects/${PROJECT}.yml`;

async function look(w: World): Promise<void> {
  await lookAtClocks(w.hub.room);
  await w.settle();
}

/** What the steward answers to the task that waits for it. */
async function answered(w: World, outcome: TaskOutcome): Promise<void> {
  const [task] = (await w.database.db.select().from(stewardTasks)).filter(
    (each) => each.do === 'visibility' && each.state === 'wanted',
  );
  if (!task) throw new Error('nothing is asked of the steward');
  const { room } = w.hub;
  const report = { id: task.id, round: task.round, outcome };
  expect(await takeTaskReport({ ...room, answers: taskAnswers(room) }, report)).toBe(true);
  await w.settle();
}
const done = (result: ResultOf<'visibility'>): TaskOutcome => ({ outcome: 'done', result });

async function page(w: World, path: string): Promise<string> {
  return (await fetch(`${w.hub.url}${path}`, { headers: { accept: 'text/html' } })).text();
}

const waiting = async (w: World): Promise<number> =>
  (await w.database.db.select().from(stewardTasks)).filter(
    (each) => each.do === 'visibility' && each.state === 'wanted',
  ).length;

const leaves = async (w: World): Promise<string[]> =>
  (
    await rowsOf<{ event: string }>(
      w.database.db,
      sql`select entry::json -> 'body' ->> 'event' as event from ledger_leaves where type = 'visibility' order by id`,
    )
  ).map(({ event }) => event);

function theIssue(w: World, repo?: string) {
  const issues = [...w.repo(repo).issues.values()].filter((each) =>
    each.body?.includes('<!-- sallyport:due'),
  );
  expect(issues.length).toBeLessThanOrEqual(1);
  return issues[0];
}
const reminders = (w: World): string[] =>
  w.sandbox.state.talk
    .comments(w.repo(), theIssue(w)!)
    .map(({ body }) => body)
    .filter((body) => body.startsWith('<!-- sallyport:due-reminder'))
    .map((body) => /:(\d+) -->/.exec(body)![1]!);

const start = (w: World): string => isoDay(w.clock.now() - days(1));
const ahead = (w: World, to: string): number => Date.parse(to) - Date.parse(isoDay(w.clock.now()));

onOneDatabase((open) => {
  test('from the first run to the day: one issue, each reminder once, made public, closed', async () => {
    const w = (world = await aWorld({ database: await open() }));
    await look(w);
    await ranOnRealData(w, 'dummy', 'b'.repeat(16));
    await look(w);
    expect(theIssue(w)).toBeUndefined();

    await ranOnRealData(w);
    const due = addMonths(start(w), 12);
    await look(w);
    await look(w);
    expect(theIssue(w)).toMatchObject({ title: `This repository becomes public by ${due}`, state: 'open' });
    expect(reminders(w)).toEqual([]);
    expect(await leaves(w)).toEqual(['clock-started']);

    for (const before of [61, 60, 59, 30, 29, 7, 1, 0, 0]) {
      w.later(ahead(w, addDays(due, -before)));
      // A clock that is a day wrong, and comes back.
      w.later(days(-1));
      await look(w);
      w.later(days(1));
      await look(w);
    }
    expect(reminders(w)).toEqual(['60', '30', '7', '0']);
    const text = w.thread(theIssue(w)!.number);
    expect(text).toContain(`@${LOGINS.lead}: This repository becomes public on ${due}`);
    expect(await waiting(w)).toBe(1);
    expect(await page(w, '/repositories?state=past')).toContain(`>${due}</td>`);
    expect(await page(w, '/repositories?state=private')).toContain('No repository is in this state.');

    w.repo().private = false;
    await answered(w, done({ state: 'public', already: false, files: 3, rulesets_lost: 0 }));
    await look(w);
    expect(theIssue(w)).toMatchObject({ title: 'This repository is public', state: 'closed' });
    expect(await leaves(w)).toEqual(['clock-started', 'made-public']);
    expect(await waiting(w)).toBe(0);
    expect(await page(w, '/repositories')).toContain('<span class="Label Label--success">public</span>');
    expect(JSON.parse(await page(w, '/repositories.json'))).toMatchObject({
      counts: { past: 0, private: 0, public: 1, exempt: 0 },
      repositories: [{ id: REPOSITORY, project: PROJECT, state: 'public', due }],
    });
    expect((await page(w, '/repositories.csv')).split('\r\n')[1]).toContain(due);
    expect(await page(w, '/repositories.atom')).toContain(`/repositories#r${REPOSITORY}</id>`);
    expect(JSON.parse(await page(w, '/repositories.feed'))).toMatchObject({
      items: [{ authors: [{ name: PROJECT }] }],
    });
    expect(await page(w, '/repositories?state=nonsense')).toContain('nothing here');
    expect(await queueEverything(w.hub.room)).toBeGreaterThan(0);
    await w.settle();
    expect(reminders(w)).toEqual(['60', '30', '7', '0']);
    expect(theIssue(w)!.state).toBe('closed');
    const [told] = await w.database.db.select().from(proposals);
    expect(told?.edit).toEqual({
      kind: 'repo-visibility',
      project: PROJECT,
      repo: REPOSITORY,
      visibility: 'public',
    });
  });

  test('what stands in the way is told in the study by name and to governance by number, and tried again each day', async () => {
    const w = (world = await aWorld({ database: await open() }));
    await ranOnRealData(w);
    w.later(days(367));
    await look(w);

    const file = { why: 'type' as const, path: 'old/people|`x`.csv', object: 'a'.repeat(40), size: 12 };
    const key = { path: 'id_rsa', object: 'b'.repeat(40), size: 400, commit: 'c'.repeat(40) };
    const secret = { why: 'secret' as const, secret: 'private-key' as const, ...key };
    const found = done({ state: 'found', count: 230, files: [secret, file] });
    await answered(w, found);
    await look(w);
    expect(theIssue(w)!.title).toBe('This repository has to become public, and something stands in the way');
    expect(theIssue(w)!.body).toContain('230 files in its history');
    expect(theIssue(w)!.body).toContain('and 228 more.');
    expect(theIssue(w)!.body).toContain(
      `| \`id_rsa\` | holds a private key | 400 | \`${'c'.repeat(12)}\` | \`${key.object}\` |`,
    );
    expect(theIssue(w)!.body).toContain('has to be replaced where it is used');
    const escalated = theIssue(w, 'governance')!;
    expect(escalated).toMatchObject({ state: 'open' });
    expect(escalated.body).toContain('230 files');
    expect(escalated.body).not.toContain('people');
    expect(await waiting(w)).toBe(0);

    w.later(days(1));
    await look(w);
    expect(await waiting(w)).toBe(1);
    await answered(w, found);
    expect(await leaves(w)).toEqual(['clock-started', 'held']);

    w.later(days(1));
    await look(w);
    await answered(w, { outcome: 'refused', code: 'visibility.too-much', says: 'Too large.', next: 'Look.' });
    expect(theIssue(w)!.body).toContain('Too large. Look. (visibility.too-much)');

    w.later(days(1));
    await look(w);
    w.repo().private = false;
    await answered(w, done({ state: 'public', already: false, files: 3, rulesets_lost: 0 }));
    expect(theIssue(w)!.state).toBe('closed');
    expect(theIssue(w, 'governance')).toMatchObject({ state: 'closed' });
    expect(await leaves(w)).toEqual(['clock-started', 'held', 'held', 'made-public']);
  });

  test('what is to be published makes its repository due at once, without any run', async () => {
    const w = (world = await aWorld({ database: await open() }));
    const at = w.clock.now();
    await w.database.db.execute(sql`
      insert into publications (id, project, workspace, backend, repository_id, set_key, state, requested_by, requested_at)
      values ('p', ${PROJECT}, 'w', 'attainment', ${REPOSITORY}, 'k', 'approved', 1, ${at})`);
    await w.database.db.execute(sql`
      insert into publication_editions (publication, number, tag, state, files, code, next_at, created_at)
      values ('p', 1, 't', 'wanted', '[]', 'steward.no-workflow', ${at}, ${at})`);
    await look(w);
    expect(await waiting(w)).toBe(0);

    await w.database.db.execute(sql`update publication_editions set code = 'steward.private-repository'`);
    await look(w);
    expect(await waiting(w)).toBe(1);
    expect(theIssue(w)!.body).toContain('because something made from it is published');
    await w.database.db.execute(sql`update publication_editions set next_at = ${at + days(1)}`);
    w.repo().private = false;
    await answered(w, done({ state: 'public', already: false, files: 3, rulesets_lost: 0 }));
    expect(theIssue(w)!.state).toBe('closed');
    const [edition] = await rowsOf<{ next: number }>(
      w.database.db,
      sql`select next_at::float8 as next from publication_editions`,
    );
    expect(edition!.next).toBeLessThan(at + days(1));
  });

  test('a repository that people opened is public, and one that they closed again is due', async () => {
    const w = (world = await aWorld({ database: await open() }));
    await ranOnRealData(w);
    await look(w);
    w.repo().private = false;
    await look(w);
    expect(theIssue(w)!.state).toBe('closed');

    w.later(days(400));
    await look(w);
    expect(await waiting(w)).toBe(0);
    w.repo().private = true;
    await look(w);
    expect(await waiting(w)).toBe(1);
    expect(theIssue(w)!.state).toBe('open');
    expect(await leaves(w)).toEqual(['clock-started', 'made-public', 'private-again']);
  });

  test('all of them are asked for together, and one that could not be asked about is not taken for gone', async () => {
    const w = (world = await aWorld({ database: await open() }));
    await ranOnRealData(w);
    const refuse = (path: string, next: number): void =>
      w.fault({ kind: 'answer', method: 'GET', path, status: 404, next });
    const one = `/repos/${ORG}/${w.repo().name}`;
    refuse(`${one}$`, 1);
    expect(await lookAtClocks(w.hub.room)).toBe(1);
    const octokit = await w.hub.room.app.forInstallation(
      (await knownRepository(w.database.db, REPOSITORY))!.installation,
    );
    await expect(octokit.request(`GET ${one}`)).rejects.toThrow();
    await w.settle();
    w.later(days(400));
    refuse('/installation/repositories$', 1);
    await look(w);
    expect(await waiting(w)).toBe(0);
    expect((await clockOf(w.database.db, REPOSITORY))!.state).toBe('running');
    await look(w);
    expect(await waiting(w)).toBe(1);
  });

  test('a lead asks for more time, which holds the day back once; what governance merges is the new day', async () => {
    const w = (world = await aWorld({ database: await open() }));
    const early = w.as('lead').issue('A question');
    w.as('lead').comment(early, '/extend --reason "Not yet"');
    await w.settle();
    expect(w.replies(early).join('\n')).toContain('extend.no-day');
    await ranOnRealData(w);
    const due = addMonths(start(w), 12);
    await look(w);
    const { number } = theIssue(w)!;
    w.as('collaborator').comment(number, '/extend --reason "I want to"');
    w.as('lead').comment(number, '/extend because');
    w.as('lead').comment(number, '/extend --reason "The paper is under review until spring"');
    w.as('lead').comment(number, '/extend --reason "Really"');
    await w.settle();
    const said = w.replies(number).join('\n');
    expect(said).toContain('extend.not-lead');
    expect(said).toContain('extend.malformed');
    expect(said).toContain('extend.waiting');
    const asked = await w.database.db.select().from(proposals);
    expect(asked.map(({ edit }) => edit)).toMatchObject([
      { kind: 'extend-repo', repo: REPOSITORY, extension: { until: addMonths(due, 12) } },
    ]);

    w.later(ahead(w, due));
    await look(w);
    expect(theIssue(w)!.body).toContain(`it is held back until **${addDays(due, 14)}**`);
    expect(await waiting(w)).toBe(0);
    w.later(days(14));
    await look(w);
    expect(await waiting(w)).toBe(1);

    const { extension } = asked[0]!.edit as { extension: Record<string, string> };
    const written = `extensions: [${JSON.stringify(extension)}]`;
    await w.as('governor').push(project(written), { repo: 'governance' });
    await w.settle();
    await look(w);
    expect(theIssue(w)!.title).toBe(`This repository becomes public by ${addMonths(due, 12)}`);
    expect(theIssue(w)!.body).toContain('The paper is under review until spring');
    expect(await leaves(w)).toEqual(['clock-started', 'due-changed']);
    // The task of yesterday is answered by a steward that has read the same: nothing is due.
    await answered(w, { outcome: 'refused', code: 'visibility.not-due', says: 'Not due.', next: '' });
    expect(theIssue(w)!.title).toBe(`This repository becomes public by ${addMonths(due, 12)}`);
  });

  test('a lead ticks what is done; a tick of somebody else, and whatever else they wrote, is taken back', async () => {
    const w = (world = await aWorld({ database: await open() }));
    await ranOnRealData(w);
    await look(w);
    const { number, body } = theIssue(w)!;
    const edit = async (role: 'lead' | 'collaborator', text: string): Promise<void> => {
      const user = w.sandbox.state.people.user(LOGINS[role])!;
      w.sandbox.state.issues.edit({ kind: 'person', user }, w.repo(), w.issueOf(number), { body: text });
      await w.settle();
    };
    const purpose = '- [ ] The purpose';
    await edit('collaborator', body!.replaceAll('- [ ]', '- [x]'));
    expect(theIssue(w)!.body).toContain(purpose);
    expect(theIssue(w)!.body).toBe(body);

    await edit(
      'lead',
      `${body!.replace(purpose, '- [x] The purpose')}\n- [x] Outputs were released from here.`,
    );
    expect(theIssue(w)!.body).toContain(`- [x] The purpose of the study`);
    expect(theIssue(w)!.body).toContain(`(\`${LOGINS.lead}\`, ${isoDay(w.clock.now())})`);
    expect(theIssue(w)!.body).not.toContain('Outputs were released');
    await edit('lead', theIssue(w)!.body!.replace('- [x]', '- [ ]'));
    expect(theIssue(w)!.body).toBe(body);
    expect(await leaves(w)).toEqual(['clock-started', 'signed-off', 'signed-off']);
  });

  test('nothing is asked for while the project is frozen, and an exempt repository is left alone', async () => {
    const w = (world = await aWorld({ database: await open() }));
    await ranOnRealData(w);
    w.as('governor').comment(w.as('lead').issue(), `/freeze project ${PROJECT} --reason "A leak"`);
    await w.settle();
    w.later(days(367));
    await look(w);
    expect(await waiting(w)).toBe(0);
    expect(theIssue(w)!.state).toBe('open');

    const exempt = project('extensions: [], exempt: {reason: A tool, ref: GOV-5}');
    await w.as('governor').push(exempt, { repo: 'governance' });
    await w.settle();
    await look(w);
    expect(theIssue(w)!.state).toBe('open');
    w.repo().topics = ['non-research'];
    await look(w);
    expect(theIssue(w)).toMatchObject({ state: 'closed', title: 'This repository may stay private' });
  });
});

/** The project file as it stands in the world, changed. */
function project(with_: string): Record<string, string> {
  const text = lasting(governanceFiles()).get(FILE) ?? '';
  return { [FILE]: text.replace('extensions: []', with_) };
}
