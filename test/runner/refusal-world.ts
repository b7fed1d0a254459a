/** A zone with an agent that is stopped after each test, and what is told of a run's end. */
import { afterAll, afterEach, beforeEach, expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Metadata } from '../../agent/runner/types.ts';
import type { RunTask, Update } from '../../src/protocol/messages.ts';
import { aWorld, closeUpstream, type TestAgent, type World } from '../support/zone-world.ts';

export let world: World;

export let agent: TestAgent | undefined;

beforeEach(async () => {
  world = await aWorld();
});

afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await world.close();
});

afterAll(closeUpstream);

/** In place of the world that the test began with. */
export async function another(options: Parameters<typeof aWorld>[0]): Promise<void> {
  const other = await aWorld(options);
  await world.close();
  world = other;
}

/** Stopped after the test. */
export function starts(settings?: Parameters<World['agent']>[0]): void {
  agent = world.agent(settings);
}

/** What the zone itself keeps of a run's end. */
export function insideOf({ job, task }: Update): Metadata {
  const { metadata } = world.layout.run(job, task);
  return JSON.parse(readFileSync(metadata, 'utf8')) as Metadata;
}

/** All that may be told of a program on real data that did not end well. */
export function asFailed({ task, job, at }: Update): Update {
  const seconds = expect.any(Number) as unknown as number;
  const told = { startedAt: seconds, finishedAt: seconds, outputsMissing: false, outputsWithheld: false };
  return { task, job, at, state: 'nonzero_exit', ...told };
}

export async function endOf(task: RunTask, more: Parameters<World['agent']>[0] = {}): Promise<Update> {
  world.hub.give(task);
  starts(more);
  const [end] = await world.hub.end(task.id);
  while (!agent?.runner.idle) await new Promise(setImmediate);
  return end as Update;
}
