/** What goes with a release: its parts, and a signed word of which commit it was built from. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const { accompany, verifyProvenance, sbom } = (await import(path.join(ROOT, '.tools/provenance.mjs'))) as {
  accompany(
    root: string,
    files: string[],
    tested: object,
    npm: (args: string[]) => object,
    keyFile?: string,
  ): Promise<[string, string]>;
  verifyProvenance(root: string, file: string, key: string): Promise<string[]>;
  sbom(root: string, npm: (args: string[]) => object): string;
};
const npm = (args: string[]) => ({ command: 'npm', args });

let root: string;
let archive: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sallyport-provenance-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    copyFileSync(path.join(ROOT, name), path.join(root, name));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: root });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'A change');
  mkdirSync(path.join(root, 'out'));
  archive = path.join(root, 'out', 'sallyport.tgz');
  writeFileSync(archive, 'bytes');
  // The tools read the product's modules where the product is.
  execFileSync('ln', ['-s', path.join(ROOT, 'src'), path.join(root, 'src')]);
  execFileSync('ln', ['-s', path.join(ROOT, 'node_modules'), path.join(root, 'node_modules')]);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a release is signed with the parts it is made of, and whatever is changed afterwards is found', async () => {
  const keyFile = path.join(root, 'release.key');
  const pair = newKeyPair();
  writePrivateKey(keyFile, pair);
  const [parts, provenance] = await accompany(root, [archive], { suites: 2, passed: 9 }, npm, keyFile);
  const verify = (key = pair.publicText) => verifyProvenance(root, provenance, key);

  expect(path.basename(provenance)).toBe('provenance.dsse.json');
  expect(await verify()).toEqual([]);
  const { payload } = JSON.parse(readFileSync(provenance, 'utf8')) as { payload: string };
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  expect(JSON.parse(Buffer.from(payload, 'base64').toString())).toMatchObject({
    predicateType: 'https://slsa.dev/provenance/v1',
    subject: [{ name: 'sallyport.tgz' }, { name: 'sbom.cdx.json' }],
    predicate: {
      buildDefinition: { externalParameters: { commit }, internalParameters: { suites: 2, passed: 9 } },
    },
  });

  expect(await verify(newKeyPair().publicText)).toEqual([expect.stringMatching(/sign/)]);
  writeFileSync(archive, 'other');
  rmSync(parts);
  expect(await verify()).toEqual([
    'sallyport.tgz: other bytes than were built.',
    'sbom.cdx.json: it is not here.',
  ]);
  const changed = JSON.parse(readFileSync(provenance, 'utf8')) as Record<string, string>;
  changed['payload'] = Buffer.from('{}').toString('base64');
  writeFileSync(provenance, JSON.stringify(changed));
  expect(await verify()).toHaveLength(1);
});

test('without a key it says that nobody signed, in its very name', async () => {
  const [, provenance] = await accompany(root, [archive], { suites: 2, passed: 9 }, npm);
  expect(path.basename(provenance)).toBe('provenance.unsigned.json');
});

test('the parts are those of the lock file that are shipped, and the same each time', () => {
  const text = sbom(root, npm);
  expect(sbom(root, npm)).toBe(text);
  const { components } = JSON.parse(text) as { components: { name: string; version: string }[] };
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['express', 'pg', 'zod']));
  expect(names).not.toContain('jest');
});
