/** A zone with an agent that is stopped after each test, and the study's two jobs run in it. */
import { afterAll, afterEach, beforeEach } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Script } from '../support/scripted-executor.ts';
import { aWorld, closeUpstream, goodScript, type TestAgent, type World } from '../support/zone-world.ts';

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

export async function runBoth(script: Script = goodScript): Promise<[string, string]> {
  const extract = world.task('extract');
  world.hub.give(extract);
  starts({ script });
  await world.hub.end(extract.id);
  const model = world.task('model');
  world.hub.give(model);
  await world.hub.end(model.id);
  return [extract.job, model.job];
}

export const high = (file: string): string => path.join(world.layout.workspace('study-main').high, file);

export const read = (file: string): string => readFileSync(file, 'utf8');

export async function settled(): Promise<void> {
  while (!agent?.runner.idle) await new Promise(setImmediate);
}
