import { describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { createHash } from 'node:crypto';
import { checkCodelists, codelistFolder, codelistHash } from '../../src/pipeline/pipeline.ts';

const CSV = Buffer.from('code,term\n1,asthma\n');

function folder(
  lines: string[],
  ids: Record<string, string>,
  csvs: Record<string, Uint8Array | string> = {},
) {
  const files = Object.fromEntries(
    Object.entries(ids).map(([csv, id]) => [
      csv,
      { id, url: 'x', downloaded_at: 'x', sha: codelistHash(CSV) },
    ]),
  );
  return {
    codelistsTxt: lines.join('\n'),
    codelistsJson: JSON.stringify({ files }, null, 2),
    files: new Map(
      Object.entries({ ...Object.fromEntries(Object.keys(ids).map((csv) => [csv, CSV])), ...csvs }),
    ),
  };
}

function found(...args: Parameters<typeof checkCodelists>): string[] {
  return checkCodelists(...args).map(({ code, path, line, column }) => `${code} ${path}:${line}:${column}`);
}

test('what agrees is right: comments, blank lines, a slash at the end, a user’s list', () => {
  expect(
    found(
      folder(['# lists', '', ' org/asthma/2020-01-01/ ', 'user/someone/pupils/v1'], {
        'org-asthma.csv': 'org/asthma/2020-01-01',
        'user-someone-pupils.csv': 'user/someone/pupils/v1/',
      }),
    ),
  ).toEqual([]);
});

test('no folder, or an empty one, needs no check', () => {
  expect(found({ files: new Map() })).toEqual([]);
  expect(found(codelistFolder(new Map()))).toEqual([]);
});

test('the folder is told from its files', () => {
  const files = new Map<string, Uint8Array | string>([
    ['codelists.txt', Buffer.from('org/asthma/1')],
    ['codelists.json', '{}'],
    ['org-asthma.csv', 'hash'],
    ['README.md', CSV],
  ]);
  expect(codelistFolder(files)).toEqual({
    codelistsTxt: 'org/asthma/1',
    codelistsJson: '{}',
    files: new Map([['org-asthma.csv', 'hash']]),
  });
});

describe('codelists.txt', () => {
  const lines = (...all: string[]): string[] =>
    found({ ...folder(all, {}), codelistsJson: undefined }).filter(
      (each) => !each.startsWith('codelists.no-manifest'),
    );
  test.each([
    [['org/asthma'], ['codelists.line codelists/codelists.txt:1:1']],
    [['', '  org/a/b/c/d'], ['codelists.line codelists/codelists.txt:2:3']],
    [['user/someone/asthma'], ['codelists.line codelists/codelists.txt:1:1']],
    [['org/../v1'], ['codelists.line codelists/codelists.txt:1:1']],
    [['https://example.org/codelist/org/asthma/1'], ['codelists.line codelists/codelists.txt:1:1']],
    [['org/asthma/1', 'org/asthma/1/'], ['codelists.duplicate codelists/codelists.txt:2:1']],
    [['org/asthma/1', 'org/asthma/2'], ['codelists.two-versions codelists/codelists.txt:2:1']],
    [['a/b-c/1', 'a-b/c/1'], ['codelists.same-file codelists/codelists.txt:2:1']],
    [['\uFEFForg/asthma/1\r', 'org/asthma/1'], ['codelists.duplicate codelists/codelists.txt:2:1']],
  ])('%j', (all, expected) => {
    expect(lines(...all)).toEqual(expected);
  });
  test('an address is told how to become a line', () => {
    expect(checkCodelists({ ...folder(['https://x'], {}) })[0]).toMatchObject({
      hint: 'Write only its last parts: organisation/codelist/version.',
    });
  });
});

describe('codelists.json', () => {
  const manifest = (codelistsJson: string): string[] =>
    found({ codelistsTxt: '', codelistsJson, files: new Map() });
  test.each(['', 'x', '[]', '{}', '{"files": []}', '{"files": null}'])('%j is no manifest', (text) => {
    expect(manifest(text)).toEqual(['codelists.manifest codelists/codelists.json:1:1']);
  });
  test.each(['null', '{}', '{"id": "a/b/c"}', '{"id": 1, "sha": "x"}'])(
    'the entry %s is refused on its line',
    (entry) => {
      expect(manifest(`{"files":\n  {"a-b.csv": ${entry}}}`)).toEqual([
        'codelists.manifest codelists/codelists.json:2:4',
      ]);
    },
  );
  test('it must be there when codelists are', () => {
    expect(found({ codelistsTxt: 'a/b/1', files: new Map() })).toEqual([
      'codelists.no-manifest codelists/codelists.txt:1:1',
    ]);
    expect(found({ files: new Map([['a-b.csv', CSV]]) })).toEqual([
      'codelists.no-manifest codelists/codelists.txt:1:1',
    ]);
  });
});

describe('what was listed, what was downloaded and what is there', () => {
  test.each([
    [
      'listed, not downloaded',
      folder(['a/b/1'], {}),
      ['codelists.not-downloaded codelists/codelists.txt:1:1'],
    ],
    [
      'downloaded, not listed',
      folder([], { 'a-b.csv': 'a/b/1' }),
      ['codelists.not-listed codelists/codelists.json:3:5'],
    ],
    [
      'another version downloaded',
      folder(['a/b/2'], { 'a-b.csv': 'a/b/1' }),
      [
        'codelists.not-downloaded codelists/codelists.txt:1:1',
        'codelists.not-listed codelists/codelists.json:3:5',
      ],
    ],
    [
      'recorded under another name',
      folder(['a/b/1'], { 'x.csv': 'a/b/1' }),
      ['codelists.manifest codelists/codelists.json:3:5'],
    ],
    [
      'a file too many',
      folder(['a/b/1'], { 'a-b.csv': 'a/b/1' }, { 'mine.csv': CSV }),
      ['codelists.extra-file codelists/mine.csv:1:1'],
    ],
    [
      'another content',
      folder(['a/b/1'], { 'a-b.csv': 'a/b/1' }, { 'a-b.csv': Buffer.from('other') }),
      ['codelists.changed codelists/a-b.csv:1:1'],
    ],
    [
      'another hash',
      folder(['a/b/1'], { 'a-b.csv': 'a/b/1' }, { 'a-b.csv': '00' }),
      ['codelists.changed codelists/a-b.csv:1:1'],
    ],
    [
      'the same content with other line ends',
      folder(['a/b/1'], { 'a-b.csv': 'a/b/1' }, { 'a-b.csv': Buffer.from('code,term\r\n1,asthma') }),
      [],
    ],
  ])('%s', (_name, held, expected) => {
    expect(found(held)).toEqual(expected);
  });
  test('a missing file', () => {
    expect(found({ ...folder(['a/b/1'], { 'a-b.csv': 'a/b/1' }), files: new Map() })).toEqual([
      'codelists.missing-file codelists/codelists.json:3:5',
    ]);
  });
});

test('the hash is that of the text with plain line ends and one final line end removed', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\r', '\n', 'é') }), (text) => {
      const plain = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').replace(/\n$/, '');
      expect(codelistHash(Buffer.from(text))).toBe(createHash('sha1').update(plain).digest('hex'));
    }),
  );
});

test('no files make it throw', () => {
  const maybe = fc.option(fc.oneof(fc.string(), fc.json()), { nil: undefined });
  fc.assert(
    fc.property(
      maybe,
      maybe,
      (codelistsTxt, codelistsJson) => void checkCodelists({ codelistsTxt, codelistsJson, files: new Map() }),
    ),
  );
});
