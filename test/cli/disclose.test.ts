/** `sallyport disclose`, as a person and as a program see it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runDisclose, type DiscloseOptions } from '../../src/cli/disclose.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sallyport-disclose-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function disclose(
  files: string[],
  options: Partial<DiscloseOptions> = {},
): Promise<{ code: number; text: string }> {
  let text = '';
  const out = { write: (more: string): unknown => (text += more) };
  const code = await runDisclose(files, { json: true, color: false, out, ...options });
  return { code, text: text.replaceAll(folder, '') };
}

interface Line {
  path: string;
  findings: { check: string; severity: string; place: object; message: string }[];
}
const linesOf = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const checksOf = (text: string): string[] =>
  linesOf(text).flatMap(({ findings }) => findings.map(({ check }) => check));

test('a program gets one object per file', async () => {
  const { code, text } = await disclose([
    put('a.csv', 'sex,n\nF,120\nM,4\n'),
    put('b.csv', 'sex,n\nF,120\n'),
  ]);

  expect(code).toBe(0);
  expect(linesOf(text)).toHaveLength(2);
  expect(linesOf(text)[0]!.path).toBe('/a.csv');
  expect(linesOf(text)[0]!.findings[0]).toEqual({
    check: 'C5',
    severity: 'B',
    place: { row: 2, column: 'n' },
    message:
      'The count 4 is between 1 and 7. Redact it, and a second cell where the row or column has a total; then round.',
  });
});

test('a person gets a table, the worst first', async () => {
  const { text } = await disclose([put('a.csv', 'sex,n\nF,123\nM,0\n')], { json: false });

  expect(text).toMatchInlineSnapshot(`
"/a.csv: 1 blocking, 1 to answer, 2 notes
  blocks C6     row 1, n  The count 123 is no multiple of 5. Round counts to 5. [unrounded count]
  answer C12    row 2, n  1 count of this column is 0: it says of a whole group that nobody is in it. Is that harmless? [nobody or everybody]
  note   C20    sex       text, 2 rows. [column summary]
  note   C20    n         integer, 2 rows, from 0 to 123, sum 123, smallest above zero 123, all middles of bins of six. [column summary]
"
`);
});

test('threshold and base are taken', async () => {
  const file = put('a.csv', 'sex,n\nF,15\nM,20\n');

  expect(checksOf((await disclose([file])).text)).not.toContain('C5');
  expect(checksOf((await disclose([file], { threshold: 15 })).text)).toContain('C5');
  expect(checksOf((await disclose([file], { base: 10 })).text)).toContain('C6');
});

test('a path that cannot be read is a finding, and the command says so', async () => {
  expect(await disclose([path.join(folder, 'none.csv')])).toMatchObject({
    code: 1,
    text: expect.stringContaining('ENOENT'),
  });
  expect((await disclose([folder])).code).toBe(1);
  expect((await disclose([], { group: path.join(folder, 'none') })).code).toBe(1);
});

test('a folder is checked as one group, with its context and its evidence', async () => {
  put('plot.svg', '<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>');
  expect(checksOf((await disclose([], { group: folder })).text)).toContain('R1');

  put('t.csv', 'g,n\na,120\nb,95\n');
  put('context.json', '{"text":"n/a"}');
  put('results.json', '{"results":{"o":{"files":[{"name":"t.csv","sdc":{"cells":{"threshold":[[0,0]]}}}]}}}');
  const { text } = await disclose([put('more.csv', 'g,n\na,50\n')], { group: folder });

  expect(linesOf(text).map((line) => line.path)).toEqual(['/more.csv', '/plot.svg', '/t.csv', '']);
  expect(checksOf(text)).not.toContain('R1');
  expect(checksOf(text)).toEqual(expect.arrayContaining(['C5', 'R2', 'R6']));
});

test('a broken context is an empty one', async () => {
  put('t.csv', 'g,n\na,120\n');
  put('context.json', 'nonsense');

  expect(checksOf((await disclose([], { group: folder })).text)).toContain('R2');
});

test('a file over the limit is streamed', async () => {
  const { text } = await disclose([put('large.csv', `g,n\n${'group,123\n'.repeat(1_800_000)}`)]);

  expect(checksOf(text)).toEqual(expect.arrayContaining(['C1', 'C6', 'C20']));
});
