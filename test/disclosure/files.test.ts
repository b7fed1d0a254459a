/** One row per check of the other types of file. */
import { expect, test } from '@jest/globals';
import { canonicalImage, type FileFacts } from '../../src/disclosure/disclosure.ts';
import { found, svg } from './judged.ts';
import { chunk, pngOf } from './labelled/png.ts';

const AXIS = [0, 10, 20, 30].map((value) => `<text x="30" y="${250 - value * 8}">${value}</text>`).join('');
const bar = (x: number, value: number): string =>
  `<rect x="${x}" y="${250 - value * 8}" width="20" height="${value * 8}"/>`;
const scatter = Array.from(
  { length: 12 },
  (_, i) => `<circle r="2" cx="${(i * i * 3.1) % 211}" cy="${(i * i * i * 1.7) % 187}"/>`,
).join('');
const series = Array.from(
  { length: 12 },
  (_, i) => `<circle r="2" cx="${20 + i * 25}" cy="${(i * i * 7) % 187}"/>`,
).join('');
const records = (rows: number): string =>
  JSON.stringify(Array.from({ length: rows }, (_, i) => ({ person: 10_007 + i * 13, score: i % 7 })));
const jpeg = (...segments: number[][]): Uint8Array =>
  Uint8Array.from([0xff, 0xd8, ...segments.flat(), 0xff, 0xda, 0, 2, 1, 2, 0xff, 0, 3, 0xff, 0xd9]);

const ROWS: [
  check: string,
  what: string,
  path: string,
  bad: string | Uint8Array,
  good: string | Uint8Array,
  facts?: FileFacts,
][] = [
  ['F1', 'a type that cannot be released', 'model.rds', 'x', ''],
  ['F1', 'an archive called a table', 'a.csv', 'PK\x03\x04xxxx', 'g,n\na,120\n'],
  ['F1', 'text called a picture', 'a.png', 'hello', pngOf([1, 2])],
  ['F1', 'an empty file', 'a.csv', '', 'g,n\na,120\n'],
  ['F1', 'broken JSON', 'a.json', '{"a": [1,', '{"a": 10}'],
  ['F1', 'a picture that ends early', 'a.png', pngOf([1, 2]).subarray(0, 60), pngOf([1, 2])],
  [
    'JSON-1',
    'small counts in records',
    'a.json',
    '[{"g":"a","n":3},{"g":"b","n":120}]',
    '[{"g":"a","n":30},{"g":"b","n":120}]',
  ],
  [
    'C5',
    'a small count by its key',
    'a.json',
    '{"result":{"n":3,"mean":1.5}}',
    '{"result":{"n":30,"mean":1.5}}',
  ],
  ['C5', 'a small count in columns', 'a.json', '{"g":["a","b"],"n":[3,120]}', '{"g":["a","b"],"n":[30,120]}'],
  [
    'C6',
    'an unrounded count in split form',
    'a.json',
    '{"columns":["g","n"],"index":[0],"data":[["a",123]]}',
    '{"columns":["g","n"],"index":[0],"data":[["a",125]]}',
  ],
  [
    'C6',
    'an unrounded count by column',
    'a.json',
    '{"g":{"0":"a","1":"b"},"n":{"0":123,"1":120}}',
    '{"g":{"0":"a","1":"b"},"n":{"0":125,"1":120}}',
  ],
  [
    'C6',
    'an unrounded count by row',
    'a.json',
    '{"North":{"n":123},"South":{"n":120}}',
    '{"North":{"n":125},"South":{"n":120}}',
  ],
  [
    'C6',
    'an unrounded count on a line of its own',
    'a.json',
    '{"g":"a","n":123}\n{"g":"b","n":120}\n',
    '{"g":"a","n":125}\n{"g":"b","n":120}\n',
  ],
  ['C3', 'an address in JSON', 'a.json', '{"by":"ann@example.org"}', '{"by":"ann"}'],
  [
    'JSON-2',
    'a long list',
    'a.json',
    JSON.stringify(new Array(5001).fill(10)),
    JSON.stringify(new Array(500).fill(10)),
  ],
  ['JSON-2', 'people', 'a.json', records(80), records(8)],
  [
    'JSON-2',
    'a chart with its data',
    'a.json',
    '{"mark":"bar","data":{"values":[{"a":10}]}}',
    '{"mark":"bar","data":{"url":"x"}}',
  ],
  ['JSON-2', 'coordinates', 'a.json', '{"type":"Point","coordinates":[51.5,-0.1]}', '{"type":"Point"}'],
  [
    'JSON-2',
    'deep nesting',
    'a.json',
    `${'['.repeat(100)}${']'.repeat(100)}`,
    `${'['.repeat(10)}${']'.repeat(10)}`,
  ],
  ['JSON-3', 'packed bytes', 'a.json', `{"plot":"${'iVBORw0K'.repeat(50)}"}`, '{"plot":"none"}'],
  ['TXT-1', 'a printed table', 'a.txt', '  g    n\n1 a  120\n2 b    3\n', '  g    n\n1 a  120\n2 b   30\n'],
  [
    'TXT-1',
    'a table with pipes',
    'a.md',
    '| g | n |\n|---|---|\n| a | 123 |\n',
    '| g | n |\n|---|---|\n| a | 120 |\n',
  ],
  ['TXT-2', 'a small n', 'a.txt', 'Included: n = 4\n', 'Included: n = 40\n'],
  ['TXT-2', 'a name of people', 'a.txt', 'Joining by patient_id\n', 'Joining by patient group\n'],
  [
    'TXT-2',
    'rows printed one by one',
    'a.txt',
    `key,score\n${Array.from({ length: 60 }, (_, i) => `${i},${(i * 7) % 9}.5`).join('\n')}\n`,
    'key,score\n1,2.5\n2,3.5\n3,4.5\n',
  ],
  [
    'TXT-3',
    'a traceback',
    'a.txt',
    'Traceback (most recent call last):\n  File "a.py"\n',
    'All went well.\n',
  ],
  ['TXT-3', 'a log as an output', 'a.log', 'done\n', '', {}],
  ['SVG-1', 'a script', 'a.svg', svg('<script>1</script>'), svg('<rect/>')],
  ['SVG-1', 'an event handler', 'a.svg', svg('<rect onclick="x()"/>'), svg('<rect/>')],
  [
    'SVG-1',
    'something from outside',
    'a.svg',
    svg('<a href="https://example.org"><rect/></a>'),
    svg('<a href="#b"><rect/></a>'),
  ],
  ['SVG-1', 'a picture', 'a.svg', svg('<image width="1"/>'), svg('<rect/>')],
  ['SVG-1', 'foreign content', 'a.svg', svg('<foreignObject/>'), svg('<g/>')],
  ['SVG-1', 'a DOCTYPE with entities', 'a.svg', `<!DOCTYPE svg [<!ENTITY a "aaaa">]>${svg('&a;')}`, svg('a')],
  ['SVG-1', 'what is no drawing', 'a.svg', '<svg xmlns="http://www.w3.org/2000/svg"><g></svg>', svg('<g/>')],
  ['SVG-2', 'a scatter of records', 'a.svg', svg(scatter), svg(series)],
  [
    'SVG-3',
    'a small bar',
    'a.svg',
    svg(AXIS + bar(60, 30) + bar(100, 3) + bar(140, 20)),
    svg(AXIS + bar(60, 30) + bar(100, 10) + bar(140, 20)),
  ],
  [
    'C6',
    'bars of unrounded counts',
    'a.svg',
    svg(AXIS + bar(60, 30) + bar(100, 13) + bar(140, 20)),
    svg(AXIS + bar(60, 30) + bar(100, 10) + bar(140, 20)),
  ],
  [
    'C16',
    'a curve that loses few people',
    'a.svg',
    svg(`${AXIS}<path d="M60 10H80V34H100V58H120V98H140V122"/>`),
    svg(`${AXIS}<path d="M60 10L80 34L100 58"/>`),
  ],
  [
    'C5',
    'a small n written in a drawing',
    'a.svg',
    svg('<text x="9" y="9">n = 4</text>'),
    svg('<text x="9" y="9">n = 40</text>'),
  ],
  [
    'SVG-4',
    'transparent text',
    'a.svg',
    svg('<text x="9" y="9" opacity="0">secret</text>'),
    svg('<text x="9" y="9">open</text>'),
  ],
  [
    'SVG-4',
    'text outside the picture',
    'a.svg',
    svg('<text x="9999" y="9">secret</text>'),
    svg('<text x="99" y="9">open</text>'),
  ],
  ['SVG-4', 'metadata', 'a.svg', svg('<metadata>x</metadata>'), svg('<title>x</title>')],
  [
    'SVG-4',
    'exact coordinates',
    'a.svg',
    svg(`<path d="M${Array.from({ length: 12 }, (_, i) => `${i}.1234567 1`).join('L')}"/>`),
    svg('<path d="M1.12 1L2.25 3"/>'),
  ],
  [
    'PNG-1',
    'text in a PNG',
    'a.png',
    pngOf([1, 2], [chunk('tEXt', Buffer.from('Author\0Ann'))]),
    pngOf([1, 2]),
  ],
  [
    'PNG-1',
    'bytes behind a PNG',
    'a.png',
    Buffer.concat([pngOf([1, 2]), Buffer.from('more')]),
    pngOf([1, 2]),
  ],
  ['PNG-1', 'EXIF in a JPEG', 'a.jpg', jpeg([0xff, 0xe1, 0, 8, 69, 120, 105, 102, 0, 0]), jpeg()],
  ['PNG-1', 'a comment in a JPEG', 'a.jpg', jpeg([0xff, 0xfe, 0, 4, 65, 66]), jpeg()],
  ['HTML-1', 'a page', 'a.html', '<!doctype html><p>x</p>', ''],
  [
    'C6',
    'a table in a page',
    'a.html',
    '<table><tr><th>g</th><th>n</th></tr><tr><td>a</td><td>123</td></tr></table>',
    '<table><tr><th>g</th><th>n</th></tr><tr><td>a</td><td>125</td></tr></table>',
  ],
  [
    'C6',
    'data in a page',
    'a.html',
    '<script type="application/json">[{"g":"a","n":123}]</script>',
    '<script>[1].map(x)</script>',
  ],
];

// Rest arguments: jest hands a callback to functions that name more than a row has.
test.each(ROWS)('%s finds %s', (...[check, , path, bad, good, facts]) => {
  expect(found(path, bad, facts)).toContain(check);
  if (good !== '') expect(found(path, good, facts)).not.toContain(check);
});

test('a log beside an output is no output, and a picture that was read tells its small numbers', () => {
  expect(found('a.log', 'done\n', { output: false })).not.toContain('TXT-3');
  expect(found('a.png', pngOf([1, 2]), { recognised: ['n = 4'] })).toContain('PNG-2');
  expect(found('a.png', pngOf([1, 2]), { recognised: ['n = 40'] })).not.toContain('PNG-2');
});

test('the copy of a picture that is released has the same pixels and nothing beside them', () => {
  const plain = pngOf([1, 2]);

  expect(canonicalImage(pngOf([1, 2], [chunk('tEXt', Buffer.from('Author\0Ann'))]))).toEqual(plain);
  expect(canonicalImage(jpeg([0xff, 0xfe, 0, 4, 65, 66]))).toEqual(Buffer.from(jpeg()));
  expect(canonicalImage(plain.subarray(0, 50))).toBeUndefined();
  expect(canonicalImage(Buffer.from('x'))).toBeUndefined();
});

test('evidence of ACRO is read: failing cells, another checksum, dominance', () => {
  const cells = {
    threshold: [[0, 1]],
    'p-ratio': [[1, 0]],
    'nk-rule': [[1, 1]],
    'all-values-are-same': [[0, 0]],
  };
  const acro = (file: object, more: object = {}): string =>
    JSON.stringify({
      results: {
        output_0: { status: 'fail', summary: 'fail', files: [{ name: 'sub/t.csv', ...file }], ...more },
      },
    });
  const checks = (evidence: string): string[] =>
    found('out/t.csv', 'g,n,market_share\na,120,0.95\nb,50,0.02\n', { acro: evidence, sha256: 'ab' });

  expect(checks(acro({ sdc: { summary: { suppressed: false }, cells } }))).toEqual(
    expect.arrayContaining(['C5', 'C18', 'C12']),
  );
  expect(checks(acro({ sdc: { summary: { suppressed: true }, cells } }))).not.toContain('C5');
  expect(checks(acro({ checksum: 'cd', sdc: {} }))).toContain('C7');
  expect(checks(acro({ checksum: 'AB' }, { status: 'pass' }))).not.toContain('C18');
  expect(checks('nonsense')).toContain('C7');
  expect(checks('[]')).toContain('C7');
  const contributions = [
    { file: 't.csv', row: 1, column: 'n', total: 100, top1: 90, top2: 5 },
    { file: 't.csv', total: 'x' },
  ];
  expect(checks(JSON.stringify({ contributions }))).toContain('C18');
});
