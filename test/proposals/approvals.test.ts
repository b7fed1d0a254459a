/**
 * Stories on GitHub: a lead asks for a member in a comment, people approve, merging gives the role; and every way
 * to get round the approvals shows.
 */
import { afterEach, expect, test } from '@jest/globals';
import { checkApprovalsAgain, notePusher } from '../../src/github/approvals/check.ts';
import { GovernancePulls } from '../../src/github/approvals/pulls.ts';
import { auditMerges, unapprovedVersions } from '../../src/github/github.ts';
import { knownRepository, settingOf, type Room } from '../../src/github/room.ts';
import { isFailure } from '../../src/sandbox/github/github.ts';
import { NUMBERS } from '../deployments/here.ts';
import { onOneDatabase } from '../support/database.ts';
import { PEOPLE, PROJECT } from '../support/governance.ts';
import { governedWorld, type GovernedWorld } from '../support/governed-world.ts';
import { LOGINS } from '../support/world.ts';

let w: GovernedWorld;
afterEach(() => w.stop());
const FILE = `projects/${PROJECT}.yml`;
const UNTIL = '2127-01-31';

onOneDatabase((open) => {
  const begin = async (changes: Record<string, string> = {}): Promise<void> => {
    w = await governedWorld(await open(), changes);
  };
  const pulls = () => w.world.sandbox.state.pulls.all(w.governance());
  const known = async () => (await knownRepository(w.world.hub.room.db, 9001))!;
  const check = (): string => w.world.check('governance/approvals', 'governance');
  async function says(
    who: 'lead' | 'collaborator' | 'stranger',
    text: string,
    issue?: number,
  ): Promise<{ issue: number; reply: string }> {
    const at = issue ?? w.world.as('lead').issue('Members');
    w.world.as(who).comment(at, text);
    await w.world.settle();
    return { issue: at, reply: w.world.replies(at).at(-1) ?? '' };
  }
  const add = (login: string, more = `developer --until ${UNTIL} --reason "writes the models"`): string =>
    `/member add @${login} ${more}`;

  test('a lead asks for a member, one approves, and the role works once it is merged', async () => {
    await begin();
    const { issue, reply } = await says(
      'lead',
      add(LOGINS.collaborator, `collaborator lead --until ${UNTIL} --reason "x"`),
    );
    expect(reply).toContain('they have no training in date; they have no data access agreement in date');
    const asked = await says(
      'lead',
      add(LOGINS.checker, `collaborator --until ${UNTIL} --reason "reads the drafts"`),
      issue,
    );
    expect(asked.reply).toContain('The role works when that is merged');
    await w.step();
    const [pull] = pulls();
    expect(w.world.thread(issue)).toContain(`/pull/${pull!.number}`);
    expect(check()).toContain('Needs 1 more approval');
    // Who asked, and who gains, approve in vain; so does whoever has no role for it, and the App itself.
    for (const login of [LOGINS.lead, LOGINS.checker, LOGINS.copilot]) await w.review(pull!.number, login);
    await w.world.settle();
    expect(check()).toContain('governance/approvals: failure');
    expect(check()).toContain('asked for it');
    expect(check()).toContain('gains from it');
    expect(check()).toContain('holds no role');
    const id = await w.review(pull!.number, 'board-one');
    await w.world.settle();
    expect(check()).toContain('governance/approvals: success');
    // Dismissed it counts no more, given again it does.
    const { state } = w.world.sandbox;
    const review = state.reviews.find(pull!, id)!;
    expect(state.reviews.dismiss(w.person('board-two'), w.governance(), pull!, review)).toBeUndefined();
    await w.world.settle();
    expect(check()).toContain('governance/approvals: failure');
    await w.review(pull!.number, 'board-one');
    await w.world.settle();
    expect(check()).toMatchInlineSnapshot(`
     "governance/approvals: success
     Approved by 1 person
     Counted are people who approved exactly this commit, and who neither wrote nor asked for the change nor gain from it. Who may approve, and how many it takes, is what governance in force says.

     | it changes | takes | has | of |
     | --- | --- | --- | --- |
     | people and memberships | 1 | 1 | \`governance\` |

     ### Counts

     - \`board-one\` (5550141)

     ### Does not count

     - \`rowan-example\` (5550101) asked for it
     - \`kim-example\` (5550110) gains from it
     - \`sam-example\` (5550120) holds no role that may approve it"
    `);
    await w.merge(pull!.number, 'board-one');
    await w.step();
    expect(w.world.thread(issue)).toContain('It holds from now on');
    expect(w.world.hub.room.governance.current()!.projects[0]!.members.at(-1)).toMatchObject({
      ...{ id: PEOPLE.checker, roles: ['collaborator'], until: UNTIL, reason: 'reads the drafts' },
    });
    expect(await unapprovedVersions(w.world.database.db, w.world.clock.now())).toEqual([]);
    // Leaving takes nobody's leave, and one approval.
    const left = await says('collaborator', `/member end @${LOGINS.collaborator} --reason "done"`, issue);
    expect(left.reply).toContain('It ends when that is merged');
    await w.step();
    const end = pulls().at(-1)!;
    await w.review(end.number, LOGINS.governor);
    await w.world.settle();
    expect(check()).toContain('success');
    await w.merge(end.number);
    expect(await w.text(FILE)).toMatch(
      new RegExp(`id: ${PEOPLE.collaborator}, roles: \\[collaborator\\], until: 20\\d\\d-`),
    );
  });

  test('what nobody may ask for is refused where it is said', async () => {
    await begin();
    const { issue } = await says('lead', add('nobody-of-this-name'));
    const replies: [Parameters<typeof says>[0], string, string][] = [
      ['lead', add('nobody-of-this-name'), 'member.no-such-login'],
      ['lead', add(LOGINS.lead), 'member.oneself'],
      ['lead', add('sallyport[bot]'), 'member.malformed'],
      ['lead', add(LOGINS.checker, 'collaborator --until 2020-01-01 --reason "x"'), 'member.over'],
      ['lead', add(LOGINS.checker, 'collaborator --until 2999-01-01 --reason "x"'), 'member.too-long'],
      ['lead', add(LOGINS.checker, 'copilot --until 2127-01-01 --reason "x"'), 'member.unknown-role'],
      ['lead', add(LOGINS.checker, 'collaborator --until 2127-02-30 --reason "x"'), 'member.malformed'],
      ['lead', add(LOGINS.checker, 'collaborator --until 2127-01-01'), 'member.malformed'],
      ['lead', add(LOGINS.collaborator, 'collaborator --until 2127-02-28 --reason "x"'), 'member.already'],
      ['lead', `/member end @${LOGINS.checker} --reason "x"`, 'member.not-a-member'],
    ];
    for (const [who, text, code] of replies) {
      // Ten refusals an hour are answered.
      w.world.later(10 * 60 * 1000);
      expect((await says(who, text, issue)).reply).toContain(code);
    }
    const two = w.world.as('lead').issue('More');
    expect((await says('collaborator', add(LOGINS.checker), two)).reply).toContain('member.not-lead');
    expect((await says('collaborator', `/member end @${LOGINS.lead} --reason "x"`, two)).reply).toContain(
      'member.not-lead',
    );
    expect((await says('collaborator', '/project-status ongoing_linked', two)).reply).toContain(
      'project-status.not-lead',
    );
    const three = w.world.as('lead').issue('Status');
    expect((await says('lead', '/project-status retired', three)).reply).toContain(
      'project-status.no-reason',
    );
    expect((await says('lead', '/project-status resting', three)).reply).toContain(
      'project-status.malformed',
    );
    expect((await says('lead', '/project-status ongoing', three)).reply).toContain('project-status.already');
    expect((await says('lead', '/help', three)).reply).toContain('/member add');
    // Who may ask for nobody else is told how to leave.
    const { reply: help } = await says('collaborator', '/help', three);
    expect(help).not.toContain('/project-status');
    expect(help).not.toContain('/member add');
    expect(help).toContain(
      `- \`/member end @${LOGINS.collaborator} --reason "why"\`: ask governance to end your own membership`,
    );
    await w.step();
    expect(pulls()).toEqual([]);
  });

  test('stopping a project needs no approval; going back to work does', async () => {
    await begin();
    const { issue } = await says('lead', '/project-status postponed --reason "waiting for data"');
    await w.step();
    expect(check()).toContain('Needs no approval');
    await w.merge(pulls()[0]!.number);
    expect(w.world.hub.room.governance.current()!.projects[0]).toMatchObject({
      ...{ status: 'postponed', status_reason: 'waiting for data' },
    });
    expect(await unapprovedVersions(w.world.database.db, w.world.clock.now())).toEqual([]);
    await says('lead', '/project-status ongoing', issue);
    await w.step();
    expect(check()).toContain('Needs 1 more approval');
  });

  test('an approval counts for the commit it was given for, and who pushed more does not approve', async () => {
    await begin();
    const policies = await w.text('policies.yml');
    await w.world.as('governor').branch('stricter', w.world.head('governance'), 'governance');
    await w.world
      .as('governor')
      .push({ 'policies.yml': `${policies}# One.\n` }, { repo: 'governance', branch: 'stricter' });
    const number = await w.world.as('governor').pull('stricter', 'governance');
    await w.review(number, 'board-one');
    await w.world.settle();
    expect(check()).toContain('governance/approvals: success');
    const { state } = w.world.sandbox;
    const pushed = await state.repos.commitFiles(w.person('board-two'), w.governance(), {
      branch: 'stricter',
      message: 'More',
      files: new Map([['policies.yml', policies.replace(/closing_days: \d+/, 'closing_days: 140')]]),
    });
    expect(isFailure(pushed)).toBe(false);
    await w.review(number, 'board-two');
    await w.world.settle();
    expect(check()).toContain('approved an earlier commit');
    expect(check()).toContain('wrote one of its commits');
    expect(check()).toContain('Needs 2 more approvals');
    // Merged all the same, by whoever could: it is in force, and said.
    await w.merge(number);
    expect(w.world.hub.room.governance.current()!.policies.closing_days).toBe(140);
    const db = w.world.database.db;
    expect(await unapprovedVersions(db, w.world.clock.now())).toMatchObject([
      { pull: number, why: 'Needs 2 more approvals' },
    ]);
    const thread = state.talk.comments(w.governance(), state.pulls.find(w.governance(), number)!);
    expect(thread.map(({ body }) => body).join('\n')).toContain('Merged without the approvals that it takes');
    await w.push({ 'policies.yml': policies });
    await w.world.settle();
    await auditMerges(w.world.hub.room);
    expect(await unapprovedVersions(db, w.world.clock.now())).toMatchObject([
      { pull: number },
      { pull: null, why: 'Pushed past every pull request' },
    ]);
    const health = (await (await fetch(`${w.world.hub.url}/healthz`)).json()) as {
      unapproved_governance: unknown[];
    };
    expect(health.unapproved_governance).toHaveLength(2);
  });

  test('what came in by a version with a fault is counted with the one that mends it', async () => {
    await begin();
    const policies = await w.text('policies.yml');
    const people = await w.text('people.yml');
    const change = async (branch: string, files: Record<string, string>): Promise<number> => {
      await w.world.as('governor').branch(branch, w.world.head('governance'), 'governance');
      await w.world.as('governor').push(files, { repo: 'governance', branch });
      return w.world.as('governor').pull(branch, 'governance');
    };
    const broken = await change('broken', {
      'policies.yml': policies.replace(/closing_days: \d+/, 'closing_days: 140'),
      'people.yml': `${people}- {id: no number}\n`,
    });
    await w.merge(broken);
    const { db } = w.world.database;
    const unapproved = () => unapprovedVersions(db, w.world.clock.now());
    expect(w.world.hub.room.governance.current()!.policies.closing_days).toBe(NUMBERS.closingDays);
    expect(await unapproved()).toEqual([]);
    // By itself this changes a line of people.yml that never was in force.
    const mending = await change('mending', { 'people.yml': people });
    await w.merge(mending);
    expect(w.world.hub.room.governance.current()!.policies.closing_days).toBe(140);
    expect(await unapproved()).toMatchObject([{ pull: mending, why: 'Needs 2 more approvals' }]);
  });

  test('a green check for another branch says nothing about this one', async () => {
    await begin();
    const policies = await w.text('policies.yml');
    const governor = w.world.as('governor');
    const main = w.world.head('governance');
    await governor.branch('aside', main, 'governance');
    await governor.branch('change', main, 'governance');
    await governor.push({ 'policies.yml': `${policies}# One.\n` }, { repo: 'governance', branch: 'change' });
    const number = await governor.pull('change', 'governance');
    await w.world.settle();
    expect(check()).toContain('governance/approvals: failure');
    // Its target is changed, which no event of ours tells; people approve it there.
    const pull = pulls().find((each) => each.number === number)!;
    pull.pull.base = 'aside';
    for (const login of ['board-one', 'board-two']) await w.review(number, login);
    await checkApprovalsAgain(w.world.hub.room, await known());
    await w.world.settle();
    expect(check()).toContain('governance/approvals: failure');
    pull.pull.base = 'main';
    await checkApprovalsAgain(w.world.hub.room, await known());
    await w.world.settle();
    expect(check()).toContain('governance/approvals: success');
  });

  test('two pushes that are heard of at once are both remembered', async () => {
    await begin();
    const { room } = w.world.hub;
    const people = Array.from({ length: 20 }, (_, at) => 5550001 + at);
    await Promise.all([...people, ...people].map((person) => notePusher(room, 7, person)));
    const noted = await settingOf<number[]>(room.db, 'governance-pushers:7');
    expect(noted!.toSorted()).toEqual(people);
  });
});

test('every commit since the last look is listed, however many pages they take', async () => {
  const all = Array.from({ length: 250 }, (_, at) => ({ sha: String(at).padStart(40, '0') }));
  const asked: number[] = [];
  const compare = ({ page, per_page: size }: { page: number; per_page: number }) => {
    asked.push(page);
    const commits = all.slice((page - 1) * size, page * size);
    return Promise.resolve({ data: { status: 'ahead', total_commits: all.length, commits } });
  };
  const octokit = { rest: { repos: { compareCommitsWithBasehead: compare } } };
  const room = { app: { forInstallation: () => Promise.resolve(octokit) } } as unknown as Room;
  const pulls = await GovernancePulls.of(room, { id: 1, owner: 'o', name: 'n', installation: 1 });
  expect(await pulls.between('a', 'b')).toEqual(all.map(({ sha }) => sha));
  expect(asked).toEqual([1, 2, 3]);
});
