/** Two starts in one checkout: one installs and builds, the other waits; who died on the way holds up nobody. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'sallyport-lock-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const LOCK = new URL('../../.tools/lock.mjs', import.meta.url).href;

/** A process that takes the lock and does this; `line` is what it says first. */
function start(work: string): { line: Promise<string>; ended: Promise<unknown>; kill(): void } {
  const script = `
    import { alone } from ${JSON.stringify(LOCK)};
    import { appendFileSync } from 'node:fs';
    const say = (text) => appendFileSync('told', text + '\\n');
    await alone('lock', async () => { ${work} }, () => console.log('waiting'));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  const line = once(child.stdout, 'data').then(([text]) => String(text).trim());
  line.catch(() => undefined);
  return { line, ended: once(child, 'close'), kill: () => child.kill('SIGKILL') };
}

test('of many at once one works at a time, and nothing is left behind', async () => {
  const work = `say('in'); await new Promise((r) => setTimeout(r, 5)); say('out');`;
  const all = Array.from({ length: 4 }, () => start(work));
  await Promise.all(all.map(({ ended }) => ended));
  const told = readFileSync(join(root, 'told'), 'utf8').trim().split('\n');
  expect(told).toEqual(Array.from({ length: 4 }, () => ['in', 'out']).flat());
  expect(readdirSync(root)).toEqual(['told']);
});

test('the lock of somebody who was killed is taken; of somebody alive it is waited for', async () => {
  const forever = `console.log('working'); setInterval(() => {}, 1000); await new Promise(() => {});`;
  const first = start(forever);
  expect(await first.line).toBe('working');
  const second = start(`say('second');`);
  expect(await second.line).toBe('waiting');
  expect(existsSync(join(root, 'told'))).toBe(false);
  first.kill();
  await first.ended;
  await second.ended;
  expect(readFileSync(join(root, 'told'), 'utf8')).toBe('second\n');
  expect(readdirSync(root)).toEqual(['told']);
});

test('work that fails gives the lock back', async () => {
  await start(`throw new Error('no');`).ended;
  await start(`say('next');`).ended;
  expect(readFileSync(join(root, 'told'), 'utf8')).toBe('next\n');
});
