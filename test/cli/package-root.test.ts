/** By which name a program is known that was started through a link: units are to name the link. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nameOfPackageRoot, packageRoot } from '../../src/cli/package-root.ts';

let dir = '';
const bin = (folder: string): string => path.join(folder, 'src/cli/bin.js');
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-root-'));
  mkdirSync(path.join(dir, 'another/src/cli'), { recursive: true });
  symlinkSync(packageRoot(), path.join(dir, 'sallyport'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('started through a link, the program is where the link is', () => {
  expect(nameOfPackageRoot(bin(path.join(dir, 'sallyport')))).toBe(path.join(dir, 'sallyport'));
  expect(nameOfPackageRoot(bin(packageRoot()))).toBe(path.normalize(packageRoot()).replace(/\/$/, ''));
});

test('a command of that name elsewhere is not where the program is', () => {
  for (const started of ['/usr/local/bin/sallyport', bin(path.join(dir, 'another')), bin(`${dir}/none`), ''])
    expect(nameOfPackageRoot(started)).toBe(packageRoot());
});
