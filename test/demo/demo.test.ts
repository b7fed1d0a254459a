import { expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { program } from '../../src/sandbox/demo/places.ts';

interface Ended {
  code: number | null;
  says: string;
  /** The demo's folder, as its first line names it. */
  folder: string;
}

/** Runs the demo and does something to it once a line has been seen. */
function demo(args: string[], until: RegExp, then: (pid: number, folder: string) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, 'demo', ...args], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    let says = '';
    let done = false;
    const folder = (): string => /on your machine in (\S+)/.exec(says)?.[1] ?? '';
    const look = (chunk: Buffer): void => {
      says += chunk.toString();
      if (done || !until.test(says)) return;
      done = true;
      then(child.pid ?? 0, folder());
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, says, folder: folder() }));
  });
}

function processesOf(folder: string): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(folder));
}

test('Ctrl-C ends the demo with nothing left running and nothing left behind', async () => {
  const ended = await demo(['--executor', 'process'], /1\. Wren pushes/, (pid) =>
    process.kill(pid, 'SIGINT'),
  );

  expect(ended).toMatchObject({ code: 0, says: expect.stringContaining('everything is stopped') });
  expect(ended.says).toContain('NOTHING ISOLATES THEM');
  expect(existsSync(ended.folder)).toBe(false);
  expect(processesOf(ended.folder)).toEqual([]);
}, 120_000);

test('a process that dies is named with the end of its log, and the demo fails', async () => {
  // While others are still being started: those must end as well.
  const ended = await demo(['--executor', 'process', '--once'], /the hub and the proxy/, (_pid, folder) => {
    const proxy = processesOf(path.join(folder, 'proxy'))[0] ?? '';
    process.kill(Number(proxy.trim().split(' ')[0]), 'SIGKILL');
  });

  expect(ended.code).toBe(1);
  expect(ended.says).toContain('proxy ended (SIGKILL). The end of its log:');
  expect(ended.says).toContain('proxy listening on http://127.0.0.1:');
  expect(processesOf(ended.folder)).toEqual([]);
}, 120_000);

test('a folder that holds something is not taken', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'demo-'));
  writeFileSync(path.join(folder, 'thesis.tex'), 'years of work');

  const done = spawnSync(process.execPath, [program, 'demo', '--data', folder], { encoding: 'utf8' });

  expect(done.status).toBe(1);
  expect(done.stderr).toContain(
    'holds something already. Name a new or an empty folder. (demo.folder-not-empty)',
  );
  rmSync(folder, { recursive: true });
});
