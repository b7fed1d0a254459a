import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { manifestWriter, type ManifestFile } from '../../agent/runner/laptop-manifest.ts';
import type { Manifest } from '../../agent/store/manifest.ts';

let dir: string;
let writer: ManifestFile;
const file = (): string => path.join(dir, 'metadata', 'manifest.json');
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-manifest-'));
  writer = manifestWriter(file(), { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
});
afterEach(() => rmSync(dir, { recursive: true }));

const numbered = (sequence: number): Manifest => ({
  workspace: 'study',
  repo: '',
  sequence,
  previous: null,
  outputs: {},
  jobs: {},
});

test('of manifests that come quickly the last one stands, and nothing beside it', async () => {
  mkdirSync(path.dirname(file()));
  for (let sequence = 1; sequence <= 50; sequence += 1) writer.put(numbered(sequence));
  await writer.written();
  writer.put(numbered(51));
  await writer.written();
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(numbered(51));
  expect(readdirSync(path.dirname(file()))).toEqual(['manifest.json']);
});

test('what kept the last one from the disk is said at the end, and no more when a later one is there', async () => {
  writer.put(numbered(1));
  await expect(writer.written()).rejects.toMatchObject({ code: 'ENOENT' });
  mkdirSync(path.dirname(file()));
  writer.put(numbered(2));
  await writer.written();
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(numbered(2));
});
