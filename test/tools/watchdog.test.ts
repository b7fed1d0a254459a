import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const FILE = path.resolve(import.meta.dirname, '../support/watchdog.js');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'watchdog-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process with a patience of a second. */
async function runs(script: string): Promise<{ end: unknown[]; said: string }> {
  const file = path.join(folder, 'watched.mjs');
  const text = `import { watchOver } from ${JSON.stringify(FILE)}; watchOver(1000); ${script}`;
  writeFileSync(file, text);
  // A net of its own: what is tried here never ends by itself.
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 90_000 });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const end = await new Promise<unknown[]>((resolve) => child.once('close', (...code) => resolve(code)));
  return { end, said };
}

test('promises that follow one another for ever are told with who waits for them, and ended', async () => {
  const { end, said } = await runs(`
    async function look() { return false; }
    async function until() { while (!(await look())); }
    setTimeout(until, 100);`);

  expect(end).toEqual([null, 'SIGKILL']);
  expect(said).toContain('has not given way for minutes');
  expect(said).toMatch(/ {4}at (?:until|look) \(/);
});

test('a loop is told and ended', async () => {
  const { end, said } = await runs(`function turns() { for (;;) Math.random(); } setTimeout(turns, 100);`);

  expect(end).toEqual([null, 'SIGKILL']);
  expect(said).toMatch(/ {4}at turns \(/);
});

test('who gives way, or waits for another program, goes on, and nobody is kept from ending', async () => {
  const { execPath } = process;
  const { end, said } = await runs(`
    import { execFileSync } from 'node:child_process';
    setTimeout(() => execFileSync(${JSON.stringify(execPath)}, ['-e', 'setTimeout(() => 0, 8000)']), 100);`);

  expect({ end, said }).toEqual({ end: [0, null], said: '' });
});
