/** YAML that means harm: answers come soon, bytes are bytes, and no text makes the reader throw. */
import { describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import {
  MAX_ACTIONS,
  MAX_SIZE,
  readProject,
  readProjectBytes,
  readingTooLarge,
} from '../../src/pipeline/pipeline.ts';
import { more } from '../../src/pipeline/words.ts';
import { yamlBit } from './yaml-texts.ts';

describe('hostile texts get an answer soon', () => {
  const some = (text: string, times: number): string => text.repeat(times);
  const bomb = [
    'a: &a [x, x]',
    ...[...'bcdefghijklmnopqrst'].map(
      (name, index) =>
        `${name}: &${name} [*${'abcdefghijklmnopqrst'[index]}, *${'abcdefghijklmnopqrst'[index]}]`,
    ),
  ];
  test.each([
    ['5 MB', some('# a comment\n', 450_000), 'project.too-large'],
    ['deep brackets', some('[', 1_000_000), 'project.too-deep'],
    [
      'deep mappings',
      Array.from({ length: 80 }, (_, index) => `${some(' ', index)}a:`).join('\n'),
      'project.too-deep',
    ],
    [
      'deep aliased mappings',
      `x: &x 1\n${Array.from({ length: 70 }, (_, index) => `${some(' ', index)}a:`).join('\n')} *x`,
      'project.too-deep',
    ],
    ['deep lists', some('- ', 1_000_000), 'project.too-complex'],
    ['deep lists, fewer', some('- ', 50_000), 'project.yaml-syntax'],
    ['many anchors', some('&a ', 1_000_000), 'project.too-complex'],
    ['many errors', some(']', 5_000), 'project.yaml-syntax'],
    ['an alias bomb', bomb.join('\n'), 'project.yaml-aliases'],
    [
      'a merge bomb',
      `x: &x {${Array.from({ length: 500 }, (_, index) => `k${index}: 1`).join(', ')}}\n${Array.from({ length: 500 }, (_, index) => `m${index}: {<<: *x}`).join('\n')}`,
      'project.yaml-aliases',
    ],
    [
      'too many actions',
      `version: 5\nactions:\n${some('  a: {}\n', 1)}${Array.from({ length: MAX_ACTIONS }, (_, index) => `  a${index}: {}`).join('\n')}`,
      'project.too-many-actions',
    ],
  ])('%s', (_name, text, code) => {
    const { pipeline, diagnostics } = readProject(text);
    expect(pipeline).toBeUndefined();
    expect(diagnostics.map((each) => each.code)).toContain(code);
    expect(diagnostics.length).toBeLessThan(600);
  });

  test('one finding left out is one', () => {
    expect(more(1).message).toBe('1 more finding in this file, not listed.');
  });

  test('10,000 actions are read; so are their mistakes, of which 10,000 findings are listed', () => {
    const actions = (make: (index: number) => string): string =>
      `version: 5\nactions:\n${Array.from({ length: 10_000 }, (_, index) => make(index)).join('\n')}`;
    const good = actions((index) =>
      `  a${index}: {run: "r:v1 ${index}", outputs: {highly_sensitive: {d: o/${index}.csv}}}`
        .replace('{run: "r:v1 ', `\n    run: r:v1 `)
        .replace('", outputs:', `\n    outputs:`)
        .replace(/}}}$/, '}}'),
    );
    expect(readProject(good).pipeline?.actions).toHaveLength(10_000);

    const bad = readProject(actions((index) => `  a${index}: {}`)).diagnostics;
    expect(bad).toHaveLength(10_001);
    expect(bad.at(-1)).toMatchObject({
      code: 'project.more',
      severity: 'error',
      message: '10,000 more findings in this file, not listed.',
    });
  });

  test('warnings too many to list stay warnings', () => {
    const needs = Array.from({ length: 10_005 }, () => 'a').join(', ');
    const text = `version: 5\nactions:\n  a: {run: "r:v1", outputs: {highly_sensitive: {d: a.csv}}}\n  b: {run: "r:v1 b", outputs: {highly_sensitive: {d: b.csv}}, needs: [${needs}]}`;
    const { pipeline, diagnostics } = readProject(text.replace(/\{run: "([^"]*)", /g, '{run: $1, '));
    expect(pipeline).toBeDefined();
    expect(diagnostics.at(-1)).toMatchObject({ code: 'project.more', severity: 'warning' });
  });

  test('four times the actions take about four times as long', () => {
    const took = (actions: number): number => {
      const text = `version: 5\nactions:\n${Array.from({ length: actions }, (_, index) => `  a${index}:\n    run: r:v1 ${index}\n    outputs: {highly_sensitive: {d: o/${index}_*.csv}}`).join('\n')}`;
      const times = Array.from({ length: 5 }, () => {
        // The processor's time, not the clock's: other suites run beside this one.
        const start = process.cpuUsage();
        expect(readProject(text).pipeline).toBeDefined();
        const { user, system } = process.cpuUsage(start);
        return user + system;
      });
      return Math.min(...times);
    };
    // Quadratic would be 16.
    expect(took(2_000) / took(500)).toBeLessThan(12);
  });
});

describe('bytes', () => {
  test('UTF-8 is read', () => {
    expect(readProjectBytes(Buffer.from('version: 5\nactions: {}')).pipeline).toBeDefined();
  });
  test('other bytes are one finding', () => {
    expect(readProjectBytes(Buffer.from([0xff, 0xfe, 0x00])).diagnostics).toMatchObject([
      { code: 'project.not-text', line: 1, column: 1 },
    ]);
  });
  test('too many are refused by their number', () => {
    expect(readProjectBytes(new Uint8Array(MAX_SIZE + 1))).toEqual(readingTooLarge(MAX_SIZE + 1));
    expect(readingTooLarge(5 * 1024 * 1024).diagnostics[0]?.message).toBe(
      'This file is 5.0 MB long; a project file may have 4.0 MB.',
    );
  });
});

describe('no text makes it throw', () => {
  const total = (text: string): void => {
    const { pipeline, diagnostics } = readProject(text);
    expect(pipeline === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  };
  test('any string', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: yamlBit(), maxLength: 60 })),
        total,
      ),
    );
  });
  test('any JSON', () => {
    fc.assert(fc.property(fc.json(), total));
  });
  test('any JSON of nearly the right shape', () => {
    fc.assert(
      fc.property(nearlyProject(), (value) => total(JSON.stringify(value))),
      { numRuns: 500 },
    );
  });
});

function nearlyProject(): fc.Arbitrary<unknown> {
  const odd = fc.oneof(fc.constantFrom(null, '', 0, true, [], {}), fc.jsonValue({ maxDepth: 1 }));
  const often = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: odd });
  const path = fc.string({
    unit: fc.constantFrom('a', '*', '/', '.', '.csv', '..', '~', '\\'),
    maxLength: 6,
  });
  const level = fc.dictionary(fc.constantFrom('a', 'b'), often(path), { maxKeys: 2 });
  const name = fc.constantFrom('a', 'b', 'c', 'A', 'run_all');
  const run = fc.string({
    unit: fc.constantFrom(
      'r:v1',
      'ehrql:v1',
      ' ',
      'generate-dataset',
      '--output',
      '=',
      "'",
      '"',
      '\\',
      'a.csv',
      ':latest',
      'cohortextractor:v1',
      'generate_cohort',
    ),
    maxLength: 6,
  });
  const action = fc.record(
    {
      run: often(run),
      outputs: often(
        fc.dictionary(fc.constantFrom('highly_sensitive', 'moderately_sensitive', 'x'), often(level), {
          maxKeys: 2,
        }),
      ),
      needs: often(fc.array(often(name), { maxLength: 3 })),
      config: often(fc.dictionary(fc.string(), fc.jsonValue())),
      dummy_data_file: odd,
    },
    { requiredKeys: ['run', 'outputs'] },
  );
  return fc.record(
    {
      version: often(fc.constantFrom(1, 2, 3, 4, 5)),
      actions: often(fc.dictionary(name, often(action))),
      expectations: odd,
    },
    { requiredKeys: ['version', 'actions'] },
  );
}
