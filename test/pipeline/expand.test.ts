/** `for_each` and `defaults`: what they are written out to, and where a mistake is shown. */
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { projectJsonSchema, writtenAction, writtenOut } from '../../src/pipeline/pipeline.ts';
import { forEach, withoutPlaces } from './for-each.ts';
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
