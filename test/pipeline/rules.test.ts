import { expect, test } from '@jest/globals';
import { readProject } from '../../src/pipeline/pipeline.ts';
import { findings, oneAction, withPath, withRun } from './support.ts';

const OUTPUTS = 'outputs: {highly_sensitive: {d: d.csv}}';
const two = (version: number, first: string, second: string): string =>
  [`version: ${version}`, 'actions:', `  a: ${first}`, `  b: ${second}`].join('\n');
const made = (run: string, path: string, more = ''): string =>
  `{run: "${run}", outputs: {highly_sensitive: {d: ${path}}}${more}}`;

const CASES: [rule: string, name: string, text: string, expected: string[]][] = [
  ['P1', 'an unknown key at the top', 'version: 5\nactions: {}\nextra: 1', ['P1 3:1']],
  ['P2', 'no version', 'actions: {}', ['P2 1:1']],
  ['P2', 'a version without a value', '\nactions: {}\nversion:', ['P2 3:1']],
  ['P3', 'a word as version', 'version: five\nactions: {}', ['P3 1:10']],
  ['P4', 'a version that does not exist yet', 'version: 6\nactions: {}', ['P4 1:10']],
  ['P5', 'no actions', 'version: 5', ['P5 1:1']],
  ['P5', 'actions without a value', 'version: 5\nactions:', ['P5 2:1']],
  ['P5', 'a list of actions', 'version: 5\nactions: [a]', ['P5 2:10']],
  ['P5', 'an empty mapping is allowed', 'version: 5\nactions: {}', []],
  ['P6', 'run_all as a name', `version: 5\nactions:\n  run_all: ${made('r:v1', 'a.csv')}`, ['P6 3:3']],
  [
    'P6',
    'run_all before version 5',
    `version: 4\nactions:\n  run_all: ${made('r:v1', 'a.csv')}`,
    ['(P6 3:3)'],
  ],
  ['P7', 'an action that is text', 'version: 5\nactions: {a: x}', ['P7 2:14']],
  ['P7', 'an action without a value', 'version: 5\nactions:\n  a:', ['P7 3:3']],
  ['P8', 'no run', oneAction(OUTPUTS), ['P8 3:3']],
  ['P8', 'no outputs', oneAction('run: r:v1'), ['P8 3:3']],
  ['P8', 'neither', 'version: 5\nactions: {a: {}}', ['P8 2:11', 'P8 2:11']],
  ['P9', 'an unknown key in an action', oneAction('run: r:v1', OUTPUTS, 'need: []'), ['P9 6:5']],
  ['P10', 'outputs as a list', oneAction('run: r:v1', 'outputs: []'), ['P10 5:14']],
  ['P10', 'run as a list', oneAction('run: [r:v1]', OUTPUTS), ['P10 4:10']],
  ['P10', 'needs as text', oneAction('run: r:v1', OUTPUTS, 'needs: ""'), ['P10 6:12']],
  ['P10', 'config as a list', oneAction('run: r:v1', OUTPUTS, 'config: []'), ['P10 6:13']],
  ['P10', 'dummy_data_file as a number', oneAction('run: r:v1', OUTPUTS, 'dummy_data_file: 3'), ['P10 6:22']],
  [
    'P10',
    'null is absent',
    oneAction('run: r:v1', OUTPUTS, 'needs:', 'config: ~', 'dummy_data_file: null'),
    [],
  ],
  ['P11', 'no privacy level', oneAction('run: r:v1', 'outputs: {}'), ['P11 5:5']],
  [
    'P11',
    'only a level without a value',
    oneAction('run: r:v1', 'outputs: {highly_sensitive: }'),
    ['P11 5:5'],
  ],
  [
    'P12',
    'an unknown level',
    oneAction('run: r:v1', 'outputs: {highly_sensitive: {d: d.csv}, secret: {}}'),
    ['P12 5:45'],
  ],
  ['P13', 'a level as text', oneAction('run: r:v1', 'outputs: {highly_sensitive: d.csv}'), ['P13 5:33']],
  [
    'P13',
    'a path that is a mapping',
    oneAction('run: r:v1', 'outputs: {highly_sensitive: {d: {}}}'),
    ['P13 5:37'],
  ],
  [
    'P13',
    'a path without a value',
    oneAction('run: r:v1', 'outputs:', '  highly_sensitive:', '    d:'),
    ['P13 7:9'],
  ],
  [
    'P13',
    'an output without a name',
    oneAction('run: r:v1', 'outputs: {highly_sensitive: {"": d.csv}}'),
    ['P13 5:34'],
  ],
  ['P14', 'a backslash', withPath('output\\d.csv'), ['P14 5:37']],
  ['P15', 'two stars', withPath('output/**/d.csv'), ['P15 5:37']],
  ['P15', 'a question mark', withPath('output/d?.csv'), ['P15 5:37']],
  ['P15', 'a bracket', withPath('output/d[1].csv'), ['P15 5:37']],
  ['P16', 'no extension', withPath('output/data'), ['P16 5:37']],
  ['P16', 'a dot at the end', withPath('output/data.'), ['P16 5:37']],
  ['P16', 'a name that begins with its only dot', withPath('output/.data'), ['P16 5:37']],
  ['P16', 'a dot only in a folder', withPath('out.put/data'), ['P16 5:37']],
  ['P16', 'an extension that ends in a star', withPath('output/data.cs*'), ['P16 5:37']],
  ['P16', 'a star inside the extension', withPath('output/data.c*v'), []],
  [
    'P17',
    'a kind of file checkers cannot view',
    withPath('output/d.rds', 'moderately_sensitive'),
    ['P17 5:41'],
  ],
  ['P17', 'letter case counts', withPath('output/d.CSV', 'moderately_sensitive'), ['P17 5:41']],
  ['P18', 'a dot folder', withPath('./output/d.csv'), ['P18 5:37']],
  ['P18', 'an empty folder', withPath('output//d.csv'), ['P18 5:37']],
  ['P18', 'back and forth', withPath('output/../d.csv'), ['P18 5:37']],
  ['P18', 'a slash at the end', withPath('output/d.csv/'), ['P16 5:37', 'P18 5:37']],
  ['P19', 'in metadata', withPath('metadata/d.csv'), ['P19 5:37']],
  ['P19', 'metadata itself', withPath('metadata'), ['P16 5:37', 'P19 5:37']],
  ['P20', 'absolute', withPath('/output/d.csv'), ['P20 5:37']],
  ['P20', 'absolute on Windows', withPath('c:/output/d.csv'), ['P20 5:37']],
  ['P21', 'an empty command', withRun('""'), ['P21 4:10']],
  ['P22', 'no version', withRun('python x.py'), ['P22 4:10']],
  ['P22', 'a version without number', withRun('python:v x.py'), ['P22 4:10']],
  ['P22', 'a version of another form', withRun('python:1 x.py'), ['P22 4:10']],
  ['P22', 'the image in quotes', withRun(`'"python:v2" x.py'`), []],
  ['P23', 'a need with a space', oneAction('run: r:v1', OUTPUTS, 'needs: [b c]'), ['P23 6:13']],
  [
    'P24',
    'two levels of a cohort',
    cohort('', ['highly_sensitive: {a: o/a.csv}', 'moderately_sensitive: {b: o/b.csv}']),
    ['P24 7:7'],
  ],
  [
    'P24',
    'two folders of a cohort',
    cohort('', ['highly_sensitive: {a: o/a.csv, b: p/b.csv}']),
    ['P24 4:10'],
  ],
  [
    'P24',
    'two folders with --output-dir',
    cohort(' --output-dir x', ['highly_sensitive: {a: o/a.csv, b: p/b.csv}']),
    [],
  ],
  [
    'P25',
    'a dataset to be looked at',
    dataset('--output d.csv', 'moderately_sensitive: {d: d.csv}'),
    ['P25 6:7'],
  ],
  [
    'P25',
    'the old spelling',
    dataset('--output d.csv', 'minimally_sensitive: {d: d.csv}', 'databuilder:v1 generate_dataset'),
    ['(project.minimally-sensitive 6:7)', 'P25 6:7'],
  ],
  [
    'P25',
    'measures may be looked at',
    dataset('', 'moderately_sensitive: {d: d.csv}', 'ehrql:v1 generate-measures'),
    [],
  ],
  ['P26', 'no --output', dataset('', 'highly_sensitive: {d: d.csv}'), ['P26 4:10']],
  ['P26', '--output without a value', dataset('--output', 'highly_sensitive: {d: d.csv}'), ['P26 4:10']],
  ['P26', '--output= without a value', dataset('--output=', 'highly_sensitive: {d: d.csv}'), ['P26 4:10']],
  [
    'P26',
    'the first occurrence counts',
    dataset('--output= --output d.csv', 'highly_sensitive: {d: d.csv}'),
    ['P26 4:10'],
  ],
  ['P27', 'another file', dataset('--output e.csv', 'highly_sensitive: {d: d.csv}'), ['P27 4:10']],
  ['P27', 'another folder', dataset('--output o:csv', 'highly_sensitive: {d: p/*.csv}'), ['P27 6:29']],
  ['P27', 'another kind', dataset('--output o/:arrow', 'highly_sensitive: {d: o/*.csv}'), ['P27 6:29']],
  ['P27', 'the star crosses folders', dataset('--output=o/:csv', 'highly_sensitive: {d: o/p/*.csv}'), []],
  [
    'P27',
    'a colon in a folder is no kind of file',
    dataset('--output o:p/d.csv', 'highly_sensitive: {d: oo:p/d.csv}'),
    ['P27 4:10'],
  ],
  ['P28', 'cohortextractor from version 4', withRun('cohortextractor:v1 x', 4), ['P28 4:10']],
  ['P28', 'a name that begins so', withRun('cohortextractor-v2:v1 x', 4), ['P28 4:10']],
  ['P29', 'latest from version 5', withRun('python:latest x'), ['P29 4:10']],
  ['P29', 'latest before', withRun('python:latest x', 4), []],
  ['P30', 'the same command twice', two(5, made('r:v1 x', 'a.csv'), made('r:v1 x', 'b.csv')), ['P30 4:12']],
  ['P31', 'the same path twice', two(2, made('r:v1 x', 'a.csv'), made('r:v1 y', 'a.csv')), ['P31 4:54']],
  [
    'P31',
    'the same path in version 1',
    two(1, made('r:v1 x', 'a.csv'), made('r:v1 y', 'a.csv')),
    ['(project.actions-overlap 4:54)'],
  ],
  ['P32', 'an unknown need', oneAction('run: r:v1', OUTPUTS, 'needs: [b]'), ['P32 6:13']],
  ['P32', 'run_all as a need', oneAction('run: r:v1', OUTPUTS, 'needs: [run_all]'), ['P32 6:13']],
  ['P33', 'expectations from version 4', 'version: 4\nactions: {}\nexpectations: {}', ['P33 3:1']],
  ['P33', 'no expectations in version 3', 'version: 3\nactions: {}', ['P33 1:1']],
  ['P33', 'expectations as a list', 'version: 3\nactions: {}\nexpectations: []', ['P33 3:15']],
  ['P33', 'no population_size', 'version: 3\nactions: {}\nexpectations: {}', ['P33 3:1']],
  [
    'P33',
    'a population that is no number',
    'version: 3\nactions: {}\nexpectations: {population_size: x}',
    ['P33 3:33'],
  ],
  [
    'P33',
    'a population that is a list',
    'version: 3\nactions: {}\nexpectations: {population_size: []}',
    ['P33 3:33'],
  ],
  [
    'P33',
    'something beside population_size',
    'version: 3\nactions: {}\nexpectations: {population_size: 1, x: 1}',
    ['P33 3:36'],
  ],
  ['P33', 'anything in versions 1 and 2', 'version: 2\nactions: {}\nexpectations: [x]', []],
];

function cohort(option: string, levels: string[]): string {
  const text = oneAction(
    `run: cohortextractor:v1 generate_cohort${option}`,
    'outputs:',
    ...levels.map((level) => `  ${level}`),
  );
  return text.replace('version: 5', 'version: 1');
}

function dataset(options: string, level: string, command = 'ehrql:v1 generate-dataset'): string {
  return oneAction(`run: ${command} ${options}`.trimEnd(), 'outputs:', `  ${level}`);
}

test.each(CASES)('%s: %s', (_rule, _name, text, expected) => {
  expect(findings(text)).toEqual(expected);
});

test('every rule P1 to P33 has a case', () => {
  const rules = new Set(CASES.map(([rule]) => rule));
  expect([...rules]).toEqual(Array.from({ length: 33 }, (_, index) => `P${index + 1}`));
});

test.each(['.csv', '.jpg', '.jpeg', '.png', '.svg', '.svgz', '.html', '.txt', '.log', '.json', '.md'])(
  'P17: %s may be moderately sensitive',
  (extension) => {
    expect(findings(withPath(`output/d${extension}`, 'moderately_sensitive'))).toEqual([]);
  },
);

test.each(['v1', 'v1.2', 'v1.2.3', 'v1-pre', 'v1.2-pre', 'dev'])('P22: the tag %s is allowed', (tag) => {
  expect(findings(withRun(`python:${tag} x`))).toEqual([]);
});

test('all errors come at once, in the order of the text, each with what to do', () => {
  const reading = readProject(
    [
      'version: 5',
      'actions:',
      '  extract:',
      '    run: r:v1 x',
      '    outputs: {highly_sensitve: {d: d.csv}}',
      '  model:',
      '    run: "r:v1 \'x"',
      '    needs: [extrct]',
      '    outputs: {moderately_sensitive: {t: t.rds}}',
    ].join('\n'),
  );

  expect(reading.pipeline).toBeUndefined();
  expect(
    reading.diagnostics.map(
      ({ line, column, endColumn, code, message, hint }) =>
        `${line}:${column}-${endColumn} ${code} ${message} ${hint}`,
    ),
  ).toMatchInlineSnapshot(`
   [
     "5:5-12 P11 The outputs of the action "extract" have no privacy level. Give at least one of highly_sensitive, moderately_sensitive, minimally_sensitive.",
     "5:15-30 P12 "highly_sensitve" is not a part of "outputs". Did you mean "highly_sensitive"?",
     "7:16-17 project.run-quoting This quote is opened and never closed. Close it, or write \\ before it when it is meant as a character.",
     "8:13-19 P32 needs: "extrct" is not an action here. Did you mean "extract"?",
     "9:41-46 P17 "t.rds" is not a kind of file that may be moderately_sensitive. Those are .csv .jpg .jpeg .png .svg .svgz .html .txt .log .json .md (in lower case).",
   ]
  `);
});

test('an old version is one warning and no error', () => {
  const { pipeline, diagnostics } = readProject('version: "4.0"\nactions: {}');

  expect(pipeline).toEqual({ version: 4, actions: [], populationSize: null });
  expect(diagnostics).toMatchInlineSnapshot(`
   [
     {
       "code": "project.old-version",
       "column": 10,
       "endColumn": 15,
       "hint": "Consider "version: 5".",
       "line": 1,
       "message": "Version 4 is an old version of the project file.",
       "severity": "warning",
     },
   ]
  `);
});

test('the pipeline holds what the file says', () => {
  const { pipeline } = readProject(
    oneAction(
      `run: 'ehrql:v1  generate-dataset "a b.py" --output o/d.csv'`,
      'needs: []',
      'config: {n: 1}',
      'dummy_data_file: dummy/d.csv',
      'outputs: {highly_sensitive: {data: o/d.csv}}',
    ),
  );

  expect(pipeline).toEqual({
    version: 5,
    populationSize: null,
    actions: [
      {
        name: 'a',
        run: 'ehrql:v1  generate-dataset "a b.py" --output o/d.csv',
        image: { name: 'ehrql', tag: 'v1' },
        args: ['generate-dataset', 'a b.py', '--output', 'o/d.csv'],
        needs: [],
        outputs: [
          { level: 'highly_sensitive', name: 'data', pattern: 'o/d.csv', at: { line: 8, column: 40 } },
        ],
        config: { n: 1 },
        dummyDataFile: 'dummy/d.csv',
        isDatabase: true,
        at: { line: 3, column: 3 },
      },
    ],
  });
});
