/** `sallyport ci`: what it says to a runner, what it writes for people, what it keeps, and how it ends. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pullImages } from '../../src/cli/ci-images.ts';
import { anAccount } from '../../src/cli/ci-account.ts';
import { collectArtefacts } from '../../src/cli/ci-artefacts.ts';
import { SUMMARY_LIMIT, summaryOf, type SummaryFacts } from '../../src/cli/ci-summary.ts';
import { CiStudy, good, make } from './ci-study.ts';

let own: CiStudy;
beforeEach(() => {
  own = new CiStudy();
});
afterEach(() => own.close());

const GITHUB = { GITHUB_ACTIONS: 'true' };

test('a study that is right ends with 0, a picture and a table; a second run keeps what is fresh', async () => {
  expect((await own.ci()).code).toBe(0);
  own.write({ 'figure.py': 'another figure' });

  const { code, summary } = await own.ci();

  expect(code).toBe(0);
  const [page = '', hints = ''] = summary.split('### Disclosure checks');
  expect(hints).toContain('output/figure.svg: 1 blocking');
  expect(page.replace(/ {2}classDef.*\n/g, '')).toMatchInlineSnapshot(`
   "## The study runs on dummy data

   1 succeeded, 3 fresh.

   \`\`\`mermaid
   flowchart LR
     a0[("extract<br/>fresh")]
     a1["model<br/>fresh"]
     a2["figure<br/>succeeded"]:::succeeded
     a3["report<br/>fresh"]
     a0 --> a1
     a0 --> a2
     a2 --> a3
   \`\`\`

   | action | state | time | outputs | cpu mean | cpu peak | memory peak | why |
   | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |
   | \`extract\` | fresh |  |  |  |  |  |  |
   | \`model\` | fresh |  |  |  |  |  |  |
   | \`figure\` | succeeded | N s | 1 |  |  |  | out of date because figure.py changed |
   | \`report\` | fresh |  |  |  |  |  | what it reads came out the same |

   "
  `);
});

test('on GitHub each fault is marked on its line, logs are folded, and what needs a failure is not run', async () => {
  own.write({ 'codelists/codelists.txt': 'org/list/v1\n', 'codelists/codelists.json': '{"files":{}}' });
  const { code, said, summary } = await own.ci(
    (job) => {
      if (job.spec.labels['action'] !== 'figure') return good(job);
      job.say('no such column');
      return 3;
    },
    { env: { ...GITHUB, GITHUB_WORKSPACE: own.dir } },
  );

  expect(code).toBe(1);
  const [before = '', hints = ''] = said.split('::group::disclosure checks');
  expect(hints).toContain('output/a.table.csv: 1 blocking');
  expect(before).toMatchInlineSnapshot(`
   "::error file=study/codelists/codelists.txt,line=1,endLine=1,col=1,title=codelists.not-downloaded::"org/list/v1" is listed but was not downloaded: codelists.json does not name it.%0ADownload the codelists again, and commit codelists.txt, codelists.json and the CSV files together.
   ::group::check
   DIR/study/codelists/codelists.txt:1:1 error "org/list/v1" is listed but was not downloaded: codelists.json does not name it. [codelists.not-downloaded]
     1 | org/list/v1
       | ^
     → Download the codelists again, and commit codelists.txt, codelists.json and the CSV files together.

   DIR/study/project.yaml: 1 error
   ::endgroup::
   TIME extract: copying dummy.csv (database actions use dummy data here)
   ::group::log of extract
   Dummy data: dummy.csv was copied to the declared outputs.
   ::endgroup::
   TIME extract: done in N s, 1 output
   TIME model: running images/python:v2
   ::group::log of model
   TIME model at work
   ::endgroup::
   TIME model: done in N s, 1 output
   TIME figure: running images/python:v2
   ::group::log of figure
   TIME no such column
   ::endgroup::
   TIME figure: The program ended with an error.
   ::error file=study/project.yaml,line=11,col=3,title=figure::figure: The program ended with an error.
   TIME not run, because an action they need failed: report
   TIME
   TIME action   result   time  cpu mean  cpu peak  memory peak
   TIME extract  done    N s         –         –            –
   TIME model    done    N s         –         –            –
   TIME figure   failed  N s         –         –            –
   "
  `);
  expect(summary).toContain('| `figure` | failed, exit code 3 | N s | 0 |  |  |  | never run |');
  expect(summary).toContain('| `report` | not run |  |  |  |  |  | what it needs failed |');
  expect(summary).toContain('### `figure`: The program ended with an error.\n\n```text\nno such column\n```');
});

test('a project that is not right is not run, and every error is said', async () => {
  own.write({ 'project.yaml': 'version: 5\nactions:\n  a: {run: python:v1}\n  b: {outputs: {}}\n' });
  const { code, said, summary } = await own.ci(() => 0, { env: GITHUB });

  expect(code).toBe(1);
  expect(said.match(/^::error file=\S+project\.yaml,line=(\d)/gm)).toHaveLength(3);
  expect(summary).toContain('3 errors in the study.\n\nNothing was run: project.yaml has to be right first.');
});

test('what cannot begin is said as an annotation, and the checks have been said before', async () => {
  own.write({ 'model.py': 'model' });
  const { code, said, summary } = await own.ci(good, { env: GITHUB, actions: ['modle'] });
  expect(code).toBe(1);
  expect(said).toContain('study/project.yaml is right: 4 actions');
  expect(said).toMatch(/^::error title=plan\.unknown-action::/m);
  expect(summary).toContain('## The study needs a look');
});

const INJECTIONS = [
  '::set-output name=digest::evil',
  '::add-mask::e',
  '  ::stop-commands::x',
  '::x::',
  '##[error]evil',
  '::error file=a::evil',
  '```',
  '````',
  '</details><img src=https://evil.example/x>',
  '@everyone #1 [x](https://evil.example)',
  '\u001b]8;;https://evil.example\u0007 \u202Eevil',
];

test('logs and names of files give the runner no command, and the summary no Markdown, HTML or Mermaid', async () => {
  const names = [
    'a|b`c<b>.table.csv',
    '"];evil.table.csv',
    '::error::.table.csv',
    '@all %0A::x.table.csv',
    'a\n::add-mask::x.table.csv',
  ];
  const { code, said, summary } = await own.ci(
    ({ spec, say }) => {
      for (const line of INJECTIONS) say(line);
      for (const name of names) make(spec.workDir, `output/${name}`, 'patient_id\n1\n');
      make(spec.workDir, 'output/stray](https://evil.example)<script>.txt', '');
      return spec.labels['action'] === 'model' ? 0 : 1;
    },
    { env: GITHUB, actions: ['model', 'figure'] },
  );

  expect(code).toBe(1);
  // As the runner reads it: what stands between stop-commands and its token is text.
  let token: string | undefined;
  const commands = said.split('\n').flatMap((line) => {
    if (token !== undefined) {
      if (line.trim() === `::${token}::`) token = undefined;
      return [];
    }
    const stop = /^\s*::stop-commands::(\S+)$/.exec(line);
    if (stop) token = stop[1];
    const found = /^\s*(::[a-z-]+|##\[[a-z-]+\])/.exec(line);
    return found && !stop ? [found[1]] : [];
  });
  expect(token).toBeUndefined();
  expect(new Set(commands)).toEqual(new Set(['::group', '::endgroup', '::error', '::warning']));
  expect(said).not.toMatch(/[\u001b\u202e]/u);
  for (const line of said.split('\n').filter((each) => /^::(?:error|warning)/.test(each)))
    expect(line).toMatch(/^::(?:error|warning) file=[^,:]*project\.yaml,line=\d+,col=\d+,title=\w+::/);

  const outsideCode = summary
    .replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, '')
    .replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '');
  expect(outsideCode).not.toMatch(/<(?!br)|evil|@(?=\w)|\]\(/);
  expect(summary).not.toMatch(/[\u001b\u202e]/u);
});

test('a summary stays below the limit of GitHub, in bytes, and says what was left out', () => {
  const account = anAccount();
  account.note({ type: 'planned', actions: [] });
  const facts: SummaryFacts = {
    ok: false,
    checked: {
      path: '.',
      project: 'project.yaml',
      ok: false,
      texts: new Map(),
      findings: Array.from({ length: 200 }, () => ({
        code: 'P1',
        severity: 'error' as const,
        line: 1,
        column: 1,
        message: '日本'.repeat(2000),
      })),
    },
    actions: account.actions(),
    codelists: [],
    hints: [],
    notes: [],
  };
  const whole = summaryOf(facts);
  expect(Buffer.byteLength(whole)).toBeLessThan(SUMMARY_LIMIT);
  expect(whole).toContain('200 errors in the study');
  expect(whole).toContain('which is as long as GitHub shows: 1 part.');
  expect(Buffer.byteLength(summaryOf(facts, 500))).toBeLessThan(500);
  expect(summaryOf(facts, 0)).not.toContain('200 errors');
});

test('outputs are kept by privacy level, withheld ones with the highly sensitive, beside their logs', async () => {
  const artefacts = path.join(own.dir, 'artefacts');
  const { code, said } = await own.ci(
    (job) => {
      if (job.spec.labels['action'] !== 'model') return good(job);
      make(job.spec.workDir, 'output/a.table.csv', 'region,n\nnorth,24\n');
      make(job.spec.workDir, 'output/people: all?.table.csv', 'patient_id\n1\n');
      return 0;
    },
    { flags: { artefacts } },
  );
  expect(code).toBe(0);
  expect(said).toContain('9 files kept in DIR/artefacts');
  expect(
    readdirSync(artefacts, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(path.join(artefacts, name)).isFile())
      .sort(),
  ).toEqual([
    'highly_sensitive/output/people%3A all%3F.table.csv',
    'highly_sensitive/output/rows.csv',
    'logs/extract.log',
    'logs/figure.log',
    'logs/model.log',
    'logs/report.log',
    'moderately_sensitive/output/a.table.csv',
    'moderately_sensitive/output/figure.svg',
    'moderately_sensitive/output/report.md',
  ]);
  await expect(own.ci(good, { flags: { artefacts } })).rejects.toMatchObject({
    refusal: { code: 'ci.artefacts-not-empty' },
  });
  await expect(
    own.ci(good, { flags: { artefacts: path.join(own.study, 'model.py') } }),
  ).rejects.toMatchObject({
    refusal: { code: 'ci.artefacts-no-folder' },
  });
});

test('no link leads an artefact out of the study, and none is kept as a link', () => {
  const secret = path.join(own.dir, 'secret');
  mkdirSync(secret);
  writeFileSync(path.join(secret, 'key'), 'secret');
  symlinkSync(path.join(secret, 'key'), path.join(own.study, 'key.csv'));
  symlinkSync(secret, path.join(own.study, 'folder'));
  mkdirSync(path.join(own.study, 'metadata'));
  symlinkSync(path.join(secret, 'key'), path.join(own.study, 'metadata/model.log'));
  const level = 'moderately_sensitive';
  const results = ['key.csv', 'folder/key', '../secret/key', 'gone.csv', 'model.py'].map((file) => ({
    path: file,
    level,
    excluded: false,
  }));

  const folder = path.join(own.dir, 'kept');
  const { kept, left } = collectArtefacts(own.study, results, folder);

  expect(kept).toEqual([`${level}/model.py`]);
  expect(left).toEqual(['key.csv', 'folder/key', '../secret/key', 'gone.csv', 'metadata/model.log']);
  expect(lstatSync(path.join(folder, level, 'model.py')).isFile()).toBe(true);
});

test('findings go to GitLab and to code scanning, also those of the run', async () => {
  const [quality, sarif] = [path.join(own.dir, 'quality.json'), path.join(own.dir, 'ci.sarif')];
  own.write({
    'project.yaml': readFileSync(path.join(own.study, 'project.yaml'), 'utf8').replace(
      'version: 5',
      'version: 4',
    ),
  });
  await own.ci(() => 1, { flags: { codeQuality: quality, sarif } });

  const issues = JSON.parse(readFileSync(quality, 'utf8')) as Record<string, unknown>[];
  expect(issues.map(({ check_name, severity, location }) => ({ check_name, severity, location }))).toEqual([
    { check_name: 'project.old-version', severity: 'minor', location: at(1) },
    { check_name: 'run.nonzero-exit', severity: 'major', location: at(7) },
    { check_name: 'run.nonzero-exit', severity: 'major', location: at(11) },
  ]);
  expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(3);
  const log = JSON.parse(readFileSync(sarif, 'utf8')) as { runs: [{ results: unknown[] }] };
  expect(log.runs[0].results).toHaveLength(3);

  function at(line: number): unknown {
    return {
      path: path.relative(process.cwd(), path.join(own.study, 'project.yaml')),
      lines: { begin: line },
    };
  }
});

test('images are pulled by docker, else by podman; without either that is said and nothing counts as there', async () => {
  const said: string[] = [];
  const say = (title: string, lines: readonly string[]): void => void said.push(title, ...lines);
  const image = { name: 'python', tag: 'latest' };
  const env = { PATH: own.dir, DOCKER_HOST: 'ssh://nowhere', SALLYPORT_IMAGES: 'images' };

  expect(await pullImages([image], env, say)).toEqual([]);
  writeFileSync(path.join(own.dir, 'podman'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  expect(await pullImages([image], { ...env, PATH: own.dir }, say)).toEqual(['images/python:v1']);

  expect(said).toEqual([
    'could not pull images/python:v1',
    'Neither docker nor podman is a command here.',
    'pulled images/python:v1',
    'pull --quiet images/python:v1',
  ]);
});
