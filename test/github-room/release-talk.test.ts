import { afterEach, expect, test } from '@jest/globals';
import { remindCheckers, reviewAccess, lookAtReviewRepositories } from '../../src/github/github.ts';
import { FORM_HEADINGS } from '../../src/github/release/forms.ts';
import { days } from '../../src/lib/clock.ts';
import { PEOPLE, PROJECT } from '../support/governance.ts';
import { onOneDatabase } from '../support/database.ts';
import {
  aReleaseWorld,
  CHECKERS,
  releaseGovernance,
  REQUEST,
  REVIEWS,
  type ReleaseWorld,
} from '../support/release-world.ts';
import { lasting, STUDY } from '../support/world.ts';

onOneDatabase((open) => {
  let town: ReleaseWorld;
  afterEach(() => town.world.stop());

  test('an author starts, submits and withdraws; the zone answers, and only then the command is settled', async () => {
    town = await aReleaseWorld({ database: await open() });
    const { world } = town;
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/release output/*.csv');
    await world.settle();
    expect(world.replies(issue)).toEqual([
      '@rowan-example: Nothing has been run on real data from branch main, so there is nothing to release. Run the actions first, with /run. (release.never-run)',
    ]);

    world.as('lead').comment(issue, '/run model');
    await world.settle();
    const draft = world.as('lead').comment(issue, '/release output/*.csv');
    await world.settle();
    const [order] = await town.orders();
    expect(order).toMatchObject({
      actor: PEOPLE.lead,
      deed: {
        type: 'release',
        workspace: 'study-main',
        branch: 'main',
        patterns: ['output/*.csv'],
        repository: { name: 'study' },
      },
    });
    expect(world.reactions(draft)).toBe('eyes');
    await town.answers(order?.id ?? '');
    expect(world.reactions(draft)).toBe('rocket');
    expect(
      world
        .replies(issue)
        .at(-1)
        ?.replace(/`[a-z0-9]{16}`/, '`ID`'),
    ).toMatchInlineSnapshot(
      `"@rowan-example, request \`ID1\` is a draft now. Choose its files, explain them and submit it in the viewer: https://viewer.zone.example/requests/ID1. An issue follows when it is submitted."`,
    );

    await town.submitted();
    const release = town.release().number;
    const said = world.as('lead').comment(release, '/withdraw');
    world.as('checker').comment(release, '/withdraw');
    world.as('lead').comment(release, '/approve 1');
    await world.settle();
    expect(world.replies(release).sort()).toEqual([
      expect.stringContaining('(release.not-member)'),
      expect.stringContaining('(command.wrong-place)'),
    ]);
    const [withdraw, ...none] = await town.orders();
    expect([withdraw?.deed, none]).toEqual([{ type: 'withdraw', request: REQUEST }, []]);
    await town.answers(withdraw?.id ?? '', 'release.state');
    expect(world.reactions(said)).toBe('confused');
    expect(world.replies(release).at(-1)).toContain(
      'This cannot be done in the state the request is in now. The viewer says more. (release.state)',
    );
    // On any other issue it is their only unfinished request.
    world.as('lead').comment(issue, '/submit');
    await world.settle();
    expect((await town.orders()).map(({ deed }) => deed)).toEqual([{ type: 'submit', request: REQUEST }]);

    // What ends looking in the viewer ends handing on here; taking back stays open.
    const file = `projects/${PROJECT}.yml`;
    const project = lasting(releaseGovernance()).get(file)!.replace('met_on: 2026-03-05', 'met_on: null');
    await world.as('governor').push({ [file]: project }, { repo: 'governance' });
    await world.settle();
    for (const text of ['/submit', '/release output/*.csv', '/withdraw'])
      world.as('lead').comment(issue, text);
    await world.settle();
    expect((await town.orders()).map(({ deed }) => deed.type)).toEqual(['submit', 'withdraw']);
    const last = world.replies(issue).slice(-2).join('\n');
    expect(last.match(/Ethics letter.*\(run\.condition-open\)/g)).toHaveLength(2);
  });

  test('checkers speak on the review issue, in numbers and categories, and outsiders are not handed on', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    const issue = town.review();
    const kim = town.as('checker');
    kim.comment(REVIEWS, issue, '/changes 2\n/submit-review a1b2c3d4\n/return incomplete-context');
    kim.comment(
      REVIEWS,
      issue,
      `/claim\n/unclaim\n/halt\n/revoke ${REQUEST}-1 2 disclosure\n/close-request unsafe`,
    );
    kim.comment(REVIEWS, issue, '/revoke another000000001-1 2 disclosure');
    town.as('collaborator').comment(REVIEWS, issue, '/reject');
    kim.comment(REVIEWS, issue, '/release output/*.csv');
    await town.world.settle();
    const request = REQUEST;
    expect((await town.orders()).map(({ actor, deed }) => [actor, deed])).toEqual(
      [
        { type: 'sign', request, verdict: 'changes', files: [2], turn: 1 },
        { type: 'sign', request, verdict: 'submit', code: 'a1b2c3d4', turn: 1 },
        { type: 'return', request, category: 'incomplete-context', turn: 1 },
        { type: 'claim', request },
        { type: 'unclaim', request },
        { type: 'halt', request },
        { type: 'revoke', request, release: `${REQUEST}-1`, file: 2, category: 'disclosure' },
        { type: 'close-request', request, category: 'unsafe', turn: 1 },
      ].map((deed) => [CHECKERS.first, deed]),
    );
    const replies = town.said(REVIEWS, issue).join('\n');
    for (const code of ['command.other-request', 'release.not-checker', 'command.wrong-place'])
      expect(replies).toContain(`(${code})`);

    const [changes] = await town.orders();
    await town.answers(changes?.id ?? '', 'release.blind');
    for (const { id } of await town.orders()) await town.answers(id);
    const words = town.said(REVIEWS, issue).join('\n');
    expect(words).toContain('(release.blind)');
    expect(words).not.toMatch(/\/(changes|reject|submit-review)\b/);
    const leaves = (await town.world.ledger()).filter(({ body }) => body['event'] === 'command');
    expect(JSON.stringify(leaves)).not.toMatch(/"(changes|submit-review|reject|claim|unclaim)"/);

    // A closed review issue takes a recall and nothing else.
    await town.shows('released', { state: 'released' });
    await town.world.settle();
    kim.comment(REVIEWS, issue, '/claim');
    kim.comment(REVIEWS, issue, `/revoke ${REQUEST}-1 1 wrong-file`);
    await town.world.settle();
    expect(town.said(REVIEWS, issue).join('\n')).toContain('(command.closed)');
    expect((await town.orders()).map(({ deed }) => deed.type)).toEqual(['revoke']);
  });

  test('/help says what this person can write at this place', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    const { world } = town;
    const commands = (text: string | undefined) =>
      [...(text ?? '').matchAll(/^- `\/([a-z-]+)/gm)].map((one) => one[1]);
    town.as('checker').comment(REVIEWS, town.review(), '/help');
    await world.settle();
    expect(commands(town.said(REVIEWS, town.review()).at(-1))).toEqual([
      'unclaim',
      'submit-review',
      'approve',
      'changes',
      'reject',
      'return',
      'close-request',
      'help',
    ]);
    town.as('lead').comment(REVIEWS, town.review(), '/help');
    await world.settle();
    expect(commands(town.said(REVIEWS, town.review()).at(-1))).toEqual(['help']);
    world.as('lead').comment(town.release().number, '/help');
    await world.settle();
    expect(commands(world.replies(town.release().number).at(-1))).toEqual(
      expect.arrayContaining(['run', 'release', 'withdraw', 'help']),
    );
  });

  test('a filled-in form is a command, and one that cannot be read is answered', async () => {
    town = await aReleaseWorld({ database: await open() });
    const { world } = town;
    const lead = town.as('lead');
    world.as('lead').comment(world.as('lead').issue(), '/run model');
    await world.settle();
    const filled = lead.open(
      STUDY,
      'Request a release',
      `### ${FORM_HEADINGS.outputs}\n\noutput/*.csv\n\n### ${FORM_HEADINGS.agreed}\n\n- [X] aggregates only`,
    );
    const empty = lead.open(STUDY, 'Request a release', `### ${FORM_HEADINGS.outputs}\n\n_No response_`);
    const other = lead.open(STUDY, 'A question', '### What is wrong\n\nThis.');
    const publication = lead.open(
      STUDY,
      'Request publication',
      `### ${FORM_HEADINGS.publish}\n\n${REQUEST}-1\n\n### ${FORM_HEADINGS.reference}\n\n_No response_`,
    );
    await world.settle();
    expect((await town.orders()).map(({ deed }) => deed.type === 'release' && deed.patterns)).toEqual([
      ['output/*.csv'],
    ]);
    expect(filled.reactions.map(({ content }) => content)).toEqual(['eyes']);
    await town.answers((await town.orders())[0]?.id ?? '');
    expect(filled.reactions.map(({ content }) => content)).toEqual(['rocket']);
    expect(town.said(STUDY, filled).at(-1)).toContain('is a draft now');
    expect(town.said(STUDY, empty).at(-1)).toContain('(form.unreadable)');
    expect(town.said(STUDY, other)).toEqual([]);
    expect(town.said(STUDY, publication).at(-1)).toContain('(publication.no-release)');
  });

  test('who signed in from a new browser is told where they work', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.newBrowser('browser000000001', CHECKERS.first);
    await town.newBrowser('browser000000002', PEOPLE.lead);
    await town.world.settle();
    const reviews = town.find(REVIEWS, 'Viewer sign-ins');
    const study = town.find(STUDY, 'Viewer sign-ins');
    expect(reviews && town.said(REVIEWS, reviews)).toMatchInlineSnapshot(`
     [
       "@kim-example: your account signed in to the viewer of \`Pupil attainment warehouse\` from a new browser at TIME. If that was you, nothing is to be done. If not, tell \`incidents@example.edu\` at once.",
     ]
    `);
    expect(study && town.said(STUDY, study)).toEqual([
      expect.stringContaining('@rowan-example: your account'),
    ]);
  });

  test('what is overdue is labelled and its checkers reminded, once each time', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    const { room } = town.world.hub;
    expect(await remindCheckers(room)).toBe(0);
    town.world.later(days(11));
    expect(await remindCheckers(room)).toBe(1);
    await town.world.settle();
    expect(await remindCheckers(room)).toBe(0);
    await town.world.settle();
    expect(town.labels(REVIEWS, town.review())).toContain('review: overdue');
    expect(town.labels(STUDY, town.release())).toContain('review: overdue');
    expect(town.release().body).toContain('It is **overdue**');
    expect(town.said(REVIEWS, town.review())).toHaveLength(1);
    expect(town.said(REVIEWS, town.review())[0]).toMatch(
      /^@kim-example, @noor-example: This review is overdue/,
    );

    await town.shows('returned', { state: 'returned', turn: 2, checkers: [] }, { category: 'author-asked' });
    await town.world.settle();
    expect(town.labels(REVIEWS, town.review())).toEqual(['author: internal', 'release: returned']);
    expect(await remindCheckers(room)).toBe(0);
  });

  test('checkers without triage, and a review repository without the App, are named for the operator', async () => {
    town = await aReleaseWorld({ database: await open() });
    const { room } = town.world.hub;
    town.repo(REVIEWS).collaborators.delete(CHECKERS.second);
    await lookAtReviewRepositories(room);
    expect(await reviewAccess(room)).toEqual([
      { repository: 9005, reached: true, lacking: [CHECKERS.second] },
    ]);
    await town.world.settle();
    expect(town.repo(REVIEWS).labels.has('verdict: submit')).toBe(true);
    town.repo(REVIEWS).collaborators.set(CHECKERS.second, 'triage');
    await lookAtReviewRepositories(room);
    expect(await reviewAccess(room)).toEqual([]);
  });
});
