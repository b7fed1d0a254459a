/** The evaluation sheet: its ids are those of the reference, and each test that it names is there. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { registerSatre } from '../../src/cli/satre.ts';
import { OPEN } from '../../src/cli/satre-open.ts';
import { counts, isMandatory, isShown, sheet, type Row, type TestRef } from '../../src/cli/satre-sheet.ts';
import { SHOWN } from '../../src/cli/satre-shown.ts';

const root = path.resolve(import.meta.dirname, '../..');
const REFERENCE = path.join(root, '../shared/reference/satre.csv');
const rows = sheet();
let printed = '';

beforeEach(() => {
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((printed += String(text))));
});
afterEach(() => {
  jest.restoreAllMocks();
});

async function satre(...options: string[]): Promise<string> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerSatre(program);
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync(['satre', ...options], { from: 'user' });
  return printed;
}

/** As the literal that begins a test, a group or a case. Where the name merely occurs there is no such test. */
function nowhere({ file, name }: TestRef): boolean {
  const at = path.join(root, file);
  if (!existsSync(at)) return true;
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll("'", "\\\\?'");
  return !new RegExp(`(?:\\(|\\[|^)\\s*(['"\`])${escaped}\\1`, 'm').test(readFileSync(at, 'utf8'));
}

test('every test that the sheet names is in the file that it names', () => {
  expect(rows.flatMap(({ tests }) => tests).filter(nowhere)).toEqual([]);
});

test('a test that is not there, or only spoken of, is noticed', () => {
  const file = 'test/cli/satre.test.ts';
  expect(nowhere({ file, name: 'every test that the sheet names is in the file that it names' })).toBe(false);
  expect(nowhere({ file, name: 'merely occurs in the file' })).toBe(true);
  expect(nowhere({ file: 'test/cli/nothing.test.ts', name: 'x' })).toBe(true);
});

test('each statement that a test can show is shown or says what is missing, and no other has either', () => {
  const testable = rows.filter(({ by }) => by === 'test').map(({ id }) => id);
  expect([...Object.keys(SHOWN), ...Object.keys(OPEN)].sort()).toEqual(testable.sort());
  expect(rows.filter((row) => row.by !== 'test' && isShown(row))).toEqual([]);
  expect(rows.filter(({ tests }) => new Set(tests.map(({ name }) => name)).size < tests.length)).toEqual([]);
});

test('statements are numbered once, in order, and counted as SATRE 2.0 counts them', () => {
  const key = (id: string) => id.split('.').map(Number) as [number, number, number];
  const inOrder = [...rows].sort((a, b) => {
    const [x, y] = [key(a.id), key(b.id)];
    return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
  });
  expect(rows).toEqual(inOrder);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(185);
  expect(rows.filter(isMandatory)).toHaveLength(95);
  expect(counts(rows)).toMatchObject({ mandatory: { of: 39 }, testable: { of: 90 } });
});

const isThere = existsSync(REFERENCE);
const reason = isThere ? '' : ' [skipped: the reference (../shared/reference) is not present]';
(isThere ? test : test.skip)(`ids, importance and who shows them are those of the reference${reason}`, () => {
  const SHORT = { Mandatory: 'M', 'Mandatory*': 'M*', Recommended: 'R', Optional: 'O' } as Record<
    string,
    string
  >;
  const [, ...lines] = readFileSync(REFERENCE, 'utf8').trim().split('\n');
  const theirs = lines.map((line) => {
    const [, id, , , importance, by] = /^([\d.]+),([^,]*),("[^"]*"|[^,]*),([^,]*),([^,]*),/.exec(line) ?? [];
    return [id, SHORT[importance ?? ''], by];
  });
  expect(rows.map(({ id, importance, by }) => [id, importance, by])).toEqual(theirs);
});

test('people get a table, with what is missing and how many are shown', async () => {
  const text = await satre();
  expect(text).toMatch(/^1\.2\.01 {2}M {3}not shown yet {2}who may change policy$/m);
  expect(text).toMatch(/^ {12}not shown yet: approvals are counted on the pull request/m);
  expect(text).toMatch(/^1\.5\.04 {2}M {3}shown/m);
  expect(text).toContain('test/runner/refusals.test.ts: a project that was granted no dataset\n');
  expect(text).toContain(' of the 39 mandatory statements that a test can show are shown,\n');
  expect(text).toContain('CC BY 4.0');
  expect(text.match(/^\d\.\d+\.\d\d {2}/gm)).toHaveLength(185);
});

test('programs get one object, or lines with a cell for each part', async () => {
  const told = JSON.parse(await satre('--json')) as { statements: Row[]; mandatory: object };
  expect(told.statements).toEqual(rows);
  expect(told.mandatory).toEqual(counts(rows).mandatory);

  printed = '';
  const lines = (await satre('--csv')).split('\r\n');
  expect(lines[0]).toBe('id,importance,shown_by,subject,standing,file,test,open');
  expect(lines).toContain(
    '1.5.04,M,test,agreement of the data controller,shown,test/runner/refusals.test.ts,a project that was granted no dataset,',
  );
  const tests = rows.reduce((sum, row) => sum + Math.max(1, row.tests.length), 0);
  expect(lines.filter((line) => line !== '')).toHaveLength(tests + 1);
});

test('one form at a time', async () => {
  await expect(satre('--json', '--csv')).rejects.toMatchObject({ code: 'commander.conflictingOption' });
});

test('docs/satre.md is what the command prints', async () => {
  expect(await satre('--markdown')).toBe(readFileSync(path.join(root, 'docs/satre.md'), 'utf8'));
});
