import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registerCheck, runCheck } from '../../src/cli/check.ts';
import { codelistHash, MAX_ACTIONS } from '../../src/pipeline/pipeline.ts';

const GOOD = 'version: 5\nactions:\n  a:\n    run: r:v1 a.R\n    outputs: {highly_sensitive: {d: d.csv}}\n';
const BAD =
  GOOD.replace('r:v1 a.R', "r:v1 'a.R").replace('{d: d.csv}}', '{d: d.csv}}\n    needs: [extrct]') +
  '  extract: {run: "r:v1", outputs: {highly_sensitive: {e: e.csv}}}\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'check-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

async function check(
  paths: string[],
  options: { json?: boolean; color?: boolean } = {},
): Promise<{ code: number; text: string }> {
  let text = '';
  const out = { write: (more: string) => (text += more) };
  const form = options.json ? 'json' : 'text';
  const code = await runCheck(paths, { form, color: options.color ?? false, out, top: folder });
  return { code, text: text.replaceAll(folder, '.') };
}

/** What programs get: one object for each path. */
async function json(...paths: string[]): Promise<{
  code: number;
  answers: { path: string; ok: boolean; errors: { code: string; file?: string }[]; warnings: object[] }[];
}> {
  const { code, text } = await check(paths, { json: true });
  return {
    code,
    answers: text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  };
}

describe('for people', () => {
  test('a right project is one line', async () => {
    put('project.yaml', GOOD.replace('5', '4'));
    expect(await check([folder])).toMatchInlineSnapshot(`
     {
       "code": 0,
       "text": "./project.yaml:1:10 warning Version 4 is an old version of the project file. [project.old-version]
       1 | version: 4
         |          ^
       → Consider "version: 5".

     ./project.yaml is right: 1 action, 1 warning
     ",
     }
    `);
  });

  test('every mistake is shown with its line, a caret and what to do', async () => {
    put('project.yaml', BAD);
    const { code, text } = await check([folder]);
    expect(code).toBe(1);
    expect(text).toMatchInlineSnapshot(`
     "./project.yaml:4:15 error This quote is opened and never closed. [project.run-quoting]
       4 |     run: r:v1 'a.R
         |               ^
       → Close it, or write \\ before it when it is meant as a character.

     ./project.yaml:6:13 error needs: "extrct" is not an action here. [P32]
       6 |     needs: [extrct]
         |             ^^^^^^
       → Did you mean "extract"?

     ./project.yaml: 2 errors
     "
    `);
  });

  test('a long line is shown around the place, and nothing acts on the screen', async () => {
    const file = put(
      'p.yaml',
      `${'#'.repeat(100)}\n{"version": 5, "x\\u001b": 1, "actions": {${Array.from({ length: 9 }, (_, index) => `"a${index}": {"run": "r:v1 ${index}", "outputs": {"highly_sensitive": {"d": "${index}${index === 5 ? '\u202e' : ''}.csv"}}}`).join(', ')}}}`,
    );
    const { text } = await check([file]);
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202e');
    expect(text).toMatchInlineSnapshot(`
     "./p.yaml:2:16 error "x\\u001b" is not a part of a project file. [P1]
       2 | {"version": 5, "x\\u001b": 1, "actions": {"a0": {"run": "r:v1 0", "outputs":…
         |                ^^^^^^^^^
       → The parts are version, actions, expectations, defaults.

     ./p.yaml:2:474 error The path "5\\u202e.csv" contains a character that cannot be seen. [project.path-character]
       2 | …5": {"run": "r:v1 5", "outputs": {"highly_sensitive": {"d": "5\\u202e.csv"}}}, "a6": {"run": "r:v1 6", "outputs": {"highly_sen…
         |                                                              ^^^^^^^^^^^^^
       → Remove it.

     ./p.yaml: 2 errors
     "
    `);
  });

  test('Windows line ends do not show', async () => {
    const file = put('p.yaml', 'version: six\r\nactions: {}\r\n');
    expect((await check([file])).text).toContain('1 | version: six\n');
  });

  test('colours only when asked for', async () => {
    put('project.yaml', BAD);
    expect((await check([folder], { color: true })).text).toContain('\u001b[31merror\u001b[39m');
    put('project.yaml', GOOD);
    expect((await check([folder], { color: true })).text).toContain('\u001b[32m');
    expect((await check([folder])).text).not.toContain('\u001b');
  });
});

describe('for programs', () => {
  test('one object per path and line, 0 only when all are right', async () => {
    const good = put('good/project.yaml', GOOD);
    const bad = put('bad/other.yaml', BAD);
    const { code, text } = await check([good, path.join(folder, 'good'), bad], { json: true });

    expect(code).toBe(1);
    expect(text).toMatchInlineSnapshot(`
     "{"path":"./good/project.yaml","ok":true,"errors":[],"warnings":[]}
     {"path":"./good","ok":true,"errors":[],"warnings":[]}
     {"path":"./bad/other.yaml","ok":false,"errors":[{"code":"project.run-quoting","line":4,"column":15,"message":"This quote is opened and never closed. Close it, or write \\\\ before it when it is meant as a character."},{"code":"P32","line":6,"column":13,"message":"needs: \\"extrct\\" is not an action here. Did you mean \\"extract\\"?"}],"warnings":[]}
     "
    `);
    expect((await json(good, path.dirname(good))).code).toBe(0);
  });

  test('a warning alone is right', async () => {
    const { code, answers } = await json(put('p.yaml', GOOD.replace('5', '4')));
    expect([code, answers[0]?.ok, answers[0]?.warnings]).toEqual([
      0,
      true,
      [
        {
          code: 'project.old-version',
          line: 1,
          column: 10,
          message: 'Version 4 is an old version of the project file. Consider "version: 5".',
        },
      ],
    ]);
  });
});

describe('codelists of a study', () => {
  const CSV = Buffer.from('code\n1\n');
  const manifest = JSON.stringify({
    files: { 'org-asthma.csv': { id: 'org/asthma/1', url: 'u', downloaded_at: 'd', sha: codelistHash(CSV) } },
  });

  test('that agree are right', async () => {
    put('project.yaml', GOOD);
    put('codelists/codelists.txt', 'org/asthma/1\n');
    put('codelists/codelists.json', manifest);
    put('codelists/org-asthma.csv', CSV);
    put('codelists/README.md', 'x');
    expect((await check([folder])).code).toBe(0);
  });

  test('that were changed are named with their file', async () => {
    put('project.yaml', GOOD);
    put('codelists/codelists.txt', 'org/asthma/1\norg/asthma/2\n');
    put('codelists/codelists.json', manifest);
    put('codelists/org-asthma.csv', 'changed');
    mkdirSync(path.join(folder, 'codelists/folder.csv'));
    const { code, answers } = await json(folder);
    expect(code).toBe(1);
    expect(answers[0]?.errors.map(({ code: each, file }) => `${each} ${file}`)).toEqual([
      'check.unreadable codelists/folder.csv',
      'codelists.two-versions codelists/codelists.txt',
      'codelists.not-downloaded codelists/codelists.txt',
      'codelists.changed codelists/org-asthma.csv',
    ]);
    expect((await check([`${folder}/`])).text).toContain(
      './codelists/codelists.txt:2:1 error Line 1 lists another version',
    );
  });

  test('are not looked at for a project file alone', async () => {
    const file = put('project.yaml', GOOD);
    put('codelists/codelists.txt', 'nonsense');
    expect((await check([file])).code).toBe(0);
  });

  test('a file where the folder should be is a finding', async () => {
    put('project.yaml', GOOD);
    put('codelists', 'x');
    expect((await json(folder)).answers[0]?.errors).toMatchObject([
      { code: 'check.unreadable', file: 'codelists' },
    ]);
  });
});

describe('paths that are not projects are findings, never a crash', () => {
  test.each([
    ['a path that is not there', () => path.join(folder, 'nothing'), 'check.missing'],
    ['a folder without project.yaml', () => folder, 'check.no-project'],
    ['a path through a file', () => path.join(put('x', ''), 'y'), 'check.unreadable'],
    ['a folder through a broken link of names', () => path.join(folder, 'a'.repeat(300)), 'check.unreadable'],
    ['a device', () => '/dev/null', 'check.not-a-file'],
    [
      'a folder called project.yaml',
      () => path.dirname(path.dirname(put('project.yaml/x', ''))),
      'check.not-a-file',
    ],
    ['NUL in the path', () => 'a\0b', 'check.unreadable'],
    ['an empty file', () => put('p', ''), 'project.empty'],
    ['a binary', () => put('p', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00])), 'project.not-text'],
    ['NUL bytes', () => put('p', Buffer.alloc(100_000)), 'project.character'],
    ['5 MB', () => put('p', `${GOOD}#${'x'.repeat(5_000_000)}`), 'project.too-large'],
    [
      '5 MB of a study',
      () => path.dirname(put('project.yaml', '# x\n'.repeat(1_250_000))),
      'project.too-large',
    ],
    [
      'more actions than are taken',
      () =>
        put(
          'p',
          `version: 5\nactions:\n${Array.from({ length: MAX_ACTIONS + 1 }, (_, index) => ` a${index}: {}`).join('\n')}`,
        ),
      'project.too-many-actions',
    ],
    [
      'an alias bomb',
      () =>
        put(
          'p',
          [
            'a: &a [x, x]',
            ...[...'bcdefghijklmnopqrst'].map(
              (name, index) =>
                `${name}: &${name} [*${'abcdefghijklmnopqrs'[index]}, *${'abcdefghijklmnopqrs'[index]}]`,
            ),
          ].join('\n'),
        ),
      'project.yaml-aliases',
    ],
    ['deep nesting', () => put('p', '['.repeat(1_000_000)), 'project.too-deep'],
  ])('%s', async (_name, make, code) => {
    const { code: exit, answers } = await json(make());
    expect([exit, answers.length, answers[0]?.ok]).toEqual([1, 1, false]);
    expect(answers[0]?.errors[0]).toMatchObject({ code, line: expect.any(Number) });
    expect((await check([make()])).code).toBe(1);
  });

  test('10,000 actions are checked', async () => {
    const actions = Array.from(
      { length: 10_000 },
      (_, index) =>
        `  a${index}:\n    run: r:v1 ${index}\n    needs: [${index ? `a${index - 1}` : ''}]\n    outputs: {highly_sensitive: {data: o/${index}.csv}}`,
    );
    expect(await check([put('p', `version: 5\nactions:\n${actions.join('\n')}\n`)])).toEqual({
      code: 0,
      text: './p is right: 10,000 actions\n',
    });
  });
});

describe('the command', () => {
  async function sallyport(...words: string[]): Promise<string> {
    let printed = '';
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    const before = process.exitCode;
    try {
      const root = new Command('sallyport').exitOverride();
      registerCheck(root);
      await root.parseAsync(['check', ...words], { from: 'user' });
      return `${process.exitCode} ${printed}`;
    } finally {
      process.exitCode = before;
      write.mockRestore();
    }
  }

  test('takes several paths and --json', async () => {
    const good = put('p', GOOD);
    expect((await sallyport('--json', good, good)).split('\n')).toHaveLength(3);
    expect(await sallyport(path.join(folder, 'nothing'))).toMatch(/^1 .*check.missing/);
  });

  test('checks the folder it stands in when no path is given', async () => {
    put('project.yaml', GOOD);
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(await sallyport('--json')).toBe('0 {"path":".","ok":true,"errors":[],"warnings":[]}\n');
    } finally {
      process.chdir(before);
    }
  });
});
