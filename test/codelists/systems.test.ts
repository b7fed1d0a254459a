import { expect, test } from '@jest/globals';
import { differenceOf, isSame, readSystem } from '../../src/codelists/codelists.ts';
import { againstSystem, inOrder } from '../../src/codelists/list.ts';

const read = (text: string) => readSystem(Buffer.from(text));
const told = (text: string): string[] => read(text).findings.map(({ code, line }) => `${code}:${line}`);

test('a system is read with its hierarchy; a code may have several parents', () => {
  expect(read('code,term,parent\n1,all,\n2,chest,1\n3,wheeze,1; 2;2\n')).toEqual({
    codes: [
      { code: '1', term: 'all', line: 2, parents: [] },
      { code: '2', term: 'chest', line: 3, parents: ['1'] },
      { code: '3', term: 'wheeze', line: 4, parents: ['1', '2'] },
    ],
    findings: [],
  });
});

test('a system without a hierarchy is one of codes alone', () => {
  expect(read('code,term\n1,all\n').codes).toEqual([{ code: '1', term: 'all', line: 2, parents: [] }]);
});

test.each([
  ['no file to speak of', '', ['codelists.empty:1']],
  ['neither codes nor terms', 'a,b\n1,2\n', ['codelists.no-code-column:1', 'codelists.no-term-column:1']],
  ['no terms', 'code\n1\n', ['codelists.no-term-column:1']],
  ['no codes', 'term\n1\n', ['codelists.no-code-column:1']],
  ['a row without a code', 'code,term\n,a\n', ['codelists.no-code:2']],
  ['a row without any cell', 'term,code\nx\n', ['codelists.no-code:2', 'codelists.ragged:2']],
  ['a row without a term', 'code,term\n1\n', ['codelists.ragged:2']],
  ['spaces', 'code,term\n 1,a\n', ['codelists.spaces:2']],
  ['a code twice', 'code,term\n1,a\n1,b\n', ['codelists.duplicate-code:3']],
  ['a code too long', `code,term\n${'1'.repeat(101)},a\n`, ['codelists.long:2']],
  ['a term too long', `code,term\n1,${'a'.repeat(1001)}\n`, ['codelists.long:2']],
  ['its own parent', 'code,term,parent\n1,a,1\n', ['codelists.own-parent:2']],
  ['an unknown parent', 'code,term,parent\n1,a,9\n', ['codelists.unknown-parent:2']],
  [
    'a circle',
    'code,term,parent\n0,z,\n1,a,2\n2,b,3\n3,c,1\n4,d,3;4\n',
    ['codelists.circle:3', 'codelists.own-parent:6'],
  ],
  [
    'a circle above the first that waits',
    'code,term,parent\n4,d,4;3\n1,a,2\n2,b,3\n3,c,1\n',
    ['codelists.circle:5', 'codelists.own-parent:2'],
  ],
])('%s is told on its line', (_case, text, expected) =>
  expect(told(text).sort()).toEqual([...expected].sort()),
);

test('a chain of a hundred thousand codes is read without a stack', () => {
  const rows = Array.from({ length: 100_000 }, (_, n) => `${n},term ${n},${n === 0 ? '' : n - 1}`);
  const { codes, findings } = read(`code,term,parent\n${rows.join('\n')}\n`);
  expect([codes.length, findings]).toEqual([100_000, []]);
});

test('codes that the system has not are faults, other terms are remarks', () => {
  const known = new Map([
    ['1', 'asthma'],
    ['2', 'wheeze'],
    ['3', 'cough'],
  ]);
  const codes = [
    { code: '1', term: 'asthma', line: 2 },
    { code: '2', term: 'Wheezing', line: 3 },
    { code: '3', term: '', line: 4 },
    { code: '9', term: 'x', line: 5 },
  ];
  const found = againstSystem(codes, known, 'chest');
  expect(found.map(({ code, severity, line }) => `${code} ${severity} ${line}`)).toEqual([
    'codelists.other-term warning 3',
    'codelists.invalid-code error 5',
  ]);
  expect(inOrder(found).map(({ line }) => line)).toEqual([5, 3]);
});

test('the difference of two versions is what was added, removed and called otherwise', () => {
  const list = (...codes: [string, string][]) =>
    codes.map(([code, term], n) => ({ code, term, line: n + 2 }));
  const before = list(['1', 'a'], ['2', 'b'], ['3', 'c']);
  const after = list(['1', 'a'], ['3', 'C'], ['4', 'd']);
  const difference = differenceOf(before, after);
  expect(difference.added.map(({ code }) => code)).toEqual(['4']);
  expect(difference.removed.map(({ code }) => code)).toEqual(['2']);
  expect(difference.changed).toEqual([{ code: '3', before: 'c', after: 'C' }]);
  expect([isSame(difference), isSame(differenceOf(before, before))]).toEqual([false, true]);
});
