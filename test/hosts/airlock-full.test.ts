/**
 * An airlock whose disk is really full: it takes no further file, keeps nothing half-written, and reading and reviewing
 * go on to their end. With room again it takes files as before.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

const { describe, test } = requires('root');
const MIB = 1024 ** 2;

describe('an airlock whose disk is full', () => {
  let mount: string;
  beforeAll(() => {
    mount = mkdtempSync(path.join(tmpdir(), 'sallyport-airlock-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,nr_inodes=2000', 'tmpfs', mount]);
  });
  afterAll(() => {
    execFileSync('umount', ['-l', mount]);
    rmSync(mount, { recursive: true, force: true });
  });

  /** Takes all that is left. */
  function fill(): void {
    const file = openSync(path.join(mount, 'filler'), 'a');
    for (let size = MIB; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) if (writeSync(file, Buffer.alloc(size, 1)) < size) break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
    closeSync(file);
  }
  const empty = (): void => rmSync(path.join(mount, 'filler'), { force: true });
  const kept = (): string[] =>
    readdirSync(path.join(mount, 'airlock', 'copies'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();

  onOneDatabase((open) => {
    let world: AirlockWorld;
    let level: () => 'ok' | 'amber' | 'red';
    const disk = () =>
      new DiskWatch(
        mount,
        zoneDisk.parse({ amber_free_bytes: 4 * MIB, red_free_bytes: MIB }),
        createLogger('test', { level: 'silent' }),
      );

    async function begin(): Promise<DiskWatch> {
      const watch = disk();
      level = () => watch.level;
      world = await AirlockWorld.open(await open(), {
        files: { 'output/table.csv': aTable(), 'output/other.csv': aTable(2) },
        parts: { dir: path.join(mount, 'airlock'), disk: () => level() },
      });
      expect(await watch.look()).toBe('ok');
      return watch;
    }
    afterEach(async () => {
      empty();
      await world.close();
      rmSync(path.join(mount, 'airlock'), { recursive: true, force: true });
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
      fill();
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

      empty();
      expect(await watch.look()).toBe('ok');
    });

    test('a disk that fills up between two looks leaves nothing half-written, and says so', async () => {
      await begin();
      level = () => 'ok';
      const id = await world.draft(['output/table.csv']);
      const before = [kept(), await world.state(id)];
      fill();

      expect(await adds()).toBe('airlock.no-room');
      expect([kept(), await world.state(id)]).toEqual(before);

      empty();
      expect(await adds()).toBeUndefined();
      expect(kept().length).toBe((before[0] as string[]).length + 1);
    });
  }, AIRLOCK_MIGRATIONS);
});
