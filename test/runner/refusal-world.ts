/** What is told of a run's end, and what the zone keeps of it. */
import { expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Metadata } from '../../agent/runner/types.ts';
import type { RunTask, Update } from '../../src/protocol/messages.ts';
import type { World } from '../support/zone-world.ts';
import { settled, starts, world } from './runner-world.ts';

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
  await settled();
  return end as Update;
}
