/** Killed between the switch and the metadata: what the workspace holds is what the run is said to have ended with. */
import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RunContext } from '../../agent/runner/context.ts';
import type { RunPlaces } from '../../agent/runner/layout.ts';
import type { RunTask } from '../../src/protocol/messages.ts';
import { dyingAt, goodScript, type AgentSettings } from '../support/zone-world.ts';
import { insideOf } from './refusal-world.ts';
import { high, settled, starts, world } from './runner-world.ts';

/** Steps of finalisation fail for ever, from now on. */
const failing = (context: RunContext): RunContext => ({
  ...context,
  at: (name, work) => {
    if (name === 'finalize.walk') throw new Error('EIO');
    return context.at(name, work);
  },
});

/** As often as this its files cannot be placed. */
function unplaceable(times: number): AgentSettings & { tries(): number } {
  let tries = 0;
  return {
    tries: () => tries,
    patch: (context) => ({
      ...context,
      at: (name, work) => {
        if (name === 'switch.place' && (tries += 1) <= times) throw new Error('EIO');
        return context.at(name, work);
      },
    }),
  };
}

/** A run of an agent that was killed there, and what its workspace says of it. */
async function killedAt(point: string): Promise<{ task: RunTask; places: RunPlaces }> {
  const task = world.task('extract');
  const first = dyingAt(point);
  world.hub.give(task);
  const killed = world.agent({ script: goodScript, checkpoint: first.checkpoint });
  await first.death;
  await killed.stop();
  const places = world.layout.run(task.job, task.id, task.action);
  expect(existsSync(places.metadata)).toBe(false);
  expect(world.manifest()?.jobs[task.job]?.task_id).toBe(task.id);
  return { task, places };
}

test.each<[string, string, AgentSettings | 'cancelled']>([
  ['cancelled', 'finalize.switch:after', 'cancelled'],
  ['cancelled, its files not yet placed', 'switch.manifest:after', 'cancelled'],
  ['given up', 'finalize.switch:after', { patch: failing }],
  ['given up, its files not yet placed', 'switch.manifest:after', { patch: failing }],
])('a run that is then %s has succeeded: its outputs are there', async (_what, point, then) => {
  const { task, places } = await killedAt(point);
  const signed = world.manifest();
  const log = readFileSync(high('metadata/extract.log'), 'utf8');
  if (point.startsWith('switch')) rmSync(high('output/rows.csv'), { force: true });
  if (then === 'cancelled') writeFileSync(places.cancel, 'cancelled by a person');

  starts(then === 'cancelled' ? {} : then);
  const [end] = await world.hub.end(task.id);
  await settled();

  expect(end).toMatchObject({ state: 'succeeded' });
  expect(insideOf(end!)).toMatchObject({
    state: 'succeeded',
    cancelled: false,
    completed_at: signed!.jobs[task.job]!.completed_at,
    outputs: [{ path: 'output/rows.csv', hash: signed!.outputs['output/rows.csv']!.content_hash }],
  });
  expect(world.manifest()).toEqual(signed);
  expect(existsSync(high('output/rows.csv'))).toBe(true);
  expect(readFileSync(high('metadata/extract.log'), 'utf8')).toBe(log);
});

test.each([
  ['once: they are placed by another try', 1, 2, true],
  ['for good: it ends all the same', Infinity, 6, false],
])('a cancelled run whose files cannot be placed %s', async (_what, times, tries, isPlaced) => {
  const { task, places } = await killedAt('switch.manifest:after');
  rmSync(high('output/rows.csv'), { force: true });
  writeFileSync(places.cancel, 'cancelled by a person');

  const settings = unplaceable(times);
  starts(settings);
  const [end] = await world.hub.end(task.id);
  await settled();

  expect(end).toMatchObject({ state: 'succeeded' });
  expect(existsSync(high('output/rows.csv'))).toBe(isPlaced);
  expect(settings.tries()).toBe(tries);
});
