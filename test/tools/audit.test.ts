/** What `npm run check` asks of the packages that are used, and of every file that git keeps. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const tool = async <T>(name: string): Promise<T> => (await import(path.join(ROOT, '.tools', name))) as T;
const { lockFaults, advisories } = await tool<{
  lockFaults(root: string): string[];
  advisories(ask: () => string): { faults: string[]; unasked?: string };
}>('audit.mjs');
const { secretsIn } = await tool<{
  secretsIn(root: string, code: string, madeUp: Record<string, string[]>): Promise<string[]>;
}>('secrets.mjs');

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sallyport-audit-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, value: unknown): void => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), typeof value === 'string' ? value : JSON.stringify(value));
};
const GOOD = { version: '1.0.0', license: 'MIT', integrity: `sha512-${'A'.repeat(86)}==` };
function locked(entry: object, manifest: object = {}): string[] {
  write('package.json', { dependencies: { thing: '1.0.0' }, ...manifest });
  write('package-lock.json', { packages: { '': {}, 'node_modules/thing': { ...GOOD, ...entry } } });
  return lockFaults(root);
}

test('this project’s own packages are as they should be', () => {
  expect(lockFaults(ROOT)).toEqual([]);
});

test.each<[string, object, object, RegExp]>([
  ['bytes that nothing says', { integrity: undefined }, {}, /integrity/],
  ['a weak digest', { integrity: 'sha1-abc' }, {}, /integrity/],
  ['an address', { resolved: 'https://elsewhere.example.org/thing.tgz' }, {}, /address/],
  ['a folder', { link: true }, {}, /folder/],
  ['a program that runs while it is installed', { hasInstallScript: true }, {}, /allowScripts/],
  ['a licence that may not be passed on', { license: 'GPL-3.0' }, {}, /GPL-3\.0/],
  ['one of two licences that may not', { license: 'MIT AND GPL-3.0' }, {}, /GPL-3\.0/],
  ['a licence of tools in what is shipped', { license: 'MPL-2.0' }, {}, /MPL-2\.0/],
  ['no licence', { license: undefined }, {}, /not said/],
  ['a version that is not pinned', {}, { dependencies: { thing: '^1.0.0' } }, /not pinned/],
])('a package with %s is a fault', (_what, entry, manifest, says) => {
  expect(locked(entry, manifest)).toEqual([expect.stringMatching(says)]);
});

test.each([
  [{}],
  [{ license: '(GPL-3.0 OR MIT)' }],
  [{ license: 'MPL-2.0', dev: true }],
  [{ hasInstallScript: true }],
])('one that is as it should be is none: %j', (entry) => {
  expect(locked(entry, { allowScripts: { thing: false } })).toEqual([]);
});

test('known holes stop when they are grave; a registry that cannot be asked is told, not taken for a good answer', () => {
  const hole = (severity: string) =>
    JSON.stringify({ vulnerabilities: { thing: { name: 'thing', severity, range: '<2' } } });
  expect(advisories(() => hole('critical')).faults).toEqual([expect.stringContaining('thing <2')]);
  expect(advisories(() => hole('high')).faults).toHaveLength(1);
  expect(advisories(() => hole('moderate'))).toEqual({ faults: [] });
  for (const answer of [
    '',
    'no JSON',
    '{"message":"405 Method Not Allowed - POST x","error":{"summary":""}}',
  ])
    expect(advisories(() => answer)).toEqual({ faults: [], unasked: expect.stringMatching(/./) });
});

test('a secret in any file that git keeps is found, and one that is made up for a test has to be there', async () => {
  const token = `ghp_${'a1B2'.repeat(9)}`;
  write('notes.txt', `token: ${token}\n`);
  write('fixture.txt', `token: ${token}\n`);
  write('new.txt', `token: ${token}\n`);
  execFileSync('git', ['init', '-q'], { cwd: root });
  execFileSync('git', ['add', 'notes.txt', 'fixture.txt'], { cwd: root });

  const found = await secretsIn(root, ROOT, { 'fixture.txt': ['github-token'], 'gone.txt': ['private-key'] });

  expect(found).toEqual([
    expect.stringMatching(/^notes\.txt: github-token\./),
    expect.stringMatching(/private-key in gone\.txt, where there is none/),
  ]);
  expect(found.join()).not.toContain('a1B2');
});
