/** A disk without room for a note: what is to be stopped is stopped all the same. */
import { expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { marksIn } from '../../agent/executor/marks.ts';
import { ZoneFreezes } from '../../agent/freezes.ts';
import type { RunContext } from '../../agent/runner/context.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { Script } from '../support/scripted-executor.ts';
import { agent, starts, world } from './runner-world.ts';

/** Where nothing can be written: no folder can be made beneath the device that is always full. */
const NO_ROOM = '/dev/full/cancel';

const UNTAKEN = 'untaken000000001';
const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

const noteless = (context: RunContext): RunContext => ({
  ...context,
  layout: {
    ...context.layout,
    run: (job, ...more) => {
      if (job === UNTAKEN) throw full;
      return { ...context.layout.run(job, ...more), cancel: NO_ROOM };
    },
  },
});

function endless(jobs: number): { script: Script; running: Promise<void> } {
  let begun: () => void = () => undefined;
  const running = new Promise<void>((resolve) => (begun = resolve));
  let count = 0;
  const script: Script = async (job) => {
    if ((count += 1) === jobs) begun();
    await new Promise((resolve) => job.ended.addEventListener('abort', resolve));
    return 0;
  };
  return { script, running };
}

test('a run is cancelled though that cannot be written down, and though a new task cannot either', async () => {
  const extract = world.task('extract');
  const { script, running } = endless(1);
  world.hub.give(extract);
  starts({ script, patch: noteless });
  await running;

  const cancel = { type: 'cancel' as const, id: 'cancel0000000001', job: extract.job, task: extract.id };
  const untaken = world.task('extract', { job: UNTAKEN });
  expect(() => agent?.runner.heed([extract, untaken, cancel])).toThrow(full);

  expect((await world.hub.end(extract.id))[0]).toMatchObject({ state: 'cancelled_by_user' });
});

test('the zone’s switch stops every run, though one cannot even be looked at and nothing can be written', async () => {
  const first = world.task('extract');
  const second = world.task('extract', { workspace: 'study-other' });
  const { script, running } = endless(2);
  const switchFile = path.join(world.dir, 'FROZEN');
  const freezes = new ZoneFreezes({
    file: path.join(world.dir, 'freezes.json'),
    switchFile,
    backend: 'attainment',
    confirm: false,
    governance: () => world.governance,
    clock: world.clock,
    logger: createLogger('test', { level: 'silent' }),
    lookMs: 5,
  });
  for (const task of [first, second]) world.hub.give(task);
  starts({ script, freezes, patch: noteless });
  await running;
  // Of the first nothing can be read: not even whether it is over.
  mkdirSync(world.layout.run(first.job, first.id).metadata);

  writeFileSync(switchFile, '');

  expect((await world.hub.end(second.id))[0]).toMatchObject({ state: 'cancelled_by_user' });
  rmSync(world.layout.run(first.job, first.id).metadata, { recursive: true });
  freezes.close();
});

test('a throw within the timer of the freezes ends nothing', async () => {
  let told = 0;
  const freezes = new ZoneFreezes({
    file: path.join(world.dir, 'freezes.json'),
    switchFile: path.join(world.dir, 'FROZEN'),
    backend: 'attainment',
    confirm: false,
    governance: () => undefined,
    clock: world.clock,
    logger: createLogger('test', { level: 'silent' }),
    lookMs: 1,
  });
  await new Promise<void>((resolve) => {
    freezes.onChange(() => {
      if ((told += 1) === 2) resolve();
      throw full;
    });
    writeFileSync(path.join(world.dir, 'FROZEN'), '');
    setTimeout(() => rmSync(path.join(world.dir, 'FROZEN')), 50);
  });
  freezes.close();

  expect(told).toBe(2);
});

test('why a job was ended is known without a disk, and the first reason stays', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-marks-'));
  const marks = marksIn(dir);
  rmSync(dir, { recursive: true });
  marks.put('job', 'time');
  marks.put('job', 'stopped');
  expect(marks.get('job')).toBe('time');
  marks.drop('job');
  expect(marks.get('job')).toBeUndefined();
});
