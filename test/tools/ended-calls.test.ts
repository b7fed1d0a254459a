import { expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

const FILE = path.resolve(import.meta.dirname, '../support/ended-calls.js');

/** A process with a limit of a tenth of a second, and what it says to a call. */
function says(call: string): string {
  const script = `import { endCalls } from ${JSON.stringify(FILE)};
    import { execFileSync, execSync, spawnSync } from 'node:child_process';
    endCalls(100);
    try { console.log(JSON.stringify(${call})); } catch (error) { console.log(error.message); }`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
}

test('a call that never ends is ended, and says which program it was', () => {
  expect(says(`spawnSync('sleep', ['60'])`)).toBe('did not end: sleep 60');
  expect(says(`execFileSync('sleep', ['60'], { encoding: 'utf8' })`)).toBe('spawnSync sleep ETIMEDOUT');
  expect(says(`execSync('sleep 60')`)).toBe('spawnSync /bin/sh ETIMEDOUT');
});

test('a limit of its own is kept, and what ends in time is as ever', () => {
  expect(says(`spawnSync('sleep', ['60'], { timeout: 50 }).error.code`)).toBe('"ETIMEDOUT"');
  expect(
    says(`spawnSync('sh', ['-c', 'sleep 0.3; echo said'], { timeout: 50_000, encoding: 'utf8' }).stdout`),
  ).toBe('"said\\n"');
  expect(says(`spawnSync('pwd', { cwd: '/', encoding: 'utf8' }).stdout`)).toBe('"/\\n"');
});

test('every suite runs under it', () => {
  expect(spawnSync.toString()).toContain('did not end');
});
