/** A change of governance that somebody asks for: from the row in the hub to the pull request, whatever happens in between. */
import { afterEach, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { proposals, stewardTasks } from '../../src/db/schema/stewarding.ts';
import type { Edit } from '../../src/governance/governance.ts';
import { followProposals, propose, taskAnswers, withdrawProposal } from '../../src/github/github.ts';
import { minutes } from '../../src/lib/clock.ts';
import { isFailure } from '../../src/sandbox/github/github.ts';
import { HubTrouble, stepOnce } from '../../src/steward/steward.ts';
import { carryOut } from '../../src/steward/tasks/tasks.ts';
import { takeTaskReport } from '../../src/stewarding/stewarding.ts';
import { onOneDatabase } from '../support/database.ts';
import { PEOPLE, PROJECT } from '../support/governance.ts';
import { governedWorld, PROPOSALS, type GovernedWorld } from '../support/governed-world.ts';
import { LOGINS } from '../support/world.ts';

let w: GovernedWorld;
afterEach(() => w.stop());

const FILE = `projects/${PROJECT}.yml`;
const MEMBER = {
  ...{ id: PEOPLE.stranger, roles: ['collaborator' as const], until: '2127-01-31' },
  ...{ reason: 'writes up', ref: 'study#1' },
};
const ADD: Edit = { kind: 'add-member', project: PROJECT, member: MEMBER };
const NONSENSE = { outcome: 'done' as const, result: {} };
const LEAD = { id: PEOPLE.lead, login: LOGINS.lead };

onOneDatabase((open) => {
  async function begin(changes: Record<string, string> = {}): Promise<void> {
    w = await governedWorld(await open(), changes);
  }

  const ask = (
    edit: Edit = ADD,
    key = 'a',
    askedBy: { id: number; login: string } = LEAD,
  ): Promise<string> => {
    const { room } = w.world.hub;
    const wanted = { key, edit, askedBy, where: null, title: 'Add a collaborator', why: 'Because **so**.' };
    return room.db.transaction((tx) => propose(tx, room, wanted));
  };
  const row = async (id: string) =>
    (await w.world.database.db.select().from(proposals).where(eq(proposals.id, id)))[0]!;
  const pulls = () => w.world.sandbox.state.pulls.all(w.governance());

  test('a pull request from the fork, one file changed in one place, by the bot for whom it was asked', async () => {
    await begin();
    const before = await w.text(FILE);
    const id = await ask();
    expect(await ask()).toBe(id);
    await w.step();
    const [pull, ...others] = pulls();
    expect(others).toEqual([]);
    expect(await row(id)).toMatchObject({ state: 'opened', pull: pull!.number, head: pull!.pull.headSha });
    expect(pull).toMatchObject({
      title: 'Add a collaborator',
      pull: { head: `proposal/${id}`, headRepo: PROPOSALS, base: 'main' },
    });
    expect(pull!.body).toContain(`(GitHub user ${PEOPLE.lead})`);
    const store = w.world.sandbox.state.repos.git(w.governance());
    const commit = (await store.commitAt(pull!.pull.headSha))!;
    expect(commit).toMatchObject({ parents: [w.world.head('governance')], author: { name: 'steward[bot]' } });
    expect(commit.message).toContain(`Requested-by: ${PEOPLE.lead}`);
    const files = await w.world.sandbox.state.pulls.files(w.governance(), pull!);
    expect(files.map(({ filename: path, additions, deletions }) => [path, additions, deletions])).toEqual([
      [FILE, 1, 0],
    ]);
    expect(await w.text(FILE)).toBe(before);
    expect(w.world.check('governance/valid', 'governance')).toContain('success');
    // Merged it has ended, and asked for again nothing new is made.
    await w.merge(pulls()[0]!.number);
    expect((await row(id)).state).toBe('merged');
    expect(w.world.hub.room.governance.current()!.projects[0]!.members).toHaveLength(3);
    await ask();
    await w.step();
    expect(pulls()).toHaveLength(1);
  });

  test('a steward that dies on the way, before GitHub heard of it or after, leaves nothing twice', async () => {
    await begin();
    for (const [index, where] of ['open-proposal', 'token', 'proposal-pulls'].entries()) {
      const id = await ask(ADD, where);
      await w.world.settle();
      let deaths = 0;
      const dying = await w.steward(async (call, work) => {
        if (call !== where || deaths > 0) return work();
        deaths += 1;
        if (where === 'open-proposal') await work();
        throw new Error('died');
      });
      await w.step(dying);
      expect(deaths).toBe(1);
      expect((await row(id)).state).toBe('asked');
      await w.world.database.db.update(stewardTasks).set({ nextAt: 0 });
      await w.step();
      expect(pulls()).toHaveLength(index + 1);
      expect((await row(id)).state).toBe('opened');
    }
  });

  test('what was merged in between leaves it alone while it fits, and makes it anew when it does not', async () => {
    await begin();
    const id = await ask();
    await w.step();
    const first = pulls()[0]!.pull.headSha;
    const policies = await w.text('policies.yml');
    await w.push({ 'policies.yml': `${policies}# A note.\n` });
    await w.step();
    await w.step();
    expect(pulls()[0]!.pull.headSha).toBe(first);
    const members = await w.text(FILE);
    const line = `  - {id: ${PEOPLE.governor}, roles: [collaborator], until: 2127-02-28, reason: reads, ref: GOV-9}\n`;
    await w.push({ [FILE]: members.replace('papers: []\n', '').trimEnd() + `\n${line}papers: []\n` });
    await w.step();
    await w.step();
    expect(pulls()[0]!.pull.headSha).not.toBe(first);
    expect((await row(id)).head).toBe(pulls()[0]!.pull.headSha);
    await w.merge(pulls()[0]!.number);
    const ids = w.world.hub.room.governance.current()!.projects[0]!.members.map((one) => one.id);
    expect(ids).toEqual(expect.arrayContaining([PEOPLE.governor, PEOPLE.stranger]));
    // What somebody else merges meanwhile needs no pull request, and one that is open is closed.
    const also = { ...MEMBER, id: PEOPLE.checker };
    const other = await ask({ ...ADD, member: also }, 'other');
    await w.step();
    const same = `  - {id: ${also.id}, roles: [collaborator], until: 2127-01-31, reason: x, ref: y}\n`;
    await w.push({ [FILE]: (await w.text(FILE)).replace('papers: []\n', `${same}papers: []\n`) });
    await w.step();
    await w.step();
    expect((await row(other)).state).toBe('merged');
    expect(pulls().map(({ state }) => state)).toEqual(['closed', 'closed']);
  });

  test('what people wrote on its branch is never thrown away, and outlasts that it is made anew', async () => {
    await begin();
    const id = await ask();
    await w.step();
    const { state } = w.world.sandbox;
    const branch = `proposal/${id}`;
    const store = state.repos.git(w.fork());
    const at = async (path: string, sha: string): Promise<string> => {
      const entry = await store.entry((await store.commitAt(sha))!.tree, path);
      return (await store.blob(entry!.sha))!.toString('utf8');
    };
    const head = (): string => pulls()[0]!.pull.headSha;
    const write = async (path: string, change: (text: string) => string): Promise<string> => {
      const text = change(await at(path, head()));
      const message = 'A reviewer adds to it';
      const files = new Map([[path, text]]);
      const done = await state.repos.commitFiles(w.person('board-one'), w.fork(), { branch, message, files });
      if (isFailure(done)) throw new Error(done.message);
      await w.world.settle();
      return head();
    };
    w.fork().collaborators.set(state.people.user('board-one')!.id, 'write');
    const line = (person: number): string =>
      `  - {id: ${person}, roles: [collaborator], until: 2127-02-28, reason: reads, ref: GOV-9}\n`;
    const meanwhile = async (person: number): Promise<void> => {
      const members = (await w.text(FILE)).replace('papers: []\n', '').trimEnd();
      await w.push({ [FILE]: `${members}\n${line(person)}papers: []\n` });
      await w.step();
      await w.step();
    };
    const theirs = await write('policies.yml', (text) =>
      text.replace(/closing_days: \d+/, 'closing_days: 15'),
    );
    expect(theirs).not.toBe((await row(id)).head);
    // Twice, the second time over what was brought up to date before.
    let before = theirs;
    for (const person of [PEOPLE.governor, PEOPLE.checker]) {
      await meanwhile(person);
      const commit = (await store.commitAt(head()))!;
      expect(commit.parents[0]).toBe(before);
      expect((await row(id)).head).toBe(head());
      expect(await at('policies.yml', head())).toContain('closing_days: 15');
      const members = await at(FILE, head());
      for (const each of [PEOPLE.stranger, person]) expect(members).toContain(`{id: ${each},`);
      before = head();
    }
    // Somebody who wrote it does not approve it, and who approved what it was before has to look again.
    await w.review(pulls()[0]!.number, 'board-one');
    await w.world.settle();
    expect(w.world.check('governance/approvals', 'governance')).toContain('wrote one of its commits');
    // Where the two touch the same line, people settle it: the branch stays as it is.
    const settled = await write(FILE, (text) => text.replace('until: 2127-01-31', 'until: 2127-01-30'));
    await meanwhile(PEOPLE.copilot);
    expect(head()).toBe(settled);
    expect(await row(id)).toMatchObject({ state: 'opened' });
  });

  test('taken back it is closed, and closed by people it stays so', async () => {
    await begin();
    const [one, two] = [
      await ask(ADD, 'one'),
      await ask({ ...ADD, member: { ...MEMBER, id: PEOPLE.checker } }, 'two'),
    ];
    await w.step();
    const { room } = w.world.hub;
    await room.db.transaction((tx) => withdrawProposal(tx, room, one, { code: 'x', says: 'Taken back.' }));
    const [first, second] = pulls();
    const of = (id: string) => pulls().find((pull) => pull.pull.head === `proposal/${id}`)!;
    await w.step();
    expect([first, second].map((pull) => pull!.state).sort()).toEqual(['closed', 'open']);
    expect(await row(one)).toMatchObject({ state: 'closed', says: 'Taken back.' });
    const closed = w.world.sandbox.state.issues.edit(w.person(LOGINS.governor), w.governance(), of(two), {
      state: 'closed',
    });
    expect(isFailure(closed)).toBe(false);
    await w.step();
    expect((await row(two)).state).toBe('closed');
    await w.push({ 'policies.yml': `${await w.text('policies.yml')}# A note.\n` });
    await w.step();
    expect(of(two).state).toBe('closed');
    // A closing that no webhook told of is seen by looking.
    const id = await ask({ ...ADD, member: { ...MEMBER, id: PEOPLE.governor } }, 'three');
    await w.step();
    w.world.fault({ kind: 'vanish', event: 'pull_request.closed', next: 10 });
    w.world.sandbox.state.issues.edit(w.person(LOGINS.governor), w.governance(), of(id), { state: 'closed' });
    await followProposals(w.world.hub.room, { moved: false });
    expect((await row(id)).state).toBe('closed');
  });

  test('the steward refuses what nobody may ask for, whatever the hub says', async () => {
    await begin();
    const wrong: [Edit, { id: number; login: string }, string][] = [
      [ADD, { id: PEOPLE.collaborator, login: LOGINS.collaborator }, 'edit.not-lead'],
      [{ ...ADD, member: { ...MEMBER, id: PEOPLE.lead } }, LEAD, 'edit.to-oneself'],
      [{ ...ADD, member: { ...MEMBER, until: '2999-01-01' } }, LEAD, 'edit.invalid'],
      [{ ...ADD, project: 'ns-2026-777' }, LEAD, 'edit.not-there'],
    ];
    for (const [edit, who, code] of wrong) {
      const id = await ask(edit, code, who);
      await w.step();
      expect(await row(id)).toMatchObject({ state: 'refused', code });
    }
    expect(pulls()).toEqual([]);
    expect(w.world.sandbox.state.repos.git(w.fork()).branches()).toHaveLength(1);
  });

  test('it writes to no repository but a fork of governance in its organisation', async () => {
    await begin();
    const deployment = await w.text('deployment.yml');
    for (const [named, code] of [
      ['70011', 'steward.proposals-elsewhere'],
      ['9001', 'steward.proposals-elsewhere'],
      ['424242', 'steward.proposals-gone'],
    ] as const) {
      await w.push({
        'deployment.yml': deployment.replace(`proposals: ${PROPOSALS}`, `proposals: ${named}`),
      });
      const id = await ask(ADD, named);
      await w.step();
      expect(await row(id)).toMatchObject({ state: 'refused', code });
    }
    await w.push({ 'deployment.yml': deployment.replace(`proposals: ${PROPOSALS}, `, '') });
    const id = await ask(ADD, 'none');
    await w.step();
    expect(await row(id)).toMatchObject({ code: 'steward.no-proposals' });
    await w.push({ 'deployment.yml': deployment });
    w.world.sandbox.state.repos.change(w.fork(), { archived: true }, null);
    const last = await ask(ADD, 'archived');
    await w.step();
    expect(await row(last)).toMatchObject({ code: 'steward.proposals-archived' });
    expect(pulls()).toEqual([]);
  });

  test('what it does not know or understand it refuses, and an answer to an older wish changes nothing', async () => {
    await begin();
    // The fork is named by its number: renamed, it is the same.
    w.fork().name = 'elsewhere';
    const id = await ask();
    await w.world.settle();
    const { db } = w.world.database;
    const parts = await w.steward();
    const { tasks } = await parts.hub.poll(0);
    await db.update(stewardTasks).set({ round: 2 });
    await parts.hub.done(tasks[0]!, { outcome: 'refused', code: 'steward.x', says: 'No.', next: '' });
    expect((await row(id)).state).toBe('asked');
    await w.step(parts);
    expect(await row(id)).toMatchObject({ state: 'opened' });
    const [done] = await db.select().from(stewardTasks);
    await db.update(stewardTasks).set({ payload: { proposal: id }, state: 'wanted' });
    await w.step(parts);
    expect((await db.select().from(stewardTasks))[0]).toMatchObject({
      state: 'refused',
      code: 'steward.malformed-task',
    });
    await db.update(stewardTasks).set({ payload: done!.payload, do: 'sweep-the-floor', state: 'wanted' });
    const strange = (await parts.hub.poll(0)).tasks[0]!;
    expect(await carryOut(parts, strange)).toMatchObject({
      outcome: 'refused',
      code: 'steward.unknown-task',
    });
    await expect(parts.hub.done({ ...strange, id: 'x'.repeat(16) }, NONSENSE)).rejects.toThrow('409');
  });

  test('a task whose answer cannot be taken in is asked again later, and others are done meanwhile', async () => {
    await begin();
    const { db } = w.world.database;
    const of = async (id: string) =>
      (
        await db
          .select()
          .from(stewardTasks)
          .where(eq(stewardTasks.key, `propose:${id}`))
      )[0]!;
    const first = await ask();
    await w.world.settle();
    const parts = await w.steward();
    const [task] = (await parts.hub.poll(0)).tasks;
    const { room } = w.world.hub;
    const later = { state: 'wanted', attempts: 1, code: 'hub.answer-not-taken' };
    await parts.hub.done(task!, NONSENSE);
    expect(await of(first)).toMatchObject(later);
    expect((await of(first)).nextAt).toBeGreaterThan(w.world.clock.now());
    expect((await parts.hub.poll(0)).tasks).toEqual([]);
    // Whoever should hear of it fails: nothing is half done, and the task waits.
    const fails = () => Promise.reject(new Error('a bug'));
    const answers = { ...taskAnswers(room), propose: { done: fails, refused: fails } };
    const report = { id: task!.id, round: task!.round };
    const said = { outcome: 'refused' as const, code: 'steward.x', says: 'No.', next: '' };
    expect(await takeTaskReport({ ...room, answers }, { ...report, outcome: said })).toBe(true);
    expect(await of(first)).toMatchObject({ ...later, attempts: 2 });
    expect((await row(first)).state).toBe('asked');
    // However long that goes on, nobody waits for more than ten minutes when it is over.
    await db.update(stewardTasks).set({ attempts: 40 });
    await parts.hub.done(task!, NONSENSE);
    // The clock of this world goes on by a moment each time it is read.
    const rest = (await of(first)).nextAt - w.world.clock.now();
    expect([rest > minutes(9), rest <= minutes(10)]).toEqual([true, true]);
    // What this hub does not know was asked for by another version: it is answered, too.
    await db.update(stewardTasks).set({ do: 'sweep-the-floor', nextAt: 0 });
    await w.step(parts);
    expect(await of(first)).toMatchObject({ state: 'refused', code: 'steward.unknown-task' });
  });

  test('a hub that takes one answer badly hears the others all the same', async () => {
    await begin();
    const [first, second] = [
      await ask(ADD, 'one'),
      await ask({ ...ADD, member: { ...MEMBER, id: PEOPLE.checker } }, 'two'),
    ];
    await w.world.settle();
    const parts = await w.steward();
    const told: string[] = [];
    const hub = Object.create(parts.hub) as typeof parts.hub;
    hub.poll = (...asked) => parts.hub.poll(...asked);
    hub.done = async (task, outcome) => {
      told.push(task.id);
      if (told.length === 1) throw new HubTrouble('HTTP 500', { answered: true });
      await parts.hub.done(task, outcome);
    };
    await expect(stepOnce({ ...parts, hub }, 0)).rejects.toThrow('HTTP 500');
    expect(told).toHaveLength(2);
    expect([(await row(first)).state, (await row(second)).state].sort()).toEqual(['asked', 'opened']);
    // One that is not there is not asked again and again.
    hub.done = (task) => {
      told.push(task.id);
      return Promise.reject(new HubTrouble('done'));
    };
    await ask({ ...ADD, member: { ...MEMBER, id: PEOPLE.governor } }, 'three');
    await expect(stepOnce({ ...parts, hub }, 0)).rejects.toThrow('did not answer');
    expect(told).toHaveLength(3);
  });
});
