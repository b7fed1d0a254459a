import { afterEach, expect, test } from '@jest/globals';
import { queueEverything } from '../../src/github/github.ts';
import { PEOPLE } from '../support/governance.ts';
import { onOneDatabase } from '../support/database.ts';
import { aReleaseWorld, CHECKERS, REVIEWS, type ReleaseWorld } from '../support/release-world.ts';
import { STUDY } from '../support/world.ts';

onOneDatabase((open) => {
  let town: ReleaseWorld;
  afterEach(() => town.world.stop());

  test('submitting opens two linked issues, without a word of what is in the request', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    expect(await town.world.outbox('parked')).toEqual([]);

    expect(town.see(STUDY, town.release())).toMatchInlineSnapshot(`
     "Release request ID1 [open]
     labels: checks: warn, release: submitted
     assigned: 
     <!-- sallyport:release:ID1 -->

     **Release request \`ID1\`** is waiting for its checkers.

     **submitted** → reviewing → consolidating → approved → releasing → released

     | what | how it is |
     | --- | --- |
     | workspace | \`study-main\` on \`attainment\` |
     | asked for by | \`rowan-example\` |
     | files asked for | 3 |
     | automatic checks | some hints |
     | turn | 1, 2 reviews needed |
     | submitted | TIME |
     | reviewed in | northshire-research/reviews#1 |

     | when | what | who |
     | --- | --- | --- |
     | TIME | draft started | \`rowan-example\` |
     | TIME | submitted | \`rowan-example\` |

     <sub>Written from Sallyport's record: what is changed here by hand is put back. Files, names, explanations and grades stay in the [viewer](https://viewer.zone.example). Commands for the author: \`/submit\`, \`/withdraw\`; after the release \`/publish\`. Everything else is done in the viewer.</sub>"
    `);
    expect(town.see(REVIEWS, town.review())).toMatchInlineSnapshot(`
     "Review of release request ID1 [open]
     labels: author: internal, checks: warn, release: submitted
     assigned: kim-example, noor-example
     <!-- sallyport:review:ID1 -->

     **Release request \`ID1\`** is waiting for its checkers.

     **submitted** → reviewing → consolidating → approved → releasing → released

     | what | how it is |
     | --- | --- |
     | project | \`ns-2026-014\` |
     | workspace | \`study-main\` on \`attainment\` |
     | author | \`rowan-example\` |
     | release issue | northshire-research/study#1 |
     | files asked for | 3 |
     | automatic checks | some hints |
     | turn | 1, 2 reviews needed |
     | submitted | TIME |
     | checkers | \`kim-example\`, \`noor-example\` |

     **To review**: read every file in the viewer (https://viewer.zone.example) and grade it there. Then sign here, with one of

     - the label \`verdict: submit\`, or \`/submit-review\`: signs the grades you gave in the viewer;
     - the label \`verdict: approve\`, \`verdict: changes\` or \`verdict: reject\`, or the command of that name: this grade for every file you did not grade singly, then signs.

     The label is taken off at once; your signature counts when it is confirmed below.

     | when | what | who |
     | --- | --- | --- |
     | TIME | draft started | \`rowan-example\` |
     | TIME | submitted | \`rowan-example\` |

     <sub>Written from Sallyport's record: what is changed here by hand is put back. Files, names, explanations and grades stay in the [viewer](https://viewer.zone.example). Commands for checkers: \`/help\` lists them.</sub>"
    `);
  });

  test('what people change by hand is put back, and an issue that went is replaced', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    town.admin('lead');
    const before = [town.see(STUDY, town.release()), town.see(REVIEWS, town.review())];
    const lead = town.as('lead');

    const release = town.release();
    lead.edit(STUDY, release, { title: 'Approved', body: 'All is well' });
    lead.label(STUDY, release, 'release: released');
    lead.unlabel(STUDY, release, 'release: submitted');
    lead.edit(REVIEWS, town.review(), { state: 'closed', assignees: ['rowan-example'] });
    lead.label(REVIEWS, town.review(), 'ours: keep');
    await town.world.settle();
    expect(town.labels(REVIEWS, town.review())).toContain('ours: keep');
    lead.unlabel(REVIEWS, town.review(), 'ours: keep');
    await town.world.settle();
    expect([town.see(STUDY, town.release()), town.see(REVIEWS, town.review())]).toEqual(before);

    const { fates } = town.world.sandbox.state;
    expect(fates.delete(lead.actor, town.repo(REVIEWS), town.review())).toBeUndefined();
    const moved = fates.transfer(lead.actor, town.repo(STUDY), town.release(), town.repo(REVIEWS));
    expect(moved).toMatchObject({ number: 2 });
    await town.world.settle();
    expect([town.release().number, town.review().number]).toEqual([2, 3]);
    expect(town.review().body).toContain('This issue replaces #1.');
    expect(town.release().body).toContain('northshire-research/reviews#3');
    expect(town.review().body).toContain('northshire-research/study#2');
    const replaced = (await town.world.ledger()).filter(({ body }) => body['event'] === 'issue-replaced');
    expect(
      replaced.map(({ type, actor, body }) => [type, actor, body['issue'], body['number']]).sort(),
    ).toEqual([
      ['release', 'hub', 'release', 1],
      ['release', 'hub', 'review', 1],
    ]);
    expect(await town.world.outbox('parked')).toEqual([]);
  });

  test('each event is told once, to whom it concerns, and signatures only by their number', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    const { settle } = town.world;
    const step = async (...args: Parameters<ReleaseWorld['shows']>) => {
      await town.shows(...args);
      await settle.call(town.world);
    };
    await step('review-received', { state: 'reviewing', reviews: 1 });
    await step('reviewed', { state: 'consolidating', reviews: 2 });
    await step(
      'returned',
      { state: 'returned', turn: 2, checkers: [], files: 0, category: 'incomplete-context' },
      { category: 'incomplete-context', by: CHECKERS.first },
    );
    expect(town.labels(STUDY, town.release())).toEqual(['release: returned']);
    await step(
      'resubmitted',
      { state: 'submitted', turn: 3, files: 3, category: null, checkers: [CHECKERS.first, CHECKERS.second] },
      { by: PEOPLE.lead },
    );
    // These come at once: they are told together.
    await town.shows('review-received', { state: 'reviewing' });
    await town.shows('reviewed', { state: 'consolidating' });
    await town.shows('approved', { state: 'approved' }, { by: CHECKERS.second });
    await town.shows('releasing', {
      state: 'releasing',
      batches: [{ number: 1, state: 'uploading', recalled: [] }],
    });
    await step('released', { state: 'released', batches: [{ number: 1, state: 'released', recalled: [] }] });

    expect(town.said(STUDY, town.release())).toMatchInlineSnapshot(`
     [
       "@rowan-example: The request is back with you (the explanation is incomplete). The viewer says what the checkers ask for. https://viewer.zone.example/requests/ID1",
       "@rowan-example: The files are released: members of the project find them on the hub. \`/publish\` asks that they be published.",
     ]
    `);
    expect(town.said(REVIEWS, town.review())).toMatchInlineSnapshot(`
     [
       "Review 1 of 2 received.",
       "@kim-example, @noor-example: Review 2 of 2 received. All reviews are in: compare them in the viewer and decide.",
       "The request is back with its author (the explanation is incomplete).",
       "@kim-example, @noor-example: The request was submitted again: look at what changed in the viewer.",
       "@kim-example, @noor-example: Review 1 of 2 received.

     Review 2 of 2 received. All reviews are in: compare them in the viewer and decide.

     The request is approved and queued. \`/halt\` stops it as long as no file has left.",
     ]
    `);
    expect([town.release().state, town.review().state]).toEqual(['closed', 'closed']);

    await step(
      'recalled',
      { batches: [{ number: 1, state: 'released', recalled: [2] }] },
      { file: 2, category: 'disclosure', by: CHECKERS.first },
    );
    expect([town.release().state, town.review().state]).toEqual(['closed', 'open']);
    await step(
      'revoked',
      {
        state: 'revoked',
        batches: [{ number: 1, state: 'released', recalled: [1, 2] }],
        category: 'disclosure',
      },
      { file: 1, category: 'disclosure', by: CHECKERS.first },
    );
    expect(town.said(STUDY, town.release()).slice(-2)).toMatchInlineSnapshot(`
     [
       "@rowan-example: File 2 was recalled (a disclosure was found): whoever holds a copy deletes it.",
       "@rowan-example: File 1 was recalled (a disclosure was found): whoever holds a copy deletes it. With that, all released files of this request are recalled (a disclosure was found).",
     ]
    `);
    expect(town.said(REVIEWS, town.review()).slice(-2)).toMatchInlineSnapshot(`
     [
       "@kim-example, @noor-example: File 2 was recalled (a disclosure was found): whoever holds a copy deletes it.",
       "@kim-example, @noor-example: File 1 was recalled (a disclosure was found): whoever holds a copy deletes it. With that, all released files of this request are recalled (a disclosure was found).",
     ]
    `);
    expect([town.release().state, town.review().state]).toEqual(['closed', 'open']);
    const everything = [...town.said(STUDY, town.release()), ...town.said(REVIEWS, town.review())].join('\n');
    expect(everything).not.toMatch(/verdict: |grade|output\/|[0-9a-f]{64}/);
    expect(town.release().body).not.toMatch(/kim-example|noor-example/);

    // Nothing is said twice, and what was changed is written again.
    const said = town.said(REVIEWS, town.review());
    const { state } = town.world.sandbox;
    const [first] = state.talk.comments(town.repo(REVIEWS), town.review());
    if (first) state.talk.editComment(adminOf(town), town.repo(REVIEWS), first, 'Review 2 of 2 received.');
    await queueEverything(town.world.hub.room);
    await settle.call(town.world);
    expect(town.said(REVIEWS, town.review())).toEqual(said);
  });

  test('a draft that a schedule made has its release issue at once, and tells its author and nobody else', async () => {
    town = await aReleaseWorld({ database: await open() });
    const { settle } = town.world;
    await town.shows('created', { automated: true, files: 0, hints: 'none' }, { by: PEOPLE.lead });
    await settle.call(town.world);

    expect(town.labels(STUDY, town.release())).toEqual(['release: draft']);
    expect(town.see(STUDY, town.release())).toContain('| made by | a schedule of the project |');
    expect(town.said(STUDY, town.release())).toEqual([
      '@rowan-example: A schedule of the project made this request in your name. It is submitted by itself when nothing stands against it; while it is a draft, the viewer says what it waits for. https://viewer.zone.example/requests/ID1',
    ]);
    expect(town.find(REVIEWS, 'Review of')).toBeUndefined();
    expect(await town.world.outbox('parked')).toEqual([]);

    await town.shows(
      'submitted',
      { state: 'submitted', turn: 1, submittedAt: town.world.clock.now(), checkers: [CHECKERS.first] },
      { by: PEOPLE.lead },
    );
    await settle.call(town.world);
    expect(town.said(STUDY, town.release())).toHaveLength(1);
    expect(town.see(REVIEWS, town.review())).toContain('| made by | a schedule of the project |');
  });

  test('a draft that a person made has no issue', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.shows('created', {}, { by: PEOPLE.lead });
    await town.world.settle();
    expect(town.find(STUDY, 'Release request')).toBeUndefined();
  });

  test('an incident stands on both issues by number and time, and keeps the review issue open until it is closed', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    const { settle } = town.world;
    const incident = {
      number: 1,
      category: 'disclosure',
      files: [2],
      openedAt: town.world.clock.now(),
      dueAt: town.world.clock.now() + 259_200_000,
      closedAt: null,
    } as const;
    await town.shows(
      'recalled',
      {
        state: 'released',
        batches: [{ number: 1, state: 'released', recalled: [2] }],
        incidents: [{ ...incident, files: [2] }],
      },
      { file: 2, category: 'disclosure', by: CHECKERS.first },
    );
    await settle.call(town.world);
    expect([town.release().state, town.review().state]).toEqual(['closed', 'open']);
    expect(town.see(REVIEWS, town.review())).toMatch(
      /\| incident 1 \| file 2: a disclosure was found; opened TIME, to be closed by TIME \|/,
    );
    expect(town.said(REVIEWS, town.review()).at(-1)).toContain(
      'An incident is open: somebody who did not ask',
    );
    expect(town.said(STUDY, town.release()).at(-1)).not.toContain('incident');

    await town.shows(
      'incident-closed',
      { incidents: [{ ...incident, files: [2], closedAt: town.world.clock.now() }] },
      { by: CHECKERS.second },
    );
    await settle.call(town.world);
    expect([town.release().state, town.review().state]).toEqual(['closed', 'closed']);
    expect(town.said(REVIEWS, town.review()).at(-1)).toContain('The incident is closed.');
    expect(town.see(STUDY, town.release())).toMatch(/\| incident 1 \| .*closed TIME \|/);
  });

  test('a study without issues has the review issue alone, a deployment without review repository the other', async () => {
    town = await aReleaseWorld({ database: await open(), reviews: false });
    const { repos } = town.world.sandbox.state;
    await town.submitted();
    expect(town.labels(STUDY, town.release())).toContain('release: submitted');
    expect((await town.world.outbox('parked')).map(({ topic, lastError }) => [topic, lastError])).toEqual([
      ['review', 'no review repository that the App is installed on: see review_repos in deployment.yml'],
    ]);

    repos.change(town.repo(STUDY), { hasIssues: false }, null);
    await town.makeReviews();
    await town.shows('review-received', { state: 'reviewing' });
    await town.world.settle();
    expect(town.labels(REVIEWS, town.review())).toContain('release: reviewing');
    expect(town.said(REVIEWS, town.review())).toEqual(['Review 1 of 2 received.']);
    expect(town.labels(STUDY, town.release())).toContain('release: submitted');
  });
});

function adminOf(town: ReleaseWorld) {
  town.admin('lead');
  return town.as('lead').actor;
}
