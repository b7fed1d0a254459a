/** The tutorial, done: every command of the page is executed in a fresh folder, and what it shows is what is printed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { version } from '../../src/cli/version.ts';
import { PYTHON, pythonImage, TEST_IMAGES } from '../support/python-image.ts';
import { requires } from '../support/require.ts';
import { IMAGES, raw } from './pictures.ts';
import { plain, stepsOf, type Step } from './tutorial.ts';

const BIN = path.resolve(import.meta.dirname, '../../src/cli/bin.js');
/** What the page calls the registry of codelists. */
const REGISTRY = / --from (https:\/\/[\w.]+)$/m.exec(raw('tutorial.md'))![1]!;
/** Where images come from for those who say nothing. */
const USUAL = 'ghcr.io/opensafely-core';
const CODELIST = 'code,term\nc1,asthma\nc2,asthma with wheeze\n';

let top: string;
let registry: Server;
beforeAll(async () => {
  top = mkdtempSync(path.join(tmpdir(), 'tutorial-'));
  mkdirSync(path.join(top, 'bin'));
  writeFileSync(
    path.join(top, 'bin', 'sallyport'),
    `#!/bin/sh\nexec "${process.execPath}" --no-warnings "${BIN}" "$@"\n`,
  );
  chmodSync(path.join(top, 'bin', 'sallyport'), 0o755);
  symlinkSync(PYTHON, path.join(top, 'bin', 'python'));
  writeFileSync(path.join(top, 'gitconfig'), '[user]\n\tname = Somebody\n\temail = somebody@example.org\n');
  registry = createServer((request, response) => {
    if (request.url?.endsWith('/download.csv'))
      response.writeHead(200, { 'content-type': 'text/csv' }).end(CODELIST);
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
  });
  await new Promise<void>((listening) => registry.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  registry.closeAllConnections();
  await new Promise((closed) => registry.close(closed));
  rmSync(top, { recursive: true });
});

const hub = (): string => `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;

/** One after the other, as typed into one shell: where a command leads, the next one begins. Throws what differs, by line. */
async function done(steps: readonly Step[], folder: string): Promise<void> {
  mkdirSync(folder);
  let cwd = folder;
  for (const step of steps) {
    if (step.kind === 'save') {
      writeFileSync(path.join(cwd, step.file), step.text);
      continue;
    }
    const command =
      step.kind === 'run'
        ? step.command.replaceAll(REGISTRY, hub())
        : `git apply -p0 --whitespace=nowarn <<'EOF'\n${step.diff}EOF`;
    const ran = await shell(command, cwd);
    const exit = step.kind === 'run' ? step.exit : 0;
    expect({ line: step.line, command, said: ran.said, exit: ran.exit }).toMatchObject({ exit });
    cwd = ran.cwd;
    if (step.kind !== 'run' || step.shown === undefined) continue;
    const places = [
      [hub(), REGISTRY],
      [TEST_IMAGES, USUAL],
      [version, 'VERSION'],
    ] as const;
    expect(`line ${step.line}: ${step.command}\n${plain(ran.said, places)}`).toBe(
      `line ${step.line}: ${step.command}\n${plain(step.shown, places)}`,
    );
  }
}

async function shell(command: string, cwd: string): Promise<{ said: string; exit: number; cwd: string }> {
  const { CI: _ci, GITHUB_ACTIONS: _actions, FORCE_COLOR: _color, ...rest } = process.env;
  // Standard error where standard output goes: in the order in which a person reads it.
  const child = spawn('bash', ['--norc', '-c', `exec 2>&1\n${command}\ncode=$?; pwd >&3; exit $code`], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      ...rest,
      ...{
        PATH: `${path.join(top, 'bin')}:${rest['PATH']}`,
        HOME: top,
        XDG_STATE_HOME: path.join(top, 'state'),
      },
      ...{ GIT_CONFIG_GLOBAL: path.join(top, 'gitconfig'), GIT_CONFIG_NOSYSTEM: '1' },
      ...{ SALLYPORT_IMAGES: TEST_IMAGES, SALLYPORT_BUILT: '1', NO_COLOR: '1' },
    },
  });
  const texts = ['', ''];
  for (const [at, stream] of [child.stdout, child.stdio[3]].entries())
    stream!.on('data', (more: Buffer) => (texts[at] += more.toString('utf8')));
  const exit = await new Promise<number>((ended, failed) => {
    child.on('error', failed);
    child.on('close', (code) => ended(code ?? -1));
  });
  return { said: texts[0]!, exit, cwd: texts[1]!.trimEnd() };
}

requires('docker').test(
  'every command of the tutorial does and prints what the page says, and makes its pictures',
  async () => {
    await pythonImage();
    const steps = stepsOf(raw('tutorial.md'));
    expect(steps.filter(({ kind }) => kind === 'run').length).toBeGreaterThan(10);

    await done(steps, path.join(top, 'work'));

    const study = path.join(top, 'work', 'my-study');
    const made: [file: string, picture: string][] = [
      ['metadata/pipeline.svg', 'tutorial-pipeline.svg'],
      ['output/areas.svg', 'tutorial-areas.svg'],
    ];
    for (const [file, picture] of made)
      expect([picture, readFileSync(path.join(study, file), 'utf8')]).toEqual([
        picture,
        readFileSync(path.join(IMAGES, picture), 'utf8'),
      ]);
  },
  120_000,
);

test('a page that shows something else, a command that fails and a block that nobody understands are found', async () => {
  const page = (text: string, exit = '') => stepsOf(`\`\`\`sh${exit}\n${text}\n\`\`\`\n`);
  const doing = (steps: Step[], name: string) => done(steps, path.join(top, name));
  await doing(stepsOf('```sh\necho 0.2 s\n```\n\n```text\n9 s\n```\n'), 'right');
  await expect(doing(stepsOf('```sh\necho one\n```\n\n```text\ntwo\n```\n'), 'shown')).rejects.toThrow('two');
  await expect(doing(page('cd .. && false'), 'failed')).rejects.toThrow('exit');
  await doing(page('false', ' exit=1'), 'expected');
  await expect(
    doing(stepsOf('```diff\n--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n```\n'), 'changed'),
  ).rejects.toThrow('exit');
  for (const text of ['```text\nalone\n```', '```python\nx\n```', '```sh\nx'])
    expect(() => stepsOf(text)).toThrow('line 1');
});
