// Makes src/skeleton/texts.ts from the files of src/skeleton/study: a program of one file carries them, too.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './stale.mjs';

const from = path.join(root, 'src/skeleton/study');
const names = readdirSync(from, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(from, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
  .sort();
const quoted = (text) =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
const lines = (text) =>
  text
    .split(/(?<=\n)/)
    .map((line) => `    ${quoted(line)},\n`)
    .join('');

writeFileSync(
  path.join(root, 'src/skeleton/texts.ts'),
  `/** The files of src/skeleton/study, line by line. Made by: node .tools/skeleton.mjs */
// prettier-ignore
export const TEXTS: Readonly<Record<string, readonly string[]>> = {
${names.map((name) => `  '${name}': [\n${lines(readFileSync(path.join(from, name), 'utf8'))}  ],\n`).join('')}};
`,
);
