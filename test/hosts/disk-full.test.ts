/**
 * A disk that is really full, at every write of a run: before it is taken, while it is prepared, while the program
 * writes, and when its outputs are taken in. Nothing half-written is ever valid, and with room again all goes on.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { DiskWatch } from '../../agent/disk.ts';
import { zoneDisk } from '../../agent/zone-watch.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { requires } from '../support/require.ts';
import type { Script } from '../support/scripted-executor.ts';
import { aWorld, closeUpstream, goodScript, type World } from '../support/zone-world.ts';
import { filesBelow, SmallDisk } from './support/small-disk.ts';

const { describe, test } = requires('root');
const MIB = 1024 ** 2;
const silent = createLogger('test', { level: 'silent' });

describe('a disk that is full', () => {
  let disk: SmallDisk;
  let world: World;

  beforeAll(async () => {
    // The git server stands elsewhere: its disk has room.
    await (await aWorld()).close();
    disk = new SmallDisk('size=12m,nr_inodes=4000');
  });
  afterEach(async () => {
    disk.empty();
    await world.close();
  });
  afterAll(async () => {
    disk?.close();
    await closeUpstream();
  });

  /** What may be relied on: signed manifests, and objects that are what they are called. */
  function everythingValid(): number {
    let objects = 0;
    for (const place of filesBelow(path.join(world.layout.store)).filter((each) =>
      /[0-9a-f]{60,}$/.test(each),
    )) {
      if (place.includes('incoming')) continue;
      const name = path.basename(place);
      const hash = createHash('sha256').update(readFileSync(place)).digest('hex');
      expect(hash.endsWith(name)).toBe(true);
      objects += 1;
    }
    const manifest = world.manifest();
    if (!manifest) return objects;
    for (const output of Object.keys(manifest.outputs))
      expect(existsSync(path.join(world.layout.workspace('study-main').high, output))).toBe(true);
    return objects;
  }

  test('before a task is taken: it waits, nothing of it is there, and it runs when there is room', async () => {
    world = await aWorld({ under: disk.folder });
    const agent = world.agent();
    expect(world.dir.startsWith(disk.folder)).toBe(true);
    // The first list was asked for.
    while (world.hub.asked.length === 0) await new Promise(setImmediate);
    disk.fill();
    const task = world.task('extract');
    world.hub.give(task);
    // The list is asked for again and again, because the task could not be written down.
    const asked = world.hub.asked.length;
    while (world.hub.asked.length < asked + 3 && !world.hub.ended.has(task.id))
      await new Promise(setImmediate);
    everythingValid();
    expect(world.manifest()).toBeUndefined();
    disk.empty();
    const [end] = await world.hub.end(task.id);
    expect(['succeeded', 'prepare_failed']).toContain(end?.state);
    const again = world.task('extract');
    world.hub.give(again);
    expect((await world.hub.end(again.id))[0]?.state).toBe('succeeded');
    await agent.stop();
    everythingValid();
  });

  test.each(['prepare.marker', 'finalize.manifest', 'finalize.store'])(
    'from the step %s on: the run ends in words or goes on later, and the next one is whole',
    async (point) => {
      world = await aWorld({ under: disk.folder });
      let tries = 0;
      const agent = world.agent({
        checkpoint(reached) {
          if (reached.startsWith(point) && tries === 0) disk.fill();
        },
        // With the third failure somebody makes room.
        pause: () => {
          tries += 1;
          if (tries === 3) disk.empty();
        },
      });
      const task = world.task('extract');
      world.hub.give(task);
      const [end] = await world.hub.end(task.id);
      disk.empty();
      expect(['succeeded', 'prepare_failed', 'job_error', 'nonzero_exit']).toContain(end?.state);
      everythingValid();
      if (end?.state !== 'succeeded') expect(world.manifest()).toBeUndefined();
      const again = world.task('extract');
      world.hub.give(again);
      expect((await world.hub.end(again.id))[0]?.state).toBe('succeeded');
      await agent.stop();
      expect(everythingValid()).toBeGreaterThan(0);
      expect(Object.keys(world.manifest()?.outputs ?? {})).toEqual(['output/rows.csv']);
    },
  );

  test('while the program writes: it sees the error, its run ends, and what it wrote is no result', async () => {
    world = await aWorld({ under: disk.folder });
    let full = true;
    const script: Script = (job) => {
      if (!full) return goodScript(job);
      const out = path.join(job.spec.workDir, 'output');
      mkdirSync(out, { recursive: true });
      // It leaves the beginning of its output, under the name of the whole.
      const file = openSync(path.join(out, 'rows.csv'), 'w');
      writeSync(file, 'learner_id,absent\n1,');
      disk.fill();
      try {
        for (;;) writeSync(file, Buffer.alloc(4096, 1));
      } catch {
        return 1;
      } finally {
        closeSync(file);
      }
    };
    const agent = world.agent({ script, pause: () => disk.empty() });
    const task = world.task('extract');
    world.hub.give(task);
    const [end] = await world.hub.end(task.id);
    expect(end?.state).toBe('nonzero_exit');
    expect(world.manifest()?.outputs ?? {}).toEqual({});
    full = false;
    disk.empty();
    const again = world.task('extract');
    world.hub.give(again);
    expect((await world.hub.end(again.id))[0]?.state).toBe('succeeded');
    await agent.stop();
    everythingValid();
  });

  test('the lines of the disk see it before it is full, and again when there is room', async () => {
    world = await aWorld({ under: disk.folder });
    const watch = new DiskWatch(
      disk.folder,
      zoneDisk.parse({ amber_free_bytes: 6 * MIB, red_free_bytes: MIB }),
      silent,
    );
    expect(await watch.look()).toBe('ok');
    disk.fill();
    expect(await watch.look()).toBe('red');
    disk.empty();
    expect(await watch.look()).toBe('ok');
  });
});
