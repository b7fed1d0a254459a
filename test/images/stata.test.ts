/** The parts of the recipe for Stata that can be tried without Stata: how a do-file is run, and what becomes of the licence. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const DOCKERFILE = readFileSync(new URL('../../agent/images/stata/Dockerfile', import.meta.url), 'utf8');
const SCRIPT = /<<'ENTRY'[^\n]*\n([^]*?)\nENTRY\n/.exec(DOCKERFILE)?.[1] ?? '';
const LICENCE = 'serial!code!authorization!owner';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sallyport-stata-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs it with a program in Stata's place, in a folder in place of the container's. */
function runDo(stata: string, words: string[], environment: NodeJS.ProcessEnv = { STATA_LICENSE: LICENCE }) {
  const program = path.join(folder, 'stata');
  writeFileSync(program, `#!/bin/sh\n${stata}\n`, { mode: 0o755 });
  const script = SCRIPT.replaceAll('/tmp/stata.lic', path.join(folder, 'stata.lic')).replaceAll(
    '/workspace',
    folder,
  );
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script, 'run-do', ...words], {
    ...{ encoding: 'utf8', cwd: folder },
    env: { PATH: process.env['PATH'], STATA: program, ...environment },
  });
  return { status, stdout, stderr };
}

test('a do-file is run in batch, its log is printed, and no log or licence is left', () => {
  const done = runDo(
    'echo "$@" > model.log; cat stata.lic >> model.log; env | grep -c STATA_LICENSE >> model.log || true',
    ['analysis/model.do', 'one'],
  );
  expect(done).toEqual({ status: 0, stdout: `-b do analysis/model.do one\n${LICENCE}\n0\n`, stderr: '' });
  expect(readdirSync(folder)).toEqual(['stata']);
});

test('an error in a do-file fails the job, though Stata itself ends well', () => {
  const done = runDo('printf "use missing\\nfile missing not found\\nr(601);\\n" > model.log', ['model.do']);
  expect(done.status).toBe(1);
  expect(done.stdout).toContain('r(601);');
});

test('a program that is killed fails the job, and its licence goes as well', () => {
  expect(runDo('exit 137', ['model.do']).status).toBe(137);
  expect(existsSync(path.join(folder, 'stata.lic'))).toBe(false);
});

test.each([
  ['no licence', ['model.do'], {}, 78, 'STATA_LICENSE is not set'],
  ['an empty licence', ['model.do'], { STATA_LICENSE: '' }, 78, 'STATA_LICENSE is not set'],
  ['no do-file', [], { STATA_LICENSE: LICENCE }, 64, 'name a do-file'],
])('%s is said at once', (_case, words, environment, status, says) => {
  const done = runDo('touch started', words, environment);
  expect(done.status).toBe(status);
  expect(done.stderr).toContain(says);
  expect(existsSync(path.join(folder, 'started'))).toBe(false);
});

test('the recipe stops at a licence among the files of the installer, and runs as nobody', () => {
  expect(DOCKERFILE).toMatch(/find \/usr\/local\/stata -iname 'stata\.lic\*'[^]*exit 1/);
  expect(DOCKERFILE).toMatch(/^USER 65534:65534$/m);
  expect(DOCKERFILE).not.toMatch(/^(?:VOLUME|ARG|ENV .*LICEN)/m);
});
