/** What is asked on GitHub, and what the airlock makes of it by itself: drafts, places, codes. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { ReviewDeed } from '../../src/protocol/airlock.ts';
import { days } from '../../src/lib/clock.ts';
import { REPOSITORY } from '../support/governance.ts';
import { AirlockWorld, airlockGovernance, aTable, WHO, WORKSPACE, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

onOneDatabase((open) => {
  let world: AirlockWorld;
  let orders = 0;
  afterEach(() => world.close());

  async function orders1(who: Name | number, deed: ReviewDeed): Promise<string> {
    orders += 1;
    const id = `order${String(orders).padStart(11, '0')}`;
    const actor = typeof who === 'number' ? who : WHO[who];
    const { outcome, code } = await world.room.order({ id, actor, at: world.clock.now(), deed });
    return code ?? outcome;
  }
  const draft = (more: Partial<Extract<ReviewDeed, { type: 'release' }>> = {}) => ({
    type: 'release' as const,
    request: 'draft00000000001',
    workspace: WORKSPACE,
    repository: { id: REPOSITORY, owner: 'northshire-research', name: 'study' },
    branch: 'main',
    patterns: ['output/*.csv'],
    ...more,
  });

  test('/release starts a draft with what the patterns match, and tells not whether they matched', async () => {
    world = await AirlockWorld.open(await open(), {
      files: { 'output/table.csv': aTable(), 'output/other.csv': aTable(2), 'log/x.csv': aTable(3) },
    });

    expect(await orders1('author', draft())).toBe('done');
    expect((await world.state('draft00000000001')).files.map(({ path }) => path)).toEqual([
      'output/other.csv',
      'output/table.csv',
    ]);
    expect(await orders1('coAuthor', draft({ request: 'draft00000000002', patterns: ['nothing*'] }))).toBe(
      'done',
    );
  });

  test.each<[string, Name | number, Partial<Extract<ReviewDeed, { type: 'release' }>>, string]>([
    ['somebody nobody knows', 424242, {}, 'airlock.unknown-person'],
    ['no member of the project', 'checkerA', {}, 'airlock.unknown-workspace'],
    [
      'another repository',
      'author',
      { repository: { id: 5, owner: 'o', name: 'n' } },
      'airlock.other-repository',
    ],
    ['a workspace that is not there', 'author', { workspace: 'other' }, 'airlock.unknown-workspace'],
  ])('%s starts no draft', async (_name, who, more, code) => {
    world = await AirlockWorld.open(await open());
    expect(await orders1(who, draft(more))).toBe(code);
  });

  test('a signature with the code of what was shown counts, with another it is refused', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first] = await world.checkers(id);
    await world.readsAll(first!, id);
    await world.does(first!, id, 'grade', { path: 'output/table.csv', grade: 'approve' });
    await world.answered(id, first!);
    const sign = (code: string) => orders1(first!, { type: 'sign', request: id, verdict: 'submit', code });

    expect(await sign('0123456789ab')).toBe('release.signing-code');
    expect(await sign(String(await world.room.shownCode(WHO[first!], id)))).toBe('done');
  });

  test('an order that comes again with other words is answered as before, and does nothing', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first] = await world.checkers(id);
    const order = (deed: ReviewDeed) =>
      world.room.order({ id: 'order00000000twc', actor: WHO[first!], at: 0, deed });
    expect(await order({ type: 'claim', request: id })).toMatchObject({ outcome: 'refused' });
    const before = await world.state(id);
    for (const deed of [
      { type: 'unclaim', request: id },
      { type: 'return', request: id, category: 'wrong-files' },
    ] as const)
      expect(await order(deed)).toMatchObject({ code: 'release.already-assigned' });
    expect(await world.state(id)).toEqual(before);
  });

  test('what was said of an earlier turn is refused, however late it comes', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first] = await world.checkers(id);
    await world.readsAll(first!, id);
    const before = await world.state(id);
    const said = [
      { type: 'sign', request: id, verdict: 'approve', turn: 0 },
      { type: 'return', request: id, category: 'wrong-files', turn: 0 },
    ] as const;
    for (const [place, deed] of said.entries())
      expect(
        await world.room.order({
          id: `order0000000late${place}`.slice(-16),
          actor: WHO[first!],
          at: 0,
          deed,
        }),
      ).toMatchObject({ code: 'release.turn-over' });
    expect(await world.state(id)).toEqual(before);
    const now = { type: 'sign', request: id, verdict: 'approve', turn: before.turn } as const;
    const order = { id: 'order000000intime', actor: WHO[first!], at: 0, deed: now };
    expect(await world.room.order({ ...order, id: order.id.slice(-16) })).toMatchObject({ outcome: 'done' });
  });

  test('categories, batches and releases that do not fit are refused', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first] = await world.checkers(id);

    expect(await orders1(first!, { type: 'return', request: id, category: 'unsafe' })).toBe(
      'airlock.category',
    );
    expect(await orders1(first!, { type: 'close-request', request: id, category: 'wrong-file' })).toBe(
      'airlock.category',
    );
    expect(await orders1(first!, { type: 'halt', request: id })).toBe('airlock.nothing-queued');
    const revoke = { type: 'revoke' as const, request: id, release: `${id}-1`, file: 1 };
    expect(await orders1(first!, { ...revoke, category: 'duplicate' })).toBe('airlock.category');
    expect(await orders1(first!, { ...revoke, category: 'disclosure' })).toBe('airlock.unknown-release');
    expect(await orders1(first!, { type: 'submit', request: 'no00000000000000' })).toBe(
      'airlock.unknown-request',
    );
    expect(await orders1(first!, { type: 'return', request: id, category: 'wrong-files' })).toBe('done');
  });

  test('two checkers are given places; whoever gives one back is replaced by the third', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first, second] = await world.checkers(id);

    expect(await orders1(first!, { type: 'unclaim', request: id })).toBe('done');

    const now = await world.checkers(id);
    expect(now).toContain(second);
    expect(now).not.toContain(first);
    expect(now).toHaveLength(2);
  });

  test('a place that nobody uses is given on after the working days', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first, second] = await world.checkers(id);
    await world.readsAll(first!, id);
    await world.does(first!, id, 'grade', { path: 'output/table.csv', grade: 'approve' });

    world.clock.advance(days(11));
    await world.room.tend();

    const now = await world.checkers(id);
    expect(now).toContain(first);
    expect(now).not.toContain(second);
    expect(now).toHaveLength(2);
  });

  test('a request that came back is begun anew: what was looked at before gives nobody their place for ever', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const before = await world.checkers(id);
    for (const checker of before) await world.readsAll(checker, id);
    await world.does(before[0]!, id, 'return', { category: 'author-asked' });
    world.clock.advance(days(1));
    await world.room.settled();
    await world.does('author', id, 'submit', {});

    world.clock.advance(days(11));
    await world.room.tend();

    expect((await world.state(id)).seats.map(({ checker }) => checker)).toContain(WHO.checkerC);
  });

  test('whoever governance makes a member loses their place at once, and their review no longer counts', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first] = await world.checkers(id);
    await world.reviews(first!, id);
    const project = `id: ${WHO[first!]}`;
    const member = `  - {${project}, roles: [developer], until: 2027-02-28, reason: joined, ref: GOV-140}\n`;
    const { governanceFiles } = await import('../support/governance.ts');
    const file = governanceFiles()
      .get('projects/ns-2026-014.yml')!
      .replace('papers: []', `${member}papers: []`);
    world.governance = airlockGovernance({ 'projects/ns-2026-014.yml': file });

    await world.room.tend();

    expect(await world.checkers(id)).not.toContain(first);
    expect((await world.room.shown([id]))[0]).toMatchObject({ reviews: 0 });
  });

  test('somebody who wrote the code is never chosen; while git cannot say, nothing is decided', async () => {
    world = await AirlockWorld.open(await open());
    world.deeds = [{ known: true, deed: 'committed', person: WHO.checkerA }];
    const id = await world.submitted();
    expect((await world.checkers(id)).sort()).toEqual(['checkerB', 'checkerC']);

    world.gitAway = true;
    expect(await world.ask('checkerB', id, 'unclaim', {})).toMatchObject({ code: 'airlock.history-away' });
    const order = {
      id: 'order0000000away',
      actor: WHO.checkerB,
      at: 0,
      deed: { type: 'unclaim' as const, request: id },
    };
    await expect(world.room.order(order)).rejects.toThrow('airlock.history-away');
    await world.room.tend();
    expect(await world.checkers(id)).toHaveLength(2);
    world.gitAway = false;
    expect(await world.room.order(order)).toMatchObject({ outcome: 'done' });
  });

  test('precision counts what was heeded and what was dismissed', async () => {
    world = await AirlockWorld.open(await open(), {
      files: { 'output/table.csv': 'group,count\na,3\nb,11\nc,22\n' },
    });
    await world.draft(['output/table.csv']);
    await world.room.settled();
    const shown = (await world.room.precision()).find(({ check }) => check === 'C5');
    expect(shown).toMatchObject({ heeded: 0, dismissed: 0 });
    world.job({ 'output/table.csv': aTable() });
    const [row] = await world.room.requestsOf(WHO.author, {});
    await world.room.updateFiles(world.inViewer('author'), row!.id, ['output/table.csv']);
    await world.room.settled();

    const { heeded } = (await world.room.precision()).find(({ check }) => check === 'C5')!;
    expect(heeded).toBe(shown!.shown);
  });

  test('how long decisions take is counted from the entries, and said of ten or more', async () => {
    const opened = await open();
    world = await AirlockWorld.open(opened);
    const id = await world.submitted();
    world.clock.advance(days(7));
    for (const who of await world.checkers(id)) await world.reviews(who, id);
    expect(await world.room.decisionFigures()).toEqual({ decided: 1, median: null, p90: null });
    // The same happened to nine others.
    await opened.db.execute(sql`
      insert into requests select id || n, workspace, project, author, state, turn, seq, created_at, submitted_at, changed_at, head, folded
      from requests, generate_series(1, 9) as n`);
    await opened.db.execute(sql`
      insert into entries select request || n, seq, type, at, actor, entry, previous, hash
      from entries, generate_series(1, 9) as n`);

    expect(await world.room.decisionFigures()).toEqual({ decided: 10, median: 5, p90: 5 });
    world.clock.advance(days(366));
    expect(await world.room.decisionFigures()).toEqual({ decided: 0, median: null, p90: null });
  });
}, AIRLOCK_MIGRATIONS);
