/** Drawings and photographs: what a file carries beside what is seen. Each row has a near twin that is clean. */
import { expect, test } from '@jest/globals';
import { checkFile, DEFAULT_POLICY } from '../../src/disclosure/disclosure.ts';
import { chunk, pngOf } from './labelled/png.ts';

const findings = (path: string, content: string | Uint8Array) =>
  checkFile(path, Buffer.from(content as string), DEFAULT_POLICY).findings;
const found = (path: string, content: string | Uint8Array): string[] =>
  findings(path, content).map(({ check }) => check);
const said = (path: string, content: string | Uint8Array): string =>
  findings(path, content)
    .map(({ message }) => message)
    .join('\n');

const segment = (marker: number, text: string): number[] => [
  0xff,
  marker,
  0,
  text.length + 2,
  ...Buffer.from(text, 'latin1'),
];
const SCAN = [0xff, 0xda, 0, 2, 1, 2, 0xff, 0, 0xff, 0xd0, 3];
const END = [0xff, 0xd9];
const jpeg = (...parts: number[][]): Uint8Array => Uint8Array.from([0xff, 0xd8, ...parts.flat()]);

test.each([
  ['EXIF data', segment(0xe1, 'Exif\0\0')],
  ['XMP data', segment(0xe1, 'http://ns.adobe.com/xap/1.0/')],
  ['a colour profile', segment(0xe2, 'ICC_PROFILE\0')],
  ['further frames', segment(0xe2, 'MPF\0')],
  ['a small preview', segment(0xe0, 'JFXX\0')],
  ['a comment', segment(0xfe, 'by Ann')],
  ['an unknown part', segment(0xe2, 'else')],
  ['an unknown part', segment(0xee, 'else')],
  ['an unknown part', segment(0xe5, 'else')],
])('of a JPEG %s is told', (what, part) => {
  expect(said('a.jpg', jpeg(part, SCAN, END))).toContain(`carries ${what}`);
});

test('what every JPEG holds is nothing to tell', () => {
  const needed = [segment(0xe0, 'JFIF\0'), segment(0xee, 'Adobe'), segment(0xdb, 'table')];

  expect(found('a.jpg', jpeg(...needed, SCAN, END))).toEqual([]);
  expect(found('a.jpg', jpeg([0xff, 0xff], ...needed, [...SCAN, 0xff, 0xff, 0xd1], END))).toEqual([]);
});

test.each([
  ['before any part', jpeg([0xff])],
  ['in a row of filling', jpeg([0xff, 0xff, 0xff])],
  ['behind a mark', jpeg([0xff, 0xe1])],
  ['with a part of no length', jpeg([0xff, 0xe1, 0, 1])],
  ['within a part', jpeg([0xff, 0xe1, 0, 50, 1])],
  ['where no part begins', jpeg(segment(0xe5, 'x'), [1, 2, 3])],
  ['within the pixels', jpeg(SCAN)],
  ['at a lone sign of the pixels', jpeg([...SCAN, 0xff])],
])('a JPEG that ends %s is damaged', (_where, bytes) => {
  expect(found('a.jpg', bytes)).toContain('F1');
});

test('bytes behind a JPEG, in the end mark of a PNG, and parts nobody knows are told', () => {
  const png = pngOf([1, 2]);
  const end = chunk('IEND', Buffer.from('hello'));

  expect(said('a.jpg', jpeg(SCAN, END, [1, 2, 3]))).toContain('bytes behind its end');
  expect(said('a.png', Buffer.concat([png.subarray(0, -12), end]))).toContain('bytes in its end mark');
  expect(said('a.png', pngOf([1], [chunk('vpAg', Buffer.from('x'))]))).toContain('an unknown part (vpAg)');
  expect(said('a.png', pngOf([1], [chunk('\x01$ 2', Buffer.from('x'))]))).toContain('without a name');
  expect(found('a.png', Buffer.concat([png.subarray(0, 8), png.subarray(33)]))).toContain('F1');
});

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
const svg = (inside: string, before = ''): string => `${before}${SVG} viewBox="0 0 400 300">${inside}</svg>`;
/** Twelve places without order. */
const scattered = (mark: (x: number, y: number) => string): string =>
  Array.from({ length: 12 }, (_, i) => mark((i * i * 3.1) % 211, (i * i * i * 1.7) % 187)).join('');
const even = (mark: (x: number, y: number) => string): string =>
  Array.from({ length: 12 }, (_, i) => mark(20 + i * 25, (i * i * 7) % 187)).join('');
const CURVE = 'c1 0 2 1 2 2s-1 2-2 2z';

test.each([
  ['ellipses', (x: number, y: number) => `<ellipse rx="2" ry="3" cx="${x}" cy="${y}"/>`],
  ['linked marks', (x: number, y: number) => `<use xlink:href="#m" x="${x}" y="${y}"/>`],
  ['linked marks in the newer spelling', (x: number, y: number) => `<use href="#m" x="${x}" y="${y}"/>`],
  ['marks linked to nothing', (x: number, y: number) => `<use x="${x}" y="${y}"/>`],
  ['round paths', (x: number, y: number) => `<path d="M${x} ${y}${CURVE}"/>`],
  ['small crosses', (x: number, y: number) => `<path d="m${x} ${y}l3 3l-1 2"/>`],
  ['shifted marks', (x: number, y: number) => `<g transform="translate(${x} ${y})"><circle r="2"/></g>`],
  [
    'marks shifted by a matrix',
    (x: number, y: number) => `<circle r="2" transform="matrix(1 0 0 1 ${x} ${y})"/>`,
  ],
])('%s without order are records, in equal steps a series', (_what, mark) => {
  expect(found('a.svg', svg(scattered(mark)))).toContain('SVG-2');
  expect(found('a.svg', svg(even(mark)))).not.toContain('SVG-2');
});

test('marks that are only defined, and those without a place of their own, are no scatter', () => {
  const circle = (x: number, y: number): string => `<circle r="2" cx="${x}" cy="${y}"/>`;

  expect(found('a.svg', svg(`<defs>${scattered(circle)}</defs>`))).toEqual([]);
  expect(found('a.svg', svg('<path d="c1 0 2 1 2 2"/>'.repeat(12)))).toEqual([]);
  expect(found('a.svg', svg('<path/><path d="$"/><polyline points=""/>'.repeat(12)))).toEqual([]);
  expect(found('a.svg', svg(`<path d="M1 1${CURVE.repeat(40)}"/>`.repeat(12)))).toEqual([]);
  expect(found('a.svg', svg('<path d="1 2 3 4"/><path d="M1 2 3"/>'.repeat(12)))).toEqual([]);
  expect(found('a.svg', svg(`<path d="M0 0${'L1 1'.repeat(60_000)}"/>`))).toEqual([]);
  expect(found('a.svg', svg('<circle cx="abc" cy="1" r="x"/>'.repeat(12)))).toEqual([]);
});

const axis = (x = 30): string =>
  [0, 10, 20, 30].map((value) => `<text x="${x}" y="${250 - value * 8}">${value}</text>`).join('');

test.each([
  [
    'a rectangle',
    (x: number, value: number) => `<rect x="${x}" y="${250 - value * 8}" width="20" height="${value * 8}"/>`,
  ],
  ['a path', (x: number, value: number) => `<path d="M${x} 250V${250 - value * 8}H${x + 20}V250Z"/>`],
  [
    'a path in small steps',
    (x: number, value: number) => `<path d="M${x} 250v${-value * 8}h20v${value * 8}z"/>`,
  ],
  [
    'a closed polygon',
    (x: number, value: number) =>
      `<polygon points="${x},250 ${x},${250 - value * 8} ${x + 20},${250 - value * 8} ${x + 20},250 ${x},250"/>`,
  ],
  [
    'a rectangle that is shifted and scaled',
    (x: number, value: number) =>
      `<g transform="translate(${x}) scale(2)"><g transform="scale(1 4) translate()"><rect y="${31.25 - value}" width="10" height="${value}"/></g></g>`,
  ],
  [
    'a rectangle scaled by a matrix',
    (x: number, value: number) =>
      `<g transform="matrix(1 0 0 8)"><rect x="${x}" y="${31.25 - value}" width="20" height="${value}"/></g>`,
  ],
])('the height of %s is read from the axis', (_what, bar) => {
  const bars = (...values: number[]): string => values.map((value, at) => bar(60 + 40 * at, value)).join('');

  expect(found('a.svg', svg(`${axis()}${bars(20, 3, 15)}`))).toEqual(expect.arrayContaining(['SVG-3', 'C5']));
  expect(found('a.svg', svg(`${axis()}${bars(20, 10, 0.01)}`))).toEqual([]);
});

test('turned drawings, bars of no height and scales that are none are left alone', () => {
  const bars = (more: string): string =>
    [20, 3, 15]
      .map(
        (value, at) =>
          `<rect x="${60 + 40 * at}" y="${250 - value * 8}" width="20" height="${value * 8}" ${more}/>`,
      )
      .join('');
  const labels = (...places: [number, number, number][]): string =>
    places.map(([x, y, value]) => `<text x="${x}" y="${y}">${value}</text>`).join('');

  expect(found('a.svg', svg(`${axis()}${bars('transform="matrix(1 0 0)"')}`))).toContain('C5');
  expect(found('a.svg', svg(`${axis()}<g transform="matrix(0 1 -1 0 5 6)">${bars('')}</g>`))).toContain('C5');
  expect(found('a.svg', svg(`${axis()}${bars('')}<rect x="9" y="9" width="20" height="0"/>`))).toContain(
    'C5',
  );
  for (const none of [
    labels([30, 100, 0], [30, 100, 10], [30, 100, 20]),
    labels([30, 250, 10], [30, 170, 10], [30, 90, 10]),
    labels([30, 250, 0], [30, 170, 10], [30, 90, 90]),
    labels([30, 250, 0], [30, 170, 10]),
  ])
    expect(found('a.svg', svg(none + bars('')))).toEqual([]);
});

test('single events are read off a curve in steps, where its steps are whole', () => {
  const curve = (...values: number[]): string =>
    `<polyline points="${values.flatMap((value, at) => [`${60 + at * 20},${250 - value * 8}`, `${80 + at * 20},${250 - value * 8}`]).join(' ')}"/>`;

  expect(found('a.svg', svg(axis() + curve(30, 28, 27, 25, 20)))).toContain('C16');
  expect(found('a.svg', svg(axis() + curve(30, 27.5, 25.2, 23.6, 21.1)))).not.toContain('C16');
  expect(found('a.svg', svg(axis() + curve(30, 28, 27)))).not.toContain('C16');
  expect(found('a.svg', svg(axis() + curve(30, 20, 10, 0, 10)))).not.toContain('C16');
});

test.each([
  ['C5', 'in a text', '<text x="1" y="9">n = 4</text>', '<text x="1" y="9">n = 40</text>'],
  ['C5', 'in a part of a text', '<text>a<tspan x="9">n = 4</tspan></text>', '<text>a<tspan>b</tspan></text>'],
  [
    'C5',
    'in a lower part of a text',
    '<text>a<tspan y="9">n = 4</tspan></text>',
    '<text>a<tspan dy="9">b</tspan></text>',
  ],
  ['C5', 'in protected text', '<text><![CDATA[n = 4]]></text>', '<text><![CDATA[n = 40]]></text>'],
  [
    'C5',
    'in a comment where letters are drawn',
    '<g id="text_1"><!-- n = 4 --><g transform="translate(9 9)"><path d="M0 0"/></g></g>',
    '<g id="text_1"><!-- n = 4 --></g>',
  ],
  ['C3', 'in a text', '<text>ann@example.org</text>', '<text>ann</text>'],
  ['C4', 'in a text', '<text>E02000001</text>', '<text>E12000001</text>'],
  ['SVG-4', 'a long comment', `<!-- ${'word '.repeat(12)} -->`, '<g><!-- North East --></g>'],
  ['SVG-4', 'a comment with values', '<g><!-- mean = 4 --></g>', '<g><!-- mean --></g>'],
  ['SVG-4', 'a comment beside nothing', '<!-- Ann -->', '<g><!-- Ann --></g>'],
  ['SVG-4', 'a description', '<desc>by Ann</desc><desc>again</desc>', '<title>Ages</title>'],
  ['SVG-4', 'data-* attributes', '<g data-id="7"/><g data-id="8"/>', '<g id="g7"/>'],
  ['SVG-4', 'text that is not shown', '<text display="none">x</text>', '<text display="inline">x</text>'],
  [
    'SVG-4',
    'text that is hidden',
    '<text style="visibility: hidden">x</text>',
    '<text style="visibility: visible">x</text>',
  ],
  ['SVG-4', 'text without size', '<text font-size="0.1">x</text>', '<text font-size="10">x</text>'],
  ['SVG-4', 'text that is transparent', '<text opacity="0">x</text>', '<text opacity="0.5">x</text>'],
  ['SVG-4', 'text in white', '<text fill="#fff">x</text>', '<text fill="#000">x</text>'],
  ['SVG-4', 'text far outside', '<text x="900" y="9">x</text>', '<text x="390" y="9">x</text>'],
  [
    'SVG-1',
    'an animated link',
    '<animate attributeName="xlink:href" to="#a"/>',
    '<animate attributeName="x" to="1"/>',
  ],
  [
    'SVG-1',
    'something loaded by style',
    '<g style="fill: url(http://x/y)"/>',
    '<g style="fill: url(#a)"/><set to="1"/>',
  ],
  ['SVG-1', 'an imported style', '<g style="@import x"/>', '<g style="fill: red"/>'],
  ['SVG-1', 'a script twice', '<script/><script/>', '<g/>'],
])('%s finds %s', (check, _what, bad, good) => {
  expect(found('a.svg', svg(bad))).toContain(check);
  expect(found('a.svg', svg(good))).not.toContain(check);
});

test('before the drawing nothing may stand but what says that it is one', () => {
  const outside = '<?xml-stylesheet href="http://x/y.css"?>';

  expect(said('a.svg', svg('', '<?xml version="1.0"?>'))).toBe('');
  expect(said('a.svg', svg('<?other thing?>'))).toBe('');
  expect(said('a.svg', svg(outside))).toContain('an outside style sheet');
  expect(said('a.svg', svg('', '<!DOCTYPE svg>'))).toContain('a DOCTYPE');
  expect(said('a.svg', svg('', '<!DOCTYPE svg>'))).not.toContain('entities');
  expect(said('a.svg', svg('', '<!DOCTYPE svg [<!ENTITY a "b">]>'))).toContain('entities');
});

test('a drawing that ends before it begins is none', () => {
  expect(said('a.svg', '<svg ')).toContain('holds no drawing');
});

test('drawings of very many elements are left, and of very many marks are told', () => {
  const circles = Array.from(
    { length: 100_010 },
    (_, i) => `<circle r="1" cx="${2 ** (i % 9)}" cy="${3 ** (i % 5)}"/>`,
  );

  expect(said('a.svg', svg('<g/>'.repeat(200_001)))).toContain('more than 200000 elements');
  expect(said('a.svg', svg(circles.join('')))).toContain('100,001');
});
