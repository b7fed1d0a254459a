/** A page that leads nowhere is worse than none: every relative link in README and docs/ has its target. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '../..');
const pages = [
  'README.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
];

test.each(pages)('every link of %s leads somewhere', (page) => {
  const text = readFileSync(path.join(root, page), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];

  const broken = links.flatMap(([, target = '', anchor]) => {
    const file = target === '' ? path.join(root, page) : path.resolve(root, path.dirname(page), target);
    if (!existsSync(file)) return [target];
    if (anchor && file.endsWith('.md') && !anchorsOf(file).has(anchor)) return [`${target}#${anchor}`];
    return [];
  });

  expect(broken).toEqual([]);
});

test('every test by which the security page stands is there', () => {
  const text = readFileSync(path.join(root, 'docs/security.md'), 'utf8');
  const named = [...text.matchAll(/`(test\/[\w./-]+)`/g)].map(([, name = '']) => name);
  const absent = named.filter(
    (name) =>
      !['', '.ts', '.test.ts', '.test.tsx'].some((end) => existsSync(path.join(root, `${name}${end}`))),
  );

  expect(named.length).toBeGreaterThan(30);
  expect(absent).toEqual([]);
});

/** As GitHub makes them from headings. */
function anchorsOf(file: string): Set<string> {
  const text = readFileSync(file, 'utf8');
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
  const named = [...text.matchAll(/<a id="([a-z0-9-]+)">/g)].map(([, id = '']) => id);
  return new Set([...headings, ...named]);
}
