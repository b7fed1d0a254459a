/** An agent that is drained: nothing new, everything old to its end, and then its own. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { askToDrain, askToGoOn, drainsBy } from '../../agent/drain.ts';
import { lockFolder } from '../../agent/lock.ts';
import { isRefusal, refusal } from '../../src/lib/refusal.ts';
import { aWorld, closeUpstream, goodScript, type World } from '../support/zone-world.ts';

let world: World;
const folders: string[] = [];
afterEach(async () => {
  await world?.close();
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
});
afterAll(closeUpstream);

function folder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-drain-'));
  folders.push(dir);
  return dir;
}

/** A run that ends when it is told to. */
function held() {
  let begun: () => void;
  let go: () => void;
  const running = new Promise<void>((resolve) => (begun = resolve));
  const ending = new Promise<void>((resolve) => (go = resolve));
  return {
    running,
    go: () => go(),
    script: async (...given: Parameters<typeof goodScript>) => {
      begun();
      await ending;
      return goodScript(...given);
    },
  };
}

test('it says so, finishes what it has, and ends by itself when the hub has heard of it', async () => {
  world = await aWorld();
  const { running, go, script } = held();
  const agent = world.agent({ script });
  const task = world.task('extract');
  world.hub.give(task);
  await running;

  agent.runner.drain(true);
  expect(agent.runner.running).toBe(1);
  go();
  await world.hub.end(task.id);
  // Not stopped by the test: it resolves because the agent has ended.
  await agent.done;

  expect(world.hub.asked.at(-1)).toMatchObject({ draining: true });
  expect(world.hub.ended.get(task.id)).toMatchObject({ state: 'succeeded' });
  expect(readdirSync(path.join(world.dir, 'active'))).toEqual([]);
});

test('it goes on when that is taken back', async () => {
  world = await aWorld();
  const { running, go, script } = held();
  const agent = world.agent({ script });
  world.hub.give(world.task('extract'));
  await running;
  agent.runner.drain(true);
  agent.runner.drain(false);
  go();

  const next = world.task('model');
  world.hub.give(next);
  await world.hub.end(next.id);
  expect(world.hub.asked.at(-1)).not.toHaveProperty('draining');
  await agent.stop();
});

test('an idle one ends even while the hub is away', async () => {
  world = await aWorld();
  const agent = world.agent();
  world.hub.away = true;
  world.hub.wake();
  agent.runner.drain(true);
  await agent.done;
});

test('what an earlier process was asked is over when the next one starts', async () => {
  const dir = folder();
  writeFileSync(path.join(dir, 'drain'), '');
  const heard: boolean[] = [];
  const watch = drainsBy(dir, (on) => heard.push(on));
  expect(existsSync(path.join(dir, 'drain'))).toBe(false);

  const lock = lockFolder(dir, () => refusal('x', 'x', 'x'));
  if (isRefusal(lock)) throw new Error(lock.code);
  const draining = askToDrain(dir);
  if (isRefusal(draining)) throw new Error(draining.code);
  await until(() => heard.length === 1);
  expect(draining.ended()).toBe(false);
  expect(askToGoOn(dir)).toBe(true);
  expect(askToGoOn(dir)).toBe(false);
  await until(() => heard.length === 2);
  expect(heard).toEqual([true, false]);
  lock.release();
  expect(draining.ended()).toBe(true);
  watch.close();
});

test('where no agent is at work, or one of which only the lock is left, there is nothing to drain', () => {
  const dir = folder();
  expect(askToDrain(dir)).toMatchObject({ code: 'agent.not-running' });
  writeFileSync(path.join(dir, '.lock'), '999999 1');
  expect(askToDrain(dir)).toMatchObject({ code: 'agent.not-running' });
  expect(askToGoOn(dir)).toMatchObject({ code: 'agent.not-running' });
  expect(existsSync(path.join(dir, 'drain'))).toBe(false);
});

/** A file tells nobody that it changed. */
async function until(seen: () => boolean): Promise<void> {
  while (!seen()) await new Promise((resolve) => setTimeout(resolve, 20));
}
