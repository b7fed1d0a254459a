/** The pipeline as lines, as a graph for GitHub and as a picture. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SaxesParser } from 'saxes';
import { layOut } from '../../src/cli/dag-layers.ts';
import { dagText } from '../../src/cli/dag-text.ts';
import { drawn } from '../../src/cli/dag.ts';
import { svg } from '../../src/cli/dag-svg.ts';
import { fc } from '../support/properties.ts';
import { pipelineOf, pipelineWith } from '../pipeline/support.ts';

const STUDY = `version: 5
actions:
  extract:
    run: sqlrunner:v1 --output output/pupils.csv analysis/extract.sql
    outputs: {highly_sensitive: {pupils: output/pupils.csv}}
  describe:
    run: python:v2 python analysis/describe.py
    needs: [extract]
    outputs: {moderately_sensitive: {t: output/describe.csv}}
  model:
    run: r:v2 Rscript analysis/model.R
    needs: [extract]
    outputs: {highly_sensitive: {t: output/model.rds}}
  report:
    run: r:v2 Rscript analysis/report.R
    needs: [model, extract]
    outputs: {moderately_sensitive: {t: output/report.html}}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'dag-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The picture, and what was said beside it. */
async function dag(
  format: 'text' | 'mermaid' | 'svg',
  ...names: string[]
): Promise<{ text: string; notes: string[] }> {
  const notes: string[] = [];
  const text = await drawn(names, { format, projectDir: folder }, (note) => notes.push(note));
  return { text, notes };
}

function put(text: string): void {
  writeFileSync(path.join(folder, 'project.yaml'), text);
}

/** Throws where it is no well-formed XML; every element and attribute. */
function elementsOf(xml: string): { name: string; attributes: Record<string, string>; text: string }[] {
  const parser = new SaxesParser({ fragment: false });
  const found: { name: string; attributes: Record<string, string>; text: string }[] = [];
  parser.on('opentag', ({ name, attributes }) =>
    found.push({ name, attributes: { ...attributes } as Record<string, string>, text: '' }),
  );
  parser.on('text', (text) => {
    const last = found.at(-1);
    if (last) last.text += text;
  });
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return found;
}

test('lines say what can run when, in which image, and what it needs', async () => {
  put(STUDY);
  expect((await dag('text')).text).toMatchInlineSnapshot(`
   "1  extract   sqlrunner:v1  database
   2  describe  python:v2     ← extract
      model     r:v2          ← extract
   3  report    r:v2          ← model, extract
   "
  `);
  expect((await dag('text', 'describe')).text).toMatchInlineSnapshot(`
   "1  extract   sqlrunner:v1  database
   2  describe  python:v2     ← extract
   "
  `);
  expect((await dag('text', 'describe', 'run_all')).text).toBe((await dag('text')).text);
});

test('many needs are cut short, and no actions are a sentence', () => {
  const names = Array.from({ length: 12 }, (_, at) => `a${at}`);
  const pipeline = pipelineWith({ ...Object.fromEntries(names.map((name) => [name, []])), all: names });
  expect(dagText(pipeline)).toContain('← a0, a1, a2, a3, a4, a5, a6, a7 and 4 more\n');
  expect(dagText({ ...pipeline, actions: [] })).toBe('There are no actions.\n');
  expect(elementsOf(svg({ ...pipeline, actions: [] }))[0]?.attributes['width']).toBe('32');
});

test('for GitHub it is a fenced graph, and one that GitHub would not draw says so', async () => {
  put(STUDY);
  const small = await dag('mermaid', 'describe');
  expect(small.text).toMatch(
    /^```mermaid\nflowchart LR\n {2}a0\[\("extract"\)\]:::database\n {2}a1\["describe"\]\n {2}a0 --> a1\n/,
  );
  expect(small.notes).toEqual([]);
  put(
    JSON.stringify({
      version: 5,
      actions: Object.fromEntries(
        Array.from({ length: 101 }, (_, at) => [
          `a${at}`,
          { run: `r:v1 ${at}`, outputs: { highly_sensitive: { d: `${at}.csv` } } },
        ]),
      ),
    }),
  );
  const large = await dag('mermaid');
  expect(large.text.match(/\["a\d+"\]/g)).toHaveLength(101);
  expect(large.notes).toEqual([
    'GitHub does not draw a graph of this size: name some actions, or use --format svg.',
  ]);
});

test('a picture is one file that fetches nothing, with a box for each action and an arrow for each need', async () => {
  put(STUDY);
  const { text } = await dag('svg');
  const elements = elementsOf(text);
  const named = (name: string): number => elements.filter((each) => each.name === name).length;
  expect([named('rect'), named('path') - 1, named('script'), named('image'), named('a')]).toEqual([
    4, 4, 0, 0, 0,
  ]);
  expect(
    elements
      .filter(({ attributes }) => attributes['class'] === 'name')
      .map((each) => each.text)
      .sort(),
  ).toEqual(['describe', 'extract', 'model', 'report']);
  expect(text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|@import|href|url\((?!#head\))/);
  expect((await dag('svg')).text).toBe(text);
});

test('nothing that stands in a project leaves its place in the picture', () => {
  const [action] = pipelineWith({ a: [] }).actions;
  const hostile = {
    ...action!,
    name: `</text><script>"'&\u202e${'x'.repeat(90)}`,
    run: `]]><!--\u001b ${'y'.repeat(900)}`,
  };
  const elements = elementsOf(svg({ version: 5, populationSize: null, actions: [hostile] }));
  expect(elements.map(({ name }) => name)).not.toContain('script');
  const name = elements.find(({ attributes }) => attributes['class'] === 'name')?.text;
  expect(name).toMatch(/^<\/text><script>"'&.*…$/u);
  expect(name).not.toContain('\u202e');
  expect(elements.some(({ text }) => text.includes('\u001b'))).toBe(false);
});

test('an action stands behind all it needs, and no two boxes on each other', () => {
  const pipelines = fc
    .array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 25 })
    .map((rows) =>
      pipelineWith(
        Object.fromEntries(
          rows.map((row, at) => [
            `a${at}`,
            [...new Set(row.filter((need) => need < at).map((need) => `a${need}`))],
          ]),
        ),
      ),
    );
  fc.assert(
    fc.property(pipelines, ({ actions }) => {
      const { columns, arrows } = layOut(actions);
      const spots = columns.flat();
      expect(spots.filter(({ action }) => action)).toHaveLength(actions.length);
      expect(
        arrows.every((arrow) =>
          arrow.every((spot, at) => at === 0 || spot.column === arrow[at - 1]!.column + 1),
        ),
      ).toBe(true);
      expect(Math.min(...spots.map(({ row }) => row))).toBeCloseTo(0);
      for (const column of columns) {
        for (const [at, spot] of column.entries())
          if (at > 0) expect(spot.row - column[at - 1]!.row).toBeGreaterThan(0.999);
      }
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['a chain, with arrows over all of it', (at: number) => (at === 0 ? [] : [`a${at - 1}`, 'a0'])],
  ['a fan', (at: number) => (at === 0 ? [] : ['a0'])],
  ['a mesh', (at: number) => [1, 2, 3, 50, 400].flatMap((back) => (at >= back ? [`a${at - back}`] : []))],
])('2,000 actions in %s are drawn', (_name, needs) => {
  const rows = Array.from({ length: 2_000 }, (_unused, at): [string, string[]] => [
    `a${at}`,
    [...new Set(needs(at))],
  ]);
  const pipeline = pipelineOf(
    `version: 5\nactions:\n${rows.map(([name, needed]) => `  ${name}:\n    run: r:v1 ${name}\n    needs: [${needed.join(', ')}]\n    outputs: {highly_sensitive: {d: ${name}.csv}}\n`).join('')}`,
  );
  expect(svg(pipeline).match(/<rect/g)).toHaveLength(2_000);
  expect(dagText(pipeline).split('\n')).toHaveLength(2_001);
});

test.each([
  ['no project', undefined, 'study.unreadable'],
  ['a mistake', STUDY.replace('[model', '[modle'), 'study.invalid'],
  ['an unknown action', STUDY, 'plan.unknown-action'],
])('%s is refused', async (_name, text, code) => {
  if (text) put(text);
  await expect(dag('text', 'nope')).rejects.toMatchObject({ refusal: { code } });
});

test('the refusal of a project says its first mistake, and how many more', async () => {
  put(STUDY.replace('[model', '[modle').replace('r:v2', 'r'));
  await expect(dag('text')).rejects.toThrow(/project\.yaml is not right\. Line 11: .* \(and 1 more\)/);
  rmSync(path.join(folder, 'project.yaml'));
  mkdirSync(path.join(folder, 'project.yaml'));
  await expect(dag('text')).rejects.toThrow(/cannot be read \(EISDIR\)/);
});
