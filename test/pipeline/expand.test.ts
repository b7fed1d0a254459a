/** `for_each` and `defaults`: what they are written out to, and where a mistake is shown. */
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { fc } from '../support/properties.ts';
import {
  MAX_ACTIONS,
  projectJsonSchema,
  readProject,
  writtenAction,
  writtenOut,
  type Pipeline,
} from '../../src/pipeline/pipeline.ts';
import { findings, pipelineOf } from './support.ts';

const STUDY = `version: 5
defaults:
  image: python:v2
  needs: [extract]
  config: {seed: 1}
actions:
  extract:
    run: sqlrunner:v1 --output output/pupils.csv analysis/extract.sql
    outputs: {highly_sensitive: {pupils: output/pupils.csv}}
  model_<region>_<year>:
    for_each:
      region: [north, south]
      year: [2019, 2020]
    run: python analysis/model.py <region> --year <year>
    config: {label: "<region> in <year>", seed: 2}
    outputs: {highly_sensitive: {fit: output/model_<region>_<year>.rds}}
  plot_<region>:
    for_each: {region: [north, south]}
    run: r:v2 Rscript analysis/plot.R <region>
    needs: [model_<region>_<year>]
    outputs: {moderately_sensitive: {figure: output/plot_<region>.png}}
  report:
    run: python analysis/report.py
    needs: [plot_<region>, model_north_2020]
    outputs: {moderately_sensitive: {report: output/report.html}}
`;

/** An action for each x of 1 and 2, with these lines changed or added. */
function forEach(...lines: string[]): string {
  const parts = new Map<string, string>([
    ['name', 'a_<x>:'],
    ['for_each', 'for_each: {x: [1, 2]}'],
    ['run', 'run: r:v1 a.R <x>'],
    ['outputs', 'outputs: {highly_sensitive: {d: a_<x>.csv}}'],
  ]);
  for (const line of lines) parts.set(line.split(':', 1)[0]!, line);
  const name = lines.find((line) => line.endsWith(':')) ?? parts.get('name')!;
  const rest = [...parts].filter(
    ([key, line]) => key !== 'name' && !line.endsWith(':') && line !== 'for_each: -',
  );
  return ['version: 5', 'actions:', `  ${name}`, ...rest.map(([, line]) => `    ${line}`), ''].join('\n');
}

const withoutPlaces = ({ actions }: Pipeline): unknown =>
  actions.map(({ at: _at, origin: _origin, outputs, ...action }) => ({
    ...action,
    outputs: outputs.map(({ at: _place, ...output }) => output),
  }));

test('what is written short means what is written out', () => {
  const pipeline = pipelineOf(STUDY);
  expect(writtenOut(pipeline)).toMatchInlineSnapshot(`
   "version: 5
   actions:
     extract:
       run: sqlrunner:v1 --output output/pupils.csv analysis/extract.sql
       config:
         seed: 1
       outputs:
         highly_sensitive:
           pupils: output/pupils.csv
     model_north_2019:
       run: python:v2 python analysis/model.py north --year 2019
       needs: [extract]
       config:
         label: north in 2019
         seed: 2
       outputs:
         highly_sensitive:
           fit: output/model_north_2019.rds
     model_north_2020:
       run: python:v2 python analysis/model.py north --year 2020
       needs: [extract]
       config:
         label: north in 2020
         seed: 2
       outputs:
         highly_sensitive:
           fit: output/model_north_2020.rds
     model_south_2019:
       run: python:v2 python analysis/model.py south --year 2019
       needs: [extract]
       config:
         label: south in 2019
         seed: 2
       outputs:
         highly_sensitive:
           fit: output/model_south_2019.rds
     model_south_2020:
       run: python:v2 python analysis/model.py south --year 2020
       needs: [extract]
       config:
         label: south in 2020
         seed: 2
       outputs:
         highly_sensitive:
           fit: output/model_south_2020.rds
     plot_north:
       run: r:v2 Rscript analysis/plot.R north
       needs: [model_north_2019, model_north_2020]
       config:
         seed: 1
       outputs:
         moderately_sensitive:
           figure: output/plot_north.png
     plot_south:
       run: r:v2 Rscript analysis/plot.R south
       needs: [model_south_2019, model_south_2020]
       config:
         seed: 1
       outputs:
         moderately_sensitive:
           figure: output/plot_south.png
     report:
       run: python:v2 python analysis/report.py
       needs: [plot_north, plot_south, model_north_2020]
       config:
         seed: 1
       outputs:
         moderately_sensitive:
           report: output/report.html
   "
  `);
  expect(withoutPlaces(pipelineOf(writtenOut(pipeline)))).toEqual(withoutPlaces(pipeline));
});

test('each action says how it was written', () => {
  const origins = pipelineOf(STUDY).actions.map(({ name, origin, at }) => [name, at.line, origin]);
  expect(origins.filter((_origin, at) => [0, 2, 5, 7].includes(at))).toEqual([
    ['extract', 7, { defaults: ['config'] }],
    [
      'model_north_2020',
      10,
      {
        defaults: ['image', 'needs'],
        forEach: { written: 'model_<region>_<year>', values: { region: 'north', year: '2020' } },
      },
    ],
    [
      'plot_north',
      17,
      { defaults: ['config'], forEach: { written: 'plot_<region>', values: { region: 'north' } } },
    ],
    ['report', 22, { defaults: ['image', 'config'] }],
  ]);
  expect(pipelineOf(writtenOut(pipelineOf(STUDY))).actions.every(({ origin }) => !origin)).toBe(true);
});

test('what is right by the reader is right for editors', () => {
  expect(projectJsonSchema('https://hub.example/schemas/project.json')).toHaveProperty('$id');
  const validate = new Ajv({ allErrors: true }).compile(projectJsonSchema());
  for (const text of [STUDY, forEach(), forEach('for_each: {x: [1, true, a-b, 1.0]}')]) {
    const { parse } = jsonOf(text);
    expect([findings(text), validate(parse), validate.errors]).toEqual([[], true, null]);
  }
});

/** The file as an editor's own YAML reader has it. */
function jsonOf(text: string): { parse: unknown } {
  return { parse: parse(text) as unknown };
}

describe('for_each: a mistake is shown once, where the person wrote it', () => {
  test.each([
    ['right', forEach(), []],
    ['no mapping', forEach('for_each: [1, 2]'), ['project.for-each 4:15']],
    ['nothing', forEach('for_each:  # x'), ['project.for-each 4:5']],
    ['an empty mapping', forEach('for_each: {}'), ['project.for-each 4:15']],
    [
      'a name that is no variable',
      forEach('for_each: {1x: [1], x: [1, 2]}'),
      ['project.for-each-variable 4:16'],
    ],
    ['no values', forEach('for_each: {x: []}'), ['project.for-each-values 4:19']],
    ['values that are no list', forEach('for_each: {x: 1}'), ['project.for-each-values 4:19']],
    ['values that are missing', forEach('for_each: {x: null}'), ['project.for-each-values 4:16']],
    ['a value with a slash', forEach('for_each: {x: [a/b]}'), ['project.for-each-value 4:20']],
    ['a value that splits a command', forEach("for_each: {x: [1, 'a b']}"), ['project.for-each-value 4:23']],
    ['a value that is a list', forEach('for_each: {x: [[1]]}'), ['project.for-each-value 4:20']],
    ['a value that is nothing', forEach('for_each: {x: [~]}'), ['project.for-each-value 4:20']],
    ['a value twice', forEach('for_each: {x: [1, "1"]}'), ['project.for-each-value 4:23']],
    [
      'more variables than are taken',
      forEach(`for_each: {${Array.from({ length: 9 }, (_, at) => `x${at}: [1]`).join(', ')}}`),
      ['project.for-each 4:5'],
    ],
    ['a name without the variable', forEach('a:'), ['project.for-each-name 3:3']],
    ['a name with an unknown one', forEach('a_<x>_<y>:'), ['project.for-each-unknown 3:3']],
    ['a command without it', forEach('run: r:v1 a.R'), ['project.for-each-run 5:10']],
    ['a command with it in the config', forEach('run: r:v1 a.R', 'config: {x: ["<x>"]}'), []],
    ['a command with an unknown one', forEach('run: r:v1 <x> <z>'), ['project.for-each-unknown 5:10']],
    [
      'a config with an unknown one',
      forEach('config: {a: {b: [1, <z>]}}'),
      ['project.for-each-unknown 7:25'],
    ],
    ['a path without it', forEach('outputs: {highly_sensitive: {d: a.csv}}'), ['project.for-each-path 6:37']],
    ['no command', forEach('run: # none'), ['P8 3:3']],
    ['no outputs', forEach('outputs: # none'), ['P8 3:3']],
    ['outputs of no level', forEach('outputs: [a_<x>.csv]'), ['P10 6:14']],
    ['a level that is no mapping', forEach('outputs: {highly_sensitive: a_<x>.csv}'), ['P13 6:33']],
    ['a path that is no text', forEach('outputs: {highly_sensitive: {d: 5}}'), ['P13 6:37']],
    ['a mistake in what it is written out to', forEach('run: pyhton <x>'), ['P22 5:10']],
    ['a name that becomes none', forEach('for_each: {x: [..]}'), ['project.action-name 3:3']],
    ['it needs itself', forEach('needs: [a_<x>]'), ['project.needs-itself 7:13']],
    ['it needs all of itself', forEach('needs: [a_1]'), ['project.needs-itself 7:13']],
  ])('%s', (_name, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });
});

/** Actions made for each, and one more with these lines. */
function withOne(...lines: string[]): string {
  const one = ['  one:', ...lines.map((line) => `    ${line}`)];
  return `${forEach()}${one.join('\n')}\n    run: r:v1 one.R\n    outputs: {highly_sensitive: {d: one.csv}}\n`;
}

const needsOf = (text: string, action: string): string[] | undefined =>
  readProject(text).pipeline?.actions.find(({ name }) => name === action)?.needs;

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

describe('hostile', () => {
  test('a product that is too large is refused before it is made', () => {
    const values = Array.from({ length: 1_000 }, (_, at) => at).join(', ');
    const names = ['p', 'q', 'r', 's', 't', 'u', 'v', 'w'];
    const all = names.map((name) => `<${name}>`).join('_');
    const text = forEach(
      `a_${all}:`,
      `for_each: {${names.map((name) => `${name}: [${values}]`).join(', ')}}`,
      `run: r:v1 ${all}`,
      `outputs: {highly_sensitive: {d: ${all}.csv}}`,
    );
    expect(findings(text)).toEqual(['project.too-many-actions 4:5']);
  });

  test('as many actions as are taken are made, and one more is not', () => {
    const half = (more: number): string =>
      forEach(
        'a_<x>_<y>:',
        `for_each: {x: [${Array.from({ length: 200 }, (_, at) => at).join(', ')}], y: [${Array.from({ length: 100 + more }, (_, at) => at).join(', ')}]}`,
        'run: r:v1 <x> <y>',
        'outputs: {highly_sensitive: {d: <x>_<y>.csv}}',
      );
    expect(readProject(half(0)).pipeline?.actions).toHaveLength(MAX_ACTIONS);
    expect(findings(half(1))).toEqual(['project.too-many-actions 4:5']);
  });

  test.each([
    [
      'a long command',
      forEach(
        `for_each: {x: [${Array.from({ length: 5_000 }, (_, at) => at).join(', ')}]}`,
        `run: r:v1 <x> ${'y'.repeat(2_000)}`,
      ),
    ],
    [
      'a large config',
      forEach(
        `for_each: {x: [${Array.from({ length: 5_000 }, (_, at) => at).join(', ')}]}`,
        `config: {x: [${'1, '.repeat(500)}1]}`,
      ),
    ],
    [
      'needs of everything by everything',
      `${forEach(`for_each: {x: [${Array.from({ length: 8_000 }, (_, at) => at).join(', ')}]}`)}  b_<y>:\n    for_each: {y: [${Array.from({ length: 8_000 }, (_, at) => at).join(', ')}]}\n    run: r:v1 b <y>\n    needs: [a_<x>]\n    outputs: {highly_sensitive: {d: b_<y>.csv}}\n`,
    ],
  ])('%s times many is refused', (_name, text) => {
    expect(findings(text).map((found) => found.split(' ')[0])).toEqual(['project.too-large']);
  });

  test('needs of everything by plain actions are bounded, too', () => {
    const plain = Array.from(
      { length: 900 },
      (_, at) =>
        `  p${at}:\n    run: r:v1 p ${at}\n    needs: [a_<x>]\n    outputs: {highly_sensitive: {d: p${at}.csv}}\n`,
    );
    const text = `${forEach(`for_each: {x: [${Array.from({ length: 8_000 }, (_, at) => at).join(', ')}]}`)}${plain.join('')}`;
    expect(findings(text).map((found) => found.split(' ')[0])).toEqual(['project.too-large']);
  });

  test('thousands that each need the two of their own value are read in a moment', () => {
    const many = Array.from({ length: 4_000 }, (_, at) => at).join(', ');
    const text = `${forEach('a_<x>_<z>:', `for_each: {x: [p, q], z: [${many}]}`, 'run: r:v1 <x> <z>', 'outputs: {highly_sensitive: {d: <x>_<z>.csv}}')}  b_<z>:\n    for_each: {z: [${many}]}\n    run: r:v1 b <z>\n    needs: [a_<x>_<z>]\n    outputs: {highly_sensitive: {d: b_<z>.csv}}\n`;
    expect(needsOf(text, 'b_3999')).toEqual(['a_p_3999', 'a_q_3999']);
  });

  test('a mistake in a shared anchor makes every action of it wrong', () => {
    const text =
      'version: 5\nactions:\n  a_<x>: &a\n    for_each: {x: [a/b]}\n    run: r:v1 <x>\n    outputs: {highly_sensitive: {d: <x>.csv}}\n  b_<x>: *a\n';
    expect(findings(text)).toEqual(['project.for-each-value 4:20']);
  });

  test('no text makes it throw, and what it takes reads the same when it is written out', () => {
    const bit = fc.constantFrom(
      '<x>',
      '<y>',
      '<',
      '>',
      'a',
      '1',
      '.csv',
      ' ',
      "'",
      '"',
      '*',
      '/',
      ': ',
      '#',
      '\\',
      '[',
      '{',
      '<x',
    );
    const word = fc.array(bit, { maxLength: 5 }).map((bits) => bits.join(''));
    const project = fc.record({
      key: word,
      run: word,
      path: word,
      need: word,
      label: word,
      image: fc.option(fc.constant('r:v1')),
      values: fc.array(fc.constantFrom('1', 'b', '..', '1.5', ''), { maxLength: 3 }),
    });
    const validate = new Ajv().compile(projectJsonSchema());
    fc.assert(
      fc.property(project, ({ key, run, path, need, label, image, values }) => {
        const json = {
          version: 5,
          defaults: { image, config: { label } },
          actions: {
            [`a${key}`]: {
              for_each: { x: values },
              run: `r:v1 ${run} <x>`,
              needs: need ? [need] : [],
              outputs: { highly_sensitive: { d: `o/<x>${path}.csv` } },
            },
            p: { run: `python ${run}`, needs: ['a<x>'], outputs: { highly_sensitive: { d: `${path}.csv` } } },
          },
        };
        const { pipeline } = readProject(JSON.stringify(json));
        if (!pipeline) return;
        expect([json, validate(json)]).toEqual([json, true]);
        expect(withoutPlaces(pipelineOf(writtenOut(pipeline)))).toEqual(withoutPlaces(pipeline));
      }),
      { numRuns: 2_000 },
    );
  });
});

test('texts that YAML would read otherwise are quoted', () => {
  const odd = pipelineOf(
    JSON.stringify({
      version: 3,
      expectations: { population_size: 10 },
      actions: {
        '123': { run: "r:v1 'a: b' #x", outputs: { highly_sensitive: { true: 'a b.csv', '': 'x' } } },
      },
    }).replace(',"":"x"', ''),
  );
  expect(
    writtenAction({
      ...odd.actions[0]!,
      config: { yes: 'no', n: null, deep: { a: [1, 'x\u0085'] } },
      dummyDataFile: 'd/x.csv',
      permissions: ['p-1', '2020'],
    }),
  ).toMatchInlineSnapshot(`
   "  "123":
       run: "r:v1 'a: b' #x"
       permissions: [p-1, "2020"]
       config:
         yes: no
         n: null
         deep: {"a": [1, "x\\u0085"]}
       dummy_data_file: d/x.csv
       outputs:
         highly_sensitive:
           "true": a b.csv"
  `);
  expect(writtenOut(odd)).toContain('version: 3\nexpectations:\n  population_size: 10\nactions:\n');
  expect(writtenOut({ ...odd, actions: [] })).toContain('actions: {}\n');
});
