import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'stuck-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Jest on these suites alone, with two workers, which may stand still for three seconds. */
async function run(suites: Record<string, string>): Promise<{ code: number | null; said: string }> {
  for (const [name, text] of Object.entries(suites))
    writeFileSync(path.join(folder, `${name}.test.js`), text);
  const config = {
    rootDir: folder,
    maxWorkers: 2,
    reporters: [[path.join(ROOT, 'test/support/stuck-reporter.js'), { minutes: 0.05 }]],
  };
  const words = [
    '--report-on-signal',
    `--report-directory=${folder}`,
    path.join(ROOT, 'node_modules/jest/bin/jest.js'),
  ];
  const jest = spawn(process.execPath, [...words, '--config', JSON.stringify(config)], {
    env: { ...process.env, TMPDIR: folder, SALLYPORT_TEST_PATIENCE: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  jest.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => jest.once('close', resolve));
  return { code, said };
}

const well = `test('is well', () => undefined);`;

test('suites that stand still are named, with the process that one waits for, and the run ends', async () => {
  const waits = `test('asks', () => void require('child_process').execFileSync('sleep', ['98761']));`;
  const turns = `test('turns', () => { for (;;); });`;

  const { code, said } = await run({ waits, turns });

  expect(code).toBe(1);
  expect(said).toMatch(/Under way for \d+ min: \S+waits\.test\.js\n {2}asks\n/);
  expect(said).toMatch(/Under way for \d+ min: \S+turns\.test\.js\n {2}turns\n/);
  expect(said).toMatch(/sleep 98761/);
  // Nothing of theirs stays behind.
  expect(spawnSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).stdout).not.toMatch(/^sleep 98761/m);
  expect(said.match(/does not answer/g)).toHaveLength(2);
});

test('of one that waits for nothing that comes, its handles are told', async () => {
  const waits = `test('listens', () => new Promise(() => require('net').createServer().listen(0, '127.0.0.1')), 100_000);`;

  const { code, said } = await run({ waits, well });

  expect(code).toBe(1);
  expect(said).toMatch(/waits\.test\.js\n {2}listens\n/);
  expect(said).toMatch(/ {2}tcp .*127\.0\.0\.1/);
  expect(said).not.toContain('well.test.js');
});

test('one that is well ends as ever', async () => {
  const { code, said } = await run({ well, too: well });

  expect(code).toBe(0);
  expect(said).toBe('');
});
