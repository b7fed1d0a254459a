/** What a workspace holds after a switch, where a path that was a file has become a folder, or the reverse. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { layout } from '../../agent/runner/layout.ts';
import { switchTo, type SwitchContext } from '../../agent/runner/workspace.ts';
import type { OutputFile } from '../../agent/store/manifest.ts';
import { Store } from '../../agent/store/store.ts';
import { newKeyPair } from '../../src/lib/keys.ts';

let dir: string;
let context: SwitchContext;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-switch-'));
  const at = async <T>(_point: string, work: () => T | Promise<T>): Promise<T> => work();
  const store = new Store(path.join(dir, 'store'), { sync: false });
  context = { layout: layout(dir), store, key: newKeyPair(), at };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

let runs = 0;

/** The only outputs of this run of the action; their text is their path. */
async function left(...files: string[]): Promise<void> {
  const id = String((runs += 1)).padStart(13, '0');
  const outputs: OutputFile[] = [];
  for (const file of files) {
    writeFileSync(path.join(dir, 'made'), file);
    const { hash, size } = await context.store.take(dir, 'made', { mayLink: false });
    outputs.push({ path: file, hash, size, at: 1, level: 'moderately_sensitive', excluded: false });
  }
  await switchTo(
    {
      task: `tsk${id}`,
      job: `job${id}`,
      request: `req${id}`,
      workspace: 'study-main',
      action: 'extract',
      user: 1,
      repo: 'https://github.com/a/b',
      commit: 'c'.repeat(40),
      image: 'node:v1',
      imageId: null,
      inputs: [],
      outputs,
      actions: ['extract'],
      completedAt: runs,
    },
    context,
  );
}

const FILE = 'output/data.parquet';
const WITHIN = 'output/data.parquet/part-0.parquet';

test.each([
  ['a file becomes a folder', FILE, WITHIN],
  ['a folder becomes a file', WITHIN, FILE],
])('%s, and back; later switches go on', async (_what, before, after) => {
  for (const now of [before, after, after, before]) {
    await left(now, 'output/other.csv');
    const { high, medium } = context.layout.workspace('study-main');
    for (const root of [high, medium]) {
      expect(readFileSync(path.join(root, now), 'utf8')).toBe(now);
      expect(readdirSync(path.join(root, 'output')).sort()).toEqual(['data.parquet', 'other.csv']);
    }
  }
});
