/**
 * An airlock whose disk is really full: it takes no further file, keeps nothing half-written, and reading and reviewing
 * go on to their end. With room again it takes files as before.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { DiskWatch } from '../../agent/disk.ts';
import { zoneDisk } from '../../agent/zone-watch.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { AirlockWorld, aTable, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';
import { REPOSITORY } from '../support/governance.ts';
import { requires } from '../support/require.ts';
import { filesBelow, SmallDisk } from './support/small-disk.ts';

const { describe, test } = requires('root');
const MIB = 1024 ** 2;

describe('an airlock whose disk is full', () => {
  let disk: SmallDisk;
  beforeAll(() => {
    disk = new SmallDisk('size=8m,nr_inodes=2000');
  });
  afterAll(() => disk?.close());

  const kept = (): string[] => filesBelow(path.join(disk.folder, 'airlock', 'copies')).sort();

  onOneDatabase((open) => {
    let world: AirlockWorld;
    let level: () => 'ok' | 'amber' | 'red';
    const watchOf = () =>
      new DiskWatch(
        disk.folder,
        zoneDisk.parse({ amber_free_bytes: 4 * MIB, red_free_bytes: MIB }),
        createLogger('test', { level: 'silent' }),
      );

    async function begin(): Promise<DiskWatch> {
      const watch = watchOf();
      level = () => watch.level;
      world = await AirlockWorld.open(await open(), {
        files: { 'output/table.csv': aTable(), 'output/other.csv': aTable(2) },
        parts: { dir: path.join(disk.folder, 'airlock'), disk: () => level() },
      });
      expect(await watch.look()).toBe('ok');
      return watch;
    }
    afterEach(async () => {
      disk.empty();
      await world.close();
      rmSync(path.join(disk.folder, 'airlock'), { recursive: true, force: true });
    });

    const adds = async (): Promise<string | undefined> => {
      const answer = await world.room.addFiles({
        by: world.inViewer('author'),
        workspace: WORKSPACE,
        group: 'results',
        as: 'output',
        paths: ['output/other.csv'],
      });
      return isRefusal(answer) ? answer.code : answer.refused[0]?.refusal.code;
    };
    const orders = async (id: string, pattern: string): Promise<string> => {
      const { outcome, code } = await world.room.order({
        id,
        actor: WHO.author,
        at: world.clock.now(),
        deed: {
          type: 'release',
          request: id.replace('order', 'draft'),
          workspace: WORKSPACE,
          repository: { id: REPOSITORY, owner: 'northshire-research', name: 'study' },
          branch: 'main',
          patterns: [pattern],
        },
      });
      return code ?? outcome;
    };

    test('at the red line it takes no file by any way, and a review comes to its end', async () => {
      const watch = await begin();
      const id = await world.submitted();
      const before = [kept(), await world.state(id)];
      disk.fill();
      expect(await watch.look()).toBe('red');

      expect(await adds()).toBe('airlock.no-room');
      expect(await world.room.updateFiles(world.inViewer('author'), id, ['output/table.csv'])).toMatchObject({
        code: 'airlock.no-room',
        says: expect.stringContaining('disk is nearly full'),
      });
      // Whatever it matches: the answer is seen on GitHub.
      expect(await orders('order00000000001', 'output/*.csv')).toBe('airlock.no-room');
      expect(await orders('order00000000002', 'nothing/*.csv')).toBe('airlock.no-room');
      expect([kept(), await world.state(id)]).toEqual(before);

      for (const who of await world.checkers(id)) await world.reviews(who, id);
      expect((await world.state(id)).state).not.toBe('submitted');
      expect((await world.room.shown([id]))[0]).toMatchObject({ reviews: 2 });

      disk.empty();
      expect(await watch.look()).toBe('ok');
    });

    test('a disk that fills up between two looks leaves nothing half-written, and says so', async () => {
      await begin();
      level = () => 'ok';
      const id = await world.draft(['output/table.csv']);
      const before = [kept(), await world.state(id)];
      disk.fill();

      expect(await adds()).toBe('airlock.no-room');
      expect([kept(), await world.state(id)]).toEqual(before);

      disk.empty();
      expect(await adds()).toBeUndefined();
      expect(kept().length).toBe((before[0] as string[]).length + 1);
    });
  }, AIRLOCK_MIGRATIONS);
});
