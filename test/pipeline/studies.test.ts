/** Studies in the shapes that people have them, of different ages and sizes: what check, plan and dag make of each. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { checkPath } from '../../src/cli/check-path.ts';
import { drawn } from '../../src/cli/dag.ts';
import { planStudy } from '../../src/cli/plan-study.ts';
import { projectJsonSchema, readProject, writtenOut } from '../../src/pipeline/pipeline.ts';
import { findings } from './support.ts';

const STUDIES = new URL('./studies/', import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(`${name}.yaml`, STUDIES), 'utf8');

/** Actions, images, which of them read a database, and how many columns the drawing has. */
const SHAPES: Record<string, [actions: number, images: number, databases: number, columns: number]> = {
  'one-extract-v1': [2, 2, 1, 2],
  'population-v3': [3, 2, 2, 2],
  'ehrql-small-v4': [2, 2, 1, 2],
  'measures-v4': [3, 3, 1, 2],
  'generated-models-v3': [5, 3, 1, 4],
  'stata-chain-v4': [5, 2, 1, 4],
  'sql-tables-v5': [3, 2, 2, 2],
  'for-each-v5': [67, 2, 1, 5],
  'json-like-v4': [2, 2, 1, 2],
};

test('there are ten, and one of them is not right', () => {
  const names = readdirSync(STUDIES).map((file) => path.basename(file, '.yaml'));
  expect(names.sort()).toEqual([...Object.keys(SHAPES), 'forgotten-v2'].sort());
  expect(findings(textOf('forgotten-v2'))).toMatchInlineSnapshot(`
   [
     "P32 13:13",
     "P17 16:17",
     "P30 18:10",
     "P11 20:5",
     "P12 21:7",
   ]
  `);
  const validate = new Ajv().compile(projectJsonSchema());
  expect(validate(parse(textOf('forgotten-v2')))).toBe(false);
});

describe.each(Object.entries(SHAPES))('%s', (name, [actions, images, databases, columns]) => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'study-'));
    cpSync(new URL(`${name}.yaml`, STUDIES), path.join(folder, 'project.yaml'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test('is right, planned whole, and drawn', async () => {
    expect(checkPath(folder)).toMatchObject({ ok: true, actions });
    const { runs } = await planStudy(['run_all'], {
      forceRunDependencies: false,
      refresh: false,
      projectDir: folder,
    });
    expect(runs).toHaveLength(actions);
    const place = new Map(runs.map(({ action }, at) => [action, at]));
    for (const { action, waitsFor } of runs)
      for (const need of waitsFor) expect(place.get(need)!).toBeLessThan(place.get(action)!);
    expect(new Set(runs.map(({ image }) => image)).size).toBe(images);
    const text = await drawn([], { format: 'text', projectDir: folder }, () => undefined);
    expect(text.match(/ database$/gm) ?? []).toHaveLength(databases);
    expect(text.match(/^ *\d+ {2}/gm)).toHaveLength(columns);
    const graph = await drawn([], { format: 'mermaid', projectDir: folder }, () => undefined);
    expect(graph.match(/^ {2}a\d+\[/gm)).toHaveLength(actions);
    expect(graph.match(/ --> /g)).toHaveLength(runs.reduce((sum, { waitsFor }) => sum + waitsFor.length, 0));
    const svg = await drawn([], { format: 'svg', projectDir: folder }, () => undefined);
    expect(svg.match(/<rect/g)).toHaveLength(actions);
  });

  test('is right for editors, and means the same when it is written out', () => {
    const validate = new Ajv({ allErrors: true }).compile(projectJsonSchema());
    const { pipeline } = readProject(textOf(name));
    expect([validate(parse(textOf(name), { merge: true })), validate.errors]).toEqual([true, null]);
    const again = readProject(writtenOut(pipeline!)).pipeline!;
    expect(again.actions.map(({ name: one, run, needs }) => [one, run, needs])).toEqual(
      pipeline!.actions.map(({ name: one, run, needs }) => [one, run, needs]),
    );
  });
});
