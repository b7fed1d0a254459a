/** Pictures of the documents: each is there, is spoken of, and is small. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { IMAGES, MOST_BYTES, raw, WIDTH } from './pictures.ts';

const DOCS = readdirSync(path.dirname(IMAGES)).filter((name) => name.endsWith('.md'));
const named = DOCS.flatMap((doc) =>
  [...raw(doc).matchAll(/!\[([^\]]*)\]\(images\/([^)]+)\)/g)].map(([, alt = '', file = '']) => ({
    alt,
    file,
  })),
);

test('every picture is named by a document, with words for who does not see it', () => {
  expect(named.map(({ file }) => file).sort()).toEqual(readdirSync(IMAGES).sort());
  expect(named.filter(({ alt }) => alt.length < 15)).toEqual([]);
});

test.each(named)('$file is there, $alt, and is small', ({ file }) => {
  const at = path.join(IMAGES, file);
  expect(existsSync(at)).toBe(true);
  const bytes = readFileSync(at);
  // Drawn by the program: the tutorial's test compares it with what is drawn today.
  if (file.endsWith('.svg')) return expect(bytes.toString('utf8')).toMatch(/^<svg [^]{1,4000}<\/svg>\n$/);

  expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
  expect(bytes.readUInt32BE(16)).toBe(WIDTH);
  expect(bytes.length).toBeLessThanOrEqual(MOST_BYTES);
});
