/** An airlock while something is frozen: nothing is shown, signed or sent, and what stops or takes back goes on. */
import { afterEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AirlockParts } from '../../agent/airlock/airlock.ts';
import { ZoneFreezes } from '../../agent/freezes.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import type { FreezeActTold, Order } from '../../src/protocol/protocol.ts';
import { AirlockWorld, WHO, WORKSPACE, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';
import { PEOPLE, PROJECT } from '../support/governance.ts';

const frozen: FreezeActTold = {
  act: 'freeze',
  seq: 1,
  id: 'freeze0000000001',
  scope: { kind: 'project', id: PROJECT },
  running: 'stop',
  by: PEOPLE.governor,
  at: 1000,
};
const lift = (by: [number, number]): FreezeActTold => ({
  ...{ act: 'lift', seq: 2, id: 'freeze0000000001', by, at: 2000 },
});

onOneDatabase((open) => {
  let world: AirlockWorld;
  let freezes: ZoneFreezes;
  let dir: string;
  afterEach(async () => {
    freezes.close();
    await world.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** What the airlock keeps of freezes, read again as after a restart; or another zone's, where nothing is frozen. */
  function held(name = 'freezes.json'): void {
    freezes = new ZoneFreezes({
      file: path.join(dir, name),
      backend: 'attainment',
      confirm: false,
      governance: () => world.governance,
      clock: fixedClock('2026-10-05T12:00:00Z'),
      logger: createLogger('test', { level: 'silent' }),
    });
  }

  async function aWorld(): Promise<void> {
    dir = mkdtempSync(path.join(tmpdir(), 'sallyport-freezes-'));
    held();
    const parts: Partial<AirlockParts> = {
      freezes: {
        seq: 0,
        take: () => undefined,
        over: (project) => freezes.over(project),
        onChange: (listener) => freezes.onChange(listener),
      },
    };
    world = await AirlockWorld.open(await open(), { parts });
  }

  const code = (answer: unknown): string | undefined =>
    isRefusal(answer as Refusal) ? (answer as Refusal).code : undefined;
  const look = (who: Name, id: string) =>
    world.room.open(
      WHO[who],
      { session: world.session(who), method: 'GET', purpose: 'page', range: false },
      { kind: 'request', request: id, file: 1 },
    );
  let orders = 0;
  const order = (who: Name, deed: Order['deed']) =>
    world.room.order({
      id: `order${String((orders += 1)).padStart(11, '0')}`,
      actor: WHO[who],
      at: world.clock.now(),
      deed,
    });

  test('nobody is shown or signs anything of a project that is frozen, and everything comes back', async () => {
    await aWorld();
    const id = await world.submitted();
    const [checker] = await world.checkers(id);
    await world.readsAll(checker!, id);
    await world.does(checker!, id, 'grade', { path: 'output/table.csv', grade: 'approve' });

    freezes.take([frozen]);

    for (const who of ['author', checker!, 'operator1'] as const) {
      expect(code(await look(who, id))).toBe('airlock.paused');
      expect(code(await world.room.request(WHO[who], id))).toBe('airlock.paused');
    }
    expect(code(await world.room.workspaceFile(WHO.author, WORKSPACE, 'output/table.csv'))).toBe(
      'airlock.paused',
    );
    expect(await world.room.workspaces(WHO.author)).toEqual([]);
    expect((await world.room.queue(WHO[checker!])).mine).toEqual([]);
    // Whoever has no business there learns nothing of the request, as before.
    expect(code(await world.room.request(PEOPLE.stranger, id))).toBe('airlock.unknown-request');
    // They are somebody here still: their sessions stay.
    expect(code(world.room.standing(WHO.author))).toBeUndefined();
    const bare = { kind: 'person', id: WHO[checker!] } as const;
    expect((await world.ask(bare, id, 'sign', { verdict: 'submit' }))?.code).toBe('airlock.paused');
    const signed = { type: 'sign', request: id, verdict: 'submit' } as const;
    expect(await order(checker!, signed)).toMatchObject({ outcome: 'refused', code: 'airlock.paused' });
    const draft: Order['deed'] = {
      type: 'release',
      request: 'r'.repeat(16),
      workspace: WORKSPACE,
      repository: { id: 70011, owner: 'northshire-research', name: 'study' },
      branch: 'main',
      patterns: ['output/*'],
    };
    expect(await order('author', draft)).toMatchObject({ outcome: 'refused', code: 'airlock.paused' });

    freezes.take([lift([PEOPLE.governor, PEOPLE.governor])]);
    expect(code(await look(checker!, id))).toBe('airlock.paused');
    freezes.take([{ ...frozen, seq: 9, id: 'freeze0000000002', scope: { kind: 'project', id: 'other' } }]);
    expect(code(await look(checker!, id))).toBe('airlock.paused');

    held('elsewhere.json');
    expect(code(await look(checker!, id))).toBeUndefined();
    expect(await order(checker!, signed)).toMatchObject({ outcome: 'done' });
  });

  test('the queue of uploads stands, half-way too, over a restart; halting and recalling go on', async () => {
    await aWorld();
    world.job({ 'output/more.csv': 'year_group,count\nyear 1,500\n' });
    const id = await world.submitted(['output/table.csv', 'output/more.csv']);
    for (const checker of await world.checkers(id)) await world.reviews(checker, id);
    const [batch] = await world.room.uploads.due();
    expect(await world.room.uploads.start(id, 1)).toBeUndefined();
    const [first, second] = batch!.files;
    const sent = { request: id, batch: 1, number: first!.number };
    await world.room.uploads.bytes(sent);
    let told = 0;
    world.room.onChange(() => (told += 1));

    freezes.take([{ ...frozen, scope: { kind: 'backend', id: 'attainment' } }]);

    expect(told).toBeGreaterThan(0);
    expect(await world.room.uploads.due()).toEqual([]);
    await expect(world.room.uploads.bytes({ request: id, batch: 1, number: second!.number })).rejects.toThrow(
      'release.frozen',
    );
    // What had left before is written down as what it is.
    const { sha256 } = (await world.state(id)).batches[0]!.files.find(
      ({ number }) => number === first!.number,
    )!;
    await world.room.uploads.confirm(sent, sha256);
    held();
    await world.room.close();
    await world.start();
    expect(world.room.paused()).toMatchObject({ by: 'governance', at: 1000 });
    expect(await world.room.uploads.due()).toEqual([]);

    held('elsewhere.json');
    expect((await world.room.uploads.due()).map(({ files }) => files)).toEqual([
      [{ number: second!.number, attempts: 0, nextAt: 0 }],
    ]);
    held();
    const [checker] = await world.checkers(id);
    expect(
      await order(checker!, {
        ...{ type: 'revoke', request: id, release: `${id}-1`, file: first!.number, category: 'disclosure' },
      }),
    ).toMatchObject({ outcome: 'done' });
  });
}, AIRLOCK_MIGRATIONS);
