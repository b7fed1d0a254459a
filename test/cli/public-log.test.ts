/** What a stranger with a laptop does: takes what the steward committed on GitHub, and asks whether today's log begins with it. */
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registerLog } from '../../src/cli/log.ts';
import { aSigner, type MemoryLog } from '../support/log.ts';
import { aLog, json, publicLogWorld, type PublicLogWorld } from '../support/public-log.ts';

let world: PublicLogWorld;
let folder: string;
beforeAll(async () => {
  world = await publicLogWorld();
  folder = mkdtempSync(path.join(tmpdir(), 'sallyport-stranger-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function verify(log: MemoryLog, since: string): Promise<{ text: string; code: number }> {
  const dir = path.join(folder, 'log');
  rmSync(dir, { recursive: true, force: true });
  for (const [name, bytes] of await log.files()) {
    const file = path.join(dir, ...name.split('/'));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  let text = '';
  const take = (said: unknown) => Boolean((text += String(said)));
  jest.spyOn(process.stdout, 'write').mockImplementation(take);
  jest.spyOn(process.stderr, 'write').mockImplementation(take);
  const root = new Command('sallyport').exitOverride();
  registerLog(root);
  try {
    await root.parseAsync(['log', 'verify', dir, '--key', aSigner().text, '--since', since], {
      from: 'user',
    });
  } catch (error) {
    return { text: (error as Error).message, code: 1 };
  }
  return { text, code: Number(process.exitCode ?? 0) };
}

test("today's log begins with all that was committed since months; a log that was rewritten does not", async () => {
  const log = aLog(120);
  await world.told(log, true);
  await world.told(log.append(...json(120, 300)), true);
  const repository = `${world.sandbox.url}/northshire-research/public-log.git`;

  const now = await verify(log.append(...json(300, 400)), repository);
  expect(now).toMatchObject({ code: 0 });
  expect(now.text).toContain('ok  the first 300 of them are what the earlier checkpoint signed');
  expect(now.text).toContain('ok  so are all 2 checkpoints that are kept there');

  const forged = aLog(100).append('{"n":"other"}', ...json(101, 400));
  const answer = await verify(forged, repository);
  expect(answer.code).toBe(3);
  expect(answer.text).toContain('The log was rewritten');
  for (const each of [await log.checkpoint(300), await forged.checkpoint()])
    for (const line of each.trim().split('\n')) expect(answer.text).toContain(line);
});

test('a repository that is not there is no alarm', async () => {
  const nowhere = await verify(aLog(3), `${world.sandbox.url}/northshire-research/nothing.git`);
  expect(nowhere).toMatchObject({ code: 1 });
  expect(nowhere.text).toContain('(ledger.no-since)');
  expect((await verify(aLog(3), 'http://example.org/public-log')).text).toContain('(origin.not-https)');
});
