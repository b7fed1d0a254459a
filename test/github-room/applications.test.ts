/** An application, from the filled-in form to a project in force, and the ways in which it ends otherwise. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { lookAtApplications, queueEverything } from '../../src/github/github.ts';
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

onOneDatabase((open) => {
  let intake: Intake;
  const at = async (body: string) => {
    intake = await anIntake({ database: await open() });
    const issue = intake.open('stranger', body);
    await intake.world.settle();
    return issue;
  };
  const state = async (): Promise<string[]> =>
    (
      await rowsOf<{ state: string }>(
        intake.world.database.db,
        sql`select state from applications order by opened_at, issue`,
      )
    ).map((row) => row.state);
  const leaves = async () => (await intake.world.ledger()).filter(({ type }) => type === 'application');
  afterEach(() => intake.world.stop());

  test('what is missing is named on one comment, what follows is asked, and then it is handed in by itself', async () => {
    const issue = await at(bodyOf({ ...AUDIT, 'Last day': 'soon', Title: '_No response_' }));
    expect(intake.labels(issue)).toEqual(['application: draft']);
    expect(steady(intake.kept(issue))).toMatchInlineSnapshot(`
     "<!-- sallyport:application:ID1 -->

     **Application \`ID1\`** is not whole yet.

     To be mended, by editing your text or by a comment with the same heading:

     - **Title**: This has to be answered.
     - **Last day**: Write a day like 2027-02-28.

     From your answers these questions follow. Copy them into a comment of your own and write each answer below its heading:

     \`\`\`markdown
     ### Sponsor

     <!-- one line; has to be answered. -->

     ### Their e-mail

     <!-- an e-mail address; has to be answered. -->

     ### Note

     <!-- text; may be left empty. -->
     \`\`\`

     <sub>Kept by Sallyport; labels changed by hand are put back. To take it back, close this issue.</sub>"
    `);

    intake.edit('stranger', issue, { body: bodyOf(AUDIT) });
    await intake.world.settle();
    expect(intake.kept(issue)).toContain('has further questions');
    intake.comment('lead', issue, SPONSOR);
    await intake.world.settle();
    expect(intake.labels(issue)).toEqual(['application: draft']);
    expect(await leaves()).toEqual([]);

    intake.comment('stranger', issue, SPONSOR);
    await intake.world.settle();
    expect(await state()).toEqual(['submitted']);
    expect(intake.kept(issue)).toContain('was handed in. The pull request on the governance repository');
    expect(await leaves()).toMatchObject([
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
    const [pull = 0] = await intake.steward();
    expect(await state()).toEqual(['in_review']);
    expect(intake.labels(issue)).toEqual(['application: in review']);

    await intake.merge(pull);
    expect(await state()).toEqual(['approved']);
    expect(intake.labels(issue)).toEqual(['application: approved']);
    expect(intake.issue(issue)).toMatchObject({ state: 'closed', stateReason: 'completed' });
    expect(steady(intake.kept(issue))).toMatchInlineSnapshot(`
     "<!-- sallyport:application:ID1 -->

     **Application \`ID1\`** is approved: project \`ns-2026-015\` is in force. Its page: https://research.example.edu/projects/ns-2026-015

     <details><summary>Seal of the answers handed in</summary>

     \`sha256:SEAL\`, an HMAC-SHA-256 with the key \`SALT\`, handed in once. It is in the public log; the answers are not. Keep the key: with it you can prove what you wrote.

     </details>

     <sub>Kept by Sallyport; labels changed by hand are put back.</sub>"
    `);
    const made = intake.world.hub.room.governance.current()?.projects.find(({ id }) => id.endsWith('-015'));
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
    const seals = (await leaves()).map(({ body }) => body['seal']);
    expect(made?.approval.application_hash).toBe(`sha256:${String(seals[0])}`);
  });

  test('answers changed under review are handed in anew, and the pull request of the old ones is closed', async () => {
    const issue = await at(bodyOf(WHOLE));
    const [first = 0] = await intake.steward();
    intake.edit('stranger', issue, { body: bodyOf({ ...WHOLE, Title: 'Another title' }) });
    await intake.world.settle();
    expect(await state()).toEqual(['submitted']);
    const [second = 0] = (await intake.steward()).filter((pull) => pull !== first);
    expect(await state()).toEqual(['in_review']);
    const governance = intake.world.repo('governance');
    expect(intake.issue(first, governance).state).toBe('closed');
    expect(intake.issue(second, governance)).toMatchObject({
      state: 'open',
      title: 'Project NS-2026-015: Another title',
    });
    expect(new Set((await leaves()).flatMap(({ body }) => body['seal'] ?? [])).size).toBe(2);

    intake.edit('governor', issue, { body: bodyOf({ ...WHOLE, Title: 'Written by another' }) });
    await intake.world.settle();
    expect(await state()).toEqual(['submitted']);
    intake.edit('stranger', issue, { body: bodyOf({ ...WHOLE, Title: '' }) });
    await intake.world.settle();
    expect(await state()).toEqual(['returned']);
    expect(intake.kept(issue)).toContain('- **Title**: This has to be answered.');
  });

  test('what was approved stays approved when the answers are changed behind it, and the issue says so', async () => {
    const issue = await at(bodyOf(WHOLE));
    const [pull = 0] = await intake.steward();
    await intake.merge(pull);
    intake.edit('stranger', issue, { body: bodyOf({ ...WHOLE, Title: 'Something else' }) });
    await intake.world.settle();
    expect(await state()).toEqual(['approved']);
    expect(intake.kept(issue)).toContain('no longer those that were approved');
  });

  test('governance returns, defers and rejects by a label; applicants and others do not', async () => {
    const issue = await at(bodyOf(WHOLE));
    await intake.steward();
    const label = async (role: 'collaborator' | 'checker' | 'governor', name: string) => {
      intake.repo.collaborators.set(intake.person(role).user.id, 'write');
      intake.label(role, issue, name);
      await intake.world.settle();
      expect(intake.labels(issue).filter((each) => each.startsWith('decision'))).toEqual([]);
      return intake.said(issue).at(-1) ?? '';
    };
    expect(await label('collaborator', 'decision: rejected')).toContain('(application.own)');
    expect(await label('checker', 'decision: rejected')).toContain('(application.may-not-decide)');
    expect(await state()).toEqual(['in_review']);
    await label('governor', 'decision: returned');
    expect(await state()).toEqual(['returned']);
    await label('governor', 'decision: deferred');
    expect(intake.labels(issue)).toEqual(['application: deferred']);
    await label('governor', 'decision: nonsense');
    await label('governor', 'decision: rejected');
    expect(await state()).toEqual(['rejected']);
    expect(intake.issue(issue)).toMatchObject({ state: 'closed', stateReason: 'not_planned' });
    expect(await label('governor', 'decision: returned')).toContain('(application.not-now)');
    await intake.steward();
    expect([...intake.world.repo('governance').issues.values()].map((each) => each.state)).toEqual([
      'closed',
    ]);
  });

  test('a pull request that is closed unmerged puts it off, or rejects it where it is labelled so', async () => {
    const issue = await at(bodyOf(WHOLE));
    const governance = intake.world.repo('governance');
    const close = async (pull: number, labels: string[]) => {
      const { issues } = intake.world.sandbox.state;
      issues.edit(intake.person('governor'), governance, intake.issue(pull, governance), {
        labels,
        state: 'closed',
      });
      const { pullClosed } = await import('../../src/github/proposals/follow.ts');
      await pullClosed(intake.world.hub.room, pull, false);
      await intake.world.settle();
    };
    const [first = 0] = await intake.steward();
    await close(first, []);
    expect(await state()).toEqual(['deferred']);
    intake.comment('stranger', issue, '### Title\n\nA better one');
    await intake.world.settle();
    const [second = 0] = (await intake.steward()).filter((pull) => pull !== first);
    await close(second, ['decision: rejected']);
    expect(await state()).toEqual(['rejected']);
  });

  test('its applicant takes it back by closing it, and nobody else does', async () => {
    const issue = await at(bodyOf(WHOLE));
    await intake.steward();
    intake.edit('governor', issue, { state: 'closed' });
    await intake.world.settle();
    expect(intake.issue(issue).state).toBe('open');
    intake.edit('stranger', issue, { state: 'closed' });
    await intake.world.settle();
    expect(await state()).toEqual(['withdrawn']);
    await intake.steward();
    expect([...intake.world.repo('governance').issues.values()].map((each) => each.state)).toEqual([
      'closed',
    ]);
  });

  test('labels changed by hand are put back, others are left; lost events and a lost comment lose nothing', async () => {
    const issue = await at(bodyOf(WHOLE));
    intake.edit('governor', issue, { labels: ['application: approved', 'urgent'] });
    await intake.world.settle();
    expect(intake.labels(issue)).toEqual(['application: submitted', 'urgent']);
    const before = await leaves();
    await lookAtApplications(intake.world.hub.room, { issues: true });
    await queueEverything(intake.world.hub.room);
    await intake.world.settle();
    expect(await leaves()).toEqual(before);

    intake.world.sandbox.state.apps.setWebhook(intake.world.sandbox.state.apps.named('sallyport')!, {
      url: 'http://127.0.0.1:9/',
      secret: 'x',
    });
    const lost = intake.open('lead', bodyOf({ ...WHOLE, Title: 'Another' }));
    intake.open('lead', 'I have a question');
    await intake.world.sandbox.state.idle();
    await lookAtApplications(intake.world.hub.room, { issues: true });
    await intake.world.settle();
    expect(await state()).toEqual(['submitted', 'submitted']);
    expect(intake.labels(lost)).toEqual(['application: submitted']);
    const numbers = await rowsOf<{ number: string }>(
      intake.world.database.db,
      sql`select number from applications order by issue`,
    );
    expect(numbers.map(({ number }) => number)).toEqual(['NS-2026-015', 'NS-2026-016']);
  });
});
