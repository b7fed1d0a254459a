/** What YAML is read as. */
import { describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { readProject } from '../../src/pipeline/pipeline.ts';
import { readPlain } from '../../src/pipeline/plain.ts';
import { Places, Report } from '../../src/pipeline/report.ts';
import type { Node } from '../../src/pipeline/tree.ts';
import { more } from '../../src/pipeline/words.ts';
import { readYaml } from '../../src/pipeline/yaml.ts';
import { findings, pipelineOf } from './support.ts';
import { yamlBit } from './yaml-texts.ts';

test.each([
  ['a tab as indentation', 'version: 5\nactions:\n\ta: {}', ['project.yaml-tab 3:1']],
  ['two documents', 'version: 5\nactions: {}\n---\nversion: 5', ['project.yaml-documents 3:1']],
  ['an open bracket', 'version: 5\nactions: {a: [', ['project.yaml-syntax 2:15', 'project.yaml-syntax 2:15']],
  ['a mapping in a value', 'version: 5\nactions: a: b', ['project.yaml-syntax 2:10']],
  ['a reserved character', 'version: @5', ['project.yaml-syntax 1:10']],
  ['an unknown escape', 'version: "\\q"', ['project.yaml-syntax 1:11']],
  ['a comma too many', 'version: [5,,]', ['project.yaml-syntax 1:13']],
  [
    'an indentation between two others',
    'version: 5\nactions:\n    a: 1\n  b: 2',
    ['project.yaml-syntax 4:1'],
  ],
  ['a line under a closed bracket', 'version: 5\nactions: {}\n  a: 1', ['project.yaml-syntax 3:1']],
  ['a key without colon in brackets', 'version: 5\nactions: {a}', ['P7 2:11']],
  ['a bracket open after a colon', 'version: 5\nactions: {a:', ['project.yaml-syntax 2:13']],
  ['a key of 2,000 characters', `version: 5\n${'k'.repeat(2_000)}: 1`, ['project.yaml-syntax 2:1']],
  ['two mistakes', 'version: @5\nactions: "\\q"', ['project.yaml-syntax 1:10', 'project.yaml-syntax 2:11']],
  ['a duplicate key', 'version: 5\nactions: {}\nversion: 4', ['project.yaml-duplicate-key 3:1']],
  ['a duplicate key in brackets', 'version: 5\nactions: {"a": 1, a: 2}', ['project.yaml-duplicate-key 2:19']],
  ['an alias without an anchor', 'version: *v\nactions: {}', ['project.yaml-alias 1:10']],
  ['an alias inside its anchor', 'version: 5\nactions: &a [*a]', ['project.yaml-alias 2:14']],
  ['an alias that ends in a colon', 'version: *a:', ['project.yaml-alias 1:10']],
  ['a tag', 'version: 5\nactions: !!python/object:os.system {}', ['project.yaml-tag 2:36']],
  ['a binary', 'version: !!binary aGk=\nactions: {}', ['project.yaml-tag 1:19']],
  ['a key that is a list', 'version: 5\nactions:\n  ? [a]\n  : {}', ['project.yaml-key 3:5']],
  ['merging a list', 'version: 5\nactions: {<<: [1]}', ['project.yaml-merge 2:11']],
  ['YAML 1.1', '%YAML 1.1\n---\nversion: 5\nactions: {}', ['project.yaml-version 1:1']],
  ['a control character', 'version: 5\nactions: {}\n#\u0007', ['project.character 3:2']],
  ['NUL', '\0\0', ['project.character 1:1']],
  ['half a character', `# ${'\ud800'}`, ['project.character 1:3']],
  ['half a character by escape', 'version: "\\ud800"\nactions: {}', ['project.character 1:10']],
])('%s is refused at its place', (_name, text, expected) => {
  expect(findings(text)).toEqual(expected);
});

test.each([
  ['%YAML 1.2 and document marks', '%YAML 1.2\n---\nversion: 5\nactions: {}\n...\n'],
  ['a byte order mark', '\uFEFFversion: 5\nactions: {}\n'],
  ['Windows line ends', 'version: 5\r\nactions: {}\r\n'],
  ['the tags of plain values', 'version: !!str 5\nactions: !!map {}'],
  ['a bracket closed at the start of a line', 'version: 5\nactions: {\n}'],
  ['JSON', '{"version": 5, "actions": {}}'],
])('%s are fine', (_name, text) => {
  expect(readProject(text)).toMatchObject({ pipeline: { version: 5 } });
});

test('anchors and merge keys work, own keys win, earlier merges win over later', () => {
  const { actions } = pipelineOf(
    [
      'version: 5',
      'actions:',
      '  a: &a',
      '    run: &run python:v2 a.py',
      '    needs: []',
      '    outputs: &outputs {highly_sensitive: {d: a.csv}}',
      '  b:',
      '    <<: [{outputs: {highly_sensitive: {d: b.csv}}}, *a]',
      '    run: python:v2 b.py',
      '    needs: [a]',
      '  c: {run: "python:v2 c.py", outputs: {highly_sensitive: {d: c.csv}}, config: {<<: {x: *run}, y: 1}}',
    ].join('\n'),
  );
  expect(actions.map(({ run, needs, outputs }) => [run, needs, outputs[0]?.pattern])).toEqual([
    ['python:v2 a.py', [], 'a.csv'],
    ['python:v2 b.py', ['a'], 'b.csv'],
    ['python:v2 c.py', [], 'c.csv'],
  ]);
  expect(actions[2]?.config).toEqual({ y: 1, x: 'python:v2 a.py' });
});

test('block scalars, quotes and keys over several lines are read as YAML says', () => {
  const { actions } = pipelineOf(
    [
      'version: 5',
      'actions:',
      '  a:',
      '    run: >',
      '      python:v2',
      '      a.py',
      '    outputs:',
      '      highly_sensitive: {? "d" : "o/\\u0061.csv", ? e : ',
      "          'it''s.csv'}",
      '  "b":',
      '    run: python:v2',
      '      b.py',
      '    needs:',
      '    - a',
      '    outputs: {highly_sensitive: {d: b.csv}}',
    ].join('\n'),
  );
  expect(
    actions.map(({ args, needs, outputs }) => [args, needs, outputs.map(({ pattern }) => pattern)]),
  ).toEqual([
    [['a.py'], [], ['o/a.csv', "it's.csv"]],
    [['b.py'], ['a'], ['b.csv']],
  ]);
});

describe('the two readers', () => {
  test('read the same from every text the plain one takes on', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(yamlText(), fc.string({ unit: yamlBit(), maxLength: 40 })), (text) => {
        const plain = readPlain(text);
        if (!('node' in plain)) return;
        taken += 1;
        const report = new Report(new Places(text), more);
        const full = readYaml(text, report, 0);
        expect(report.diagnostics()).toEqual([]);
        expect(meaning(plain.node)).toEqual(meaning(full!));
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  test.each([
    'a: 1\nb: [x, "y", \'z\']\nc:\n- p\n- q # r\nd:\n  e: {f: g, "h":1}\n',
    "a: x#y # z\nb: \"\\u0061\\n\"\nc: 'it''s'\n\n# end",
    '{\n  "a": [\n    1,\n    {"b": null}\n  ],\n}\n',
    '"a b": 1\n\'c\': ~\n\n  \nd: true\ne:\n',
    '- a\n- "b"\n- [c]\n',
    'a:\r\n  b: c\r\n',
    '"a":',
  ])('both take on %j', (text) => {
    const plain = readPlain(text);
    const full = readYaml(text, new Report(new Places(text), more), 0);
    expect('node' in plain && meaning(plain.node)).toEqual(meaning(full!));
  });
});

test.each([
  ['', 'an empty text'],
  ['\ta: 1', 'a tab'],
  ['a: 1\n---\n', 'a document mark'],
  ['a: "b" c', 'something behind a quote'],
  ['a: "b', 'an open quote'],
  ["a: 'b\\", 'an open quote'],
  ['a: "\\q"', 'an escape that only YAML may have'],
  ['a: "\\ud800"', 'half a character'],
  ['a: b: c', 'a mapping in a line'],
  ['a: b\n  c', 'a text over two lines'],
  ['a: [b]\n  c: d', 'something deeper under a list'],
  ['a:\n    b: 1\n  c: 1', 'an indentation between two others'],
  ['- a\n  - b', 'a deeper item'],
  ['- a: b', 'a mapping in an item'],
  ['? a', 'a key of its own line'],
  ['&a b: 1', 'an anchor'],
  ['a: 1\na: 2', 'a key twice'],
  ['{a: 1, a: 2}', 'a key twice in brackets'],
  ['{[a]: 1}', 'a key that is a list'],
  ['{a:1}', 'a colon without space'],
  ['{a:', 'an open bracket'],
  ['{"a" b}', 'no colon'],
  ['[a b: c]', 'a pair in a list'],
  ['[a,,b]', 'a comma too many'],
  ['a:\n  b: [c,\n d]', 'a line in brackets that is not deep enough'],
  [`${'k'.repeat(2_000)}: 1`, 'a long key'],
  [`{${'k'.repeat(2_000)}: 1}`, 'a long key in brackets'],
  ['['.repeat(80) + ']'.repeat(80), 'deep nesting'],
  ['a: 1\nb\n', 'a line without colon'],
])('the plain reader leaves %j to the full one: %s', (text) => {
  expect(readPlain(text)).toEqual({ gaveUpAt: expect.any(Number) });
});

/** Values, key places and scalar places; where a collection begins is the readers' own affair. */
function meaning(node: Node): unknown {
  if (node.kind === 'scalar')
    return [node.value, node.source, node.source === '' ? 0 : node.start, node.inner !== undefined];
  if (node.kind === 'seq') return node.items.map(meaning);
  return node.entries.map((entry) => [entry.key, entry.keyIsText, entry.keySpot.start, meaning(entry.value)]);
}

/** Well-formed text in the styles people use. */
function yamlText(): fc.Arbitrary<string> {
  const scalar = fc.constantFrom(
    'a',
    'b.csv',
    'c d',
    '"q"',
    "'s'",
    '12',
    '1.5',
    'true',
    '~',
    '',
    '"\\t"',
    "'x''y'",
    'a:b',
    '2020-01-01',
    '-1',
    'x # y',
    'on',
    '"a: b"',
    '0x1F',
    '.inf',
    '1e3',
  );
  const flow = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('a', '"b"', '1', "'c'", 'd e', 'f-g'),
      tie('list'),
      tie('map'),
    ),
    list: fc
      .array(tie('node') as fc.Arbitrary<string>, { maxLength: 3 })
      .map((items) => `[${items.join(', ')}]`),
    map: fc
      .uniqueArray(fc.constantFrom('a', '"b"', 'c d', '1'), { maxLength: 3 })
      .chain((keys) =>
        fc
          .tuple(...keys.map(() => tie('node') as fc.Arbitrary<string>))
          .map((values) => `{${keys.map((key, index) => `${key}: ${values[index]}`).join(', ')}}`),
      ),
  })).node as fc.Arbitrary<string>;
  const block = (indent: number): fc.Arbitrary<string> => {
    const pad = ' '.repeat(indent);
    const value: fc.Arbitrary<string> =
      indent > 4
        ? fc.oneof(scalar, flow).map((text) => ` ${text}`)
        : fc.oneof(
            fc.oneof(scalar, flow).map((text) => ` ${text}`),
            block(indent + 2).map((text) => `\n${text}`),
          );
    const map = fc
      .uniqueArray(fc.constantFrom('a', 'b-c', '"d e"', '1', 'f.g', "'h'"), { minLength: 1, maxLength: 3 })
      .chain((keys) =>
        fc
          .tuple(...keys.map(() => value))
          .map((values) => keys.map((key, index) => `${pad}${key}:${values[index]}`).join('\n')),
      );
    const list = fc
      .array(fc.oneof(scalar, flow), { minLength: 1, maxLength: 3 })
      .map((items) => items.map((item) => `${pad}- ${item}`).join('\n'));
    return fc.oneof({ weight: 3, arbitrary: map }, list);
  };
  return block(0);
}
