/** The table for people who know the `opensafely` command: nothing of theirs is missing, and the right-hand column does it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { shownCommands } from '../../src/cli/commands.ts';
import { program } from '../../src/cli/program.ts';
import { splitWords } from '../../src/pipeline/pipeline.ts';
import { pythonImage } from '../support/python-image.ts';
import { requires } from '../support/require.ts';
import { aDesk, type Desk } from './desk.ts';
import { raw } from './pictures.ts';

const section = /^## Coming from `opensafely`$([^]*?)(?=^## |$(?![^]))/m.exec(raw('researchers.md'))![1]!;
const rows = [...section.matchAll(/^\| (`opensafely [^|]*?) \| `(sallyport [^|`]+)` \|/gm)].map(
  ([, theirs = '', ours = '']) => ({ theirs, ours }),
);

/** Every command and option that people have. */
const THEIRS: Readonly<Record<string, readonly string[]>> = {
  run: [
    ...['-f', '--force-run-dependencies', '--project-dir', '--continue-on-error', '--timestamps', '--debug'],
    ...['--format-output-for-github', '-c', '--concurrency', '-m', '--memory', '--cpus'],
  ],
  'codelists add': [],
  'codelists update': [],
  'codelists check': [],
  'codelists check-upstream': [],
  pull: ['--force', '--project'],
  upgrade: [],
  info: [],
  exec: ['--entrypoint', '-e', '-u', '-m', '--cpus', '-v'],
  launch: ['-d', '--name', '-p', '-n', '-b', '-f'],
  clean: ['--verbose'],
  unzip: ['--verbose'],
};

test.each(Object.entries(THEIRS))('%s is in the table and here, with every option', (command, options) => {
  const table = rows
    .filter(({ theirs }) => theirs.includes(`opensafely ${command}`))
    .map(({ theirs }) => theirs);
  expect(table).not.toEqual([]);
  const here = shownCommands(program()).find((each) => each.path === command)?.command;
  for (const option of options) {
    expect([option, new RegExp(`(?:^|[ \`])${option}(?![\\w-])`, 'm').test(table.join('\n'))]).toEqual([
      option,
      true,
    ]);
    expect([option, here?.options.some((each) => each.short === option || each.long === option)]).toEqual([
      option,
      true,
    ]);
  }
});

/** What would ask the internet is taken as it is written, and no more is done. */
const NOT_DONE = /^sallyport (?:pull|upgrade|launch)\b/;

describe('what is written on the right', () => {
  test.each(rows.filter(({ ours }) => NOT_DONE.test(ours)))('$ours is taken', async ({ ours }) => {
    const root = program();
    let ran = '';
    for (const each of shownCommands(root)) each.command.action(() => void (ran = each.path));
    await root.parseAsync((splitWords(ours) as string[]).slice(1), { from: 'user' });
    expect(ours).toContain(`sallyport ${ran}`);
  });
});

requires('docker').describe('on a study as it is written for opensafely', () => {
  let desk: Desk;
  let study: string;
  beforeAll(async () => {
    await pythonImage();
    desk = await aDesk();
    study = path.join(desk.top, 'study');
    for (const folder of ['analysis', 'codelists', 'dummy', 'output'])
      mkdirSync(path.join(study, folder), { recursive: true });
    const files = {
      'project.yaml': `version: '3.0'

expectations:
  population_size: 1000

actions:
  generate_dataset:
    run: ehrql:v1 generate-dataset analysis/dataset_definition.py --output output/dataset.csv.gz
    dummy_data_file: dummy/dataset.csv.gz
    outputs:
      highly_sensitive:
        dataset: output/dataset.csv.gz

  describe:
    run: python:v2 python analysis/describe.py
    needs: [generate_dataset]
    outputs:
      moderately_sensitive:
        table: output/describe.csv
`,
      'analysis/dataset_definition.py': '# read by nobody here\n',
      'analysis/describe.py':
        'import os\nassert os.environ["OPENSAFELY_BACKEND"] == "expectations"\nopen("output/describe.csv", "w").write("area,count\\nnorth,120\\n")\n',
      'codelists/codelists.txt': '',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(study, name), text);
    writeFileSync(path.join(study, 'dummy', 'dataset.csv.gz'), gzipSync('patient_id,area\n1,north\n'));
  });
  afterAll(() => desk.close());

  test('everything does what it did', async () => {
    const wanted = rows.filter(({ ours }) => !NOT_DONE.test(ours));
    expect(wanted.length).toBeGreaterThan(11);
    const said = new Map<string, string>();
    for (const { ours } of wanted) {
      // A container for one of the runs is enough: the others are about their options.
      const plain = /^sallyport run (?!run_all$)/.test(ours) ? `${ours} --executor process` : ours;
      const ran = await desk.type(plain.replaceAll(/https:\/\/[\w.]+/g, desk.registry), study);
      expect([ours, ran.exit, ran.exit === 0 ? '' : ran.said]).toEqual([ours, 0, '']);
      said.set(ours, ran.said);
    }
    expect(said.get('sallyport run run_all --pull')).toContain('describe: done in ');
    expect(said.get('sallyport run run_all --continue-on-error --timestamps --debug')).toMatch(
      /^\S*\d\d:\d\d:\d\d\S* describe: /m,
    );
    expect(said.get('sallyport run describe --format-output-for-github')).toContain('::group::');
    expect(said.get('sallyport exec python:v2 python -V')).toMatch(/^Python 3\./m);
    expect(said.get('sallyport codelists check-upstream')).toBe('The codelists are right.\n');
    expect(readFileSync(path.join(study, 'output/dataset.csv'), 'utf8')).toBe('patient_id,area\n1,north\n');
    expect(readFileSync(path.join(study, 'output/describe.csv'), 'utf8')).toBe('area,count\nnorth,120\n');
  }, 120_000);
});
