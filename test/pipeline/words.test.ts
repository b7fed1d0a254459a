import { describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import {
  commandOf,
  extensionOf,
  imagesOf,
  isDatabaseAction,
  matches,
  nearest,
  patternsOverlap,
  printable,
  splitWords,
} from '../../src/pipeline/pipeline.ts';
import { pipelineOf, pipelineWith } from './support.ts';

describe('splitting a command', () => {
  test.each([
    ['', []],
    [' \t\r\n', []],
    ['a b\tc\rd\ne', ['a', 'b', 'c', 'd', 'e']],
    [`'a  b' "c  d"`, ['a  b', 'c  d']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    [`'a\\b' "a\\b" a\\b`, ['a\\b', 'a\\b', 'ab']],
    [`"a\\"b\\\\c"`, ['a"b\\c']],
    [`\\' \\" \\ a`, ["'", '"', ' a']],
    ['$HOME *.csv # x', ['$HOME', '*.csv', '#', 'x']],
  ])('%j', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  test.each([
    [`a 'b`, { fault: 'quote', at: 2 }],
    [`a "b\\"`, { fault: 'quote', at: 2 }],
    [`a "b\\`, { fault: 'quote', at: 2 }],
    ['ab\\', { fault: 'backslash', at: 2 }],
  ])('%j is refused with its place', (text, fault) => {
    expect(splitWords(text)).toEqual(fault);
  });

  test('what is quoted comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
        expect(splitWords(quoted)).toEqual(words);
      }),
    );
  });
});

describe('patterns', () => {
  test.each([
    ['o/*.csv', 'o/a.csv', true],
    ['o/*.csv', 'o/.csv', true],
    ['o/*.csv', 'o/a/b.csv', false],
    ['o/*.csv', 'o/a.CSV', false],
    ['*/d.csv', 'o/d.csv', true],
    ['a*b*c.csv', 'a1b2c.csv', true],
    ['a*b*c.csv', 'acb.csv', false],
    ['a*bc*c.csv', 'abc.csv', false],
    ['a*a.csv', 'a.csv', false],
    ['*.hidden.csv', '.hidden.csv', true],
    ['o/d.csv', 'o/d.csv', true],
    ['o/d.csv', 'o/dxcsv', false],
    ['o/[a].csv', 'o/a.csv', false],
  ])('%s matches %s: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  const bit = fc.constantFrom('a', 'b', '*', '/', '.', '**');
  const path = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 8 });
  const pattern = fc.string({ unit: bit, maxLength: 8 });

  test('matching agrees with the regular expression that says the same', () => {
    fc.assert(
      fc.property(pattern, path, (glob, name) => {
        const expression = new RegExp(`^${glob.replaceAll('.', '\\.').replace(/\*+/g, '[^/]*')}$`);
        expect(matches(glob, name)).toBe(expression.test(name));
      }),
      { numRuns: 2_000 },
    );
  });

  test('two patterns overlap exactly when some path matches both', () => {
    const names = ['']; // every path of up to five characters
    for (let from = 0; names[from]!.length < 5; from += 1)
      for (const char of 'ab/') names.push(names[from]! + char);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '*', '/'), maxLength: 4 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '*', '/'), maxLength: 4 }),
        (a, b) => {
          const common = names.some((name) => matches(a, name) && matches(b, name));
          const literals = a.replaceAll('*', '').length + b.replaceAll('*', '').length;
          // A common path needs no more characters than both have: names are long enough to 5.
          if (literals <= 5) expect(patternsOverlap(a, b)).toBe(common);
          expect(patternsOverlap(b, a)).toBe(patternsOverlap(a, b));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('a long pattern of many stars takes no time', () => {
    const before = process.cpuUsage();
    expect(matches(`${'a*'.repeat(2_000)}b.csv`, `${'a'.repeat(50_000)}.csv`)).toBe(false);
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });
});

test.each([
  ['a.csv', '.csv'],
  ['a.csv.gz', '.gz'],
  ['a.b/c', undefined],
  ['.csv', undefined],
  ['a.', undefined],
])('the extension of %s is %s', (path, expected) => {
  expect(extensionOf(path)).toBe(expected);
});

test('the command is the words of run, then the config as one word without single quotes', () => {
  const [action] = pipelineOf(
    JSON.stringify({
      version: 5,
      actions: {
        a: {
          run: `python:v2 x 'y z'`,
          config: { q: "it's", l: [1] },
          outputs: { highly_sensitive: { d: 'd.csv' } },
        },
      },
    }),
  ).actions;
  expect(commandOf(action!)).toEqual(['x', 'y z', '--config', '{"q":"it\\u0027s","l":[1]}']);
  expect(commandOf({ args: ['x'] })).toEqual(['x']);
});

test('images are named once, latest as v1, an ignored run_all counted', () => {
  const actions = { a: 'r:latest a', b: 'r:v1 b', c: 'ehrql:v2 c', run_all: 'stata-mp:v1 d' };
  const entries = Object.entries(actions).map(([name, run]) => [
    name,
    { run, outputs: { highly_sensitive: { d: `${name}.csv` } } },
  ]);
  const pipeline = pipelineOf(JSON.stringify({ version: 4, actions: Object.fromEntries(entries) }));
  expect(imagesOf(pipeline)).toEqual(['ehrql:v2', 'r:v1', 'stata-mp:v1']);
  expect(pipeline.actions.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(imagesOf(pipelineWith({ a: [] }))).toEqual(['python:v2']);
});

test.each([
  ['ehrql', ['generate-dataset', 'x'], true],
  ['ehrql', ['generate-measures'], true],
  ['ehrql', ['x', 'generate-dataset'], false],
  ['ehrql', [], false],
  ['sqlrunner', [], true],
  ['sqlrunner', ['x'], true],
  ['cohortextractor', ['generate_cohort'], true],
  ['cohortextractor', ['generate_codelist_report'], true],
  ['cohortextractor', ['generate_measures'], false],
  ['databuilder', ['generate-dataset'], true],
  ['databuilder', ['generate-measures'], false],
  ['python', ['generate-dataset'], false],
  ['constructor', ['x'], false],
])('%s %j reads a database: %s', (name, args, expected) => {
  expect(isDatabaseAction({ image: { name, tag: 'v1' }, args })).toBe(expected);
});

test.each([
  ['extrct', ['extract', 'model'], 'extract'],
  ['modle', ['extract', 'model'], 'model'],
  ['MODEL', ['extract', 'model'], 'model'],
  ['m', ['model'], undefined],
  ['completely', ['different'], undefined],
  ['aab', ['aac', 'aab2'], 'aac'],
])('instead of %s among %j was meant %s', (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected);
});

test('what acts on a screen is shown as its number', () => {
  expect(printable('a\u001b[31m\u202eb')).toBe('a\\u001b[31m\\u202eb');
});

test('hints end after a hundred mistakes', async () => {
  const { Suggester } = await import('../../src/pipeline/suggest.ts');
  const suggester = new Suggester(['extract']);
  const answers = Array.from({ length: 101 }, () => suggester.nearest('extrat'));
  expect([answers[99], answers[100]]).toEqual(['extract', undefined]);
});

test('hints end sooner where there are thousands of names to look at', async () => {
  const { Suggester } = await import('../../src/pipeline/suggest.ts');
  const suggester = new Suggester(['extract', ...Array.from({ length: 9_999 }, (_, n) => `step${n}`)]);
  const answers = Array.from({ length: 6 }, () => suggester.nearest('extrat'));
  expect([answers[4], answers[5]]).toEqual(['extract', undefined]);
});
