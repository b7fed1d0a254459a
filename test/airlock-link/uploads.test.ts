/** Files on their way out: in order, each once, tried again, and never changed. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { HubPort } from '../../agent/airlock/link/link.ts';
import { rowsOf } from '../../src/db/database.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { HubUnreachable } from '../../src/protocol/protocol.ts';
import { releaseById, shownRequest } from '../../src/outputs/outputs.ts';
import { onOneDatabase } from '../support/database.ts';
import { steppedHub } from '../support/link-room.ts';
import {
  aDeclaration,
  aReport,
  aShownRelease,
  aStep,
  AT,
  FIGURE,
  REQUEST,
  TABLE,
} from '../support/outputs.ts';
import { aHubOver, aLink, aRelease, door } from './link-world.ts';

onOneDatabase((open) => {
  const aHub = async () => aHubOver(await open());

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

  test('a batch whose list never arrives while the hub answers makes way for the next after three tries', async () => {
    const { world, room } = await aHub();
    let isCut = true;
    let tries = 0;
    const client = door!.client();
    const hub: HubPort = {
      ...steppedHub(client, () => undefined),
      declare: (declared, signal) => {
        if (declared.batch !== 1 || !isCut) return client.declare(declared, signal);
        tries += 1;
        return Promise.reject(new HubUnreachable(4));
      },
    };
    const link = aLink(world, room, { hub });
    const first = aRelease(room);
    const second = room.queue(aDeclaration({ release: `${REQUEST}-2`, batch: 2 }), [TABLE, FIGURE]);
    room.show(
      aShownRelease({
        version: 10,
        batches: [1, 2].map((number) => ({ number, state: 'uploading', recalled: [] })),
        events: [
          aStep(1, 'created'),
          aStep(9, 'releasing', { batch: 1 }),
          aStep(10, 'releasing', { batch: 2 }),
        ],
      }),
    );
    // Nothing that the hub says tells a hub that is away from one that a list cannot reach.
    await expect(link.uploads.pass()).rejects.toThrow();
    await expect(link.uploads.pass()).rejects.toThrow();
    await expect(link.uploads.pass()).rejects.toThrow();
    expect([tries, second.state]).toEqual([3, 'queued']);

    await link.orders.pass();
    await expect(link.uploads.pass()).rejects.toThrow();
    await expect(link.uploads.pass()).rejects.toThrow();
    const nextAt = await link.uploads.pass();

    expect(room.failures).toEqual([]);
    expect([tries, first.state, second.state]).toEqual([6, 'uploading', 'released']);
    expect(nextAt).toBe(AT + minutes(1));
    // Held back for longer each time, and sent when it arrives.
    world.clock.advance(minutes(1));
    expect(await link.uploads.pass()).toBe(AT + minutes(3));
    isCut = false;
    world.clock.advance(minutes(2));
    await link.uploads.pass();
    expect(first.state).toBe('released');
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

  test('an airlock from before its zone was restored sends nothing more, and counts it against no file', async () => {
    const { world, room } = await aHub();
    const first = aRelease(room);
    const second = room.queue(aDeclaration({ release: `${REQUEST}-2`, batch: 2 }), [TABLE, FIGURE]);
    const client = door!.client();
    // Elsewhere it is restored when the batch has been declared.
    const hub: HubPort = {
      ...steppedHub(client, () => undefined),
      declare: async (...given) => {
        const answer = await client.declare(...given);
        const restored = { epoch: 605_000, at: AT, asOf: AT - minutes(1) };
        await client.report({ ...aReport(), epoch: restored.epoch, restored });
        return answer;
      },
    };
    const link = aLink(world, room, { hub });

    const refused = 'the hub refused a release: shown.older-epoch';
    await expect(link.uploads.pass()).rejects.toThrow(refused);
    await expect(link.uploads.pass()).rejects.toThrow(refused);

    expect(room.failures).toEqual([]);
    expect([first.state, second.state]).toEqual(['uploading', 'queued']);
    expect(await rowsOf(world.db, sql`select 1 from released_blobs`)).toEqual([]);
    expect((await releaseById(world.db, `${REQUEST}-1`))?.releasedAt).toBeNull();
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
});
