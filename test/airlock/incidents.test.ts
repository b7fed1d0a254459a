/** What a recall opens in the zone: shown with who had a copy, told outside, closed by somebody else. */
import { afterEach, expect, test } from '@jest/globals';
import { hours } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { AirlockWorld, WHO, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  /** Out, and recalled by its two checkers. */
  async function recalled(): Promise<{ id: string; third: Name }> {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [one, two] = await world.checkers(id);
    await world.reviews(one!, id);
    await world.reviews(two!, id);
    const file = (await world.state(id)).batches[0]!.files[0]!;
    await world.room.uploads.start(id, 1);
    const bytes = await world.room.uploads.bytes({ request: id, batch: 1, number: file.number });
    await world.room.uploads.confirm({ request: id, batch: 1, number: file.number }, sha256(bytes));
    const wish = { file: file.number, category: 'disclosure' } as const;
    await world.does(one!, id, 'revoke', wish);
    await world.does(two!, id, 'revoke', wish);
    const third = (['checkerA', 'checkerB', 'checkerC'] as const).find((who) => who !== one && who !== two)!;
    return { id, third };
  }
  async function listed() {
    const state = await world.room.operations(WHO.operator1);
    if (isRefusal(state)) throw new Error(state.code);
    return state.incidents;
  }
  const close = { incident: 1, outcome: 'contained', reason: 'Both copies are gone.' } as const;

  test('it stands before the operators with its files, when it is due, and whom the hub told', async () => {
    const { id } = await recalled();
    await world.room.recallsTold([
      { request: id, file: 1, people: [WHO.coAuthor, WHO.author] },
      { request: 'aaaaaaaaaaaaaaaa', file: 1, people: [WHO.stranger] },
    ]);
    await world.room.recallsTold([{ request: id, file: 1, people: [WHO.coAuthor] }]);

    expect(await listed()).toMatchObject([
      {
        request: id,
        number: 1,
        category: 'disclosure',
        files: [1],
        dueAt: world.clock.now() + hours(72),
        late: false,
        told: [{ id: WHO.author }, { id: WHO.coAuthor }],
        closed: null,
      },
    ]);
    world.clock.advance(hours(73));
    expect(await listed()).toMatchObject([{ late: true }]);
  });

  test('it is told outside by number, category and times, and never who had a copy or how it ended', async () => {
    const { id, third } = await recalled();
    const at = world.clock.now();
    const shown = async () => (await world.room.shown([id]))[0]!;
    expect((await shown()).incidents).toEqual([
      { number: 1, category: 'disclosure', files: [1], openedAt: at, dueAt: at + hours(72), closedAt: null },
    ]);
    await world.does(third, id, 'close-incident', close);
    const after = await shown();
    expect(after.incidents).toMatchObject([{ closedAt: world.clock.now() }]);
    expect(after.events.at(-1)).toMatchObject({ what: 'incident-closed', by: WHO[third] });
    expect(JSON.stringify(after)).not.toContain('copies');
  });

  test('whoever recalled does not close it, a third does, and the page says to each what they can do', async () => {
    const { id, third } = await recalled();
    const [one] = await world.checkers(id);
    await world.room.recallsTold([{ request: id, file: 1, people: [WHO.coAuthor] }]);
    const first = (await world.page(one!, id)).incidents[0]!;
    expect(first.against?.map(({ code }) => code)).toEqual(['release.incident-second-person']);
    expect(first.told).toHaveLength(1);
    expect(await world.ask(one!, id, 'close-incident', close)).toMatchObject({
      code: 'release.incident-second-person',
    });
    const author = (await world.page('author', id)).incidents[0]!;
    expect([author.against, author.told]).toEqual([undefined, []]);
    expect((await world.page('operator1', id)).incidents[0]!.against).toEqual([]);

    expect((await world.page(third, id)).incidents[0]!.against).toEqual([]);
    await world.does(third, id, 'close-incident', close);
    expect(await listed()).toMatchObject([
      { closed: { by: { id: WHO[third] }, outcome: 'contained', reason: close.reason } },
    ]);
  });
}, AIRLOCK_MIGRATIONS);
