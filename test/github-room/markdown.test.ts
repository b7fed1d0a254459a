import { expect, test } from '@jest/globals';
import { clean, code, cut, fence, marker, mention, prose, readMarker } from '../../src/github/markdown.ts';

test('a fence is longer than any in the text, so the text cannot close it', () => {
  expect(fence('a\n````\n/run x')).toBe('`````\na\n````\n/run x\n`````');
});

test('characters that hide or reorder are taken out, line ends and tabs stay', () => {
  expect(clean('a\u202Eb\u0007c\r\nd\te\u200B\uE000')).toBe('abc\nd\te');
  expect(fence('\u001b[31mred\u001b[0m')).toBe('```\n[31mred[0m\n```');
});

test('prose from outside mentions nobody, links nothing but https addresses and formats nothing', () => {
  expect(prose('@org/team #12 <b>*x*</b> [a](javascript:1) see https://example.org/a_b')).toBe(
    '@\u200Borg/team #\u200B12 &lt;b&gt;\\*x\\*&lt;/b&gt; \\[a\\](javascript:1) see https://example.org/a_b',
  );
});

test('no line of ours can begin with a slash', () => {
  expect(prose('/run x')).toBe('\\/run x');
});

test('a code span holds backticks', () => {
  expect(code('a`b')).toBe('``a`b``');
  expect(code('`a')).toBe('`` `a ``');
  expect(code('two\nlines')).toBe('`two lines`');
});

test('only what can be a login is mentioned', () => {
  expect(mention('rowan-example')).toBe('@rowan-example');
  expect(mention('rowan-example_northshire')).toBe('@rowan-example_northshire');
  expect(mention('kept-from-old-days-')).toBe('@kept-from-old-days-');
  for (const no of ['a/b', '_a', '-a', 'a_', 'a_b_c', 'a_b-c', 'a b', 'a'.repeat(40), 'sallyport[bot]', ''])
    expect(mention(no)).toBe(code(no));
});

test('a body is cut by characters, and a fence that was open is closed', () => {
  const body = cut(`\`\`\`\n${'\u{1F6A2}'.repeat(200)}\n\`\`\``, 100);
  expect([...body].length).toBeLessThanOrEqual(110);
  expect(body).toMatch(/\n```\n\n… cut here/);
  expect(cut('short', 100)).toBe('short');
});

test('a marker is read only from the first line', () => {
  expect(readMarker(`${marker('request', 'abc')}\nx`)).toEqual({ kind: 'request', id: 'abc' });
  expect(readMarker(`x\n${marker('request', 'abc')}`)).toBeUndefined();
});
