/** The link when the hub goes, or the airlock is killed: nothing lost, nothing twice. */
import { expect, test } from '@jest/globals';
import { hours, minutes } from '../../src/lib/clock.ts';
import { answersOf, orderReview, releaseById, stepsOf } from '../../src/outputs/outputs.ts';
import { HubUnreachable } from '../../src/protocol/protocol.ts';
import { onOneDatabase } from '../support/database.ts';
import { LinkRoomOnPaper, steppedHub } from '../support/link-room.ts';
import {
  aDeclaration,
  aShown,
  aShownRelease,
  aStep,
  CHECKER_1,
  FIGURE,
  ledger,
  TABLE,
  value,
  type OutputsWorld,
} from '../support/outputs.ts';
import { aHubOver, aHubThatGoes, aLink, aRelease, door, order } from './link-world.ts';

onOneDatabase((open) => {
  const aHub = async () => aHubOver(await open());

  test('a hub that is away for hours counts as no failure, and everything goes on when it is back', async () => {
    const { world, room } = await aHub();
    const { hub, state } = aHubThatGoes(door!.client());
    const link = aLink(world, room, { hub });
    room.show(aShown());
    await link.orders.pass();
    await link.reports.pass();
    const sending = aRelease(room);
    await order(world, 'first00000000000');
    state.away = true;

    for (let hour = 0; hour < 12; hour++) {
      await expect(link.orders.pass()).rejects.toThrow(HubUnreachable);
      await expect(link.reports.pass()).rejects.toThrow(HubUnreachable);
      await expect(link.uploads.pass()).rejects.toThrow(HubUnreachable);
      world.clock.advance(hours(1));
    }
    expect(link.reached).toBe(false);
    expect(await link.signIns.start('session00000001a', '123456')).toMatchObject({ code: 'link.hub-away' });
    expect(await link.signIns.redeem('session00000001a', 'zoo zoo zoo')).toMatchObject({
      code: 'link.hub-away',
    });

    state.away = false;
    await link.orders.pass();
    await link.uploads.pass();
    expect(room.failures).toEqual([]);
    expect(room.done).toEqual(['first00000000000']);
    expect(sending.state).toBe('released');
  });

  test('a hub that goes in the middle of an upload costs the file one try at most', async () => {
    const { world, room } = await aHub();
    const { hub, state } = aHubThatGoes(door!.client());
    const link = aLink(world, room, { hub });
    await link.orders.pass();
    const sending = aRelease(room);
    room.at = (step) => void (step === 'bytes' && (state.away = true));

    await link.uploads.pass();
    await expect(link.orders.pass()).rejects.toThrow(HubUnreachable);
    world.clock.advance(minutes(1));
    await expect(link.uploads.pass()).rejects.toThrow(HubUnreachable);

    expect(room.failures).toEqual(['1 upload.no-answer 1', '2 upload.no-answer 1']);
    room.at = () => undefined;
    state.away = false;
    await link.orders.pass();
    await link.uploads.pass();
    expect(sending.state).toBe('released');
  });

  test('a hub whose database is away for a moment costs no file a try, although an open poll hears nothing of it', async () => {
    const { world, room } = await aHub();
    let outages = 3;
    const hub = steppedHub(door!.client(), (step) => {
      if (/^before (declare|upload)/.test(step) && outages-- > 0)
        throw new HubUnreachable(4, { status: 503 });
    });
    const link = aLink(world, room, { hub });
    await link.orders.pass();
    const sending = aRelease(room);
    const stop = new AbortController();

    // The poll says nothing from here on: it is the sending itself that goes on.
    const running = link.uploads.run(stop.signal);
    while (sending.state !== 'released') await new Promise(setImmediate);
    stop.abort();
    await running;

    expect(outages).toBeLessThan(0);
    expect(room.failures).toEqual([]);
  });

  test('a hub that fails at one batch only is sent the others', async () => {
    const { world, room } = await aHub();
    const real = door!.client();
    let isFirst = true;
    const hub = steppedHub(real, (step) => {
      if (step !== 'before declare' || !isFirst) return;
      isFirst = false;
      throw new HubUnreachable(4, { status: 500 });
    });
    const link = aLink(world, room, { hub });
    await link.orders.pass();
    const sending = aRelease(room);

    expect(await link.uploads.pass()).toBe(world.clock.now() + minutes(1));
    expect([sending.state, room.failures]).toEqual(['uploading', []]);
    world.clock.advance(minutes(1));
    await link.uploads.pass();
    expect(sending.state).toBe('released');
  });

  test('an airlock killed at any step, and started again, loses nothing and does nothing twice', async () => {
    const { world } = await aHub();
    let total = Infinity;
    for (let n = 0; n <= total; n++) {
      const room = new LinkRoomOnPaper();
      const request = `r${String(n).padStart(15, '0')}`;
      const id = `o${String(n).padStart(15, '0')}`;
      const { sending, steps } = await oneLife(world, room, { request, id, killedAt: n });
      if (n === 0) total = steps;

      expect([n, sending.state, room.failures, room.done]).toEqual([n, 'released', [], [id]]);
      expect([...sending.files.values()].map(({ confirmed }) => confirmed)).toEqual([1, 1]);
      expect(await answersOf(world.db, [id])).toMatchObject([{ state: 'done' }]);
      expect((await stepsOf(world.db, request)).map(({ seq }) => seq)).toEqual([1, 9]);
      expect(
        (await releaseById(world.db, `${request}-1`))?.files.map(({ heldAt }) => heldAt !== null),
      ).toEqual([true, true]);
      const leaves = (await ledger(world)).filter(({ subject }) => subject === `release:${request}`);
      expect(leaves.map(({ body }) => (body as { event: string }).event)).toEqual([
        'created',
        'releasing',
        'received',
      ]);
    }
    expect(total).toBeGreaterThan(25);
  }, 300_000);
});

/** Shown, ordered, released; killed once, where nothing more is done, and started again from what the room keeps. */
async function oneLife(
  world: OutputsWorld,
  room: LinkRoomOnPaper,
  { request, id, killedAt }: { request: string; id: string; killedAt: number },
) {
  room.show(
    aShownRelease({ id: request, events: [aStep(1, 'created'), aStep(9, 'releasing', { batch: 1 })] }),
  );
  const sending = room.queue(aDeclaration({ release: `${request}-1`, request }), [TABLE, FIGURE]);
  const deed = { type: 'halt', request } as const;
  let steps = 0;
  let ordered = false;
  for (let starts = 0; starts < 3; starts++) {
    let dead = false;
    const at = (): void => {
      steps += 1;
      dead ||= steps === killedAt;
      if (dead) throw new Error('killed');
    };
    room.at = at;
    const link = aLink(world, room, { hub: steppedHub(door!.client(), at) });
    try {
      while (await link.reports.pass());
      if (!ordered) value(await orderReview(world.deps, { id, backend: 'schools', actor: CHECKER_1, deed }));
      ordered = true;
      await link.orders.pass();
      await link.uploads.pass();
      await link.orders.pass();
    } catch {
      // Everything the link held is gone.
    }
  }
  return { sending, steps };
}
