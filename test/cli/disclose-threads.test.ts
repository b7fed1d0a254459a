/** Several threads give the answers of one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { reported, reportOf } from '../../src/cli/disclose-read.ts';
import { Threads } from '../../src/cli/disclose-threads.ts';
import { startWorkers } from '../../src/cli/disclose-workers.ts';
import { DEFAULT_POLICY, type DisclosurePolicy, type FileReport } from '../../src/disclosure/disclosure.ts';

const policy: DisclosurePolicy = {
  ...DEFAULT_POLICY,
  limits: { ...DEFAULT_POLICY.limits, bytes: 2000, rows: 20, recordBytes: 1000 },
};
const threads = new Threads(startWorkers(3));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sallyport-threads-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
afterAll(() => threads.close());

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function both(file: string): Promise<{ shared: FileReport | undefined; alone: FileReport }> {
  let shared: FileReport | undefined;
  const alone = await reportOf(file, policy, {});
  await reportOf(file, policy, {}, async (size) => {
    shared = await threads.longTable(file, size, policy);
    return shared;
  });
  return { shared, alone };
}

const rows = (count: number, row: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => row(n)).join('');

test.each([
  ['counts, the first small one near the end', (n: number) => `g${n % 7},${n === 1900 ? 3 : 500}\n`],
  ['a number that rises over all parts', (n: number) => `${2000 + n},500\n`],
  ['a number that falls once, where a part begins', (n: number) => `${n < 1000 ? 5000 + n : n},500\n`],
  ['floats, gaps and redactions', (n: number) => `${n / 4},${n % 3 === 0 ? '' : '[redacted]'}\n`],
  ['an address late in the file', (n: number) => `${n === 1950 ? 'someone@example.org' : 'x'},500\n`],
  ['rows of other widths', (n: number) => `a,500${n % 500 === 499 ? ',1' : ''}\n`],
])('%s', async (_name, row) => {
  const { shared, alone } = await both(write('t.csv', `group,n\n${rows(2000, row)}`));

  expect(shared).toEqual(alone);
  expect(alone.columns[0]?.rows).toBe(2000);
});

test('a cut inside a quoted field is noticed, and the file is read from front to back', async () => {
  const inside = rows(20, () => 'no record\n');
  const { shared, alone } = await both(write('t.csv', `group,n\n${rows(200, () => `"${inside}",500\n`)}`));

  expect(shared).toBeUndefined();
  expect(alone.columns[0]?.rows).toBe(200);
});

test('bytes that are no text, and a record that is too long, are found in any part', async () => {
  const text = `group,n\n${rows(2000, () => 'a,500\n')}`;
  const spoilt = Buffer.from(text);
  spoilt[text.length - 30] = 0xff;
  writeFileSync(path.join(folder, 'bytes.csv'), spoilt);
  const long = write('long.csv', `${text}${'x'.repeat(3000)},5\n`);

  for (const file of [path.join(folder, 'bytes.csv'), long]) {
    const { shared, alone } = await both(file);
    expect(shared).toEqual(alone);
  }
});

test('many small files come back in their order', async () => {
  const files = Array.from({ length: 120 }, (_, n) => write(`f${n}.csv`, `group,n\na,${n}\n`));
  const reports = await threads.smallFiles([...files, path.join(folder, 'none.csv')], policy);

  expect(reports.map((report) => report.path)).toEqual([...files, path.join(folder, 'none.csv')]);
  for (const [n, report] of reports.slice(0, 120).entries())
    expect(report).toEqual(reported(await reportOf(files[n]!, policy, {})));
});

test('without the built worker one thread does it all', async () => {
  const alone = new Threads(startWorkers(4, ''));
  const file = write('t.csv', `group,n\n${rows(2000, () => 'a,500\n')}`);

  expect(await alone.longTable(file, 12_008, policy)).toBeUndefined();
  expect((await alone.smallFiles([file], policy)).length).toBe(1);
  await alone.close();
});
