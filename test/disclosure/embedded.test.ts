/** Tables and values inside pages, JSON and text: where they stand, and what is beside them. */
import { expect, test } from '@jest/globals';
import {
  checkFile,
  DEFAULT_POLICY,
  tablesOf,
  type DisclosurePolicy,
} from '../../src/disclosure/disclosure.ts';

const findings = (path: string, text: string, policy: DisclosurePolicy = DEFAULT_POLICY) =>
  checkFile(path, Buffer.from(text), policy).findings;
const found = (path: string, text: string, policy?: DisclosurePolicy): string[] =>
  findings(path, text, policy).map(({ check }) => check);
const headers = (path: string, text: string): string[][] =>
  tablesOf(path, Buffer.from(text), DEFAULT_POLICY).map(({ header }) => header);
/** At most eight entries of one list. */
const FEW: DisclosurePolicy = { ...DEFAULT_POLICY, limits: { ...DEFAULT_POLICY.limits, arrayItems: 8 } };

const parts = (page: string): unknown[] =>
  findings('a.html', `<!doctype html>${page}`)
    .filter(({ check, place }) => check === 'HTML-1' && place.element !== undefined)
    .map(({ place }) => place.element);

test.each([
  ['<p>one</p><!-- --><title>a</title><textarea>b</textarea><xmp><b></xmp>', []],
  ['<!-- kept -->', ['comments']],
  ['<script>go()</script>', ['scripts']],
  ['<script type="application/json">{}</script>', ['embedded data']],
  ['<style>p { color: red }</style>', []],
  ['<iframe src="a.html"></iframe>', ['another page']],
  ['<img src="a.png">', ['pictures']],
  ['<svg></svg><canvas></canvas>', ['pictures']],
  ['<p onclick="go()">', ['event handlers']],
  ['<script src="https://x.example/a.js"></script>', ['files loaded from elsewhere', 'scripts']],
  ['<link href="//x.example/a.css">', ['files loaded from elsewhere']],
  ['<a href="https://x.example">x</a><link href="a.css">', []],
  ['<p hidden>', ['hidden elements']],
  ['<input type="hidden">', ['hidden elements']],
  ['<input type="text">', []],
  ['<p style="display: none">', ['hidden elements']],
  ['<p style="color: red">', []],
  ['<p data-id="7">', ['data-* attributes']],
])('of the page %s is listed: %j', (page, expected) => {
  expect(parts(page)).toEqual(expected);
});

test('tables of a page are read however their author left things out', () => {
  const row = (...cells: string[]): string => `<tr>${cells.map((one) => `<td>${one}</td>`).join('')}</tr>`;

  expect(headers('a.html', `<table>${row('g', 'n')}${row('a', '120')}</table>`)).toEqual([['g', 'n']]);
  expect(headers('a.html', `<table>${row('', 'n')}${row('a', '120')}</table>`)).toEqual([['index', 'n']]);
  expect(headers('a.html', `<table>${row('n')}${row('a', '120')}</table>`)).toEqual([['index', 'n']]);
  expect(headers('a.html', `<table><td>g<td>n<tr><td>a<td>120`)).toEqual([['g', 'n']]);
  expect(headers('a.html', `<table>${row('g', 'n')}</table><td>x</td><tr></tr>`)).toEqual([]);
  expect(headers('a.html', `<table>${row('g', 'n')}${row('a', '1')}</table>`.repeat(120))).toHaveLength(100);
});

test('a page that holds a byte nobody sees says so', () => {
  expect(parts('<p>a\0b')).toEqual(['NUL bytes']);
});

test('data in a page is found where it stands, and code is code', () => {
  const script = (text: string): string => `<script>${text}</script>`;
  const placed = (page: string, check: string): unknown =>
    findings('a.html', page).find((one) => one.check === check)?.place.element;

  expect(placed(script('go()') + script('[{"g":"a","n":123}]'), 'C6')).toBe('script 2 $');
  expect(placed(script('['.repeat(100) + ']'.repeat(100)), 'JSON-2')).toBe('script 1');
  expect(found('a.html', script('[1].map(go)'))).toEqual(['HTML-1', 'HTML-1']);
});

test.each([
  ['records', '[{"g":"a","n":123},{"g":"b"}]', ['g', 'n']],
  ['lists under a heading', '[["g","n"],["a",123]]', ['g', 'n']],
  ['columns', '{"g":["a","b"],"n":[123,null]}', ['g', 'n']],
  ['columns and rows apart', '{"columns":["g","n"],"data":[["a",123]]}', ['g', 'n']],
  [
    'columns, names and rows apart',
    '{"columns":["n"],"index":["a",{}],"data":[[123],[120]]}',
    ['index', 'n'],
  ],
  ['numbered rows', '{"columns":["n"],"index":[0],"data":[[123]]}', ['n']],
  ['objects by row', '{"a":{"n":123},"b":{"n":120}}', ['key', 'n']],
  ['objects by column', '{"g":{"0":"a","1":"b"},"n":{"0":123,"1":120}}', ['g', 'n']],
])('%s in JSON are a table', (_what, text, header) => {
  expect(headers('a.json', text)).toEqual([header]);
  expect(found('a.json', text)).toEqual(expect.arrayContaining(['C6', 'JSON-1']));
});

test.each([
  ['nothing', '{"a":null,"b":true}'],
  ['empty records', '[{},{}]'],
  ['records within records', '[{"a":{"b":["x"]}}]'],
  ['lists of one', '[["g"],["a"]]'],
  ['lists without a heading', '[[1,2],[3,4]]'],
  ['columns without rows of lists', '{"columns":["n"],"data":[{"n":[1]}]}'],
  ['objects of different keys', '{"a":{"x":"1"},"b":{"x":"1","y":"2"}}'],
  ['objects of which one is empty', '{"a":{},"b":{"x":"1"}}'],
  ['objects that hold objects', '{"a":{"x":["1"]},"b":{"x":["1"]}}'],
])('%s in JSON are no table', (_what, text) => {
  expect(headers('a.json', text).filter((header) => header.includes('columns'))).toEqual([]);
  expect(found('a.json', text)).not.toContain('JSON-1');
});

test.each([
  ['a list', '[1,2,3,4,5,6,7,8,9]', '[1,2,3,4,5,6,7,8]'],
  ['columns', '{"g":[1,2,3,4,5,6,7,8,9],"n":[1,2,3,4,5,6,7,8,9]}', '{"g":[1],"n":[1]}'],
  [
    'rows apart',
    '{"columns":["n"],"data":[[1],[2],[3],[4],[5],[6],[7],[8],[9]]}',
    '{"columns":["n"],"data":[[1]]}',
  ],
])('%s of more entries than may be is told', (_what, long, short) => {
  expect(found('a.json', long, FEW)).toContain('JSON-2');
  expect(found('a.json', short, FEW)).not.toContain('JSON-2');
});

test.each([
  ['{"mark":"bar","data":{"values":[]}}', true],
  ['{"marks":[],"data":[]}', true],
  ['{"$schema":"https://vega.example/v5","data":[]}', true],
  ['{"$schema":"https://vega.example/v5","data":{"url":"a.csv"}}', false],
  ['{"$schema":"https://other.example","data":[]}', false],
])('the data inside a chart %s is told: %s', (text, told) => {
  expect(found('a.json', text).includes('JSON-2')).toBe(told);
});

test.each([
  ['C2', '{"a\\"b":{"patient_id":1}}', '{"a\\"b":{"wards":1}}'],
  ['C3', '{"a":"ann@example.org"}', '{"a":"ann"}'],
  ['C4', '{"a":"E02000001"}', '{"a":"E12000001"}'],
  ['C13', '{"age_max":97}', '{"no of max":100}'],
  ['C15', '{"df":4}', '{"df":40}'],
  ['C5', '{"n_midpoint6":4}', '{"n_midpoint6":3}'],
  ['C6', '{"n_midpoint6":10}', '{"n_midpoint6":9}'],
  ['C6', '{"n_midpoint6_derived":9}', '{"n_midpoint6_derived":12}'],
])('a single value of JSON: %s in %s, not in %s', (check, bad, good) => {
  expect(found('a.json', bad)).toContain(check);
  expect(found('a.json', good)).not.toContain(check);
});

test('of more than a hundred thousand single values the rest is not looked at: their lists are told anyway', () => {
  const value = (lists: number): string =>
    `{"all":[${Array.from({ length: lists }, (_, at) => `[${'1,'.repeat(4990 + at)}1]`).join(',')}],"z":"ann@example.org"}`;

  expect(found('a.json', value(2))).toContain('C3');
  expect(found('a.json', value(21))).not.toContain('C3');
});

test.each([
  ['C3', 'write to ann@example.org', 'write to Ann'],
  ['C4', 'the area E02000001', 'the area E12000001'],
  ['TXT-2', 'see patient_id below', '& id of the table'],
  ['TXT-2', 'the person-id', 'x id'],
  ['TXT-2', 'n = 4', 'n = 40'],
])('in a text %s is found in "%s", not in "%s"', (check, bad, good) => {
  expect(found('a.txt', bad)).toContain(check);
  expect(found('a.txt', good)).not.toContain(check);
});

test('of a line without end the first hundred thousand letters are looked at', () => {
  expect(found('a.txt', `${'x '.repeat(40_000)} ann@example.org`)).toContain('C3');
  expect(found('a.txt', `${'x '.repeat(60_000)} ann@example.org`)).not.toContain('C3');
});
