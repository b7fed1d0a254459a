/** How `check` answers programs: SARIF, annotations, and the note about images. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { Command } from 'commander';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { imagesFinder, imagesHere } from '../../src/cli/check-images.ts';
import type { Action } from '../../src/pipeline/pipeline.ts';
import { registerCheck, runCheck, type CheckForm, type CheckOptions } from '../../src/cli/check.ts';

const GOOD =
  'version: 5\nactions:\n  a:\n    run: r:v1 a.R\n    outputs: {highly_sensitive: {d: d.csv}}\n' +
  '  b:\n    run: sqlrunner:v1 --output e.csv b.sql\n    outputs: {highly_sensitive: {e: e.csv}}\n';
const BAD = GOOD.replace('version: 5', 'version: 4').replace('r:v1 a.R', "r:v1 'a.R").concat('    nope: 1\n');

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'check-'));
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  rmSync(folder, { recursive: true });
});

function put(name: string, content: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

async function check(
  form: CheckForm,
  paths: string[],
  options: Partial<CheckOptions> = {},
): Promise<{ code: number; text: string }> {
  let text = '';
  const out = { write: (more: string) => (text += more) };
  const code = await runCheck(paths, { form, color: false, out, top: folder, ...options });
  return { code, text };
}

test('annotations stand at their places, relative to the top of the repository', async () => {
  put('study/project.yaml', BAD);
  put('study/codelists/codelists.txt', 'org/a/1\n');
  const { code, text } = await check('github', [path.join(folder, 'study')]);
  expect(code).toBe(1);
  expect(text).toMatchInlineSnapshot(`
   "::warning file=study/project.yaml,line=1,endLine=1,col=10,endColumn=10,title=project.old-version::Version 4 is an old version of the project file.%0AConsider "version: 5".
   ::error file=study/project.yaml,line=4,endLine=4,col=15,endColumn=15,title=project.run-quoting::This quote is opened and never closed.%0AClose it, or write \\ before it when it is meant as a character.
   ::error file=study/project.yaml,line=9,endLine=9,col=5,endColumn=8,title=P9::"nope" is not a part of an action.%0AThe parts are run, outputs, needs, config, dummy_data_file, permissions, for_each.
   ::error file=study/codelists/codelists.txt,line=1,endLine=1,col=1,title=codelists.no-manifest::There are codelists but no codelists.json, which records what was downloaded.%0ADownload the codelists again, and commit codelists.txt, codelists.json and the CSV files together.
   "
  `);
});

test('nothing in a study begins a workflow command of its own', async () => {
  put('a,b:c/project.yaml', `version: 5\nactions:\n  "x%0A::add-mask::y":\n    run: "a\\n::error::z"\n`);
  const { text } = await check('github', [path.join(folder, 'a,b:c')]);

  expect(
    text
      .trimEnd()
      .split('\n')
      .every((line) => line.startsWith('::error file=a%2Cb%3Ac/project.yaml,')),
  ).toBe(true);
  expect(text).toContain('"x%250A::add-mask::y"');
});

test('more errors than GitHub shows are counted', async () => {
  put(
    'project.yaml',
    `version: 5\nactions:\n${Array.from({ length: 11 }, (_, at) => `  a${at}: 1\n`).join('')}`,
  );
  const { text } = await check('github', [folder]);
  expect(text.trimEnd().split('\n').at(-1)).toMatch(
    /^::notice title=check::11 errors in .*; GitHub shows 10 of a step/,
  );
  put('project.yaml', GOOD);
  expect(await check('github', [folder])).toEqual({ code: 0, text: '' });
});

/** The parts of the SARIF 2.1.0 schema that are used, with what it requires of them, and nothing else. */
const only = (properties: object, required: string[] = []): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const text = only({ text: { type: 'string', minLength: 1 } }, ['text']);
const place = { type: 'integer', minimum: 1 };
const SARIF = only(
  {
    $schema: { type: 'string', pattern: '^https://docs\\.oasis-open\\.org/.*sarif-schema-2\\.1\\.0\\.json$' },
    version: { enum: ['2.1.0'] },
    runs: {
      type: 'array',
      minItems: 1,
      items: only(
        {
          tool: only(
            {
              driver: only(
                {
                  name: { type: 'string' },
                  version: { type: 'string' },
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: only({ id: { type: 'string' } }, ['id']),
                  },
                },
                ['name'],
              ),
            },
            ['driver'],
          ),
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          results: {
            type: 'array',
            items: only(
              {
                ruleId: { type: 'string' },
                ruleIndex: { type: 'integer', minimum: 0 },
                level: { enum: ['none', 'note', 'warning', 'error'] },
                message: text,
                locations: {
                  type: 'array',
                  items: only({
                    physicalLocation: only({
                      artifactLocation: only({
                        uri: { type: 'string', pattern: "^[A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%-]+$" },
                        uriBaseId: { type: 'string' },
                      }),
                      region: only({
                        startLine: place,
                        startColumn: place,
                        endLine: place,
                        endColumn: place,
                      }),
                    }),
                  }),
                },
              },
              ['message'],
            ),
          },
        },
        ['tool'],
      ),
    },
  },
  ['version', 'runs'],
);

interface Log {
  runs: {
    tool: { driver: { rules: { id: string }[] } };
    results: {
      ruleId: string;
      ruleIndex: number;
      level: string;
      locations: [{ physicalLocation: { artifactLocation: object; region: object } }];
    }[];
  }[];
}

test('one SARIF log for all paths, valid, each rule once', async () => {
  const validate = new Ajv({ allErrors: true }).compile(SARIF);
  put('a study#1/project.yaml', BAD);
  const right = put('project.yaml', GOOD);
  const { code, text: log } = await check('sarif', [path.join(folder, 'a study#1'), right, '/nowhere/x y']);
  const read = JSON.parse(log) as Log;
  expect([validate(read), validate.errors]).toEqual([true, null]);
  expect(code).toBe(1);
  const [run] = read.runs;
  expect(
    run!.results.map(({ ruleId, level, locations }) => [ruleId, level, locations[0].physicalLocation]),
  ).toEqual([
    ['project.old-version', 'warning', at(1, 10, 11)],
    ['project.run-quoting', 'error', at(4, 15, 16)],
    ['P9', 'error', at(9, 5, 9)],
    [
      'check.missing',
      'error',
      { artifactLocation: { uri: 'file:///nowhere/x%20y' }, region: { startLine: 1, startColumn: 1 } },
    ],
  ]);
  const rules = run!.tool.driver.rules.map(({ id }) => id);
  expect(run!.results.every(({ ruleId, ruleIndex }) => rules[ruleIndex] === ruleId)).toBe(true);
  const none = JSON.parse((await check('sarif', [right])).text) as Log;
  expect([validate(none), none.runs[0]?.results]).toEqual([true, []]);
});

function at(startLine: number, startColumn: number, endColumn: number): object {
  return {
    artifactLocation: { uri: 'a%20study%231/project.yaml', uriBaseId: '%SRCROOT%' },
    region: { startLine, startColumn, endLine: startLine, endColumn },
  };
}

/** Answers as an engine does, or as `how` says; its address for DOCKER_HOST. */
async function engine(how: { body?: string; status?: number; silent?: boolean }): Promise<string> {
  const socket = path.join(folder, 'engine.sock');
  server = createServer((asked, answer) => {
    if (how.silent) return;
    answer.writeHead(asked.url === '/images/json' ? (how.status ?? 200) : 404).end(how.body);
  });
  await new Promise<void>((resolve) => server!.listen(socket, resolve));
  return `unix://${socket}`;
}

const WANTED = [
  { name: 'r', tag: 'v1' },
  { name: 'python', tag: 'latest' },
  { name: 'jupyter', tag: 'v2' },
];

test('an engine says which images are here, by their registry or bare', async () => {
  const host = await engine({
    body: JSON.stringify([
      { RepoTags: ['x.example/y/r:v1'] },
      { RepoTags: null },
      null,
      { RepoTags: ['python:v1', 3] },
    ]),
  });
  const here = await imagesHere(WANTED, { DOCKER_HOST: host, SALLYPORT_IMAGES: 'x.example/y' }, 60_000);
  expect(here).toEqual({
    present: ['r:v1', 'python:latest'],
    missing: [{ image: 'jupyter:v2', pull: 'x.example/y/jupyter:v2' }],
  });

  put('project.yaml', GOOD);
  const asked: unknown[] = [];
  const images = async (wanted: unknown) => {
    asked.push(wanted);
    return here;
  };
  expect((await check('text', [folder], { images })).text.replaceAll(folder, '.')).toMatchInlineSnapshot(`
   "./project.yaml is right: 2 actions
     images on this machine: r:v1, python:latest
     jupyter:v2 is not on this machine: sallyport pull x.example/y/jupyter:v2
   "
  `);
  expect(asked).toEqual([[{ name: 'r', tag: 'v1' }]]);
  put('project.yaml', BAD);
  await check('text', [folder], { images });
  await check('json', [folder], { images });
  expect(asked).toHaveLength(1);
});

test.each<[string, { body?: string; status?: number; silent?: boolean }]>([
  ['is silent', { silent: true }],
  ['answers something else', { body: 'hello' }],
  ['answers no list', { body: '{"RepoTags": ["r:v1"]}' }],
  ['refuses', { body: '[]', status: 500 }],
])('an engine that %s is as good as none', async (_name, how) => {
  const host = await engine(how);
  expect(await imagesHere(WANTED, { DOCKER_HOST: host }, how.silent ? 20 : 60_000)).toBeUndefined();
});

test.each([
  ['a socket that is not there', 'unix:///nowhere/docker.sock'],
  ['a machine elsewhere', 'tcp://engine.example:2375'],
  ['ssh', 'ssh://me@engine.example'],
])('nobody is asked at %s', async (_name, host) => {
  expect(await imagesHere(WANTED, { DOCKER_HOST: host }, 60_000)).toBeUndefined();
});

test('an engine is found by the context that the docker command has chosen', async () => {
  const host = await engine({ body: JSON.stringify([{ RepoTags: ['python:v1'], Id: 'sha256:1' }]) });
  const digest = createHash('sha256').update('mine').digest('hex');
  put(
    `docker/contexts/meta/${digest}/meta.json`,
    JSON.stringify({ Name: 'mine', Endpoints: { docker: { Host: host } } }),
  );
  const env = { DOCKER_CONFIG: path.join(folder, 'docker'), HOME: folder };
  const named = await imagesHere(WANTED, { ...env, DOCKER_CONTEXT: 'mine' }, 60_000);
  expect(named?.present).toEqual(['python:latest']);
  expect(await imagesHere(WANTED, { ...env, DOCKER_CONTEXT: 'other' }, 60_000)).toBeUndefined();
  put('docker/config.json', JSON.stringify({ currentContext: 'mine' }));
  expect((await imagesHere(WANTED, env, 60_000))?.present).toEqual(['python:latest']);
});

test('which image a name means is asked once, and of an engine that is silent nothing is known', async () => {
  const host = await engine({ body: JSON.stringify([{ RepoTags: ['localhost/r:v1'], Id: 'sha256:7' }]) });
  const find = imagesFinder({ DOCKER_HOST: host }, 60_000);
  const action = (name: string) => ({ image: { name, tag: 'v1' } }) as Action;
  expect(await find(action('r'))).toEqual({ name: 'localhost/r:v1', id: 'sha256:7' });
  expect((await find(action('python'))).id).toBeUndefined();
  const silent = imagesFinder({ DOCKER_HOST: `unix://${folder}/none.sock` }, 60_000);
  expect((await silent(action('r'))).id).toBeUndefined();
});

test('the forms exclude each other, and the help names the exit codes', async () => {
  const root = new Command('sallyport').exitOverride().configureOutput({ writeErr: () => undefined });
  registerCheck(root);
  const command = root.commands[0]!.exitOverride().configureOutput({ writeErr: () => undefined });
  await expect(root.parseAsync(['check', '--json', '--sarif'], { from: 'user' })).rejects.toMatchObject({
    code: 'commander.conflictingOption',
  });
  let help = '';
  command.configureOutput({ writeOut: (more) => (help += more) }).outputHelp();
  expect(help).toMatch(/0 {2}everything is right; warnings do not count/);
});

test('the command takes paths relative to the top that a runner names', async () => {
  put('deep/project.yaml', BAD);
  let printed = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((more) => {
    printed += String(more);
    return true;
  });
  const before = process.exitCode;
  process.env['GITHUB_WORKSPACE'] = folder;
  try {
    const root = new Command('sallyport').exitOverride();
    registerCheck(root);
    await root.parseAsync(['check', '--github', path.join(folder, 'deep')], { from: 'user' });
    expect(process.exitCode).toBe(1);
  } finally {
    delete process.env['GITHUB_WORKSPACE'];
    process.exitCode = before;
    write.mockRestore();
  }
  expect(printed).toContain('::error file=deep/project.yaml,line=4,');
});
