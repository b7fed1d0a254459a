/** Looks at files: what counts as having seen one, what leaves a trace, and who sees what of whom. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import type { Delivery } from '../../agent/airlock/face.ts';
import { AirlockWorld, WHO, WORKSPACE, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  async function looks(
    who: Name,
    id: string,
    more: Partial<Delivery> & { sent?: number; drawnBy?: Name | null } = {},
  ): Promise<void> {
    const { sent, drawnBy, ...delivery } = more;
    const session = world.session(who);
    const opened = await world.room.open(
      WHO[who],
      { session, method: 'GET', purpose: 'page', range: false, ...delivery },
      { kind: 'request', request: id, file: 1 },
    );
    if (isRefusal(opened)) throw new Error(opened.code);
    await world.room.sent(opened.load, sent ?? opened.size);
    if (drawnBy !== null) await world.room.drawn(world.session(drawnBy ?? who), opened.load);
  }

  test.each<[string, Parameters<typeof looks>[2]]>([
    ['a preview', { purpose: 'preview' }],
    ['a prefetch', { purpose: 'prefetch' }],
    ['a download', { purpose: 'download' }],
    ['HEAD', { method: 'HEAD' }],
    ['a range', { range: true }],
    ['a delivery that was cut off', { sent: 10 }],
    ['a page that never said it drew it', { drawnBy: null }],
    ['a page of another session', { drawnBy: 'checkerC' }],
  ])('%s does not count as having seen the file', async (_name, more) => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [checker] = await world.checkers(id);

    await looks(checker!, id, more);

    expect((await world.page(checker!, id)).unread).toEqual([1]);
    expect(
      (await world.ask(checker!, id, 'grade', { path: 'output/table.csv', grade: 'approve' }))?.code,
    ).toBe('release.not-opened');
  });

  test('the same look whole counts, for that checker only, until the bytes change', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [checker, other] = await world.checkers(id);

    await looks(checker!, id);

    expect((await world.page(checker!, id)).unread).toEqual([]);
    expect((await world.page(other!, id)).unread).toEqual([1]);
  });

  test('every look is written down with its hash before a byte goes out; a denied one too', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [checker] = await world.checkers(id);
    await looks(checker!, id);
    const denied = await world.room.open(
      WHO.stranger,
      { session: world.session('stranger'), method: 'GET', purpose: 'page', range: false },
      { kind: 'request', request: id, file: 1 },
    );

    expect(denied).toMatchObject({ code: 'airlock.unknown-request' });
    const lines = await rowsOf<{ type: string; sha256: string | null }>(
      world.database.db,
      sql`select type, sha256 from log order by id`,
    );
    expect(lines).toEqual([
      { type: 'REQUEST_FILE_VIEW', sha256: (await world.state(id)).files[0]!.sha256 },
      { type: 'ACCESS_DENIED', sha256: null },
    ]);
  });

  test('by which governance the zone works stands in the log, once per version, across restarts', async () => {
    world = await AirlockWorld.open(await open());
    const noted = () =>
      rowsOf<{ details: string }>(
        world.database.db,
        sql`select details from log where type = 'POLICY_CHANGE' order by id`,
      );
    const first = world.governance.commit;
    await world.room.tend();
    await world.room.close();
    await world.start();
    await world.room.tend();
    expect((await noted()).map(({ details }) => JSON.parse(details) as unknown)).toEqual([{ commit: first }]);

    world.governance = { ...world.governance, commit: 'e'.repeat(40) };
    await world.room.tend();
    expect(JSON.parse((await noted())[1]!.details)).toEqual({ commit: 'e'.repeat(40), before: first });
  });

  test('somebody else cannot look with a session that is not theirs', async () => {
    world = await AirlockWorld.open(await open());
    const answer = await world.room.open(
      WHO.author,
      { session: world.session('checkerA'), method: 'GET', purpose: 'page', range: false },
      { kind: 'workspace', workspace: WORKSPACE, path: 'output/table.csv' },
    );
    expect(answer).toMatchObject({ refused: true });
  });

  test('an author downloads nothing, a checker only files of requests', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    await expect(looks('author', id, { purpose: 'download' })).rejects.toThrow('airlock.unknown-file');
  });

  test('while reviews are blind neither checker nor author sees grade, comment, answer or signature of the other', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first, second] = await world.checkers(id);
    await world.reviews(first!, id, 'changes');
    const secret = 'The counts are too small.';

    for (const who of [second!, 'author'] as const) {
      const page = await world.page(who, id);
      const activity = await world.room.activityOf(WHO[who], id);
      const seen = JSON.stringify([page.groups, page.files, page.reviews, page.commitments, activity]);
      expect(seen).not.toContain(secret);
      expect(page.files[0]).toMatchObject({ grades: [], mine: null, decision: undefined });
      expect(page.reviews).toEqual([]);
      expect(JSON.stringify(activity)).not.toContain('REQUEST_FILE_REQUEST_CHANGES');
      expect(JSON.stringify(activity)).not.toContain('REQUEST_REVIEW');
    }
    await world.reviews(second!, id);
    const open2 = await world.page(second!, id);
    expect(open2.files[0]!.grades).toHaveLength(2);
    expect(open2.commitments).toHaveLength(2);
    expect((await world.page('author', id)).files[0]!.grades).toEqual([]);
  });

  test('commitments are over what was signed, and open to the checkers', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first, second] = await world.checkers(id);
    await world.reviews(first!, id, 'changes');
    const early = (await world.room.shown([id]))[0]!.commitments;
    await world.reviews(second!, id);
    const { keyedDigest } = await import('../../src/lib/hash.ts');
    const { commitments } = await world.page(first!, id);

    expect(commitments.map(({ digest, nonce, record }) => keyedDigest(nonce, record) === digest)).toEqual([
      true,
      true,
    ]);
    expect(commitments.map(({ digest }) => digest)).toContain(early[0]);
  });

  test('what the hub is shown tells nothing of edits, grades and comments', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first] = await world.checkers(id);
    const before = (await world.room.shown([id]))[0]!;
    await world.room.markShown([{ id, version: before.version }]);
    await world.readsAll(first!, id);
    await world.does(first!, id, 'grade', { path: 'output/table.csv', grade: 'changes' });
    await world.says(first!, id, 'Not yet.', 'private');

    expect(await world.room.pendingShown(10)).toEqual([]);
    expect((await world.room.shown([id]))[0]!.version).toBe(before.version);
    const text = JSON.stringify((await world.room.shown([id]))[0]);
    for (const hidden of ['table.csv', 'results', 'Not yet', (await world.state(id)).files[0]!.sha256]) {
      expect(text).not.toContain(hidden);
    }
  });
}, AIRLOCK_MIGRATIONS);
