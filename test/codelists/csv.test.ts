import { expect, test } from '@jest/globals';
import {
  csvOf,
  hashesOf,
  codelistHash,
  listCsv,
  MAX_BYTES,
  readList,
} from '../../src/codelists/codelists.ts';
import { readSheet } from '../../src/codelists/csv.ts';
import { fc } from '../support/properties.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const told = (text: string | Uint8Array): string[] =>
  readList(typeof text === 'string' ? bytes(text) : text).findings.map(({ code, line }) => `${code}:${line}`);

test('a list is read with its codes, terms and lines; blank lines and CRLF do not count', () => {
  expect(readList(bytes('code,term\r\n1,asthma\r\n\r\n2,"wheeze, at night"\r\n'))).toEqual({
    codes: [
      { code: '1', term: 'asthma', line: 2 },
      { code: '2', term: 'wheeze, at night', line: 4 },
    ],
    findings: [],
  });
});

test('a list needs no terms, and may have columns of its own', () => {
  expect(readList(bytes('category,code\nA,1')).codes).toEqual([{ code: '1', term: '', line: 2 }]);
});

test.each([
  ['an empty file', '', ['codelists.empty:1']],
  ['blank headings', ' ,\n', ['codelists.empty:1']],
  ['only blank lines', '\n\n', ['codelists.empty:1']],
  ['a heading alone', 'code,term\n', ['codelists.no-rows:1']],
  ['no column of codes', 'Code,term\n1,a\n', ['codelists.no-code-column:1']],
  ['a byte order mark', '\uFEFFcode,term\n1,a\n', ['codelists.bom:1']],
  ['a column without a heading', 'code,\n1,a\n', ['codelists.header:1']],
  ['a column twice', 'code,code\n1,2\n', ['codelists.header:1']],
  ['a row too short', 'code,term\n1\n', ['codelists.ragged:2']],
  [
    'a row without cells for code',
    'term,code\nx\n',
    ['codelists.ragged:2', 'codelists.no-code:2', 'codelists.no-rows:1'],
  ],
  ['a row too long', 'code,term\n1,a,b\n', ['codelists.ragged:2']],
  ['a row without a code', 'code,term\n,a\n2,b\n', ['codelists.no-code:2']],
  ['a code twice', 'code,term\n1,a\n2,b\n1,a\n', ['codelists.duplicate-code:4']],
  [
    'a code twice, once with spaces',
    'code,term\n1,a\n 1 ,a\n',
    ['codelists.spaces:3', 'codelists.duplicate-code:3'],
  ],
  ['a NUL', 'code,term\n1,a\u0000b\n', ['codelists.control:2']],
  ['a NUL within a code', 'code,term\n1\u00002,a\n', ['codelists.control:2']],
  ['text that runs backwards', 'code,term\n1,a\u202eb\n', ['codelists.control:2']],
  ['a line break in a cell', 'code,term\n1,"a\nb"\n2,=x\n', ['codelists.control:2', 'codelists.formula:4']],
  ['old line ends', 'code,term\r1,a\r', ['codelists.control:1', 'codelists.no-rows:1']],
  ['a formula', 'code,term\n1,=HYPERLINK("x")\n', ['codelists.quote:2', 'codelists.formula:2']],
  ['a formula as a code', 'code,term\n@SUM(A1),a\n', ['codelists.formula:2']],
  ['a formula behind a sign', 'code,term\n1,"-2+3+cmd|\' /C calc\'!A0"\n', ['codelists.formula:2']],
  ['a tab in front', 'code,term\n1,"\t=1"\n', ['codelists.formula:2']],
  ['a quotation mark in a bare cell', 'code,term\n1,a"b\n', ['codelists.quote:2']],
  ['text behind a closed cell', 'code,term\n1,"a"b\n2,c\n', ['codelists.quote:2']],
  ['a cell that is never closed', 'code,term\n1,"a\n2,b\n', ['codelists.quote:2', 'codelists.control:2']],
])('%s is told on its line', (_case, text, expected) => {
  expect(told(text).sort()).toEqual([...expected].sort());
});

test('numbers with a sign, a dash alone and doubled quotation marks are text', () => {
  const { codes, findings } = readList(bytes('code,term\n-1.5,-\n+2,"say ""no"""\n"3","4"'));
  expect(findings).toEqual([]);
  expect(codes.map(({ code, term }) => [code, term])).toEqual([
    ['-1.5', '-'],
    ['+2', 'say "no"'],
    ['3', '4'],
  ]);
});

test('bytes that are no UTF-8 are told on the first line that holds them', () => {
  expect(told(Buffer.concat([bytes('code,term\n1,a\n2,'), Buffer.from([0xe9]), bytes('\n')]))).toEqual([
    'codelists.encoding:3',
  ]);
  expect(told(Buffer.concat([bytes('code'), Buffer.from([0xff])]))).toEqual(['codelists.encoding:1']);
});

test('what is larger than 20 MB is not read, and what is as large is, in one pass', () => {
  expect(told(Buffer.alloc(MAX_BYTES + 1, 'a'))).toEqual(['codelists.too-large:1']);
  const row = `${'x'.repeat(30)}\n`;
  const before = process.cpuUsage();
  const { findings } = readList(bytes(`code\n${row.repeat(Math.floor((MAX_BYTES - 10) / row.length))}`));
  const { user } = process.cpuUsage(before);
  expect(findings.some(({ code }) => code === 'codelists.too-many-rows')).toBe(true);
  expect(user / 1e6).toBeLessThan(30);
});

test('of very many faults only as many are told as a person reads', () => {
  expect(told(`code,term\n${'=1,a\n'.repeat(1000)}`)).toHaveLength(200);
});

test('a long text of a stranger is shown short and without what acts on a screen', () => {
  const [first] = readList(bytes(`code,term\n=${'a'.repeat(200)},x\n`)).findings;
  expect(first?.message).toContain('…"');
  const [spaces] = readList(bytes('code,term\n1\u200b ,x\n')).findings;
  expect(spaces?.message).toBe('The code "1\\u200b " has spaces around it.');
});

test('nothing that is read makes the reader throw, and every fault is on a line of the file', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', '"', ',', '\n', '\r', '=', ' ', 'code', '\u0000')), (parts) => {
      const text = parts.join('');
      const lines = text.split('\n').length;
      for (const { line } of readSheet(bytes(text)).findings) {
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(lines);
      }
    }),
  );
});

test('what is written is read as it was', () => {
  const part = fc.stringMatching(/^[a-z0-9 ,"]{1,12}$/).filter((text) => text.trim() === text && text !== '');
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ code: part, term: part }), { selector: ({ code }) => code, minLength: 1 }),
      (codes) => {
        const { codes: read, findings } = readList(bytes(listCsv(codes)));
        expect(findings).toEqual([]);
        expect(read.map(({ code, term }) => ({ code, term }))).toEqual(codes);
      },
    ),
  );
  expect(
    csvOf([
      ['a', 'b,c'],
      ['1', '2'],
    ]),
  ).toBe('a,"b,c"\n1,2\n');
});

test('hashes do not count line ends, and nothing else is left out', () => {
  const same = ['a,b\n1,2', 'a,b\n1,2\n', 'a,b\r\n1,2\r\n', 'a,b\r1,2\r'].map((text) =>
    hashesOf(bytes(text)),
  );
  expect(new Set(same.map(({ sha1 }) => sha1)).size).toBe(1);
  expect(new Set(same.map(({ sha256 }) => sha256)).size).toBe(1);
  expect(same[0]?.sha1).toBe(codelistHash(bytes('a,b\n1,2')));
  expect(hashesOf(bytes('a,b\n1,2\n\n')).sha256).not.toBe(same[0]?.sha256);
  expect(hashesOf(bytes('\uFEFFa,b\n1,2')).sha256).not.toBe(same[0]?.sha256);
  expect(hashesOf(new Uint8Array()).sha1).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
});
