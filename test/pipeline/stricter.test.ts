import { describe, expect, test } from '@jest/globals';
import { readProject } from '../../src/pipeline/pipeline.ts';
import { findings, oneAction, withPath, withRun } from './support.ts';

const OUTPUTS = 'outputs: {highly_sensitive: {d: d.csv}}';

test.each([
  ['an empty file', '', 'project.empty 1:1'],
  ['only a comment', '# nothing\n', 'project.empty 1:1'],
  ['null', '~', 'project.empty 1:1'],
  ['a list', '\n- a\n', 'project.not-a-mapping 2:1'],
  ['a scalar', 'version 5', 'project.not-a-mapping 1:1'],
])('%s is one finding', (_name, text, expected) => {
  expect(findings(text)).toEqual([expected]);
});

describe('version', () => {
  test.each(['1', '5', '5.0', '5.00', '"5"', '"5.0"', "'1.0'"])('%s is one', (version) => {
    expect(findings(`version: ${version}\nactions: {}`)).toEqual([]);
  });
  test.each([
    'true',
    '.nan',
    '.inf',
    '-.inf',
    '4.5',
    '0',
    '-1',
    '4e0',
    '"4e0"',
    '4_0',
    '0x4',
    '05',
    '" 4"',
    '4.',
    '[4]',
    '{a: 4}',
    '""',
  ])('%s is none', (version) => {
    expect(findings(`version: ${version}\nactions: {}`)).toEqual(['P3 1:10']);
  });
  test.each(['6', '6.0', '"99"', '1e9'.replace('e9', '0'.repeat(40))])('%s is too new', (version) => {
    expect(findings(`version: ${version}\nactions: {}`)).toEqual(['P4 1:10']);
  });
  test('an odd version switches no rule off', () => {
    expect(findings(withRun('python:latest x').replace('version: 5', 'version: 1e0'))).toEqual([
      'P3 1:10',
      'P29 4:10',
    ]);
  });
});

describe('an image', () => {
  test.each([
    ['pyhton:v2 x', ['(project.image-name 4:10)']],
    ['rr:v1 x', []],
    ['jupiter:v2', ['(project.image-name 4:10)']],
    ['python:v2 x', []],
    ['python-ml:v2 x', []],
    ['matching:v1 x', []],
  ])('%s that is nearly a runtime image is warned of', (run, found) => {
    expect(findings(withRun(run))).toEqual(found);
  });
});

describe('run', () => {
  test.each([
    ['only spaces', '" \\t "', 'P21 4:10'],
    ['an open single quote', "python:v2 x 'y", 'project.run-quoting 4:22'],
    ['an open double quote inside quotes', `'python:v2 "x'`, 'project.run-quoting 4:21'],
    ['an open quote in escaped text', '"python:v2 \\"x"', 'project.run-quoting 4:10'],
    ['an open quote in a folded text', '>\n      python:v2\n      "x', 'project.run-quoting 4:10'],
    ['a backslash at the end', 'python:v2 x\\', 'project.run-quoting 4:21'],
    ['NUL', '"python:v2 \\0"', 'project.run-character 4:10'],
    ['70,000 characters', `python:v2 ${'x'.repeat(70_000)}`, 'project.run-length 4:10'],
  ])('%s is refused at its place', (_name, run, expected) => {
    expect(findings(withRun(run))).toEqual([expected]);
  });
});

describe('needs', () => {
  const needs = (list: string): string[] => findings(oneAction('run: r:v1', OUTPUTS, `needs: ${list}`));
  test.each([
    ['[""]', ['project.needs-entry 6:13']],
    ['[3]', ['project.needs-entry 6:13']],
    ['[[a]]', ['project.needs-entry 6:13']],
    ['[b, b]', ['P32 6:13', '(project.needs-twice 6:16)']],
    ['[a]', ['project.needs-itself 6:13']],
  ])('%s', (list, expected) => {
    expect(needs(list)).toEqual(expected);
  });

  test('what is listed twice is needed once', () => {
    const { pipeline } = readProject(chain({ a: [], b: ['a', 'a'] }));
    expect(pipeline?.actions[1]?.needs).toEqual(['a']);
  });

  test('a circle is named once, at the need that opens it', () => {
    const { diagnostics } = readProject(chain({ a: [], b: ['d', 'a'], c: ['b'], d: ['c', 'b'], e: ['b'] }));
    expect(diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
      '4:84 These actions need each other in a circle: b → d → b.',
    ]);
  });

  test('a long circle is named by its first actions', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `a${index}`);
    const text = chain(
      Object.fromEntries(names.map((name, index) => [name, [names[(index + 1) % names.length]!]])),
    );
    expect(readProject(text).diagnostics.map(({ message }) => message)).toEqual([
      'These actions need each other in a circle: a0 → a1 → a2 → a3 → a4 → a5 → a6 → a7 → … (10000 actions in all) → a0.',
    ]);
  });

  test('a chain of 10,000 is fine', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `a${index}`);
    const text = chain(
      Object.fromEntries(names.map((name, index) => [name, index ? [names[index - 1]!] : []])),
    );
    expect(readProject(text).pipeline?.actions).toHaveLength(10_000);
  });

  function chain(needs: Record<string, string[]>): string {
    const lines = Object.entries(needs).map(
      ([name, list]) =>
        `  ${name}: {run: "r:v1 ${name}", outputs: {highly_sensitive: {data_of_action: ${name}.csv}}, needs: [${list.join(', ')}]}`,
    );
    return ['version: 5', 'actions:', ...lines].join('\n');
  }
});

describe('action name', () => {
  const named = (name: string): string[] =>
    findings(`version: 5\nactions:\n  ${name}: {run: r:v1, ${OUTPUTS}}`);
  test.each(['a', '_a', '2020a', '"2020"', 'a.b-c_d', 'A', 'a'.repeat(100)])('%s is one', (name) => {
    expect(named(name)).toEqual([]);
  });
  test.each([
    '""',
    '-a',
    '.a',
    '"a b"',
    'a..b',
    '__error__',
    'é',
    '"a/b"',
    'a'.repeat(101),
    '2020',
    'true',
    '"a\\n"',
  ])('%s is none', (name) => {
    expect(named(name)).toEqual(['project.action-name 3:3']);
  });
  test('names that differ only in case are refused', () => {
    expect(
      findings(
        `version: 5\nactions:\n  a: {run: r:v1, ${OUTPUTS}}\n  A: {run: r:v1 x, outputs: {highly_sensitive: {d: e.csv}}}`,
      ),
    ).toEqual(['project.action-name-case 4:3']);
  });
});

describe('output path', () => {
  test.each([
    ['../d.csv', ['project.path-parent 5:37']],
    ['../../d.csv', ['project.path-parent 5:37']],
    ['o/d\n.csv', ['project.path-character 5:37']],
    ['o/d\u202e.csv', ['project.path-character 5:37']],
    [' o/d.csv', ['project.path-space 5:37']],
    ['o/d.csv ', ['project.path-space 5:37']],
    ['o /d.csv', ['project.path-space 5:37']],
    ['-o/d.csv', ['project.path-start 5:37']],
    ['o/~d.csv', ['project.path-start 5:37']],
    ['.git/d.csv', ['project.path-git 5:37']],
    ['o/.GIT/d.csv', ['project.path-git 5:37']],
    [`${'o/'.repeat(600)}d.csv`, ['project.path-length 5:37']],
    [`${'é'.repeat(130)}.csv`, ['project.path-length 5:37']],
    ['c:d.csv', ['P20 5:37']],
    ['Metadata/d.csv', ['project.reserved-folder 5:37']],
    ['meta*/d.csv', ['project.reserved-folder 5:37']],
    ['M*A/d.csv', ['project.reserved-folder 5:37']],
    ['*/d.csv', ['(project.any-folder 5:37)']],
    ['meta*.csv', []],
    ['o/metadata/d.csv', []],
    ['.gitignored/d.csv', []],
    ['*.csv', []],
    ['', ['P16 5:37']],
  ])('%j', (path, expected) => {
    expect(findings(withPath(path))).toEqual(expected);
  });
});

describe('levels', () => {
  test('an empty level is refused', () => {
    expect(findings(oneAction('run: r:v1', 'outputs: {highly_sensitive: {}}'))).toEqual([
      'project.empty-level 5:15',
    ]);
  });
  test('an unknown level beside none is named, with the one that was meant', () => {
    const { diagnostics } = readProject(oneAction('run: r:v1', 'outputs: {moderatly_sensitive: {d: d.csv}}'));
    expect(diagnostics.map(({ code, message, hint }) => `${code} ${message} ${hint}`)).toEqual([
      'P11 The outputs of the action "a" have no privacy level. Give at least one of highly_sensitive, moderately_sensitive, minimally_sensitive.',
      'P12 "moderatly_sensitive" is not a part of "outputs". Did you mean "moderately_sensitive"?',
    ]);
  });
  test('minimally_sensitive takes any kind of file and warns', () => {
    expect(findings(withPath('o/d.rds', 'minimally_sensitive'))).toEqual([
      '(project.minimally-sensitive 5:15)',
    ]);
  });
});

test.each([
  'Python:v2',
  'org/python:v2',
  'python@v2',
  'python:v2@sha',
  'python:v1..2',
  'python:v1.2-beta',
  ':v2',
  'py..thon:v2',
  'python:V2',
])('the image %s is refused', (image) => {
  expect(findings(withRun(`"${image} x"`))).toEqual(['P22 4:10']);
});

describe('database rules go by words', () => {
  test.each([
    ['quotes hide nothing', `"'ehrql':v1 'generate-dataset' x"`, ['P26 4:10']],
    ['a text that only contains the command', '"python:v2 ehrql:v1 generate-dataset"', []],
    ['an option inside a word', '"ehrql:v1 generate-dataset \'x --output output/data.csv\'"', ['P26 4:10']],
    ['an image whose name only begins so', '"ehrql-tools:v1 generate-dataset"', []],
  ])('%s', (_name, run, expected) => {
    expect(findings(withRun(run))).toEqual(expected);
  });
});

describe('the same command', () => {
  const pair = (first: string, second: string): string[] =>
    findings(
      `version: 5\nactions:\n  a: {outputs: {highly_sensitive: {d: a.csv}}, ${first}}\n  b: {outputs: {highly_sensitive: {d: b.csv}}, ${second}}`,
    );
  test('other spacing and quoting do not make another command', () => {
    expect(pair('run: "r:v1 x"', `run: "r:v1  'x'"`)).toEqual(['P30 4:53']);
  });
  test('another config does', () => {
    expect(pair('run: "r:v1 x", config: {n: 1}', 'run: "r:v1 x", config: {n: 2}')).toEqual([]);
    expect(pair('run: "r:v1 x", config: {n: 1}', 'run: "r:v1 x"')).toEqual([]);
  });
  test('the order of its keys does not', () => {
    expect(pair('run: "r:v1 x", config: {n: 1, m: 2}', 'run: "r:v1 x", config: {m: 2, n: 1}')).toEqual([
      'P30 4:53',
    ]);
  });
  test('an empty config is none', () => {
    expect(pair('run: "r:v1 x", config: {}', 'run: "r:v1 x"')).toEqual(['P30 4:53']);
  });
});

describe('overlapping patterns', () => {
  const levels = (high: string, moderate: string): string[] =>
    findings(
      oneAction(
        'run: r:v1',
        'outputs:',
        `  highly_sensitive: {d: "${high}"}`,
        `  moderately_sensitive: {e: "${moderate}"}`,
      ),
    );
  const actions = (first: string, second: string, version = 5, level = 'highly_sensitive'): string[] =>
    findings(
      `version: ${version}\nactions:\n  a: {run: r:v1, outputs: {highly_sensitive: {d: "${first}"}}}\n  b: {run: r:v1 x, outputs: {${level}: {d: "${second}"}}}`,
    );

  test.each([
    ['o/*.csv', 'o/d.csv'],
    ['o/a*.csv', 'o/*b.csv'],
    ['*/d.csv', 'o/d.csv'],
  ])('%s and %s of two levels are refused', (high, moderate) => {
    expect(levels(high, moderate).filter((each) => !each.includes('any-folder'))).toEqual([
      'project.levels-overlap 7:33',
    ]);
  });
  test.each([
    ['o/*.csv', 'o/p/d.csv'],
    ['o/a*.csv', 'o/b*.csv'],
    ['o/*a.csv', 'o/*b.csv'],
    ['o/a*b.csv', 'o/ab.csv'.replace('ab', 'a')],
  ])('%s and %s have no file in common', (high, moderate) => {
    expect(levels(high, moderate)).toEqual([]);
  });
  test('of two levels across actions they are refused', () => {
    expect(actions('o/*.csv', 'o/d.csv', 5, 'moderately_sensitive')).toEqual(['project.levels-overlap 4:56']);
  });
  test('of one level across actions they warn', () => {
    expect(actions('o/*.csv', 'o/d.csv')).toEqual(['(project.actions-overlap 4:52)']);
  });
  test('of one level in one action they are fine', () => {
    expect(
      findings(oneAction('run: r:v1', 'outputs: {highly_sensitive: {d: "o/*.csv", e: o/d.csv}}')),
    ).toEqual([]);
  });
  test('the same path at two levels is refused in version 1, where paths may repeat', () => {
    expect(actions('o/d.csv', 'o/d.csv', 1, 'moderately_sensitive')).toEqual(['project.levels-overlap 4:56']);
  });
  test('the same path twice in one action of version 1 is fine', () => {
    const text = oneAction('run: r:v1', 'outputs: {highly_sensitive: {d: d.csv, e: d.csv}}').replace(
      '5',
      '1',
    );
    expect(findings(text)).toEqual([]);
  });
  test('the finding names the first that clashes and counts the others', () => {
    const paths = Array.from({ length: 4 }, (_, index) => `d${index}: o/d${[5, 3, 7, 4][index]}.csv`).join(
      ', ',
    );
    const { diagnostics } = readProject(
      oneAction(
        'run: r:v1',
        'outputs:',
        `  highly_sensitive: {${paths}}`,
        '  moderately_sensitive: {t: "o/*.csv"}',
      ),
    );
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'A file can match both "o/*.csv" (moderately_sensitive) and "o/d5.csv" (highly_sensitive, line 6) (and with 3 more): its level would be in doubt.',
    ]);
  });
  test('10,000 wildcard outputs are judged, and a file made to defeat that is refused', () => {
    const made = (pattern: (index: number) => string): string[] => {
      const outputs = Array.from({ length: 10_000 }, (_, index) => `        d${index}: "${pattern(index)}"`);
      return findings(
        oneAction('run: r:v1', 'outputs:', '  highly_sensitive:').trimEnd() + '\n' + outputs.join('\n'),
      );
    };
    expect(made((index) => `o/model_${index}_*.csv`)).toEqual([]);
    expect(made((index) => `o/*_${index}.csv`)).toEqual([]);
    expect(made((index) => `o/*${index}*.csv`)).toEqual([
      expect.stringMatching(/^project.too-many-wildcards /),
    ]);
  });
});

describe('config', () => {
  const config = (value: string): string[] =>
    findings(oneAction('run: r:v1', OUTPUTS, `config: {k: ${value}}`));
  test.each(['.nan', '.inf', '-.inf', '12345678901234567890', '[{x: .nan}]'])('%s is not JSON', (value) => {
    expect(config(value)).toEqual([`project.config-number 6:${value.startsWith('[') ? 22 : 17}`]);
  });
  test('keys must be text', () => {
    expect(findings(oneAction('run: r:v1', OUTPUTS, 'config: {1: a}'))).toEqual(['project.config-key 6:14']);
  });
  test('dates, on, yes and no stay text; __proto__ is a key like any other', () => {
    const { pipeline } = readProject(
      oneAction(
        'run: r:v1',
        OUTPUTS,
        'config: {d: 2020-01-01, t: 12:30, o: on, y: yes, n: no, z: ~, f: 1.5, l: [true, -3], __proto__: {x: 1}}',
      ),
    );
    expect(JSON.stringify(pipeline?.actions[0]?.config)).toBe(
      '{"d":"2020-01-01","t":"12:30","o":"on","y":"yes","n":"no","z":null,"f":1.5,"l":[true,-3],"__proto__":{"x":1}}',
    );
  });
});

test('permissions are names of populations and components, each once', () => {
  const read = (value: string) => readProject(oneAction('run: r:v1', OUTPUTS, `permissions: ${value}`));
  expect(read('[everybody, events, everybody]').pipeline?.actions[0]?.permissions).toEqual([
    'everybody',
    'events',
  ]);
  expect(read('[]').pipeline?.actions[0]).not.toHaveProperty('permissions');
  expect(read('~').pipeline?.actions[0]).not.toHaveProperty('permissions');
  expect(findings(oneAction('run: r:v1', OUTPUTS, 'permissions: everybody'))).toEqual([
    'project.permissions 6:18',
  ]);
  expect(findings(oneAction('run: r:v1', OUTPUTS, 'permissions: [Every one, [x], 3]'))).toEqual([
    'project.permissions 6:19',
    'project.permissions 6:30',
    'project.permissions 6:35',
  ]);
});

test.each(['""', '" "', '/etc/passwd', '../d.csv', 'a/../../d', 'C:/d', 'a\\b', '"a\\nb"'])(
  'dummy_data_file %s is refused',
  (path) => {
    expect(findings(oneAction('run: r:v1', OUTPUTS, `dummy_data_file: ${path}`))).toEqual([
      'project.dummy-data-file 6:22',
    ]);
  },
);
