/** The command for continuous integration and the App's checks on the same commits: finding by finding the same. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCi } from '../../src/cli/ci-work.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import { HUB_MIGRATIONS, ownDatabase } from '../support/database.ts';
import { scriptedEngine, scriptedExecutor } from '../support/scripted-executor.ts';
import { aWorld, type World } from '../support/world.ts';

let world: World;
let database: OpenDatabase;
let dir: string;
beforeAll(async () => {
  database = await ownDatabase(HUB_MIGRATIONS);
  world = await aWorld({ database });
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-same-words-'));
});
afterAll(async () => {
  await world.stop();
  await database.close();
  rmSync(dir, { recursive: true, force: true });
});

const GOOD = `version: 5
actions:
  extract:
    run: sqlrunner:v1 --output output/rows.csv query.sql
    dummy_data_file: dummy.csv
    outputs: {highly_sensitive: {rows: output/rows.csv}}
  model:
    run: python:v2 model.py
    needs: [extract]
    outputs: {moderately_sensitive: {table: output/table.csv}}
`;
const changed = (from: string | RegExp, to: string): Record<string, string> => ({
  'project.yaml': GOOD.replace(from, to),
});
const lists = (text: string, files: object, csv?: string): Record<string, string> => ({
  'project.yaml': GOOD,
  'codelists/codelists.txt': text,
  'codelists/codelists.json': JSON.stringify({ files }),
  ...(csv === undefined ? {} : { 'codelists/org-smoking.csv': csv }),
});

const STUDIES: [name: string, files: Record<string, string>][] = [
  ['that is good', { 'project.yaml': GOOD }],
  ['of the format before', changed('version: 5', "version: '4.0'")],
  [
    'of the third format, which has expectations',
    changed('version: 5', "version: '3.0'\nexpectations:\n  population_size: 1000"),
  ],
  ['of the first format', changed('version: 5', 'version: 1')],
  ['without a version', changed('version: 5\n', '')],
  ['that is no YAML', changed('actions:', 'actions: {')],
  [
    'with tabs, a repeated key and an alias of nothing',
    changed('    needs: [extract]', '    needs: *nothing\n    run: a\n\tx: 1'),
  ],
  ['that needs what is no action, twice', changed('[extract]', '[extrct, extrct, model]')],
  [
    'whose actions need each other in a circle',
    changed('    dummy_data_file', '    needs: [model]\n    dummy_data_file'),
  ],
  [
    'with wildcards, links upwards and a level of its own',
    changed('{table: output/table.csv}}', "{table: '../o?t.csv', b: output/x.exe}, secret: {c: d.csv}}"),
  ],
  [
    'with an unknown key, an image without a tag and hostile names',
    changed('  model:\n    run: python:v2', '  "::error::x%0A":\n    extra: 1\n    run: python'),
  ],
  [
    'with line ends of Windows and letters beyond ASCII',
    {
      'project.yaml': `# café 日本\r\n${GOOD.replace('[extract]', '[extract, café]').replaceAll('\n', '\r\n')}`,
    },
  ],
  ['with a list that was not downloaded', lists('org/smoking/v1\n', {})],
  [
    'with a list that was changed',
    lists(
      'org/smoking/v1\n',
      { 'org-smoking.csv': { id: 'org/smoking/v1', sha: '0'.repeat(40) } },
      'code\n1\n',
    ),
  ],
  [
    'with lines that are no lists, and a stray file',
    lists('nonsense\n\norg/smoking/v1\norg/smoking/v1\n', {}, 'code\n'),
  ],
  [
    'with a file of lists that is no JSON',
    { ...lists('org/smoking/v1\n', {}), 'codelists/codelists.json': '{' },
  ],
];

interface Said {
  path: string;
  line: number;
  level: string;
  title: string;
  message: string;
}

/** The folder as it is committed; what the study before had is gone. */
let before: string[] = [];
async function byTheApp(files: Record<string, string>): Promise<{ said: Said[]; fails: boolean }> {
  const gone = Object.fromEntries(before.filter((file) => !(file in files)).map((file) => [file, null]));
  before = Object.keys(files);
  await world.as('lead').push({ ...gone, ...files });
  await world.settle();
  const runs = [world.run('sallyport/project'), world.run('sallyport/codelists')];
  const sha = world.head();
  expect(runs.map((run) => run.headSha)).toEqual([sha, sha]);
  return {
    said: runs.flatMap((run) =>
      run.annotations.map((one) => ({
        path: one.path,
        line: one.startLine,
        level: one.level,
        title: one.title ?? '',
        message: one.message,
      })),
    ),
    fails: runs.some((run) => run.conclusion === 'failure'),
  };
}

async function byTheCommand(files: Record<string, string>): Promise<{ said: Said[]; fails: boolean }> {
  const study = mkdtempSync(path.join(dir, 'study-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(study, file)), { recursive: true });
    writeFileSync(path.join(study, file), text);
  }
  let out = '';
  const code = await runCi({
    actions: ['run_all'],
    flags: {
      projectDir: study,
      github: true,
      pull: false,
      executor: 'docker',
      concurrency: 1,
      memory: 1e9,
      cpus: 1,
      dummyRows: 1000,
      dummySeed: '1',
    },
    env: { GITHUB_WORKSPACE: study },
    out: { write: (text) => (out += text) },
    // Of the run nothing is compared: it has no image.
    engine: async () => scriptedExecutor({ engine: scriptedEngine(), images: [], script: () => 0 }),
    signal: new AbortController().signal,
  });
  expect(code).toBe(1);
  const said = out.split('\n').flatMap((line) => {
    const found = /^::(error|warning) file=([^,]*),line=(\d+),[^:]*title=([^:,]*)::(.*)$/.exec(line);
    if (!found) return [];
    const [, level = '', file = '', at = '', title = '', message = ''] = found;
    return [
      {
        path: read(file),
        line: Number(at),
        level: level === 'error' ? 'failure' : level,
        title: read(title),
        message: read(message),
      },
    ];
  });
  const fails = said.some(({ level }) => level === 'failure');
  return { said, fails };
}

/** As the runner of a workflow reads it. */
const read = (text: string): string =>
  text.replace(/%(25|0D|0A|3A|2C)/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

test.each(STUDIES)('both say the same of a study %s', async (_name, files) => {
  const [app, command] = [await byTheApp(files), await byTheCommand(files)];
  expect(command).toEqual(app);
});

test('the studies above are broken in more than ten ways', async () => {
  const found = new Set<string>();
  for (const [, files] of STUDIES) for (const { title } of (await byTheCommand(files)).said) found.add(title);
  expect(found.size).toBeGreaterThan(10);
});
