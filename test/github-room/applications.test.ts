/** An application, from the filled-in form to a project in force, and the ways in which it ends otherwise. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eq, sql } from 'drizzle-orm';
import { applications } from '../../src/db/schema/applications.ts';
import { proposals } from '../../src/db/schema/stewarding.ts';
import { followProposals, lookAtApplications, queueEverything } from '../../src/github/github.ts';
import { rowsOf } from '../../src/db/database.ts';
import { tidy } from '../support/tidy.ts';
import { ANSWERS, bodyOf } from '../applications/forms.ts';
import { onOneDatabase } from '../support/database.ts';
import { anIntake, type Intake } from '../support/intake.ts';

const SECRETS = ['secret.mail@example.edu', 'board@hill.example', '+44 1234 567890'];
const WHOLE = {
  ...ANSWERS,
  'Last day': '2127-02-01',
  'Your telephone': SECRETS[2]!,
  Researchers: ANSWERS['Researchers']!.replaceAll('new-example', 'ash-example'),
};
const AUDIT = { ...WHOLE, Type: 'Service audit' };
const SPONSOR = `### Sponsor\n\nHill Council\n\n### Their e-mail\n\n${SECRETS[1]!}\n\n### Note\n`;

/** Keys differ from run to run. */
const steady = (text: string): string =>
  tidy(text)
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:SEAL')
    .replace(/key `[0-9a-f]{64}`/g, 'key `SALT`');

/** One world for all of them: each has an issue of its own. */
onOneDatabase((open) => {
  let intake: Intake;
  beforeAll(async () => {
    intake = await anIntake({ database: await open() });
  });
  afterAll(() => intake.world.stop());

  const at = async (body: string): Promise<number> => {
    const issue = intake.open('stranger', body);
    await intake.world.settle();
    return issue;
  };
  const row = async (issue: number) => {
    const { db } = intake.world.database;
    const [found] = await db.select().from(applications).where(eq(applications.issue, issue));
    if (!found) throw new Error(`issue ${issue} is no application`);
    return found;
  };
  const state = async (issue: number): Promise<string> => (await row(issue)).state;
  const leaves = async (issue: number) => {
    const { id } = await row(issue);
    return (await intake.world.ledger()).filter(({ subject }) => subject === `application:${id}`);
  };
  /** The steward does what it is asked for; the number of the application's own pull request. */
  const pullOf = async (issue: number): Promise<number> => {
    await intake.steward();
    const { proposal } = await row(issue);
    const { db } = intake.world.database;
    const [found] = await db
      .select()
      .from(proposals)
      .where(eq(proposals.id, proposal ?? ''));
    if (!found?.pull) throw new Error(`issue ${issue} has no pull request`);
    return found.pull;
  };
  const pull = (number: number) => intake.issue(number, intake.world.repo('governance'));

  test('what is missing is named on one comment, what follows is asked, and then it is handed in by itself', async () => {
    const issue = await at(bodyOf({ ...AUDIT, 'Last day': 'soon', Title: '_No response_' }));
    expect(intake.labels(issue)).toEqual(['application: draft']);
    expect(steady(intake.kept(issue))).toMatchInlineSnapshot(`
     "<!-- sallyport:application:ID1 -->

     **Application \`ID1\`** is not whole yet.

     To be mended, by editing your text or by a comment with the same heading:

     - **Title**: This has to be answered.
     - **Last day**: Write a day like 2027-02-28.

     From your answers these questions follow:

     - **Sponsor**: one line; has to be answered.
     - **Their e-mail**: an e-mail address; has to be answered.
     - **Note**: text; may be left empty.

     Copy them into a comment of your own and write each answer below its heading:

     \`\`\`markdown
     ### Sponsor


     ### Their e-mail


     ### Note
     \`\`\`

     <sub>Kept by Sallyport; labels changed by hand are put back. To take it back, close this issue.</sub>"
    `);

    intake.edit('stranger', issue, { body: bodyOf(AUDIT) });
    await intake.world.settle();
    expect(intake.kept(issue)).toContain('has further questions');
    intake.comment('lead', issue, SPONSOR);
    await intake.world.settle();
    expect(intake.labels(issue)).toEqual(['application: draft']);
    expect(await leaves(issue)).toEqual([]);

    intake.comment('stranger', issue, SPONSOR);
    await intake.world.settle();
    expect(await state(issue)).toBe('submitted');
    expect(intake.kept(issue)).toContain('was handed in. The pull request on the governance repository');
    expect(await leaves(issue)).toMatchObject([
      {
        actor: 'hub',
        body: { event: 'sealed', kind: 'project', turn: 1, seal: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ]);
  });

  test('approved and merged, it is a project; nothing private has left the intake repository', async () => {
    const issue = await at(bodyOf(AUDIT));
    intake.comment('stranger', issue, SPONSOR);
    await intake.world.settle();
    const number = await pullOf(issue);
    expect(await state(issue)).toBe('in_review');
    expect(intake.labels(issue)).toEqual(['application: in review']);

    await intake.merge(number);
    expect(await state(issue)).toBe('approved');
    expect(intake.labels(issue)).toEqual(['application: approved']);
    expect(intake.issue(issue)).toMatchObject({ state: 'closed', stateReason: 'completed' });
    const { project } = await row(issue);
    expect(steady(intake.kept(issue).replaceAll(project ?? '', 'PROJECT'))).toMatchInlineSnapshot(`
     "<!-- sallyport:application:ID1 -->

     **Application \`ID1\`** is approved: project \`PROJECT\` is in force. Its page: https://research.example.edu/projects/PROJECT

     <details><summary>Seal of the answers handed in</summary>

     \`sha256:SEAL\`, an HMAC-SHA-256 with the key \`SALT\`, handed in once. It is in the public log; the answers are not. Keep the key: with it you can prove what you wrote.

     </details>

     <sub>Kept by Sallyport; labels changed by hand are put back.</sub>"
    `);
    const made = intake.world.hub.room.governance.current()?.projects.find(({ id }) => id === project);
    expect(made).toMatchObject({ title: 'Lunch and learning', approval: { state: 'approved' } });

    const repo = intake.world.repo('governance');
    const pulls = [...repo.issues.values()].map(({ title, body }) => `${title}\n${body}`);
    const comments = [...repo.comments.values()].map(({ body }) => body);
    const everything = JSON.stringify([
      ...[await intake.world.ledger(), pulls, comments, made],
      ...(await rowsOf(intake.world.database.db, sql`select * from applications`)),
      ...(await rowsOf(intake.world.database.db, sql`select * from proposals`)),
      ...(await rowsOf(intake.world.database.db, sql`select * from steward_tasks`)),
      ...(await rowsOf(intake.world.database.db, sql`select topic, subject, payload from outbox`)),
    ]);
    for (const secret of [...SECRETS, 'Hill Council'])
      expect([secret, everything.includes(secret)]).toEqual([secret, false]);
    const seals = (await leaves(issue)).map(({ body }) => body['seal']);
    expect(made?.approval.application_hash).toBe(`sha256:${String(seals[0])}`);
  });

  test('answers changed under review are handed in anew, and the pull request of the old ones is closed', async () => {
    const issue = await at(bodyOf(WHOLE));
    const first = await pullOf(issue);
    intake.edit('stranger', issue, { body: bodyOf({ ...WHOLE, Title: 'Another title' }) });
    await intake.world.settle();
    expect(await state(issue)).toBe('submitted');
    const second = await pullOf(issue);
    expect(await state(issue)).toBe('in_review');
    expect(pull(first).state).toBe('closed');
    const { number } = await row(issue);
    expect(pull(second)).toMatchObject({ state: 'open', title: `Project ${number}: Another title` });
    expect(new Set((await leaves(issue)).flatMap(({ body }) => body['seal'] ?? [])).size).toBe(2);

    intake.edit('governor', issue, { body: bodyOf({ ...WHOLE, Title: 'Written by another' }) });
    await intake.world.settle();
    expect(await state(issue)).toBe('submitted');
    intake.edit('stranger', issue, { body: bodyOf({ ...WHOLE, Title: '' }) });
    await intake.world.settle();
    expect(await state(issue)).toBe('returned');
    expect(intake.kept(issue)).toContain('- **Title**: This has to be answered.');
  });

  test('what was approved, with conditions too, stays approved when the answers are changed behind it, and the issue says so', async () => {
    const issue = await at(bodyOf(WHOLE));
    const number = await pullOf(issue);
    const file = `projects/${String((await row(issue)).project)}.yml`;
    await intake.amend(number, file, 'state: approved', 'state: approved_with_conditions');
    await intake.amend(
      number,
      file,
      'conditions: []',
      'conditions: [{id: c1, text: Ethics letter, met_on: null, blocks: [run]}]',
    );
    await intake.merge(number);
    expect(intake.labels(issue)).toEqual(['application: approved with conditions']);
    intake.edit('stranger', issue, { body: bodyOf({ ...WHOLE, Title: 'Something else' }) });
    await intake.world.settle();
    expect(await state(issue)).toBe('approved_with_conditions');
    expect(intake.kept(issue)).toContain('no longer those that were approved');
  });

  test('governance returns, defers and rejects by a label; applicants and others do not', async () => {
    const issue = await at(bodyOf(WHOLE));
    const number = await pullOf(issue);
    const label = async (role: 'collaborator' | 'checker' | 'governor', name: string) => {
      intake.repo.collaborators.set(intake.person(role).user.id, 'write');
      intake.label(role, issue, name);
      await intake.world.settle();
      expect(intake.labels(issue).filter((each) => each.startsWith('decision'))).toEqual([]);
      return intake.said(issue).at(-1) ?? '';
    };
    expect(await label('collaborator', 'decision: rejected')).toContain('(application.own)');
    expect(await label('checker', 'decision: rejected')).toContain('(application.may-not-decide)');
    expect(await state(issue)).toBe('in_review');
    await label('governor', 'decision: returned');
    expect(await state(issue)).toBe('returned');
    await label('governor', 'decision: deferred');
    expect(intake.labels(issue)).toEqual(['application: deferred']);
    await label('governor', 'decision: nonsense');
    await label('governor', 'decision: rejected');
    expect(await state(issue)).toBe('rejected');
    expect(intake.issue(issue)).toMatchObject({ state: 'closed', stateReason: 'not_planned' });
    expect(await label('governor', 'decision: returned')).toContain('(application.not-now)');
    await intake.steward();
    expect(pull(number).state).toBe('closed');
  });

  test('a pull request that is closed unmerged puts it off, or rejects it where it is labelled so', async () => {
    const issue = await at(bodyOf(WHOLE));
    const close = async (number: number, labels: string[]) => {
      const { issues } = intake.world.sandbox.state;
      const governance = intake.world.repo('governance');
      issues.edit(intake.person('governor'), governance, pull(number), { labels, state: 'closed' });
      await intake.world.settle();
      await followProposals(intake.world.hub.room, { moved: false });
      await intake.world.settle();
    };
    const first = await pullOf(issue);
    await close(first, []);
    expect(await state(issue)).toBe('deferred');
    intake.comment('stranger', issue, '### Title\n\nA better one');
    await intake.world.settle();
    const second = await pullOf(issue);
    await close(second, ['decision: rejected']);
    expect(await state(issue)).toBe('rejected');
  });

  test('its applicant takes it back by closing it, and nobody else does', async () => {
    const issue = await at(bodyOf(WHOLE));
    const number = await pullOf(issue);
    intake.edit('governor', issue, { state: 'closed' });
    await intake.world.settle();
    expect(intake.issue(issue).state).toBe('open');
    intake.edit('stranger', issue, { state: 'closed' });
    await intake.world.settle();
    expect(await state(issue)).toBe('withdrawn');
    await intake.steward();
    expect(pull(number).state).toBe('closed');
  });

  test('labels changed by hand are put back, others are left; lost events and a lost comment lose nothing', async () => {
    const issue = await at(bodyOf(WHOLE));
    intake.edit('governor', issue, { labels: ['application: approved', 'urgent'] });
    await intake.world.settle();
    expect(intake.labels(issue)).toEqual(['application: submitted', 'urgent']);
    const before = await leaves(issue);
    await lookAtApplications(intake.world.hub.room, { issues: true });
    await queueEverything(intake.world.hub.room);
    await intake.world.settle();
    expect(await leaves(issue)).toEqual(before);

    intake.world.sandbox.state.apps.setWebhook(intake.world.sandbox.state.apps.named('sallyport')!, {
      url: 'http://127.0.0.1:9/',
      secret: 'x',
    });
    const lost = intake.open('lead', bodyOf({ ...WHOLE, Title: 'Another' }));
    intake.open('lead', 'I have a question');
    await intake.world.sandbox.state.idle();
    await lookAtApplications(intake.world.hub.room, { issues: true });
    await intake.world.settle();
    expect([await state(issue), await state(lost)]).toEqual(['submitted', 'submitted']);
    expect(intake.labels(lost)).toEqual(['application: submitted']);
    // No two are promised the same number.
    const all = await intake.world.database.db.select().from(applications);
    const open = all.filter((each) => !['rejected', 'withdrawn'].includes(each.state));
    const numbers = open.flatMap(({ number }) => number ?? []);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect((await row(lost)).number).not.toBeNull();
  });
});
