import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { askHubToEnd, drainsBy } from '../../src/hub-drain.ts';
import { identity } from '../../src/lib/process-identity.ts';
import { isRefusal } from '../../src/lib/refusal.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'drain-'));
});
afterEach(() => rmSync(dir, { recursive: true }));
const pidFile = (): string => path.join(dir, 'process.pid');

function asked(why = 'upgrade'): { ended(): boolean } {
  const answer = askHubToEnd(dir, why);
  if (isRefusal(answer)) throw new Error(answer.code);
  return answer;
}

test('a hub hears why it is to end, and has ended when it says so', async () => {
  const hub = drainsBy(dir);
  const draining = asked('upgrade to 0.2');

  expect(await hub.asked).toBe('upgrade to 0.2');
  expect(draining.ended()).toBe(false);
  hub.close();
  expect(draining.ended()).toBe(true);
  expect(askHubToEnd(dir, 'again')).toMatchObject({ code: 'hub.not-running' });
});

test('the number of a killed hub may be another process’s by now: that one is not waited for', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  for (const left of [`${process.pid} 1`, `${pid} 1`, `${pid}`, '', 'x', '0', '-1']) {
    writeFileSync(pidFile(), left);
    expect([left, askHubToEnd(dir, 'why')]).toEqual([
      left,
      expect.objectContaining({ code: 'hub.not-running' }),
    ]);
  }
});

test('a hub that is killed while it drains has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  writeFileSync(pidFile(), identity(child.pid!));
  const draining = asked();
  expect(draining.ended()).toBe(false);

  child.kill('SIGKILL');
  await once(child, 'exit');

  expect(draining.ended()).toBe(true);
  expect(readFileSync(pidFile(), 'utf8')).not.toBe('');
});

test('a hub of an earlier version, which wrote its number alone, is asked as well', () => {
  writeFileSync(pidFile(), `${process.pid}\n`);

  expect(asked().ended()).toBe(false);
});
