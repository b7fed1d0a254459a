/** Boxes in lists: each is ticked by its number, and drawn with the same one. */
import { expect, test } from '@jest/globals';
import { renderToString } from 'preact-render-to-string';
import { turned } from '../../src/sandbox/pages/boxes.ts';
import { Markdown } from '../../src/sandbox/pages/markdown.tsx';

const TEXT = `<!-- mark
- [ ] hidden
-->
- [ ] first **one**
- [x] <!-- item -->second
  - [ ] within
> - [ ] quoted

\`\`\`
- [ ] shown as code
\`\`\`

<details><summary>More</summary>

1. [ ] last
</details>

- [ ]
- [ ]nothing
[ ] no list`;

const names = (html: string): string[] =>
  Array.from(
    html.matchAll(/name="box" value="(\d+)"[^>]*aria-checked="(\w+)" aria-label="([^"]*)"/g),
    (found) => found.slice(1).join(' '),
  );

test('what is hidden, shown as code or in no list is no box, and the others have names', () => {
  const html = renderToString(Markdown({ text: TEXT, live: true }));
  expect(names(html)).toEqual([
    '0 false first one',
    '1 true second',
    '2 false within',
    '3 false quoted',
    '4 false last',
  ]);
  expect(renderToString(Markdown({ text: TEXT }))).not.toContain('<button');
});

test.each([
  [0, '- [x] first **one**'],
  [1, '- [ ] <!-- item -->second'],
  [2, '  - [x] within'],
  [3, '> - [x] quoted'],
  [4, '1. [x] last'],
])('the box with number %i is turned, and nothing else', (number, line) => {
  const now = turned(TEXT, number)!.split('\n');
  const differ = TEXT.split('\n').flatMap((was, at) => (was === now[at] ? [] : [now[at]]));
  expect(differ).toEqual([line]);
  expect(turned(turned(TEXT, number)!, number)).toBe(TEXT);
});

test('a number that no box has turns nothing', () => {
  for (const number of [5, -1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER])
    expect(turned(TEXT, number)).toBeUndefined();
  expect(turned('', 0)).toBeUndefined();
});

test('a name is text, whatever stands in it', () => {
  const html = renderToString(Markdown({ text: '- [ ] a "quote" <b>bold</b> & more', live: true }));
  expect(html).toContain('aria-label="a &quot;quote&quot; &lt;b&gt;bold&lt;/b&gt; &amp; more"');
  expect(html).not.toContain('<b>');
});

test('an alert says what kind it is, and any other quotation stays one', () => {
  const html = renderToString(Markdown({ text: '> [!WARNING]\n> Look out.\n\n> [!OTHER]\n> x' }));
  expect(html).toContain('<blockquote class="sp-alert sp-alert-warning">');
  expect(html).toContain('<strong>Warning</strong>');
  expect(html).toContain('[!OTHER]');
});
