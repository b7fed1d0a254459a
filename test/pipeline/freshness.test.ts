import { describe, expect, test } from '@jest/globals';
import {
  byItself,
  codeOf,
  freshness,
  freshnessText,
  onlyByNeeds,
  LONGEST_PROGRAM,
  plan,
  programText,
  type CodeFile,
  type Freshness,
  type FreshnessFacts,
  type Made,
} from '../../src/pipeline/pipeline.ts';
import { pipelineOf, pipelineWith } from './support.ts';

const MADE: Made = {
  image: 'python:v2',
  imageId: `sha256:${'a'.repeat(64)}`,
  command: 'c',
  config: 'k',
  outputs: 'o',
  code: { 'analysis/model.py': '1', 'codelists/a.csv': '2' },
  inputs: { 'output/rows.csv': '3' },
};
const facts = (more: Partial<FreshnessFacts> = {}): FreshnessFacts => ({
  then: MADE,
  now: MADE,
  failed: false,
  missing: [],
  edited: [],
  ...more,
});
const now = (more: Partial<Made>): FreshnessFacts => facts({ now: { ...MADE, ...more } });
const said = (one: FreshnessFacts): string => freshnessText(byItself(one));

describe('what makes a result out of date', () => {
  test.each([
    ['nothing', facts(), 'fresh'],
    ['no result', facts({ then: undefined }), 'never run'],
    ['no result but a failure', facts({ then: undefined, failed: true }), 'its last run failed'],
    ['a failure since', facts({ failed: true }), 'its last run failed'],
    [
      'a result of which nothing is known',
      facts({ then: 'unknown' }),
      'it is not known what it was made from',
    ],
    [
      'another version of its image',
      now({ image: 'python:v3' }),
      'its image changed from python:v2 to python:v3',
    ],
    [
      'another image of the same name',
      now({ imageId: `sha256:${'b'.repeat(64)}` }),
      'its image changed from sha256:aaaaaaaaaaaa to sha256:bbbbbbbbbbbb',
    ],
    ['an image nobody looked at', now({ imageId: undefined }), 'fresh'],
    ['its command', now({ command: 'd' }), 'its command changed'],
    ['its config', now({ config: 'l' }), 'its config changed'],
    ['its declared outputs', now({ outputs: 'p' }), 'its declared outputs changed'],
    ['a file edited', now({ code: { ...MADE.code, 'analysis/model.py': '9' } }), 'analysis/model.py changed'],
    ['a file gone', now({ code: { 'codelists/a.csv': '2' } }), 'analysis/model.py changed'],
    ['many files', now({ code: { a: '1', b: '1', c: '1' } }), 'a, analysis/model.py, b and 2 more changed'],
    [
      'a file named like a part of every object',
      now({ code: { ...MADE.code, constructor: '1' } }),
      'constructor changed',
    ],
    ['its inputs', now({ inputs: { 'output/rows.csv': '4' } }), 'what it reads changed: output/rows.csv'],
    ['an output deleted', facts({ missing: ['output/a.csv'] }), 'output/a.csv is gone'],
    ['outputs deleted', facts({ missing: ['a.csv', 'b.csv'] }), 'a.csv and b.csv are gone'],
    ['an output edited by hand', facts({ edited: ['a.csv'] }), 'a.csv was changed by something else'],
    [
      'outputs edited by hand',
      facts({ edited: ['a.csv', 'b.csv'] }),
      'a.csv and b.csv were changed by something else',
    ],
    [
      'a name that would act on the screen',
      facts({ missing: ['a\u001b[2J.csv'] }),
      'a\\u001b[2J.csv is gone',
    ],
  ])('%s', (_what, one, expected) => {
    const whole = ['fresh', 'never run'].includes(expected) ? expected : `out of date because ${expected}`;
    expect(said(one)).toBe(whole);
  });

  test('every reason is said, not only the first', () => {
    expect(said(facts({ failed: true, now: { ...MADE, command: 'd', config: 'l' } }))).toBe(
      'out of date because its last run failed; its command changed; its config changed',
    );
  });
});

describe('an action whose needs are not fresh is not fresh either', () => {
  const CHAIN = pipelineWith({ extract: [], model: ['extract'], report: ['model', 'extract'], other: [] });
  const all = (changed: Record<string, FreshnessFacts>): Map<string, Freshness> =>
    freshness(CHAIN, new Map(CHAIN.actions.map(({ name }) => [name, changed[name] ?? facts()])));
  const texts = (found: Map<string, Freshness>): string[] =>
    [...found].map(([name, one]) => `${name}: ${freshnessText(one)}`);

  test('down to the end, and nothing beside it', () => {
    expect(texts(all({ extract: now({ command: 'd' }) }))).toEqual([
      'extract: out of date because its command changed',
      'model: out of date because of extract',
      'report: out of date because of extract and model',
      'other: fresh',
    ]);
  });

  test('what has never run stays so; what is out of date by itself says both', () => {
    expect(
      texts(
        all({
          extract: facts({ then: undefined }),
          model: facts({ then: undefined }),
          report: facts({ failed: true }),
        }),
      ),
    ).toEqual([
      'extract: never run',
      'model: never run',
      'report: out of date because its last run failed; of extract and model',
      'other: fresh',
    ]);
  });

  test('whether a run of what it needs decides', () => {
    const found = all({ extract: now({ command: 'd' }), report: facts({ failed: true }) });
    expect([...found].map(([name, one]) => [name, onlyByNeeds(one)])).toEqual([
      ['extract', false],
      ['model', true],
      ['report', false],
      ['other', false],
    ]);
  });

  test('an action without facts is left out', () => {
    expect([...freshness(CHAIN, new Map([['model', facts()]])).keys()]).toEqual(['model']);
  });

  test('a chain of 10,000', () => {
    const long = pipelineWith(
      Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`a${n}`, n === 0 ? [] : [`a${n - 1}`]])),
    );
    const found = freshness(
      long,
      new Map(long.actions.map(({ name }) => [name, name === 'a0' ? facts({ failed: true }) : facts()])),
    );
    expect(freshnessText(found.get('a9999')!)).toBe('out of date because of a9998');
  });
});

describe('the code of an action', () => {
  const PIPELINE = pipelineOf(`version: 5
actions:
  extract:
    run: sqlrunner:v1 --output output/rows.csv ./analysis/extract.sql
    dummy_data_file: dummy/rows.csv
    outputs: {highly_sensitive: {a: output/rows.csv}}
  model:
    run: python:v2 python analysis/fit.py --settings=analysis/fit.json output/rows.csv
    needs: [extract]
    config: {also: helper}
    outputs: {highly_sensitive: {b: output/model.csv, c: 'all*/c.csv', d: d.csv}}
  report:
    run: python:v2 python analysis/report.py
    outputs: {highly_sensitive: {e: analysis/e.csv}}
`);
  const FILES: CodeFile[] = [
    { path: 'project.yaml', text: 'fit extract report' },
    { path: 'README.md', text: 'fit extract report' },
    { path: '.github/workflows/a.yml', text: 'fit' },
    { path: 'analysis/extract.sql', text: 'select 1' },
    { path: 'analysis/fit.py', text: 'import shared' },
    { path: 'analysis/fit.json', text: '{}' },
    { path: 'analysis/report.py', text: 'open("output/rows.csv"); open("output/fit.txt")' },
    { path: 'analysis/shared.py', text: 'x = 1' },
    { path: 'dummy/rows.csv', text: 'a\n1\n' },
    { path: 'data.bin' },
  ];
  const of = (action: string, files = FILES, pipeline = PIPELINE): string[] => {
    const { shared, own } = codeOf(pipeline, files);
    return [...shared, ...own.get(action)!].sort();
  };
  const SHARED = ['analysis/shared.py', 'data.bin'];

  test('is everything but what other actions name, and what only people read', () => {
    expect(of('extract')).toEqual(['analysis/extract.sql', ...SHARED, 'dummy/rows.csv']);
    expect(of('model')).toEqual(['analysis/fit.json', 'analysis/fit.py', ...SHARED]);
    expect(of('report')).toEqual(['analysis/report.py', ...SHARED]);
  });

  test('a program of another action belongs to it when its own program mentions that', () => {
    const importing = FILES.map((file) =>
      file.path === 'analysis/report.py' ? { ...file, text: 'from fit import x' } : file,
    );
    expect(of('report', importing)).toEqual([
      'analysis/fit.json',
      'analysis/fit.py',
      'analysis/report.py',
      ...SHARED,
    ]);
    expect(of('extract', importing)).not.toContain('analysis/fit.py');
  });

  test('mentioned by a file that all may read it belongs to all, with what it mentions itself', () => {
    const shared = FILES.map((file) => {
      if (file.path === 'analysis/shared.py') return { ...file, text: 'import report' };
      return file.path === 'analysis/report.py' ? { ...file, text: 'import extract' } : file;
    });
    expect(of('model', shared)).toEqual(
      expect.arrayContaining(['analysis/report.py', 'analysis/extract.sql']),
    );
  });

  test('mentioned in its config or command, too', () => {
    const helper = [...FILES, { path: 'analysis/helper.py' }];
    const named = pipelineOf(
      `version: 5\nactions:\n  a:\n    run: r:v1 analysis/helper.py\n    outputs: {highly_sensitive: {a: a.csv}}\n  b:\n    run: r:v1 x.R\n    config: {also: helper}\n    outputs: {highly_sensitive: {b: b.csv}}\n`,
    );
    expect(of('b', helper, named)).toContain('analysis/helper.py');
  });

  test('a name without an ending, and one without a word, are looked for as they are', () => {
    const odd = pipelineOf(
      'version: 5\nactions:\n  a:\n    run: r:v1 Makefile --.R\n    outputs: {highly_sensitive: {a: a.csv}}\n  b:\n    run: r:v1 x.R\n    outputs: {highly_sensitive: {b: b.csv}}\n',
    );
    expect(of('b', [{ path: 'Makefile' }, { path: '--.R' }], odd)).toEqual(['--.R']);
  });
});

test('to refresh, an action that is named and has a good result is kept', () => {
  const pipeline = pipelineWith({ extract: [], model: ['extract'] });
  const latest = new Map([['model', { job: 'j', action: 'model', state: 'succeeded' as const }]]);
  const asked = { pipeline, asked: ['model', 'model'], latest, force: false };

  expect(plan({ ...asked, refresh: true })).toEqual({
    jobs: [],
    reused: [{ action: 'model', job: 'j', why: 'succeeded' }],
  });
  expect(plan(asked)).toMatchObject({ jobs: [{ action: 'extract' }, { action: 'model', why: 'asked-for' }] });
});

test.each([
  ['a program', 'analysis/model.py', Buffer.from('import other'), 'import other'],
  ['a table', 'dummy/rows.CSV', Buffer.from('model'), undefined],
  ['bytes', 'analysis/model.rds', Buffer.from([109, 0, 1]), undefined],
  ['a long file', 'analysis/notes.txt', Buffer.alloc(LONGEST_PROGRAM + 1, 'a'), undefined],
  ['the longest program', 'a.py', Buffer.alloc(LONGEST_PROGRAM, 'a'), 'a'.repeat(LONGEST_PROGRAM)],
])('of %s, what is searched for names', (_what, path, bytes, expected) => {
  expect(programText(path, bytes)).toBe(expected);
});
