import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readDownload, readKeys } from '../../src/cli/verify-release-files.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { statementLines, verifyFileStatement, type Envelope } from '../../src/protocol/protocol.ts';
import { writeCrate } from '../../src/publication/crate/bag.ts';
import type { EditionContent } from '../../src/publication/content.ts';
import { manifestOf, manifestText } from '../../src/publication/manifest.ts';
import { verifyRelease, type ReleaseCheck } from '../../src/publication/verify-release.ts';
import { signStatements } from '../../agent/airlock/statements.ts';
import { aStatedRelease, FILES, WHO, ZONE_KEY } from '../support/publication.ts';
import { unzip } from '../support/unzip.ts';

const KEY = newKeyPair();
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sallyport-verify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const WITH_EMPTY = [...FILES, { path: 'output/zero.txt', text: '' }];
const statements = signStatements(aStatedRelease(WITH_EMPTY), { signing: KEY, zoneKey: ZONE_KEY });

function content(signed: Envelope[] = statements): EditionContent {
  const files = WITH_EMPTY.map(({ path: name, text }, at) => {
    const [made, reviewed] = [signed[2 * at], signed[2 * at + 1]].map(
      (each) => verifyFileStatement(each, [KEY.publicText]) as unknown as { statement: never },
    );
    return {
      path: name,
      size: Buffer.byteLength(text),
      sha256: sha256(text),
      made: made!.statement,
      reviewed: reviewed!.statement,
    };
  }).sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    publication: 'publication00001',
    edition: 1,
    tag: 'outputs-publication00001.1',
    preparedAt: '2026-11-20T12:00:00.000Z',
    repository: { id: 70011, address: 'https://github.com/northshire-research/study' },
    deployment: { id: 'northshire-schools', address: 'https://research.example.edu' },
    project: {
      id: 'ns-2026-014',
      number: 'NS-2026-014',
      title: 'Absence',
      summary: 'What it does.',
      orgs: ['riverside-university'],
      approvedOn: '2026-03-01',
    },
    policyCommit: 'c'.repeat(40),
    requestedBy: WHO.author,
    approvals: [{ person: WHO.publisher, at: '2026-11-20T11:00:00.000Z' }],
    owner: null,
    people: [WHO.author, WHO.lead, WHO.checker1, WHO.checker2, WHO.publisher]
      .sort()
      .map((id) => ({ id, name: `P${id}`, orgs: [] })),
    files,
    statements: signed,
    workflows: [{ commit: 'a'.repeat(40), yaml: Buffer.from('version: "4.0"\n') }],
  };
}

/** As somebody finds it after downloading every file of the GitHub Release. */
function downloaded(changes: Record<string, string | null> = {}): void {
  const manifest = manifestOf(content());
  const all: Record<string, string | null> = {
    'manifest.json': manifestText(manifest),
    'provenance.intoto.jsonl': statementLines(statements),
    ...Object.fromEntries(
      manifest.files.flatMap(({ path: name, asset }) =>
        asset ? [[asset, WITH_EMPTY.find((file) => file.path === name)!.text]] : [],
      ),
    ),
    ...changes,
  };
  for (const [name, text] of Object.entries(all))
    if (text !== null) writeFileSync(path.join(folder, name), text);
}

const check = async (keys = [KEY.publicText]): Promise<ReleaseCheck> =>
  verifyRelease(await readDownload(folder), keys);

test('a download is as the zone signed it', async () => {
  downloaded();
  expect(await check()).toEqual({
    tag: 'outputs-publication00001.1',
    faults: [],
    files: ['output/figure.svg', 'output/notes.txt', 'output/table.csv', 'output/zero.txt'].map((name) => ({
      path: name,
      checkers: [WHO.checker1, WHO.checker2],
      commit: 'a'.repeat(40),
    })),
  });
});

test('an unpacked crate is checked too, in its folder or above it', async () => {
  const chunks: Buffer[] = [];
  const to = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk));
  await writeCrate(
    content(),
    (hash) => Buffer.from(WITH_EMPTY.find(({ text }) => sha256(text) === hash)!.text),
    to,
  );
  for (const [name, bytes] of unzip(Buffer.concat(chunks))) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), bytes);
  }
  expect((await check()).faults).toEqual([]);
  rmSync(path.join(folder, 'outputs-publication00001.1/data/outputs/output/zero.txt'));
  folder = path.join(folder, 'outputs-publication00001.1');
  expect((await check()).faults).toEqual(['output/zero.txt: it is missing.']);
  folder = path.dirname(folder);
});

const edited = (change: (manifest: ReturnType<typeof manifestOf>) => void): string => {
  const manifest = manifestOf(content());
  change(manifest);
  return manifestText(manifest);
};
test.each<[string, Record<string, string | null>, RegExp]>([
  ['a changed file', { 'output--table.csv': 'school,absent\na,11\n' }, /table\.csv: it has other bytes/],
  ['a missing file', { 'output--table.csv': null }, /table\.csv: it is missing/],
  [
    'a statement less',
    { 'provenance.intoto.jsonl': statementLines(statements.slice(1)) },
    /no key of these signed/,
  ],
  ['a broken statement', { 'provenance.intoto.jsonl': `${statementLines(statements)}{\n` }, /Statement 9/],
  [
    'a file less in the manifest',
    { 'manifest.json': edited(({ files }) => void files.pop()) },
    /does not list/,
  ],
  [
    'another hash in the manifest',
    { 'manifest.json': edited(({ files }) => void (files[0]!.sha256 = '0'.repeat(64))) },
    /no key of these signed/,
  ],
  [
    'another commit in the manifest',
    { 'manifest.json': edited(({ files }) => void (files[0]!.commit = 'b'.repeat(40))) },
    /another action or commit/,
  ],
  [
    'another release in the manifest',
    { 'manifest.json': edited(({ files }) => void (files[0]!.release = 'release00000001a-2')) },
    /another release/,
  ],
  [
    'another repository in the manifest',
    { 'manifest.json': edited((manifest) => void (manifest.repository.id = 1)) },
    /another release or repository/,
  ],
  ['no manifest', { 'manifest.json': '[]' }, /not one of a publication/],
  [
    'a name that leads elsewhere',
    { 'manifest.json': edited(({ files }) => void (files[0]!.asset = '../../etc/passwd')) },
    /it is missing/,
  ],
])('%s is found', async (_what, changes, fault) => {
  downloaded(changes);
  expect((await check()).faults.join('\n')).toMatch(fault);
});

test("with a stranger's keys nothing holds", async () => {
  downloaded();
  const answer = await check([newKeyPair().publicText]);
  expect(answer.files).toEqual([]);
  expect(answer.faults.length).toBeGreaterThan(8);
});

test('a file that its author checked is named', async () => {
  const own = signStatements(
    aStatedRelease(WITH_EMPTY.map((file) => ({ ...file, checkers: [WHO.author, WHO.checker1] }))),
    { signing: KEY, zoneKey: ZONE_KEY },
  );
  downloaded({ 'provenance.intoto.jsonl': statementLines(own) });
  expect((await check()).faults[0]).toMatch(/its author checked it/);
});

test('a folder with nothing in it, and keys that are none, are refused', async () => {
  await expect(check()).rejects.toThrow('release.nothing-here');
  const keys = path.join(folder, 'keys');
  await expect(readKeys(keys)).rejects.toThrow('release.no-keys');
  writeFileSync(keys, '# the zone\nnot a key\n');
  await expect(readKeys(keys)).rejects.toThrow('release.no-keys');
  writeFileSync(keys, `# the zone\n${KEY.publicText}\n\n`);
  expect(await readKeys(keys)).toEqual([KEY.publicText]);
});
