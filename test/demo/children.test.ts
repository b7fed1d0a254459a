import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ChildLost, Children } from '../../src/sandbox/demo/children.ts';

let folder: string;
let children: Children;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'children-'));
  children = new Children(path.join(folder, 'logs'));
});
afterEach(async () => {
  await children.stopAll();
  rmSync(folder, { recursive: true });
});

const node = (name: string, script: string) => ({
  name,
  file: process.execPath,
  args: ['-e', script],
  cwd: folder,
  ready: /listening on (?<port>\d+)/,
});

test('a child is ready when its line says so, and its words are kept', async () => {
  const found = await children.start(
    node('hub', 'console.error("listening on 81"); setInterval(() => 0, 1000)'),
  );

  expect(found).toEqual({ port: '81' });
  await children.stopAll();
  expect(readFileSync(children.logFile('hub'), 'utf8')).toBe('listening on 81\n');
});

test('a child that ends by itself is named, with its last lines', async () => {
  await children.start(
    node(
      'proxy',
      `console.log("listening on 82");
      setInterval(() => { if (require("fs").existsSync("go")) { console.error("out of luck"); process.exit(3) } }, 10)`,
    ),
  );
  writeFileSync(path.join(folder, 'go'), '');

  const lost = await children.lost.catch((error: unknown) => error);

  expect(lost).toBeInstanceOf(ChildLost);
  expect(lost).toMatchObject({
    child: 'proxy',
    message: 'proxy ended (3)',
    tail: 'listening on 82\nout of luck',
  });
});

test('a child that never becomes ready fails the start with its last lines', async () => {
  const start = children.start(node('agent', 'console.error("zone.yml is missing"); process.exitCode = 1'));

  await expect(start).rejects.toMatchObject({ child: 'agent', tail: 'zone.yml is missing' });
});

test('a program that is not there fails the start', async () => {
  const start = children.start({ ...node('database', ''), file: path.join(folder, 'no-such-program') });
  await expect(start).rejects.toThrow(/database (could not be started|ended)/);
});

test('once all are stopped nobody writes a log any more, whatever became of the start', async () => {
  const start = children.start({ ...node('database', ''), file: path.join(folder, 'no-such-program') });
  await expect(start).rejects.toThrow(/database/);

  await children.stopAll();

  expect(readFileSync(children.logFile('database'), 'utf8')).toBe('');
});

test('a child whose log cannot be written counts as lost', async () => {
  rmSync(path.join(folder, 'logs'), { recursive: true });

  await children.start(node('hub', 'console.log("listening on 81"); setInterval(() => 0, 1000)'));

  await expect(children.lost).rejects.toThrow(/hub has no log any more: ENOENT/);
});

test('children stop in reverse, and a stop is not a loss', async () => {
  const script = (name: string) =>
    `process.on("SIGTERM", () => { require("fs").appendFileSync("order", "${name} "); process.exit(0) }); console.log("listening on 1"); setInterval(() => 0, 1000)`;
  for (const name of ['sandbox', 'hub', 'agent']) await children.start(node(name, script(name)));
  let lost = false;
  children.lost.catch(() => (lost = true));

  await children.stopAll();

  expect(readFileSync(path.join(folder, 'order'), 'utf8')).toBe('agent hub sandbox ');
  expect(lost).toBe(false);
});

test('children do not inherit secrets of the terminal', async () => {
  process.env['DATABASE_URL'] = 'postgres://secret';
  try {
    const found = await children.start({
      ...node(
        'hub',
        'console.log("listening", process.env.DATABASE_URL, process.env.MINE); setInterval(() => 0, 1000)',
      ),
      environment: { MINE: 'yes' },
      ready: /listening (?<inherited>\S+) (?<given>\S+)/,
    });
    expect(found).toEqual({ inherited: 'undefined', given: 'yes' });
  } finally {
    delete process.env['DATABASE_URL'];
  }
});
