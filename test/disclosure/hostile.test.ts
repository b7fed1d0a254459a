/** What is done with files that are meant to harm, or are longer than anything is read. */
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { checkStream, DEFAULT_POLICY } from '../../src/disclosure/disclosure.ts';
import { fc } from '../support/properties.ts';
import { found, svg } from './judged.ts';

async function* repeated(piece: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let time = 0; time < times; time += 1) yield await Promise.resolve(piece);
}

const checksOf = async (path: string, chunks: AsyncIterable<Uint8Array>): Promise<string[]> =>
  (await checkStream(path, chunks, DEFAULT_POLICY)).findings.map(({ check }) => check);

test('a table of any length passes by, and what is wrong far behind its limit is found', async () => {
  async function* long(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('g,n,contact\n');
    yield* repeated(Buffer.from('group,120,none\n'.repeat(50_000)), 30);
    yield await Promise.resolve(Buffer.from('group,123,ann@example.org\ngroup,4,x\ngroup,4\ngr'));
    yield Buffer.from('oup,"120",E02000001\n');
  }
  const checks = await checksOf('a.csv', long());

  for (const check of ['C1', 'C3', 'C4', 'C5', 'C6', 'C20']) expect(checks).toContain(check);
});

test('a line without end stops the reading', async () => {
  let read = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; read < 500; read += 1) yield await Promise.resolve(new Uint8Array(1024 * 1024).fill(97));
  }

  expect(await checksOf('a.csv', endless())).toContain('C1');
  expect(read).toBeLessThan(30);
});

test('a file of two gigabytes is not read to its end', async () => {
  const policy = { ...DEFAULT_POLICY, limits: { ...DEFAULT_POLICY.limits, bytes: 1000, scanBytes: 200_000 } };
  const report = await checkStream('a.csv', repeated(Buffer.from('g,120\n'.repeat(1000)), 1e9), policy);

  expect(report.findings.some(({ message }) => message.includes('what follows was not read'))).toBe(true);
});

test('a long file of another type is refused by its size', async () => {
  expect(await checksOf('a.json', repeated(new Uint8Array(1024 * 1024).fill(32), 100))).toEqual(['F2']);
});

test('a bomb of packed bytes is not unpacked', () => {
  expect(found('a.svgz', gzipSync(Buffer.alloc(64 * 1024 * 1024)))).toEqual(['F2']);
  expect(found('a.svgz', gzipSync(svg('<rect/>')))).toEqual([]);
  expect(found('a.svgz', gzipSync(svg('<rect/>')).subarray(0, 30))).toEqual(['F1']);
});

test('a drawing nested without end is left', () => {
  expect(found('a.svg', `<svg xmlns="http://www.w3.org/2000/svg">${'<g>'.repeat(500_000)}`)).toContain(
    'SVG-1',
  );
});

test('text that is no UTF-8 is told', () => {
  expect(found('a.csv', Buffer.from([103, 44, 110, 10, 0xe9, 44, 49, 50, 48, 10]))).toContain('C1');
  expect(found('a.txt', Buffer.from([0xe9, 10]))).toContain('F1');
});

const SUFFIXES = ['csv', 'tsv', 'json', 'txt', 'md', 'log', 'svg', 'svgz', 'png', 'jpg', 'html', 'xlsx'];

test('no bytes make a check throw or break off', () => {
  const table = fc.string({ unit: fc.constantFrom(...'abn1235,.\n"|;\t -%()[]<>{}:'), maxLength: 200 });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    table.map((text) => Buffer.from(`g,n,total\n${text}`)),
    table.map((text) => Buffer.from(text)),
  );
  const magic = fc.constantFrom('', '\x89PNG\r\n\x1a\n', '<svg ', '{"a":', '[');
  fc.assert(
    fc.property(fc.constantFrom(...SUFFIXES), magic, bytes, (suffix, head, rest) => {
      const content = Buffer.concat([Buffer.from(head, 'latin1'), rest]);
      expect(found(`a.${suffix}`, content)).not.toContain('F3');
    }),
    { numRuns: 1500 },
  );
});

test('hiding the small cells of a table never makes it worse', () => {
  const count = fc.integer({ min: 1, max: 400 });
  fc.assert(
    fc.property(fc.array(fc.tuple(count, count), { minLength: 1, maxLength: 12 }), (rows) => {
      const text = (show: (n: number) => string): string =>
        `g,men,women\n${rows.map(([a, b], row) => `g${row},${show(a)},${show(b)}`).join('\n')}\n`;
      const open = found('a.csv', text(String));
      const hidden = found(
        'a.csv',
        text((n) => (n <= 7 ? 'NA' : String(n))),
      );
      expect(hidden.filter((check) => check === 'C5')).toEqual([]);
      expect(hidden.filter((check) => check === 'C6').length).toBeLessThanOrEqual(
        open.filter((check) => check === 'C6').length,
      );
    }),
    { numRuns: 200 },
  );
});

test('what is cut into pieces is found as in one', async () => {
  const text = Buffer.from(
    `g,n,note\n${Array.from({ length: 400 }, (_, row) => `"é, ${row % 7}",${row},x\r\n`).join('')}`,
  );
  const policy = { ...DEFAULT_POLICY, limits: { ...DEFAULT_POLICY.limits, bytes: 500, rows: 50 } };
  const cut = async (size: number): Promise<unknown> => {
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      text.subarray(at * size, (at + 1) * size),
    );
    const { columns } = await checkStream('a.csv', pieces, policy);
    return columns.map(({ type, rows, sum, max }) => ({ type, rows, sum, max }));
  };

  expect(await cut(700)).toEqual([
    { type: 'text', rows: 400 },
    { type: 'integer', rows: 400, sum: 79_800, max: 399 },
    { type: 'text', rows: 400 },
  ]);
  for (const size of [1, 7, 64, 333]) expect(await cut(size)).toEqual(await cut(700));
});
