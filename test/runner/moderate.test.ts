import { describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { fc } from '../support/properties.ts';
import { extensionOf, moderate, moderateUnread, type ModerateLimits } from '../../agent/runner/moderate.ts';
import { countDelimited } from '../../agent/runner/tabular.ts';

const LIMITS: ModerateLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxRows: 5000,
  identifiers: ['pupil_id', 'patient_id'],
};
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 0]);
const rows = (n: number, line = '1,2'): string => `a,b\n${`${line}\n`.repeat(n)}`;
const reasons = (path: string, content: string | Uint8Array, limits = LIMITS): string[] =>
  moderate(path, typeof content === 'string' ? Buffer.from(content) : content, limits).reasons;

describe('what may be viewed', () => {
  test.each([
    ['a small table', 'a.csv', rows(10)],
    ['a table of exactly 5,000 rows', 'a.csv', rows(5000)],
    ['an empty table', 'a.csv', ''],
    ['a quoted line end is one row', 'a.csv', `a,b\n${'"x\ny",2\n'.repeat(3000)}`],
    ['a picture', 'a.png', PNG],
    ['prose', 'notes.md', '# Notes\n\nThe number of pupils, by school, is rounded.\n'],
    ['prose that names the column in a sentence', 'notes.txt', 'The column pupil_id was removed first.\n'],
    ['a log', 'job.log', 'Read 60,000 rows\nDone\n'],
    ['JSON', 'a.json', '{"mean": [1, 2]}'],
    ['a figure', 'a.svg', '<svg><text>Absence, by year</text></svg>'],
    ['a packed figure', 'a.svgz', gzipSync('<svg><text>Absence</text></svg>')],
    ['Windows letters', 'a.csv', Buffer.from('caf\xe9,b\n1,2\n', 'latin1')],
  ])('%s passes', (_what, path, content) => {
    expect(reasons(path, content)).toEqual([]);
  });

  test.each([
    ['one row too many', 'a.csv', rows(5001), /5001 rows/],
    ['rows ended by carriage returns', 'a.csv', rows(5001).replaceAll('\n', '\r'), /5001 rows/],
    ['a table in a text file', 'a.txt', rows(5001, '1\t2').replaceAll(',', '\t'), /5001 rows/],
    ['a table in a log', 'a.log', rows(5001).replaceAll(',', ' | '), /rows/],
    ['an identifying column', 'a.csv', 'pupil_id,mark\n1,2\n', /"pupil_id"/],
    ['the same in capitals with spaces', 'a.csv', 'mark, Pupil ID \n2,1\n', /"pupil_id"/],
    ['the same after a byte order mark', 'a.csv', '\ufeffpatient_id;mark\n1;2\n', /"patient_id"/],
    ['the same quoted', 'a.csv', '"PUPIL-ID","mark"\n1,2\n', /"pupil_id"/],
    ['the same below a title', 'a.csv', 'Table 1\n\npupil_id,mark\n1,2\n', /"pupil_id"/],
    ['the same in UTF-16', 'a.csv', Buffer.from('\ufeffpupil_id,mark\n1,2\n', 'utf16le'), /"pupil_id"/],
    ['the same in wide letters', 'a.csv', 'ｐｕｐｉｌ＿ｉｄ,mark\n1,2\n', /"pupil_id"/],
    ['a heading in JSON', 'a.json', '[{"pupilId": 1}]', /"pupil_id"/],
    ['a long list in JSON', 'a.json', JSON.stringify(Array(5001).fill(1)), /5001 rows/],
    ['JSON by line', 'a.json', '{"a":1}\n'.repeat(5001), /5001 rows/],
    ['JSON that is none', 'a.json', '{"a": ', /not JSON/],
    ['JSON in a text file', 'a.txt', '[{"pupil_id": 1}]', /"pupil_id"/],
    ['a table in a page', 'a.html', `<table>${'<tr><td>1</td></tr>'.repeat(5001)}</table>`, /5001 rows/],
    ['a heading in a page', 'a.html', '<th> Pupil id </th>', /"pupil_id"/],
    ['data inside a figure', 'a.svg', '<svg><desc>{"pupil_id": [1]}</desc></svg>', /"pupil_id"/],
    ['a figure that is no gzip', 'a.svgz', '<svg/>', /unpacked/],
    ['a picture that is none', 'a.png', rows(3), /no png picture/],
    ['a picture called a table', 'a.csv', PNG, /binary/],
    ['an open quote', 'a.csv', 'a,b\n"1,2\n', /never closed/],
    ['a program', 'a.txt', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), /binary/],
    ['another extension', 'a.dta', 'x', /\.dta/],
    ['an extension in capitals', 'a.CSV', 'x', /\.CSV/],
    ['no extension', 'a', 'x', /no extension/],
  ])('%s is withheld', (_what, path, content, expected) => {
    expect(reasons(path, content).join(' ')).toMatch(expected);
  });

  test('both reasons of a table are given', () => {
    expect(reasons('a.csv', `pupil_id\n${'1\n'.repeat(6000)}`)).toHaveLength(2);
  });

  test('governance may narrow types, size and rows but not widen them', () => {
    expect(reasons('a.html', '<p>x</p>', { ...LIMITS, types: ['csv'] })).not.toEqual([]);
    expect(reasons('a.csv', 'a\n1\n', { ...LIMITS, types: [] })).not.toEqual([]);
    expect(reasons('a.jpg', 'x', { ...LIMITS, types: ['jpeg'] }).join()).toMatch(/no jpg picture/);
    expect(reasons('a.csv', rows(11), { ...LIMITS, maxRows: 10 })).not.toEqual([]);
    expect(reasons('a.csv', rows(6000), { ...LIMITS, maxRows: 1_000_000 })).not.toEqual([]);
    expect(moderateUnread('a.csv', 17 * 1024 * 1024, { ...LIMITS, maxBytes: 1e9 })?.reasons).toHaveLength(1);
    expect(moderateUnread('a.csv', 16 * 1024 * 1024, LIMITS)).toBeUndefined();
  });

  test('rows and columns of a table are counted', () => {
    expect(moderate('a.csv', Buffer.from('a,b,c\n1,2,3\n4,5,6\n'), LIMITS)).toEqual({
      reasons: [],
      rows: 2,
      columns: 3,
    });
  });
});

test('what stands in quotes is not taken for what separates', () => {
  expect(countDelimited('"!",",|"\n"| ","!"', [], true)).toMatchObject({ rows: 1, columns: 2 });
});

test('the number of records does not depend on quoting or line ends', () => {
  const cell = fc
    .string({ minLength: 1, maxLength: 8 })
    .filter((text) => text.trim() !== '' && !text.includes('\0'));
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }),
      fc.constantFrom('\n', '\r\n'),
      (table, end) => {
        const text = table.map((row) => row.map(quoted).join(',')).join(end);
        expect(countDelimited(text, [], true).rows).toBe(table.length - 1);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  ['a/b.csv', '.csv'],
  ['a.b/c', ''],
  ['.hidden', ''],
  ['ends.', ''],
  ['two.tar.gz', '.gz'],
])('the extension of %s is "%s"', (path, expected) => {
  expect(extensionOf(path)).toBe(expected);
});
