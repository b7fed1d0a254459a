import { afterEach, expect, test } from '@jest/globals';
import { PEOPLE } from '../support/governance.ts';
import { onOneDatabase } from '../support/database.ts';
import { knock, sendAgain } from '../support/door.ts';
import { aReleaseWorld, CHECKERS, REQUEST, REVIEWS, type ReleaseWorld } from '../support/release-world.ts';
import { STUDY } from '../support/world.ts';

type Labelled = { label: { name: string }; sender: { id: number; type: string } };

const verdicts = (town: ReleaseWorld): string[] =>
  town.labels(REVIEWS, town.review()).filter((name) => name.startsWith('verdict'));

/** Every word the App has written anywhere about this request. */
function everyWord(town: ReleaseWorld): string {
  return [...town.said(REVIEWS, town.review()), ...town.said(STUDY, town.release())].join('\n');
}

onOneDatabase((open) => {
  let town: ReleaseWorld;
  afterEach(() => town.world.stop());

  test('a verdict label is taken off first, ordered with the numeric id, and confirmed by a number alone', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    expect([...town.repo(REVIEWS).labels.keys()]).toEqual(
      expect.arrayContaining(['verdict: submit', 'verdict: approve', 'verdict: changes', 'verdict: reject']),
    );

    town.as('checker').label(REVIEWS, town.review(), 'verdict: reject');
    await town.world.settle();
    expect(verdicts(town)).toEqual([]);
    const [order] = await town.orders();
    expect(order).toMatchObject({
      actor: CHECKERS.first,
      deed: { type: 'sign', request: REQUEST, verdict: 'reject' },
    });
    expect(town.said(REVIEWS, town.review())).toEqual([]);

    await town.shows('review-received', { state: 'reviewing', reviews: 1 });
    await town.answers(order?.id ?? '');
    expect(town.said(REVIEWS, town.review())).toEqual(['Review 1 of 2 received.']);
    expect(everyWord(town)).not.toMatch(/reject|kim/);
    // Who is a checker at all is public; of this request nothing.
    const said = (await town.world.ledger()).filter(({ type }) => type !== 'membership' && type !== 'grant');
    const leaves = JSON.stringify(said);
    expect(leaves).not.toMatch(/"reject"|verdict: reject/);
    expect(leaves).not.toContain(`person:${CHECKERS.first}`);
  });

  test('a refused signature is answered by its code, to the person, without the verdict', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    town.as('checker').label(REVIEWS, town.review(), 'verdict: approve');
    await town.world.settle();
    await town.answers((await town.orders())[0]?.id ?? '', 'release.not-opened');
    expect(town.said(REVIEWS, town.review())).toEqual([
      '@kim-example: Your signature was not taken. Open every file in the viewer as it is now, then sign again. (release.not-opened)',
    ]);
  });

  test('two checkers within one second both sign; the same label is there for one of them only', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    const issue = town.review();
    town.as('checker').label(REVIEWS, issue, 'verdict: approve');
    town.as('governor').label(REVIEWS, issue, 'verdict: changes');
    // Also theirs, but it stands there already: GitHub tells nobody, and it is no signature.
    town.as('governor').label(REVIEWS, issue, 'verdict: approve');
    await town.world.settle();
    expect(verdicts(town)).toEqual([]);
    expect(
      (await town.orders()).map(({ actor, deed }) => [actor, 'verdict' in deed && deed.verdict]),
    ).toEqual([
      [CHECKERS.first, 'approve'],
      [CHECKERS.second, 'changes'],
    ]);
  });

  test('a verdict that is delivered after the request came back and was submitted again is said of its own turn', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    town.as('checker').label(REVIEWS, town.review(), 'verdict: submit');
    await town.world.settle();
    expect((await town.orders()).map(({ deed }) => 'turn' in deed && deed.turn)).toEqual([1]);

    // GitHub holds this one back.
    town.as('governor').label(REVIEWS, town.review(), 'verdict: approve');
    const later = 5_000;
    town.world.later(later);
    await town.shows('returned', { state: 'returned', turn: 2 });
    await town.shows('resubmitted', { state: 'submitted', turn: 3 });
    await town.world.settle();
    expect((await town.orders()).map(({ deed }) => 'turn' in deed && deed.turn)).toEqual([1, 2]);
  });

  test('a delivery that comes twice, in whichever order, signs once', async () => {
    const database = await open();
    town = await aReleaseWorld({ database });
    await town.submitted();
    const { world } = town;
    const { log } = world.sandbox.state.hooks;
    const app = world.sandbox.state.apps.named('sallyport');
    town.as('checker').label(REVIEWS, town.review(), 'verdict: submit');
    await world.sandbox.state.idle();
    const labelled = log.of(app?.id ?? 0, Date.now()).find(({ body }) => body.includes('"action":"labeled"'));
    const again = () =>
      knock(world, labelled?.body ?? '', {
        'x-github-event': 'issues',
        'x-github-delivery': labelled?.guid ?? '',
      });
    expect((await again()).status).toBe(202);
    await world.settle();
    expect((await again()).status).toBe(202);
    await world.settle();
    expect(await town.orders()).toHaveLength(1);

    // The hub dies between taking the label off and giving the order: the repeat gives it.
    town.as('governor').label(REVIEWS, town.review(), 'verdict: submit');
    database.faults.at = (statement) => statement.includes('airlock_orders');
    await world.receive().catch(() => undefined);
    expect(verdicts(town)).toEqual([]);
    delete database.faults.at;
    world.later(60_000);
    await world.settle();
    expect((await town.orders()).map(({ actor }) => actor)).toEqual([CHECKERS.first, CHECKERS.second]);
  });

  test('a label that was taken off by hand again, or that was there already, is no signature', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    const issue = town.review();
    const kim = town.as('checker');
    kim.label(REVIEWS, issue, 'verdict: approve');
    kim.unlabel(REVIEWS, issue, 'verdict: approve');
    await town.world.settle();
    expect(await town.orders()).toEqual([]);

    // The same, heard of in the wrong order.
    town.world.fault({ kind: 'reorder', next: 2, event: 'issues' });
    kim.label(REVIEWS, issue, 'verdict: changes');
    kim.unlabel(REVIEWS, issue, 'verdict: changes');
    await town.world.settle();
    expect(await town.orders()).toEqual([]);
    town.world.sandbox.state.faults.clear();

    // No event came of it: put on while GitHub could not reach us. It is taken off, and nothing else.
    town.world.fault({ kind: 'vanish', next: 1, event: 'issues' });
    kim.label(REVIEWS, issue, 'verdict: approve');
    await town.world.settle();
    await town.shows(null);
    await town.world.settle();
    expect(verdicts(town)).toEqual([]);
    expect(await town.orders()).toEqual([]);
    expect(town.said(REVIEWS, issue)).toEqual([]);
  });

  test('labels by outsiders, by bots and on other issues sign nothing', async () => {
    town = await aReleaseWorld({ database: await open() });
    await town.submitted();
    town.admin('lead');
    const issue = town.review();
    town.as('lead').label(REVIEWS, issue, 'verdict: approve');
    await town.world.settle();
    expect(verdicts(town)).toEqual([]);
    const [refused] = (await town.world.ledger()).filter(({ body }) => body['event'] === 'label');
    expect(refused).toMatchObject({ type: 'refused', actor: `person:${PEOPLE.lead}` });

    town.as('lead').label(STUDY, town.release(), 'verdict: approve');
    const other = town.as('checker').open(REVIEWS, 'A question', 'about the rota');
    town.as('checker').label(REVIEWS, other, 'verdict: approve');
    await town.world.settle();
    expect(town.labels(STUDY, town.release())).not.toContain('verdict: approve');
    expect(town.labels(REVIEWS, other)).toEqual(['verdict: approve']);

    town.as('checker').label(REVIEWS, issue, 'verdict: submit');
    await town.world.settle();
    await sendAgain<Labelled>(town.world, 'issues', (payload) => (payload.sender.type = 'Bot'));
    expect((await town.orders()).map(({ actor }) => actor)).toEqual([CHECKERS.first]);
    expect(town.said(REVIEWS, issue)).toEqual([]);
    expect((await town.world.inbox()).filter(({ state }) => state !== 'done')).toEqual([]);
  });
});
