/**
 * action.yml: by the rules of GitHub's metadata, pinned, with least rights, and run step by step as a runner does.
 *
 * The runner is made up: expressions, conditions, the files of GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, and a `docker`
 * and an `npm` that write down what they were asked. Bash, the program and the engine are real.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { requires } from '../support/require.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const TEXT = readFileSync(path.join(ROOT, 'action.yml'), 'utf8');

const id = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/);
const text = z.record(z.string(), z.string());
const common = { name: z.string().optional(), id: id.optional(), if: z.string().optional() };
const step = z.union([
  z.strictObject({ ...common, run: z.string(), shell: z.literal('bash'), env: text.optional() }),
  z.strictObject({ ...common, uses: z.string(), with: text.optional() }),
]);
/** https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax, of composite actions. */
const Metadata = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1).max(125),
  branding: z.strictObject({
    icon: z.enum(['check-square', 'shield', 'anchor']),
    color: z.enum(['white', 'black', 'yellow', 'blue', 'green', 'orange', 'red', 'purple', 'gray-dark']),
  }),
  inputs: z.record(
    id,
    z.strictObject({
      description: z.string(),
      required: z.boolean().optional(),
      default: z.string().optional(),
    }),
  ),
  outputs: z.record(id, z.strictObject({ description: z.string(), value: z.string() })),
  runs: z.strictObject({ using: z.literal('composite'), steps: z.array(step).min(1) }),
});
const action = Metadata.parse(parse(TEXT));
const { steps } = action.runs;

/** The actions of others that were looked up, each by the commit of its tag. */
const PINNED = [
  'actions/cache@55cc8345863c7cc4c66a329aec7e433d2d1c52a9',
  'actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a',
];

test('it uses only official actions, each by the commit that was looked up, with its version beside it', () => {
  const used = steps.flatMap((each) => ('uses' in each ? [each.uses] : []));
  expect([...new Set(used)].sort()).toEqual(PINNED);
  for (const line of TEXT.split('\n').filter((each) => /^\s*uses:/.test(each)))
    expect(line).toMatch(/uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('no expression stands in a script: inputs reach the shell as variables', () => {
  for (const each of steps) if ('run' in each) expect(each.run).not.toContain('${{');
  expect(TEXT).not.toMatch(/secrets|github\.token|GITHUB_TOKEN/);
});

test('every input is used, and every expression names something that is there', () => {
  const named = [...TEXT.matchAll(/\$\{\{\s*([^}]+?)\s*\}\}|^\s*if: (.*)$/gm)].flatMap(
    ([, one, other]) => (one ?? other ?? '').match(/(?:inputs|steps|runner)\.[\w.-]+/g) ?? [],
  );
  const inputs = named.flatMap((each) => /^inputs\.(.+)$/.exec(each)?.[1] ?? []);
  expect([...new Set(inputs)].sort()).toEqual(Object.keys(action.inputs).sort());
  const ids = new Set(steps.flatMap((each) => each.id ?? []));
  for (const each of named.filter((one) => one.startsWith('steps.')))
    expect(ids).toContain(each.split('.')[1]);
});

let dir: string;
let study: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-runner-'));
  study = path.join(dir, 'work', 'the study');
  for (const each of [study, path.join(dir, 'temp'), path.join(dir, 'bin')])
    mkdirSync(each, { recursive: true });
  for (const name of ['docker', 'npm']) {
    const file = path.join(dir, 'bin', name);
    writeFileSync(file, `#!/bin/sh\nfor word; do printf '%s\\n' "$word"; done >>"${dir}/${name}.asked"\n`);
    chmodSync(file, 0o755);
  }
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Done {
  ok: boolean;
  out: string;
  summary: string;
  used: { uses: string; with: Record<string, string> }[];
  outputs: Record<string, string>;
}

/** As a runner does it: step by step, with the conditions, until the last. */
function runAction(given: Record<string, string>): Done {
  const inputs = {
    ...Object.fromEntries(Object.entries(action.inputs).map(([name, one]) => [name, one.default ?? ''])),
    ...given,
  };
  const outputs: Record<string, Record<string, string>> = {};
  const value = (name: string): string => {
    const [context, first = '', , last = ''] = name.split('.');
    if (context === 'inputs') return inputs[first] ?? '';
    if (context === 'steps') return outputs[first]?.[last] ?? '';
    return { temp: path.join(dir, 'temp'), os: 'Linux', arch: 'X64' }[first] ?? '';
  };
  const filled = (one: string): string =>
    one.replace(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (_all, name: string) => value(name));
  const fulfilled = (condition = 'true', ok = true): boolean => {
    const parts = condition.split(' && ');
    return (
      (ok || parts.includes('always()')) &&
      parts.every((part) => {
        const compared = /^([\w.-]+) (==|!=) '([^']*)'$/.exec(part);
        if (!compared) return part === 'always()' || part === 'true';
        return (value(compared[1] ?? '') === compared[3]) === (compared[2] === '==');
      })
    );
  };
  const summary = path.join(dir, 'summary.md');
  const done: Done = { ok: true, out: '', summary: '', used: [], outputs: {} };
  for (const [at, each] of steps.entries()) {
    if (!fulfilled(each.if, done.ok)) continue;
    if ('uses' in each) {
      const words = Object.entries(each.with ?? {}).map(([name, one]) => [name, filled(one)]);
      done.used.push({ uses: each.uses, with: Object.fromEntries(words) as Record<string, string> });
      continue;
    }
    const output = path.join(dir, `output-${at}`);
    writeFileSync(output, '');
    const { PATH, DOCKER_HOST } = process.env;
    const env = {
      ...{ PATH: `${dir}/bin:${PATH}`, HOME: dir, SALLYPORT_BUILT: '1', GITHUB_ACTIONS: 'true', CI: 'true' },
      ...(DOCKER_HOST && { DOCKER_HOST }),
      ...{
        GITHUB_ACTION_PATH: ROOT,
        GITHUB_WORKSPACE: path.join(dir, 'work'),
        RUNNER_TEMP: path.join(dir, 'temp'),
      },
      ...{ GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary },
      ...Object.fromEntries(Object.entries(each.env ?? {}).map(([name, one]) => [name, filled(one)])),
    };
    // `bash` of a workflow, as GitHub's documentation gives it.
    const words = ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', each.run];
    const ran = spawnSync('bash', words, { cwd: path.join(dir, 'work'), env, encoding: 'utf8' });
    done.out += ran.stdout + ran.stderr;
    if (ran.status !== 0) done.ok = false;
    const lines = readFileSync(output, 'utf8').trim().split('\n').filter(Boolean);
    if (each.id)
      outputs[each.id] = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
  }
  done.summary = existsSync(summary) ? readFileSync(summary, 'utf8') : '';
  done.outputs = Object.fromEntries(
    Object.entries(action.outputs).map(([name, one]) => [name, filled(one.value)]),
  );
  return done;
}

const asked = (name: string): string[] =>
  existsSync(path.join(dir, `${name}.asked`))
    ? readFileSync(path.join(dir, `${name}.asked`), 'utf8')
        .trimEnd()
        .split('\n')
    : [];

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => path.relative(folder, path.join(each.parentPath, each.name)))
    .sort();

requires('docker').describe('in a runner', () => {
  test('a study is checked and run: annotations, a summary, and outputs to keep, also when an action fails', () => {
    const copied = (name: string, from: string, more = ''): string =>
      `  ${name}:\n    run: sqlrunner:v1 ${name}.sql\n    dummy_data_file: ${from}\n    outputs: {moderately_sensitive: {t: output/${name}.csv}}\n${more}`;
    writeFileSync(
      path.join(study, 'project.yaml'),
      `version: 4\nactions:\n${copied('rows', 'dummy.csv')}${copied('gone', 'none.csv')}${copied('after', 'dummy.csv', '    needs: [gone]\n')}`,
    );
    writeFileSync(path.join(study, 'dummy.csv'), 'region,n\nnorth,24\n');

    const done = runAction({ directory: 'the study' });

    expect(done.ok).toBe(false);
    expect(asked('npm')).toEqual(['run', '--silent', 'build']);
    expect(done.out).toMatch(
      /^::warning file=the study\/project\.yaml,line=1,.*title=project\.old-version::/m,
    );
    expect(done.out).toMatch(
      /^::error file=the study\/project\.yaml,line=7,col=3,title=gone::gone: its dummy_data_file none\.csv is not there$/m,
    );
    expect(done.summary).toContain('1 succeeded, 1 failed, 1 not run.');
    expect(done.summary).toContain('```mermaid\nflowchart LR\n');
    const { artefacts = '', sarif = '' } = done.outputs;
    expect(filesIn(artefacts)).toEqual([
      'logs/gone.log',
      'logs/rows.log',
      'moderately_sensitive/output/rows.csv',
    ]);
    expect(JSON.parse(readFileSync(sarif, 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect(done.used.map(({ uses }) => uses)).toEqual(PINNED);
    expect(done.used[1]?.with).toMatchObject({ name: 'study-on-dummy-data', path: artefacts });
  });

  test('the images of the study are pulled before the run, and saved for the next one', () => {
    writeFileSync(
      path.join(study, 'project.yaml'),
      'version: 5\nactions:\n  a:\n    run: python:v2 a.py\n    outputs: {highly_sensitive: {t: a.csv}}\n',
    );
    const done = runAction({ directory: 'the study', images: 'registry.invalid/images' });
    expect(asked('docker')).toEqual([
      ...['pull', '--quiet', 'registry.invalid/images/python:v2'],
      ...[
        'save',
        '--output',
        path.join(dir, 'temp/sallyport-images/images.tar'),
        'registry.invalid/images/python:v2',
      ],
    ]);
    // The made-up pull brought nothing.
    expect(done.out).toMatch(/^::error title=run\.image-missing::/m);
    expect(done.used[0]?.with['key']).toMatch(/^sallyport-images-Linux-X64-[0-9a-f]{64}$/);
  });

  test('what stands in an input is a word and never a command or an option', () => {
    writeFileSync(path.join(study, 'project.yaml'), 'version: 5\nactions: {}\n');
    const evil = `$(touch ${dir}/evil);\`touch ${dir}/evil\`"';touch ${dir}/evil #`;
    const hostile: Record<string, string>[] = [
      { actions: evil },
      { actions: `--executor process --summary ${dir}/evil` },
      { directory: evil },
      { memory: evil },
      { images: evil },
      { codelists: evil },
      { concurrency: `1 --summary=${dir}/evil` },
    ];
    for (const given of hostile) {
      const done = runAction({ directory: 'the study', ...given });
      expect([given, existsSync(path.join(dir, 'evil'))]).toEqual([given, false]);
      expect(done.outputs['artefacts']).toMatch(/\/temp\/sallyport-\w+\/artefacts$/);
    }
    expect(runAction({ directory: 'the study', actions: '--executor process' }).ok).toBe(false);
  });
});

describe('without what is asked for', () => {
  test('nothing is cached and nothing kept', () => {
    const done = runAction({ directory: 'nowhere', 'cache-images': 'false', 'upload-artefacts': 'false' });
    expect(done.ok).toBe(false);
    expect(done.used).toEqual([]);
    expect(done.out).toContain('There is no folder nowhere.');
  });
});
