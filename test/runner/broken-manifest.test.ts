/** A workspace whose manifest is damaged: runs end all the same, and nothing is written over it. */
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aWorld, closeUpstream, type TestAgent, type World } from '../support/zone-world.ts';

let world: World;
let agent: TestAgent;
beforeEach(async () => {
  world = await aWorld();
});
afterEach(async () => {
  await agent.stop();
  await world.close();
});
afterAll(closeUpstream);

const BROKEN = '{"workspace":';

test('a manifest that is no longer JSON keeps no run from ending', async () => {
  const file = world.layout.workspace('study-main').manifest;
  mkdirSync(path.dirname(file), { recursive: true });
  const extract = world.task('extract');
  world.hub.give(extract);
  agent = world.agent({
    script: () => {
      writeFileSync(file, BROKEN);
      return 3;
    },
  });

  const [end] = await world.hub.end(extract.id);

  expect(end).toMatchObject({ state: 'nonzero_exit' });
  expect(readFileSync(file, 'utf8')).toBe(BROKEN);
});
