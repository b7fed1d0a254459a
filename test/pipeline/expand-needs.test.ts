/** What needs, names and defaults mean where actions are written once for many. */
import { describe, expect, test } from '@jest/globals';
import { readProject } from '../../src/pipeline/pipeline.ts';
import { forEach, needsOf, withOne } from './for-each.ts';
import { findings } from './support.ts';

describe('needs', () => {
  const pairs = (needs: string, ...more: string[]): string =>
    [
      'version: 5\nactions:',
      '  a_<x>_<y>:\n    for_each: {x: [1, 2], y: [p, q]}\n    run: r:v1 a <x> <y>\n    outputs: {highly_sensitive: {d: a_<x>_<y>.csv}}',
      `  b_<y>:\n    for_each: {y: [p, q]}\n    run: r:v1 b <y>\n    needs: [${needs}]\n    outputs: {highly_sensitive: {d: b_<y>.csv}}`,
      ...more,
      '',
    ].join('\n');

  test('an action as it is written means all that are made from it, as far as values agree', () => {
    expect(needsOf(withOne('needs: [a_<x>]'), 'one')).toEqual(['a_1', 'a_2']);
    expect(needsOf(withOne('needs: [a_2]'), 'one')).toEqual(['a_2']);
    expect(needsOf(pairs('a_<x>_<y>'), 'b_q')).toEqual(['a_1_q', 'a_2_q']);
    expect(needsOf(pairs('a_2_<y>'), 'b_q')).toEqual(['a_2_q']);
    const both = pairs(
      'a_1_p',
      '  c_<x>_<y>:\n    for_each: {y: [q], x: [2]}\n    run: r:v1 c <x> <y>\n    needs: [a_<x>_<y>]\n    outputs: {highly_sensitive: {d: c_<x>_<y>.csv}}',
    );
    expect(needsOf(both, 'c_2_q')).toEqual(['a_2_q']);
  });

  test.each([
    ['an action nobody wrote', withOne('needs: [b_<x>]'), ['project.for-each-need 8:13']],
    ['one that is made from nothing', forEach('needs: [z_<x>]'), ['P32 7:13']],
    ['a variable that is none here', forEach('needs: [a_<z>]'), ['project.for-each-need 7:13']],
    [
      'values that none has',
      pairs('a_<x>_<y>').replace('{y: [p, q]}\n    run: r:v1 b', '{y: [r]}\n    run: r:v1 b'),
      ['project.for-each-need 10:13'],
    ],
    [
      'a value that it has not',
      `${forEach()}  b_<x>:\n    for_each: {x: [2, 3]}\n    run: r:v1 b <x>\n    needs: [a_<x>]\n    outputs: {highly_sensitive: {d: b_<x>.csv}}\n`,
      ['project.for-each-need 10:13'],
    ],
    ['no list', forEach('needs: a_<x>'), ['P10 7:12']],
    ['an entry that is no text', forEach('needs: [[a]]'), ['project.needs-entry 7:13']],
  ])('%s', (_name, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });

  test('a slip of the fingers is named', () => {
    const [found] = readProject(withOne('needs: [a_<y>]')).diagnostics;
    expect(found?.hint).toBe('Did you mean "a_<x>"?');
    const [far] = readProject(forEach('run: r:v1 <x> <region>')).diagnostics;
    expect(far?.hint).toBe('Its variables are x.');
    const [other] = readProject(forEach('run: r:v1 <x> <xx>')).diagnostics;
    expect(other).toMatchObject({
      message: '"for_each" gives no values for <xx>.',
      hint: 'Did you mean <x>?',
    });
  });
});

describe('made twice', () => {
  test.each([
    [
      'by an action for each and a plain one',
      `${forEach()}  a_2:\n    run: r:v1 x\n    outputs: {highly_sensitive: {d: x.csv}}\n`,
      ['project.for-each-twice 7:3'],
    ],
    [
      'by two values',
      forEach(
        'a_<x><y>:',
        'for_each: {x: [1, 11], y: [1, 11]}',
        'run: r:v1 <x> <y>',
        'outputs: {highly_sensitive: {d: <x>_<y>.csv}}',
      ),
      [],
    ],
    ['by letter case', forEach('for_each: {x: [b, B]}'), ['project.action-name-case 3:3']],
  ])('%s', (_name, text, expected) => {
    // 1 and 11, 11 and 1: two ways to a_111, of which one is kept out before it becomes a key of the mapping.
    if (expected.length > 0) expect(findings(text)).toEqual(expected);
    else
      expect(readProject(text).pipeline?.actions.map(({ name }) => name)).toEqual([
        'a_11',
        'a_111',
        'a_1111',
      ]);
  });
});

describe('defaults', () => {
  const withDefaults = (...lines: string[]): string =>
    `version: 5\ndefaults:\n${lines.map((line) => `  ${line}\n`).join('')}actions:\n  a:\n    run: r:v1 a.R\n    outputs: {highly_sensitive: {d: a.csv}}\n  b:\n    run: b.R\n    outputs: {highly_sensitive: {d: b.csv}}\n`;
  const of = (text: string, name: string): object | undefined =>
    readProject(text).pipeline?.actions.find((action) => action.name === name);

  test('an image stands before a command that names none', () => {
    expect(of(withDefaults('image: r:v2'), 'a')).toMatchObject({ run: 'r:v1 a.R' });
    expect(of(withDefaults('image: r:v2'), 'b')).toMatchObject({
      run: 'r:v2 b.R',
      image: { name: 'r', tag: 'v2' },
      args: ['b.R'],
      origin: { defaults: ['image'] },
    });
    expect(findings(withDefaults('image: r:v2').replace('run: b.R', 'run: pyhton:vx b.R'))).toEqual([
      'P22 9:10',
    ]);
    expect(findings(withDefaults('image: r:v2').replace('run: b.R', 'run: "  "'))).toEqual(['P21 9:10']);
    expect(findings(withDefaults('image: r:v2').replace('run: b.R', 'run: 5'))).toEqual(['P10 9:10']);
  });

  test('a mistake in such a command is still shown at its character', () => {
    expect(findings(withDefaults('image: r:v2').replace('run: b.R', "run: b.R 'x"))).toEqual([
      'project.run-quoting 9:14',
    ]);
    expect(findings(withDefaults('image: r:v2').replace('run: b.R', 'run: "b.R \\"x"'))).toEqual([
      'project.run-quoting 9:10',
    ]);
  });

  test('a part of its own replaces what is shared, null and all; config is joined by key', () => {
    const text = (own: string): string =>
      withDefaults('image: r:v2', 'needs: [a]', 'config: {x: 1, y: 2}', 'permissions: [p]').replace(
        'run: b.R',
        `run: b.R\n    ${own}`,
      );
    expect(of(text('needs: []'), 'b')).toMatchObject({
      needs: [],
      config: { x: 1, y: 2 },
      permissions: ['p'],
    });
    expect(of(text('config: {y: 3}'), 'b')).toMatchObject({ needs: ['a'], config: { x: 1, y: 3 } });
    expect(of(text('config: {y: 3, x: 0}'), 'b')).toMatchObject({
      config: { x: 0, y: 3 },
      origin: { defaults: ['image', 'needs', 'permissions'] },
    });
    expect(of(text('config: null'), 'b')).not.toHaveProperty('config');
    expect(of(text('permissions: [q]'), 'b')).toMatchObject({ permissions: ['q'] });
    expect(findings(text('config: 5'))).toEqual(['P10 13:13']);
    // What all need does not need itself.
    expect(of(text('needs: []'), 'a')).toMatchObject({ needs: [] });
  });

  test('what is made from an action that all need does not need itself', () => {
    const all = `${forEach()}  b:\n    run: r:v1 b\n    outputs: {highly_sensitive: {d: b.csv}}\n`;
    expect(needsOf(all.replace('actions:', 'defaults: {needs: [a_<x>]}\nactions:'), 'b')).toEqual([
      'a_1',
      'a_2',
    ]);
    expect(needsOf(all.replace('actions:', 'defaults: {needs: [a_<x>]}\nactions:'), 'a_1')).toEqual([]);
    expect(needsOf(all.replace('actions:', 'defaults: {needs: [a_1]}\nactions:'), 'a_1')).toEqual([]);
    expect(needsOf(all.replace('actions:', 'defaults: {needs: [a_1]}\nactions:'), 'a_2')).toEqual(['a_1']);
  });

  test.each([
    ['nothing', ['# none'], ['P22 9:10']],
    ['only nothings', ['image: null', 'needs:', 'config:', 'permissions: ~'], ['P22 12:10']],
    ['an unknown part', ['image: r:v1', 'outputs: {}'], ['P1 4:3']],
    ['an image without a version', ['image: r'], ['project.defaults 3:10']],
    ['an image that is no text', ['image: [r]'], ['project.defaults 3:10']],
    ['needs that are no list', ['image: r:v1', 'needs: a'], ['project.defaults 4:10']],
    ['config that is no mapping', ['image: r:v1', 'config: [1]'], ['project.defaults 4:11']],
    ['permissions that are no list', ['image: r:v1', 'permissions: x'], ['project.defaults 4:16']],
    ['a need that is no text', ['image: r:v1', 'needs: [1]'], ['project.needs-entry 4:11']],
    ['a need that is no action', ['image: r:v1', 'needs: [c]'], ['P32 4:11']],
    ['a permission that is none', ['image: r:v1', 'permissions: [A]'], ['project.permissions 4:17']],
    ['a circle through them', ['image: r:v1', 'needs: [a, b]'], ['project.cycle 4:14']],
  ])('%s', (_name, lines, expected) => {
    expect(findings(withDefaults(...lines))).toEqual(expected);
  });

  test('that are no mapping, and actions that are none', () => {
    expect(
      findings(withDefaults('image: r:v2').replace(/defaults:\n {2}image: r:v2/, 'defaults: 5')),
    ).toEqual(['project.defaults 2:11', 'P22 8:10']);
    expect(findings('version: 5\ndefaults: {image: r:v1}\nactions: {a: 1}\n')).toEqual(['P7 3:14']);
    expect(findings('version: 5\ndefaults: {image: r:v1}\n')).toEqual(['P5 1:1']);
  });
});
