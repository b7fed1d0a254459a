import { describe, expect, test } from '@jest/globals';
import { rmSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { laptopFreshness } from '../../agent/laptop.ts';
import { freshnessText, readProject } from '../../src/pipeline/pipeline.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { laptopStudy, model } from '../support/laptop.ts';
import { scriptedExecutor } from '../support/scripted-executor.ts';

const { at, write, read, run } = laptopStudy();

describe('what is fresh', () => {
  const states = async (): Promise<Record<string, string>> => {
    const { pipeline } = readProject(read('project.yaml'));
    const found = await laptopFreshness(at.dir, pipeline!);
    return Object.fromEntries([...found].map(([action, one]) => [action, freshnessText(one)]));
  };
  const refresh = (script = model, from = 10): Promise<boolean> => {
    at.lines = [];
    return run(['run_all'], script, { refresh: true, ids: countingIds(from) });
  };

  test('is said of each action, and what is out of date runs again on --refresh, nothing else', async () => {
    expect(await states()).toEqual({ extract: 'never run', model: 'never run' });
    await run(['run_all']);
    expect(await states()).toEqual({ extract: 'fresh', model: 'fresh' });

    write({ 'a.py': 'better code', 'README.md': 'about it' });
    expect(await states()).toEqual({ extract: 'fresh', model: 'out of date because a.py changed' });
    at.lines = [];
    await run(['run_all'], model, { ids: countingIds(10) });
    expect(at.lines).toContain(
      'model: has run already, but is out of date because a.py changed; add --refresh to run it again',
    );

    expect(await refresh(model, 20)).toBe(true);
    expect(at.lines.slice(0, 3)).toEqual([
      'extract: fresh',
      'model: running ghcr.io/opensafely-core/python:v2, out of date because a.py changed',
      'model: done in N s, 1 output',
    ]);
    await refresh(model, 30);
    expect(at.lines.at(-1)).toBe('Nothing to do: everything asked for is fresh.');
  });

  test('an action whose needs came out the same is not run after them', async () => {
    await run(['run_all']);
    write({ 'project.yaml': read('project.yaml').replace('q.sql', 'other.sql') });
    expect(await states()).toEqual({
      extract: 'out of date because its command changed',
      model: 'out of date because of extract',
    });

    expect(await refresh()).toBe(true);

    expect(at.lines).toContain('model: fresh; what it reads came out the same');
    expect(at.engine.started).toHaveLength(1);
    expect(await states()).toEqual({ extract: 'fresh', model: 'fresh' });
    write({ 'dummy.csv': 'a\n1\n2\n' });
    expect(await refresh(model, 30)).toBe(true);
    expect(read('output/one.table.csv')).toBe('rows\n6\n');
  });

  test('another image, another config, an output edited or deleted, a failure since', async () => {
    await run(['run_all']);
    const yaml = read('project.yaml');
    write({ 'project.yaml': yaml.replace('python:v2 a.py', 'python:v3 a.py\n    config: {n: 1}') });
    expect((await states())['model']).toBe(
      'out of date because its image changed from python:v2 to python:v3; its config changed',
    );
    write({ 'project.yaml': yaml, 'output/one.table.csv': 'by hand' });
    expect((await states())['model']).toBe(
      'out of date because output/one.table.csv was changed by something else',
    );
    rmSync(path.join(at.dir, 'output/one.table.csv'));
    expect((await states())['model']).toBe('out of date because output/one.table.csv is gone');

    expect(await run(['run_all'], () => 1, { ids: countingIds(10) })).toBe(false);
    write({ 'output/one.table.csv': 'rows\n4\n' });
    expect(JSON.parse(read('metadata/manifest.json'))).toMatchObject({
      runs: {
        model: {
          state: 'nonzero_exit',
          log: { path: 'metadata/model.log', content_hash: expect.any(String) },
        },
      },
    });
    expect((await states())['model']).toBe('out of date because its last run failed');
    at.lines = [];
    await run(['run_all'], model, { ids: countingIds(20) });
    expect(at.lines).toContain('model: done in N s, 1 output');
  });

  test('an action that has only ever failed', async () => {
    expect(await run(['model'], () => 1)).toBe(false);
    rmSync(path.join(at.dir, 'output'), { recursive: true });
    expect(await states()).toMatchObject({ model: 'out of date because its last run failed; of extract' });
  });

  test('an image that was built anew under its name', async () => {
    await run(['run_all']);
    const executor = scriptedExecutor({
      engine: at.engine,
      images: ['ghcr.io/opensafely-core/python:v2'],
      script: model,
    });
    const rebuilt = { ...executor, findImage: async () => 'sha256:new' };
    at.lines = [];
    await run(['run_all'], model, { engine: async () => rebuilt, ids: countingIds(10) });
    expect(at.lines[1]).toMatch(
      /^model: has run already, but is out of date because its image changed from .* to sha256:new;/,
    );
  });

  test('a file that is edited while it is copied leaves a result of which nothing is known', async () => {
    const later = new Date(Date.now() + 60_000);
    const ids = countingIds();
    // Drawn just before the copying begins.
    const editing = { id: () => (utimesSync(path.join(at.dir, 'a.py'), later, later), ids.id()) };
    await run(['run_all'], model, { ids: editing });
    expect((await states())['extract']).toBe('out of date because it is not known what it was made from');
  });

  test('an input that was changed by hand is read as it is; what it was made from is then not known', async () => {
    await run(['run_all']);
    write({ 'output/rows.csv': 'by hand\n' });
    await run(['model'], model, { ids: countingIds(10) });
    write({ 'output/rows.csv': 'a\n1\n' });
    expect(await states()).toEqual({
      extract: 'fresh',
      model: 'out of date because it is not known what it was made from',
    });
  });

  test.each([
    ['broken', '{"version"'],
    ['of another make', '{"version":2}'],
    ['of another shape', '{"version":1,"shared":{},"actions":{"model":{"job":1}},"large":{}}'],
    ['a list', '[]'],
  ])('what is remembered is %s: nothing is known, and nothing breaks', async (_what, text) => {
    await run(['run_all']);
    write({ 'metadata/freshness.json': text });
    expect((await states())['model']).toMatch(/it is not known what it was made from/);
    expect(await refresh()).toBe(true);
    expect((await states())['model']).toBe('fresh');
  });

  test('large files are read once, and again when they look different', async () => {
    write({ 'large.bin': 'x'.repeat(300_000) });
    await run(['run_all']);
    expect(JSON.parse(read('metadata/freshness.json'))).toMatchObject({ large: { 'large.bin': {} } });
    expect(await states()).toEqual({ extract: 'fresh', model: 'fresh' });
    write({ 'large.bin': 'y'.repeat(300_000) });
    expect((await states())['extract']).toBe('out of date because large.bin changed');
  });
});
