/** What `plan` and `explain` say of a study that has run in part. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lookAt } from '../../agent/runner/laptop-plan.ts';
import type { Manifest } from '../../agent/store/manifest.ts';
import { explanation, registerExplain } from '../../src/cli/explain.ts';
import { planStudy, planText, whyOf, type PlanFlags } from '../../src/cli/plan-study.ts';
import { registerPlan } from '../../src/cli/plan.ts';
import { readStudy } from '../../src/cli/study.ts';
import { freshnessText, type Action, type Freshness } from '../../src/pipeline/pipeline.ts';
import { sha256 } from '../../src/lib/hash.ts';

const STUDY = `version: 5
defaults: {image: 'python:v2'}
actions:
  extract:
    run: sqlrunner:v1 --output output/pupils.csv analysis/extract.sql
    dummy_data_file: dummy/pupils.csv
    permissions: [pupils]
    outputs: {highly_sensitive: {pupils: output/pupils.csv}}
  model_<area>:
    for_each: {area: [north, south]}
    run: python analysis/model.py "<area> it's"
    needs: [extract]
    config: {area: <area>}
    outputs:
      highly_sensitive: {fit: output/model_<area>.rds}
      moderately_sensitive: {table: output/model_<area>.csv}
  match:
    run: matching:v1
    outputs: {minimally_sensitive: {pairs: output/pairs.csv}}
  report:
    run: r:v2 Rscript analysis/report.R
    needs: [model_<area>, match]
    outputs: {moderately_sensitive: {report: output/report.html}}
`;

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'plan-')));
  put('project.yaml', STUDY);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(name: string, text: string): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** As a run leaves an action: its outputs, the manifest, and what they were made from. */
async function ran(...actions: string[]): Promise<void> {
  return ranIn(undefined, ...actions);
}

/** `imageId`: of the image that each ran in. */
async function ranIn(imageId: string | undefined, ...actions: string[]): Promise<void> {
  const pipeline = readStudy(folder);
  const manifest = { outputs: {} as Record<string, object> };
  const made = pipeline.actions.filter(({ name }) => actions.includes(name));
  for (const { name, outputs } of made) {
    for (const { pattern, level } of outputs) {
      put(pattern, `of ${name}`);
      manifest.outputs[pattern] = {
        action: name,
        job_id: `job-${name}`,
        level,
        content_hash: sha256(`of ${name}`),
      };
    }
  }
  put('metadata/manifest.json', JSON.stringify(manifest));
  const study = await lookAt(folder, pipeline);
  for (const action of made) {
    const now = study.memory.now(action, manifest as unknown as Manifest, imageId);
    study.memory.remember(
      action.name,
      `job-${action.name}`,
      now,
      action.outputs.map(({ pattern }) => pattern),
    );
  }
}

async function plan(actions: string[], flags: Partial<PlanFlags> = {}): Promise<string> {
  const all = { forceRunDependencies: false, refresh: false, projectDir: folder, ...flags };
  return planText(await planStudy(actions, all));
}

test('of a study that never ran, everything runs in order', async () => {
  expect(await plan(['run_all'])).toMatchInlineSnapshot(`
   "1  extract      sqlrunner:v1  never run
   2  model_north  python:v2     never run, after extract
   3  model_south  python:v2     never run, after extract
   4  match        matching:v1   never run
   5  report       r:v2          never run, after model_north, model_south, match
   "
  `);
});

test('what has a result is kept, and what is asked for runs again', async () => {
  await ran('extract', 'model_north');
  expect(await plan(['report'])).toMatchInlineSnapshot(`
   "1  model_south  python:v2    never run
   2  match        matching:v1  never run
   3  report       r:v2         asked for, never run, after model_south, match

   Kept as they are:
      model_north  fresh
      extract      fresh
   "
  `);
  expect(await plan(['extract'])).toBe('1  extract  sqlrunner:v1  asked for, fresh\n');
  expect(await plan(['model_north'], { forceRunDependencies: true })).toMatchInlineSnapshot(`
   "1  extract      sqlrunner:v1  forced, fresh
   2  model_north  python:v2     asked for, fresh, after extract
   "
  `);
});

test('a result is out of date when its image is another by now', async () => {
  await ranIn('sha256:old', 'extract', 'model_north');
  const asked: string[] = [];
  const planned = async (id: string | undefined): Promise<string> => {
    const flags = { forceRunDependencies: false, refresh: true, projectDir: folder };
    const find = async ({ image: { name } }: Action) => {
      asked.push(name);
      return id === undefined ? { name } : { name, id };
    };
    return planText(await planStudy(['model_north'], flags, find));
  };
  expect(await planned('sha256:old')).toMatch(/^There is nothing to do/);
  expect(await planned('sha256:new')).toMatchInlineSnapshot(`
   "1  model_north  python:v2  out of date because its image changed from sha256:old to sha256:new

   Kept as they are:
      extract  fresh
   "
  `);
  expect(await planned(undefined)).toMatch(/^There is nothing to do/);
  // Not for what has no result, nor for the database's.
  expect(new Set(asked)).toEqual(new Set(['python']));
});

test('what is out of date says why', async () => {
  await ran('extract', 'model_north', 'model_south', 'match', 'report');
  expect(await plan(['run_all'], { refresh: true })).toMatch(
    /^There is nothing to do\.\n\nKept as they are:\n {3}extract {6}fresh\n/,
  );
  put('project.yaml', STUDY.replace('config: {area: <area>}', 'config: {area: <area>, seed: 1}'));
  expect(await plan(['run_all'], { refresh: true })).toMatchInlineSnapshot(`
   "1  model_north  python:v2  out of date because its config changed
   2  model_south  python:v2  out of date because its config changed
   3  report       r:v2       out of date because of model_north and model_south, after model_north, model_south

   Kept as they are:
      extract  fresh
      match    fresh
   "
  `);
  rmSync(path.join(folder, 'output/pupils.csv'));
  expect(await plan(['extract'])).toContain('output/pupils.csv is gone');
});

test('what only failed says so once', () => {
  const because = [{ kind: 'failed' as const }];
  const step = (found: Freshness): string =>
    whyOf({ why: 'failed-before', state: found.state, result: freshnessText(found) });
  expect(step({ state: 'out-of-date', because })).toBe('failed before');
  expect(step({ state: 'out-of-date', because: [...because, { kind: 'config' }] })).toBe(
    'failed before, out of date because its last run failed; its config changed',
  );
});

test.each([
  ['an unknown action', ['modle_north'], 'plan.unknown-action'],
  ['an action as it is written for many', ['model_<area>'], 'plan.unknown-action'],
])('%s is refused', async (_name, names, code) => {
  await expect(plan(names)).rejects.toMatchObject({ refusal: { code } });
  await expect(explanation(names[0], { projectDir: folder, json: false })).rejects.toMatchObject({
    refusal: { code },
  });
});

const explain = (name?: string, json = false): Promise<string> =>
  explanation(name, { projectDir: folder, json });

test('an action is explained', async () => {
  await ran('extract');
  expect(await explain('model_north')).toMatchInlineSnapshot(`
   "model_north (project.yaml, line 9)
     image       python:v2, a runtime image
     command     python analysis/model.py 'north it'\\''s' --config '{"area":"north"}'
     needs       extract
     needed by   report
     outputs     output/model_north.rds (fit): highly_sensitive, stays beside the data
                 output/model_north.csv (table): moderately_sensitive, can be looked at for output checking
     written as  model_<area> with area = north; image from defaults
     run         it was never run; would run alone

   In the plain form:
     model_north:
       run: "python:v2 python analysis/model.py \\"north it's\\""
       needs: [extract]
       config:
         area: north
       outputs:
         highly_sensitive:
           fit: output/model_north.rds
         moderately_sensitive:
           table: output/model_north.csv
   "
  `);
  expect(await explain('extract')).toMatchInlineSnapshot(`
   "extract (project.yaml, line 4)
     image       sqlrunner:v1, a runtime image
     command     --output output/pupils.csv analysis/extract.sql
     database    reads it; on dummy data, dummy/pupils.csv stands for it
     uses        pupils
     needs       nothing
     needed by   model_north, model_south
     outputs     output/pupils.csv (pupils): highly_sensitive, stays beside the data
     run         its result is fresh; would run alone

   In the plain form:
     extract:
       run: sqlrunner:v1 --output output/pupils.csv analysis/extract.sql
       permissions: [pupils]
       dummy_data_file: dummy/pupils.csv
       outputs:
         highly_sensitive:
           pupils: output/pupils.csv
   "
  `);
  expect(await explain('match')).toMatch(
    /matching:v1, looked up as a reusable action\n {2}command {5}none of its own\n/,
  );
  expect(await explain('report')).toContain(
    'needs       model_north, model_south, match; 4 actions before it in all\n',
  );
});

test('programs get the same as an object', async () => {
  expect(JSON.parse(await explain('model_north', true))).toMatchObject({
    action: 'model_north',
    line: 9,
    image: 'python:v2',
    kind: 'runtime image',
    command: ['python', 'analysis/model.py', "north it's", '--config', '{"area":"north"}'],
    needs: ['extract'],
    neededBy: ['report'],
    origin: { defaults: ['image'], forEach: { written: 'model_<area>', values: { area: 'north' } } },
    plan: {
      runs: [
        { action: 'extract', state: 'never-run' },
        { action: 'model_north', waitsFor: ['extract'] },
      ],
    },
  });
  expect(await explain()).toBe((JSON.parse(await explain('run_all', true)) as { plain: string }).plain);
  put('project.yaml', await explain());
  expect((await explain('model_south')).split('\n')).not.toContainEqual(
    expect.stringContaining('written as'),
  );
});

test('both are commands', async () => {
  let printed = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((more) => {
    printed += String(more);
    return true;
  });
  try {
    const root = new Command('sallyport').exitOverride();
    registerPlan(root);
    registerExplain(root);
    await root.parseAsync(['plan', '--project-dir', folder, '--json', 'match'], { from: 'user' });
    expect(JSON.parse(printed)).toMatchObject({
      runs: [{ action: 'match', why: 'asked-for', waitsFor: [] }],
      keeps: [],
    });
    printed = '';
    await root.parseAsync(['plan', '--project-dir', folder, 'match'], { from: 'user' });
    await root.parseAsync(['explain', '--project-dir', folder, 'match'], { from: 'user' });
    expect(printed).toMatch(/^1 {2}match .*\nmatch \(project\.yaml, line 17\)\n/);
  } finally {
    write.mockRestore();
  }
});
