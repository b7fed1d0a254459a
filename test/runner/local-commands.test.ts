/** What stands for an image where there are no containers. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LOCAL_COMMANDS } from '../../agent/runner/compat.ts';

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(path.join(tmpdir(), 'local-commands-'));
  symlinkSync('/bin/sh', path.join(bin, 'sh'));
});
afterEach(() => rmSync(bin, { recursive: true }));

function program(name: string): void {
  writeFileSync(path.join(bin, name), `#!/bin/sh\necho ${name} "$#" "$@"\n`);
  chmodSync(path.join(bin, name), 0o755);
}

function ran(...words: string[]): { said: string; code: number | null } {
  const [first = '', ...rest] = [...LOCAL_COMMANDS['python']!, ...words];
  const done = spawnSync(first, rest, { env: { PATH: bin }, encoding: 'utf8' });
  return { said: done.stdout, code: done.status };
}

test('python is python3 on a machine that has no python, and itself on one that has', () => {
  program('python3');
  expect(ran('python', 'a b.py', '$(x)', '')).toEqual({ said: 'python3 3 a b.py $(x) \n', code: 0 });
  program('python');
  expect(ran('python', 'a b.py')).toEqual({ said: 'python 1 a b.py\n', code: 0 });
});

test('other programs are started as they are called; one that is missing is 127', () => {
  program('pip');
  expect(ran('pip', 'list').said).toBe('pip 1 list\n');
  expect([ran('python', 'x.py').code, ran('nothing').code]).toEqual([127, 127]);
});
