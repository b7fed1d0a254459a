import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { Link, type HubPort, type LinkParts } from '../../agent/airlock/link/link.ts';
import { rowsOf } from '../../src/db/database.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { refusal } from '../../src/lib/refusal.ts';
import {
  answersOf,
  giveCode,
  orderReview,
  releaseById,
  shownRequest,
  stepsOf,
} from '../../src/outputs/outputs.ts';
import { HubUnreachable } from '../../src/protocol/protocol.ts';
import { onOneDatabase } from '../support/database.ts';
import { LinkRoomOnPaper, steppedHub } from '../support/link-room.ts';
import {
  aDeclaration,
  anOutputsWorld,
  aShown,
  aShownRelease,
  aStep,
  AT,
  CHECKER_1,
  codeOf,
  FIGURE,
  HUB_KEY,
  ledger,
  REQUEST,
  serveAirlocks,
  TABLE,
  value,
  type HubDoor,
  type OutputsWorld,
} from '../support/outputs.ts';

let door: HubDoor | undefined;
const stopping: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
  await door?.close();
  door = undefined;
});

function aLink(world: OutputsWorld, room: LinkRoomOnPaper, given: Partial<LinkParts> = {}): Link {
  return new Link({
    room,
    hub: door!.client(),
    clock: world.clock,
    logger: world.deps.logger,
    version: '1',
    pollMs: 0,
    pause: async () => undefined,
    ...given,
  });
}

/** A hub that does not answer while `away`. */
function aHubThatGoes(hub: HubPort): { hub: HubPort; state: { away: boolean } } {
  const state = { away: false };
  const gate = () => {
    if (state.away) throw new HubUnreachable(4);
  };
  return { hub: steppedHub(hub, gate), state };
}

async function order(world: OutputsWorld, id: string): Promise<void> {
  value(
    await orderReview(world.deps, {
      id,
      backend: 'schools',
      actor: CHECKER_1,
      deed: { type: 'claim', request: REQUEST },
    }),
  );
}

/** A request that waits to be shown, and its batch that waits to be sent. */
function aRelease(room: LinkRoomOnPaper, bytes: readonly Buffer[] = [TABLE, FIGURE]) {
  room.show(aShownRelease({ events: [aStep(1, 'created'), aStep(9, 'releasing', { batch: 1 })] }));
  return room.queue(aDeclaration(), bytes);
}

onOneDatabase((open) => {
  async function aHub(): Promise<{ world: OutputsWorld; room: LinkRoomOnPaper }> {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    return { world, room: new LinkRoomOnPaper() };
  }

  test('orders are done in the order in which people acted, and answered', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown());
    await link.reports.pass();
    room.answerTo = ({ id }) =>
      id === 'second0000000000' ? { outcome: 'refused', code: 'release.state' } : { outcome: 'done' };
    await order(world, 'zfirst0000000000');
    await order(world, 'second0000000000');

    expect(await link.orders.pass()).toBe(true);

    expect(room.done).toEqual(['zfirst0000000000', 'second0000000000']);
    const answers = await answersOf(world.db, ['zfirst0000000000', 'second0000000000']);
    expect(answers.map(({ state, code }) => [state, code]).sort()).toEqual([
      ['done', null],
      ['refused', 'release.state'],
    ]);
    expect(link.reached).toBe(true);
  });

  test('an order that cannot be done yet keeps later ones back, but not for ever', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown());
    await link.reports.pass();
    await order(world, 'first00000000000');
    await order(world, 'second0000000000');
    let broken = true;
    room.at = (step) => {
      if (step === 'before order' && broken && room.done.length === 0) throw new Error('no database');
    };
    for (let n = 0; n < 4; n++) expect(await link.orders.pass()).toBe(false);
    expect(room.done).toEqual([]);
    // From now on only the first fails.
    let calls = 0;
    room.at = (step) => {
      if (step === 'before order' && broken && calls++ % 2 === 0) throw new Error('no database');
    };
    expect(await link.orders.pass()).toBe(false);
    expect(room.done).toEqual(['second0000000000']);
    broken = false;
    await link.orders.pass();
    expect(room.done).toEqual(['second0000000000', 'first00000000000']);
    expect((await answersOf(world.db, ['first00000000000']))[0]?.state).toBe('done');
  });

  test('an order signed by another key is not done, and said in the log only', async () => {
    const { world, room } = await aHub();
    const stranger = aLink(world, room, { hub: door!.client({ hubKeys: [] }) });
    room.show(aShown());
    await stranger.reports.pass();
    await order(world, 'first00000000000');

    expect(await stranger.orders.pass()).toBe(false);
    expect(room.done).toEqual([]);
    const rotated = aLink(world, room, { hub: door!.client({ hubKeys: [HUB_KEY.publicKey] }) });
    expect(await rotated.orders.pass()).toBe(true);
    expect(room.done).toEqual(['first00000000000']);
  });

  test('six hundred steps are told in two reports, none lost', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    const events = Array.from({ length: 600 }, (_, at) => aStep(at + 1, 'claimed'));
    room.show(aShown({ version: 600, events }));

    expect(await link.reports.pass()).toBe(true);
    expect(await link.reports.pass()).toBe(true);
    expect(await link.reports.pass()).toBe(false);

    expect((await stepsOf(world.db, REQUEST)).map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq));
  });

  test('the day’s digest of the record is told alone too, once, and stands in the ledger', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    const digest = 'd'.repeat(64);
    room.heads.waiting = { at: AT, digest };

    await link.reports.pass();
    expect(await link.reports.pass()).toBe(false);

    expect(room.heads.told).toEqual([digest]);
    expect(await ledger(world)).toMatchObject([{ body: { event: 'zone-record', digest } }]);
  });

  test('a request the hub does not take is held back longer and longer and keeps no other waiting', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown({ id: 'bad0000000000000', workspace: 'nowhere' }));
    room.show(aShown());
    room.browsers.push({ id: 'browser00000001a', person: CHECKER_1, at: AT, told: false });

    await link.reports.pass();
    expect(await link.reports.pass()).toBe(false);
    expect(room.requests.get(REQUEST)?.told).toBe(1);
    expect(room.requests.get('bad0000000000000')?.told).toBe(0);
    expect(room.browsers[0]?.told).toBe(true);

    await world.db.execute(
      sql`insert into workspaces (name, repository_id, branch, created_at) values ('nowhere', 42, 'b', 1)`,
    );
    await world.db.execute(
      sql`insert into workspace_agents (backend, workspace, agent, since) values ('schools', 'nowhere', 'a', 1)`,
    );
    expect(await link.reports.pass()).toBe(false);
    world.clock.advance(minutes(1));
    expect(await link.reports.pass()).toBe(true);
    expect(room.requests.get('bad0000000000000')?.told).toBe(1);
  });

  test('when the pauses have grown to their longest the room is told, and it goes on being tried', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown({ id: 'bad0000000000000', workspace: 'nowhere' }));
    for (let tries = 1; tries <= 6; tries += 1) {
      await link.reports.pass();
      world.clock.advance(hours(1));
    }
    expect(room.notTakenYet).toEqual([]);
    await link.reports.pass();
    expect(room.notTakenYet).toEqual(['bad0000000000000 shown.workspace']);
    world.clock.advance(hours(1));
    await link.reports.pass();
    expect(room.notTakenYet).toHaveLength(2);
  });

  test('what the hub cannot show on GitHub it says with each answer, by a code, until it was shown', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    room.show(aShown());
    await link.reports.pass();
    const parked = async (reason: string) => {
      await world.db.execute(sql`
        update outbox set state = 'parked', last_error = ${reason} where topic = 'review' and subject = ${REQUEST}`);
      await link.orders.pass();
      return room.unsaidNow.map(({ request, code }) => [request, code]);
    };
    expect(await parked('404 Not Found: a secret place')).toEqual([[REQUEST, 'github.gone']]);
    expect(await parked('403 no')).toEqual([[REQUEST, 'github.refused']]);
    expect(await parked('502')).toEqual([[REQUEST, 'github.unwell']]);
    expect(await parked('no answer: FetchError')).toEqual([[REQUEST, 'github.no-answer']]);
    expect(await parked('no review repository')).toEqual([[REQUEST, 'github.out-of-reach']]);

    await world.db.execute(sql`
      insert into outbox (topic, subject, payload, not_before, created_at, state, done_at)
      values ('review', ${REQUEST}, 'null'::jsonb, 0, 2, 'done', 3)`);
    await link.orders.pass();
    expect(room.unsaidNow).toEqual([]);
  });

  test('a release goes out: what the hub must know first, then the files, each once', async () => {
    const { world, room } = await aHub();
    const sending = aRelease(room);

    await aLink(world, room).uploads.pass();

    expect(sending.state).toBe('released');
    expect((await releaseById(world.db, `${REQUEST}-1`))?.releasedAt).toBe(AT);
    expect(await shownRequest(world.db, REQUEST)).toMatchObject({ version: 9 });
    expect(room.failures).toEqual([]);
  });

  test('a copy that is not what was approved any more never leaves', async () => {
    const { world, room } = await aHub();
    aRelease(room, [Buffer.from('school,absent\na,1\n'), FIGURE]);

    await aLink(world, room).uploads.pass();

    expect(room.failures).toEqual(['1 upload.bytes 1']);
    const held = await rowsOf(world.db, sql`select number from released_blobs`);
    expect(held).toEqual([{ number: 2 }]);
  });

  test('a start that is refused stops everything, and is asked again later', async () => {
    const { world, room } = await aHub();
    const link = aLink(world, room);
    aRelease(room);
    room.refuseStart = refusal('release.bytes-changed', 'A stored copy was changed.');
    const starts: string[] = [];
    room.at = (step) => void (step === 'before start' && starts.push(step));

    const nextAt = await link.uploads.pass();
    await link.uploads.pass();

    expect(starts).toHaveLength(1);
    expect(nextAt).toBe(AT + minutes(1));
    expect(await releaseById(world.db, `${REQUEST}-1`)).toBeUndefined();
    room.refuseStart = undefined;
    world.clock.advance(minutes(1));
    await link.uploads.pass();
    expect(room.batches[0]?.state).toBe('released');
  });

  test('a file the hub refuses is tried after 1, 2, 4 … 60 minutes, ten times, then by a person', async () => {
    const { world, room } = await aHub();
    const client = door!.client();
    const broken = { is: true };
    const hub: HubPort = {
      ...steppedHub(client, () => undefined),
      upload: async (release, number, bytes) =>
        client.upload(
          release,
          number,
          broken.is && number === 1 ? Buffer.concat([bytes, Buffer.from('!')]) : bytes,
        ),
    };
    const link = aLink(world, room, { hub });
    const sending = aRelease(room);
    const waits: number[] = [];

    for (let tries = 0; tries < 10; tries++) {
      const nextAt = await link.uploads.pass();
      if (nextAt === undefined) break;
      waits.push((nextAt - world.clock.now()) / minutes(1));
      // A minute too early nothing is sent.
      world.clock.advance(nextAt - world.clock.now() - 1);
      await link.uploads.pass();
      world.clock.advance(1);
    }

    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(room.failures).toEqual(Array.from({ length: 10 }, (_, at) => `1 release.wrong-bytes ${at + 1}`));
    expect(sending.files.get(1)?.gaveUp).toBe(true);
    world.clock.advance(hours(10));
    expect(await link.uploads.pass()).toBeUndefined();
    expect(room.failures).toHaveLength(10);

    broken.is = false;
    room.retry();
    await link.uploads.pass();
    expect(sending.state).toBe('released');
  });

  test('a declaration the hub refuses counts against its files', async () => {
    const { world, room } = await aHub();
    const sending = aRelease(room);
    sending.declaration = aDeclaration({ author: 99 });

    await aLink(world, room).uploads.pass();

    expect(room.failures).toEqual(['1 release.other-request 1', '2 release.other-request 1']);
  });

  test('at most four files are on their way at once', async () => {
    const { world, room } = await aHub();
    const files = Array.from({ length: 12 }, (_, at) => ({
      ...aDeclaration().files[0]!,
      number: at + 1,
      path: `output/t${at}.csv`,
    }));
    room.show(aShownRelease());
    room.queue(
      aDeclaration({ files }),
      files.map(() => TABLE),
    );
    let now = 0;
    let most = 0;
    const client = door!.client();
    const hub: HubPort = {
      ...steppedHub(client, () => undefined),
      async upload(...given) {
        most = Math.max(most, (now += 1));
        try {
          return await client.upload(...given);
        } finally {
          now -= 1;
        }
      },
    };

    await aLink(world, room, { hub }).uploads.pass();

    expect(most).toBe(4);
    expect(room.batches[0]?.state).toBe('released');
  });

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

  test('the loops wake on news, on the hub coming back, and stop when told', async () => {
    const { world, room } = await aHub();
    const { hub, state } = aHubThatGoes(door!.client());
    state.away = true;
    const link = aLink(world, room, {
      hub,
      pollMs: 30_000,
      safetyMs: hours(1),
      pause: () => new Promise((resolve) => setTimeout(resolve, 5)),
    });
    const stop = new AbortController();
    const run = link.run(stop.signal);
    stopping.push(async () => {
      stop.abort();
      await run;
    });
    const sending = aRelease(room);
    room.browsers.push({ id: 'browser00000001a', person: CHECKER_1, at: AT, told: false });

    state.away = false;
    while (sending.state !== 'released') await new Promise(setImmediate);
    const before = performance.now();
    await order(world, 'first00000000000');
    while ((await answersOf(world.db, ['first00000000000']))[0]?.state !== 'done')
      await new Promise(setImmediate);

    expect(performance.now() - before).toBeLessThan(20_000);
    room.show(aShownRelease({ version: 10, state: 'released', events: [aStep(10, 'released')] }));
    while ((await shownRequest(world.db, REQUEST))?.version !== 10) await new Promise(setImmediate);
    stop.abort();
    await run;
  });

  test('a sign-in goes through the link, and a code that was sent is not sent twice', async () => {
    const { world, room } = await aHub();
    let sent = 0;
    const client = door!.client();
    const lost: HubPort = {
      ...steppedHub(client, () => undefined),
      async redeem(...given) {
        sent += 1;
        await client.redeem(...given);
        throw new HubUnreachable(1);
      },
    };
    const { signIns } = aLink(world, room, { hub: lost });
    expect(await signIns.start('session00000001a', '123456')).toMatchObject({
      address: `${door!.origin}/airlock-login`,
    });
    const { code } = value(await giveCode(world.deps, { person: CHECKER_1, number: '123456' }));

    expect(codeOf(await signIns.redeem('session00000001a', code))).toBe('link.hub-away');
    expect(sent).toBe(1);
    expect(codeOf(await aLink(world, room).signIns.redeem('session00000001a', code))).toBe('sign-in.refused');
    expect(codeOf(await aLink(world, room).signIns.redeem('session00000001a', ''))).toBe('sign-in.refused');
    expect(codeOf(await aLink(world, room).signIns.redeem('session00000001a', 'x'.repeat(5000)))).toBe(
      'sign-in.refused',
    );
  });
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
