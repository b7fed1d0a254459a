/** Governance: what is read without a tree of places is read as with it, and nothing that may be wrong is. */
import { describe, expect, test } from '@jest/globals';
import { readPlainYaml } from '../../src/governance/plain-yaml.ts';
import { readSource, readWithPlaces } from '../../src/governance/source.ts';
import { governanceFiles } from '../support/governance.ts';
import { fc } from '../support/properties.ts';
import { WHOLE } from './whole.ts';

/** Also in the order of keys, which lists of permissions and policies keep. */
const written = (value: unknown): string => JSON.stringify(value);

/** Whether the text was read without a tree; it throws when the tree would say anything else. */
function takenAlike(text: string): boolean {
  const plain = readPlainYaml(text);
  if (!plain) return false;
  const { source, findings } = readWithPlaces('x.yml', text);
  expect([text, findings]).toEqual([text, []]);
  expect([text, written(plain.value)]).toEqual([text, written(source?.value)]);
  expect(plain.value).toStrictEqual(source?.value);
  return true;
}

describe('without a tree is read', () => {
  test.each<[string, string, unknown]>([
    ['a mapping', 'a: b\nc: 1\n', { a: 'b', c: 1 }],
    ['one without a last line end', 'a: b', { a: 'b' }],
    ['line ends of another system', 'a: b # c\r\n\r\nd:\r\n  - e\r\n', { a: 'b', d: ['e'] }],
    ['a list of mappings', '- a: b\n  c:\n    - d\n- a: e\n', [{ a: 'b', c: ['d'] }, { a: 'e' }]],
    ['a list as far left as its key', 'a:\n- b\n- c\nd: 0\n', { a: ['b', 'c'], d: 0 }],
    ['nothing after a key', 'a:\nb:\n', { a: null, b: null }],
    ['nothing after the last key', 'a:\n  b:', { a: { b: null } }],
    ['brackets', 'a: {b: [], c: {}, d: [ e, 2 ], f: g }\n', { a: { b: [], c: {}, d: ['e', 2], f: 'g' } }],
    ['quotes', `a: 'b: #c'\nd: ["e, f", '']\n`, { a: 'b: #c', d: ['e, f', ''] }],
    ['signs within a word', "a: it's (a:b) c#1, [x]\n", { a: "it's (a:b) c#1, [x]" }],
    [
      'addresses and times',
      '- {a: https://b.example/c, d: 18:00Z}\n',
      [{ a: 'https://b.example/c', d: '18:00Z' }],
    ],
    ['truth', 'a: true\nb: false\n', { a: true, b: false }],
    [
      'days, and what only begins like a number',
      '- 2027-02-28\n- 3 days\n- 1st\n',
      ['2027-02-28', '3 days', '1st'],
    ],
    ['letters of others', 'a: Ærøskøbing – Þ\n', { a: 'Ærøskøbing – Þ' }],
    ['comments and empty lines', '# a\n\na: # b\n  # c\n\n  d: e # f\n  g: {} # h', { a: { d: 'e', g: {} } }],
  ])('%s', (_what, text, value) => {
    expect(readPlainYaml(text)).toStrictEqual({ value });
    expect(takenAlike(text)).toBe(true);
  });

  test('every file of the example but those that have a number with a fraction', () => {
    const files = [...governanceFiles(WHOLE)];
    expect(files.filter(([, text]) => !takenAlike(text)).map(([path]) => path)).toEqual(
      ['backends.yml', 'schemas/absence.yml', 'schemas/results.yml'].sort(),
    );
  });
});

describe('left to the tree is', () => {
  test.each<[string, string]>([
    ['a key given twice', 'a: 1\nb: 2\na: 1\n'],
    ['a key given twice in brackets', 'a: {b: 1, b: 1}\n'],
    ['an anchor', 'a: &b c\n'],
    ['an alias', 'a: *b\n'],
    ['a list that holds itself', 'a: &a [*a]\n'],
    ['a tag', 'a: !b c\n'],
    ['a merge', '<<: {a: b}\n'],
    ['a key with a meaning of its own', '__proto__: {a: b}\n'],
    ['a key that is no word', 'null: a\n'],
    ['a key that is a number', '1: a\n'],
    ['a key in quotes', '"a": b\n'],
    ['a long key', `${'a'.repeat(101)}: b\n`],
    ['a second document', 'a: b\n---\na: b\n'],
    ['an empty text', ''],
    ['a text of comments', '# a\n'],
    ['an indented text', '  a: b\n'],
    ['one word', 'a\n'],
    ['a tab', 'a:\tb\n'],
    ['a line end of long ago', 'a: b\rc: d\n'],
    ['bytes that are no text', 'a: \uFFFD\n'],
    ['a space that is none to the parser', 'a: b\u2003\n'],
    ['half a letter', 'a: \ud83d\n'],
    ['a text over several lines', 'a: b\n  c\n'],
    ['a folded text', 'a: >\n  b\n'],
    ['brackets over several lines', 'a: [b,\n  c]\n'],
    ['a word over several lines in brackets', 'a: [b\n  c]\n'],
    ['quotes over several lines', "a: 'b\n  c'\n"],
    ['quotes within quotes', "a: 'b''c'\n"],
    ['quotes that do not end', 'a: "b\n'],
    ['a letter by its number', 'a: "\\u0041"\n'],
    ['something after quotes', 'a: "b"# c\n'],
    ['something after brackets', 'a: [b] c\n'],
    ['a bracket within a word in brackets', 'a: [b[c]]\n'],
    ['a comment within brackets', 'a: [b # c]\n'],
    ['a mapping without brackets in a list', 'a: [b: c]\n'],
    ['a key without a value in brackets', 'a: {b, c: d}\n'],
    ['a colon before a bracket', 'a: [b:]\n'],
    ['nothing between commas', 'a: [b, , c]\n'],
    ['nothing after a key in brackets', 'a: {b: }\n'],
    ['brackets that close others', 'a: [b}\n'],
    ['a mapping on the line of its key', 'a: b: c\n'],
    ['a list on the line of its key', 'a: - b\n'],
    ['a list in a list', '- - a\n'],
    ['an entry without a value', '- \n- a\n'],
    ['an entry too far to the right', '- a\n  - b\n'],
    ['an entry in the middle', '- a: b\n - c\n'],
    ['a key too far to the left', 'a:\n    b: c\n  d: e\n'],
    ['a mapping after a list', '- a\nb: c\n'],
    ['a fraction', 'a: 1.5\n'],
    ['a number with a sign', 'a: -1\n'],
    ['a number with a zero before it', 'a: 007\n'],
    ['a number of base sixteen', 'a: 0xff\n'],
    ['a number of thousands of digits', `a: ${'1'.repeat(5000)}\n`],
    ['a truth in capitals', 'a: True\n'],
    ['null in letters', 'a: null\n'],
    ['lists in lists', `a: ${'['.repeat(30)}${']'.repeat(30)}\n`],
    ['mappings in mappings', Array.from({ length: 30 }, (_, n) => `${' '.repeat(n)}a:\n`).join('')],
    ['mappings in entries', Array.from({ length: 30 }, (_, n) => `${'  '.repeat(n)}- a:\n`).join('')],
    [
      'a mapping in the deepest entry',
      `${Array.from({ length: 21 }, (_, n) => `${' '.repeat(n)}a:\n`).join('')}${' '.repeat(20)}- a: b\n`,
    ],
    ['a very long mapping', Array.from({ length: 4001 }, (_, n) => `k${n}: 1\n`).join('')],
    [
      'a very long mapping in brackets',
      `a: {${Array.from({ length: 4001 }, (_, n) => `k${n}: 1`).join(', ')}}\n`,
    ],
  ])('%s', (_what, text) => {
    expect(readPlainYaml(text)).toBeUndefined();
    const { source, findings } = readSource('x.yml', text);
    expect({ value: source?.value, findings }).toStrictEqual({
      value: readWithPlaces('x.yml', text).source?.value,
      findings: readWithPlaces('x.yml', text).findings,
    });
  });
});

describe('whatever is written,', () => {
  const SIGNS = [
    ...[
      'a',
      'b',
      'a: ',
      'b: ',
      'c:',
      '- ',
      '\n',
      '\n',
      '\n  ',
      '\n  ',
      '\n    ',
      '\n- ',
      '\n  - ',
      ' ',
      '  ',
    ],
    ...[
      ': ',
      ':',
      '{',
      '}',
      '[',
      ']',
      ', ',
      ',',
      "'",
      '"',
      '#',
      ' #',
      '# c\n',
      '1',
      '0',
      '.',
      '-',
      '+',
      'e1',
    ],
    ...[
      'true',
      'null',
      'True',
      '~',
      '&a ',
      '*a',
      '!t ',
      '|',
      '>',
      '%',
      '?',
      '---\n',
      '...\n',
      '<<: ',
      '\t',
      '\r\n',
      '\r\n  ',
      '\r',
    ],
    ...[
      '{a: 1}',
      '[a, b]',
      "'q'",
      '"q"',
      '\\',
      '2027-02-28',
      '18:00Z',
      '0x1',
      '1_0',
      '.inf',
      'é',
      '—',
      '\u00a0',
      '\u2028',
    ],
    ...['a: 1\n', 'b: x\n', '__proto__: '],
  ];
  const LINES = [...governanceFiles(WHOLE).values()].flatMap((text) => text.split('\n'));
  const sign = fc.constantFrom(...SIGNS);
  const soup = fc
    .tuple(fc.constantFrom('a: ', '- ', 'a:\n', '- a: ', 'a:\n  - '), fc.array(sign, { maxLength: 12 }))
    .map(([start, rest]) => start + rest.join(''));
  /** Lines of real files, moved, doubled, and with something written into them. */
  const edited = fc
    .tuple(
      fc.integer({ min: 0, max: LINES.length - 1 }),
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), sign), { maxLength: 3 }),
      fc.option(fc.tuple(fc.nat(9), fc.constantFrom(...LINES))),
    )
    .map(([from, count, edits, extra]) => {
      const lines = LINES.slice(from, from + count);
      if (extra) lines.splice(extra[0], 0, extra[1]);
      const indent = /^ */.exec(lines[0]!)![0].length;
      return edits.reduce(
        (text, [where, out, put]) => {
          const at = where % (text.length + 1);
          return text.slice(0, at) + put + text.slice(at + out);
        },
        lines.map((line) => line.replace(new RegExp(`^ {0,${indent}}`), '')).join('\n'),
      );
    });

  test.each([
    ['signs one after the other', soup],
    ['real lines, edited', edited],
  ])('with a tree and without say the same: %s', (_what, texts) => {
    let taken = 0;
    fc.assert(
      fc.property(texts, (text) => {
        taken += Number(takenAlike(text));
      }),
      { numRuns: 3000 },
    );
    // Otherwise nothing was compared.
    expect(taken).toBeGreaterThan(100);
  });
});
