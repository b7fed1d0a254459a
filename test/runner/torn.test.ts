/** Small files that a power cut left empty: no agent is kept from starting, and no run from ending. */
import { expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ActiveTasks } from '../../agent/runner/active.ts';
import { HandedTasks } from '../../agent/runner/handed.ts';
import { readMetrics } from '../../agent/runner/metrics.ts';
import { goodScript } from '../support/zone-world.ts';
import { endOf, insideOf } from './refusal-world.ts';
import { world } from './runner-world.ts';

test.each(['', '{"type":"ru'])(
  'a task that was accepted (%j) counts as absent and is taken again',
  async (torn) => {
    const task = world.task('extract');
    mkdirSync(path.join(world.dir, 'active'));
    writeFileSync(path.join(world.dir, 'active', task.id), torn);

    expect(new ActiveTasks(world.dir).all()).toEqual([]);
    expect(await endOf(task)).toMatchObject({ state: 'succeeded' });
  },
);

test('measurements and handed tasks that are torn count as none', () => {
  for (const name of ['metrics.json', 'handed.json']) writeFileSync(path.join(world.dir, name), '');

  expect(readMetrics(path.join(world.dir, 'metrics.json'))).toEqual({});
  expect(() => new HandedTasks(world.dir, world.clock)).not.toThrow();
});

test('a run whose baseline is torn ends as interrupted: nobody knows what it made', async () => {
  const task = world.task('extract');
  const end = await endOf(task, {
    script: (job) => {
      writeFileSync(world.layout.run(task.job, task.id).baseline, '');
      return goodScript(job);
    },
  });

  expect(insideOf(end)).toMatchObject({ state: 'interrupted', outputs: [] });
  expect(world.manifest()?.outputs ?? {}).toEqual({});
});
