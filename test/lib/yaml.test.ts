import { expect, test } from '@jest/globals';
import { readYaml } from '../../src/lib/yaml.ts';

test.each([
  ['brackets', '['.repeat(100_000)],
  ['braces', '{a: '.repeat(100_000)],
  ['dashes', '- '.repeat(20_000)],
  ['question marks', '? '.repeat(20_000)],
  ['closed brackets', '['.repeat(2_000) + ']'.repeat(2_000)],
  ['indented keys', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
])('a file that nests without end (%s) is refused instead of ending the process', (_how, text) => {
  expect(readYaml(text)).toBeUndefined();
});

test('an ordinary file is read, with places', () => {
  const reading = readYaml('a:\n  - {b: [1, 2]}\n  - c: |\n      text\n')!;

  expect(reading.documents.map((document) => document.toJS() as unknown)).toEqual([
    { a: [{ b: [1, 2] }, { c: 'text\n' }] },
  ]);
  expect(reading.lines.linePos(3)).toEqual({ line: 2, col: 1 });
});

test('ten thousand entries side by side are not deep', () => {
  expect(readYaml('- {a: 1, b: [1]}\n'.repeat(10_000))?.documents[0]?.errors).toEqual([]);
});
