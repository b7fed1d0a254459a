/** A zone that was restored from a backup, as the hub sees it: the record says so, and no byte comes twice. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { minutes } from '../../src/lib/clock.ts';
import { orderReview, releaseById, releasedFile, shownRequest, stepsOf } from '../../src/outputs/outputs.ts';
import type { AirlockReport, ShownRequest } from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import {
  aDeclaration,
  anOutputsWorld,
  aReport,
  aShown,
  aShownRelease,
  aStep,
  AT,
  codeOf,
  ledger,
  news,
  REQUEST,
  RESEARCHER,
  serveAirlocks,
  TABLE,
  FIGURE,
  value,
  type HubDoor,
} from '../support/outputs.ts';

let door: HubDoor | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

const EPOCH = 605_000;
const LATER = 'release00000002b';
const RESTORED = { epoch: EPOCH, at: AT + minutes(5), asOf: AT + minutes(1) };
const report = async (given: Partial<AirlockReport>, by = door!.client()) =>
  value(await by.report(aReport(given)));
const tell = (...shown: ShownRequest[]) => report({ shown });

/** What the hub knew: two steps that the backup holds, and two that it does not. */
const before = () =>
  aShown({
    version: 4,
    state: 'consolidating',
    events: [
      aStep(1, 'created', { by: RESEARCHER, state: 'draft' }),
      aStep(2, 'submitted', { by: RESEARCHER }),
      aStep(3, 'review-received', { state: 'reviewing' }),
      aStep(4, 'reviewed', { state: 'consolidating' }),
    ],
  });

/** What the restored zone says: the two, and that it was restored. */
const after = (given: Partial<ShownRequest> = {}) =>
  aShown({
    version: 3,
    epoch: EPOCH,
    state: 'returned',
    turn: 2,
    events: [
      ...before().events.slice(0, 2),
      aStep(3, 'restored', { state: 'returned', epoch: EPOCH, at: AT + minutes(5) }),
    ],
    ...given,
  });

eachDatabase((open) => {
  test('steps of a new epoch are taken though their numbers were, and the ledger says that the record went back', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    await tell(before());
    const known = (await ledger(world)).length;

    world.clock.advance(minutes(10));
    expect(await tell(after())).toEqual({ taken: true, refused: [] });
    await tell(after());
    await tell(
      after({ version: 4, state: 'submitted', events: [aStep(4, 'resubmitted', { epoch: EPOCH })] }),
    );

    expect(await shownRequest(world.db, REQUEST)).toMatchObject({
      epoch: EPOCH,
      version: 4,
      state: 'submitted',
    });
    expect((await stepsOf(world.db, REQUEST)).map(({ seq, what }) => `${seq} ${what}`)).toEqual([
      '1 created',
      '2 submitted',
      '3 review-received',
      '4 reviewed',
      '3 restored',
      '4 resubmitted',
    ]);
    expect((await ledger(world)).slice(known)).toMatchObject([
      { type: 'release', subject: `release:${REQUEST}`, body: { event: 'restored', state: 'returned' } },
      { type: 'release', body: { event: 'resubmitted' } },
    ]);
  });

  test('what the zone was before it was restored speaks no more, nor does a step claim a later epoch', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    world.clock.advance(minutes(10));
    await tell(after());

    const said = await tell(before());
    expect(said.refused).toEqual([{ request: REQUEST, code: 'shown.older-epoch' }]);
    const ahead = after({ version: 9, events: [aStep(9, 'approved', { epoch: EPOCH + 1 })] });
    expect((await tell(ahead)).refused).toEqual([{ request: REQUEST, code: 'shown.steps' }]);
    const back = after({
      version: 9,
      events: [aStep(8, 'approved', { epoch: EPOCH }), aStep(9, 'released', { epoch: 0 })],
    });
    expect((await tell(back)).refused).toEqual([{ request: REQUEST, code: 'shown.steps' }]);
    expect(await shownRequest(world.db, REQUEST)).toMatchObject({ epoch: EPOCH, state: 'returned' });
    expect((await stepsOf(world.db, REQUEST)).map(({ what }) => what)).toEqual([
      'created',
      'submitted',
      'restored',
    ]);
  });

  test('what the zone was before it was restored is told nothing, also by a poll that was open, and nothing it says is taken', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const client = door.client();
    const ask = { seen: 0, waitMs: 0, version: '1' };
    world.clock.advance(minutes(10));
    const held = client.poll({ ...ask, waitMs: 60_000 });
    while ((await rowsOf(world.db, sql`select 1 from airlocks`)).length === 0)
      await new Promise(setImmediate);
    await report({ epoch: EPOCH, shown: [after()], restored: RESTORED });

    const deed = { type: 'claim', request: REQUEST } as const;
    value(await orderReview(world.deps, { id: 'order0000000001a', backend: 'schools', actor: 1, deed }));

    for (const no of [await held, await client.poll(ask), await client.poll({ ...ask, epoch: EPOCH - 1 })])
      expect(codeOf(no)).toBe('shown.older-epoch');
    const record = { at: AT, digest: 'd'.repeat(64) };
    const known = (await ledger(world)).length;
    expect(codeOf(await client.report(aReport({ record })))).toBe('shown.older-epoch');
    expect(await ledger(world)).toHaveLength(known);
    expect(value(await client.poll({ ...ask, epoch: EPOCH })).orders).toHaveLength(1);
    // Of another airlock nothing is known.
    expect(value(await door.health().poll(ask)).orders).toEqual([]);
  });

  test('the rest of a batch of before the restore is taken from nobody, and what was received of it stays where it is', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const before = door.client();
    await tell(aShownRelease());
    const declared = aDeclaration();
    value(await before.declare(declared));
    value(await before.upload(declared.release, 1, TABLE));

    world.clock.advance(minutes(10));
    await report({
      epoch: EPOCH,
      shown: [{ ...aShownRelease(), epoch: EPOCH, events: [] }],
      restored: RESTORED,
    });
    const rows = () =>
      rowsOf(
        world.db,
        sql`select id, released_at, (select array_agg(number) from released_blobs where release = id) as held from releases`,
      );
    const received = await rows();

    // The host of before, whose record goes on: also one that claims an epoch between, and one that says none.
    const ask = { number: 2, bytes: FIGURE };
    for (const old of [before, door.client({ epoch: async () => EPOCH - 1 })]) {
      for (const again of [declared, { ...declared, batch: 2, release: `${REQUEST}-2` }])
        expect(codeOf(await old.declare(again))).toBe('shown.older-epoch');
      expect(codeOf(await old.upload(declared.release, ask.number, ask.bytes))).toBe('shown.older-epoch');
      // Nor is it told that it holds a file.
      expect(codeOf(await old.upload(declared.release, 1, TABLE))).toBe('shown.older-epoch');
      expect(codeOf(await old.startSignIn('session00000001a', '482913'))).toBe('shown.older-epoch');
      expect(codeOf(await old.redeem('session00000001a', 'a b c'))).toBe('shown.older-epoch');
      const deed = { id: 'deed00000000001a', deed: 'zone-frozen', at: AT, workspace: null } as const;
      expect(codeOf(await old.deeds([deed]))).toBe('shown.older-epoch');
    }
    // The restored one hears what arrived, so that it can be recalled, and cannot end it either.
    const now = door.client({ epoch: async () => EPOCH });
    expect(value(await now.declare(declared)).held).toEqual([1]);
    expect(codeOf(await now.upload(declared.release, ask.number, ask.bytes))).toBe('release.not-declared');

    expect(await rows()).toEqual(received);
    expect(received).toEqual([{ id: declared.release, released_at: null, held: [1] }]);
    expect(codeOf(await releasedFile(world.db, declared.release, 1))).toBe('output.not-released');
    expect(await rowsOf(world.db, sql`select 1 from viewer_sign_ins`)).toEqual([]);
    // Of another zone nothing changed.
    value(await door.health().startSignIn('session00000001b', '482914'));
  });

  test('a batch that the restored zone declares goes out', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const batches = [{ number: EPOCH + 1, state: 'uploading' as const, recalled: [] }];
    await report({
      epoch: EPOCH,
      shown: [{ ...aShownRelease({ batches }), epoch: EPOCH }],
      restored: RESTORED,
    });
    const now = door.client({ epoch: async () => EPOCH });
    const declared = { ...aDeclaration(), batch: EPOCH + 1, release: `${REQUEST}-${EPOCH + 1}` };
    value(await now.declare(declared));
    value(await now.upload(declared.release, 1, TABLE));
    value(await now.upload(declared.release, 2, FIGURE));
    expect(await releaseById(world.db, declared.release)).toMatchObject({ releasedAt: world.clock.now() });
  });

  test('a restore is one leaf, said once, and never of an older epoch; what was begun since the backup ends', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    world.clock.advance(minutes(10));
    await tell(
      before(),
      aShown({
        id: LATER,
        createdAt: AT + minutes(2),
        version: 1,
        state: 'submitted',
        events: [aStep(1, 'submitted')],
      }),
    );
    const known = (await ledger(world)).length;

    for (const restored of [RESTORED, RESTORED, { ...RESTORED, epoch: EPOCH - 1 }])
      await report({ epoch: EPOCH, shown: [after()], restored });

    expect(await shownRequest(world.db, LATER)).toMatchObject({ state: 'withdrawn', checkers: [] });
    expect(await shownRequest(world.db, REQUEST)).toMatchObject({ state: 'returned' });
    expect((await stepsOf(world.db, LATER)).map(({ what, state }) => [what, state])).toEqual([
      ['submitted', 'submitted'],
      ['restored', 'withdrawn'],
    ]);
    expect((await ledger(world)).slice(known)).toMatchObject([
      { body: { event: 'restored', state: 'returned' } },
      {
        subject: 'record:schools/airlock-1',
        body: { event: 'zone-restored', until: '2027-03-01T09:01:00.000Z', at: '2027-03-01T09:05:00.000Z' },
      },
      { subject: `release:${LATER}`, body: { event: 'restored', state: 'withdrawn' } },
    ]);
    expect(await news(world)).toContain(`review ${LATER}`);
  });

  test('another zone cannot say that this one was restored', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    world.clock.advance(minutes(10));
    await tell(aShown({ id: LATER, createdAt: AT + minutes(2), events: [aStep(1, 'submitted')] }));
    await report({ restored: RESTORED }, door.health());
    expect(await shownRequest(world.db, LATER)).toMatchObject({ state: 'draft' });
  });

  test('what was received before the restore is not received again under another number', async () => {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    const client = door.client();
    await tell(aShownRelease());
    const declared = aDeclaration();
    value(await client.declare(declared));
    for (const { number, path } of declared.files)
      value(await client.upload(declared.release, number, path.endsWith('.csv') ? TABLE : FIGURE));

    world.clock.advance(minutes(10));
    const batch = EPOCH + 1;
    const batches = [{ number: batch, state: 'uploading' as const, recalled: [] }];
    await report({ shown: [{ ...aShownRelease(), epoch: EPOCH, events: [], batches }], restored: RESTORED });
    const again = { ...declared, batch, release: `${REQUEST}-${batch}` };
    const restored = door.client({ epoch: async () => EPOCH });
    expect(codeOf(await restored.declare(again))).toBe('release.out-already');
    // The old one is still what it was.
    expect(value(await restored.declare(declared)).held).toEqual(declared.files.map(({ number }) => number));
  });
});
