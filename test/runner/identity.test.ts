/**
 * The same study by `sallyport run`, by `sallyport ci`, by the agent of a backend of dummy data, and by that agent when it
 * reuses what it has: what comes out does not tell them apart.
 */
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobSpec } from '../../agent/executor/executor.ts';
import { runOnLaptop } from '../../agent/laptop.ts';
import { readManifest, type Manifest } from '../../agent/store/manifest.ts';
import { runCi } from '../../src/cli/ci-work.ts';
import { builtFile } from '../../src/cli/installed.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { publish } from '../../src/tables/tables.ts';
import { INVENTED } from '../support/laptop.ts';
import { scriptedEngine, scriptedExecutor, type Script } from '../support/scripted-executor.ts';
import { aWorld, closeUpstream, STUDY_FILES, type World } from '../support/zone-world.ts';
import { COUNTY } from '../tables/county.ts';

let world: World;
let dir: string;
beforeEach(async () => {
  world = await aWorld();
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-same-'));
});
afterEach(async () => {
  await world.close();
  rmSync(dir, { recursive: true, force: true });
});
afterAll(closeUpstream);

const ROWS = 'sallyport/dummy-rows:0123456789abcdef';

/** The program of that image, without its container. */
function makeRows({ workDir, command }: JobSpec): number {
  const ran = spawnSync(process.execPath, [builtFile('images/dummy-rows.mjs')!, ...command], {
    cwd: workDir,
  });
  return ran.status ?? 1;
}

/** A table that may be looked at, one that is withheld, one that is no plain file, and one nobody asked for. */
const program =
  (specs: JobSpec[]): Script =>
  ({ spec, say }) => {
    if (spec.image === ROWS) return makeRows(spec);
    specs.push(spec);
    const out = path.join(spec.workDir, 'output');
    mkdirSync(path.join(out, 'figures'), { recursive: true });
    say('fitting');
    const rows = readFileSync(path.join(out, 'rows.csv'), 'utf8');
    writeFileSync(path.join(out, 'table.csv'), `patient_id,rows\n1,${rows.length}\n`);
    writeFileSync(path.join(out, 'figures/absence.svg'), '<svg/>');
    symlinkSync('/etc/passwd', path.join(out, 'figures/people.svg'));
    writeFileSync(path.join(out, 'stray.csv'), '');
    return 0;
  };

interface Made {
  manifest: Manifest;
  file(name: string): string;
}

async function inTheZone(specs: JobSpec[], workspace = 'study-main'): Promise<Made> {
  world.images.push(ROWS);
  const rowsImage = async () => ROWS;
  const agent = world.agent({ data: 'dummy', script: program(specs), rowsImage });
  for (const action of ['extract', 'model']) {
    const task = world.task(action, { workspace, reuse: true });
    world.hub.give(task);
    await world.hub.end(task.id);
  }
  await agent.stop();
  const { high, manifest } = world.layout.workspace(workspace);
  return {
    manifest: readManifest(manifest) as Manifest,
    file: (name) => readFileSync(path.join(high, name), 'utf8'),
  };
}

function checkout(files: Record<string, string> = STUDY_FILES): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  }
}

const IMAGES = { registry: 'northshire-images', images: ['northshire-images/python:v2'] };

const engineFor = (specs: JobSpec[]) => async () =>
  scriptedExecutor({
    ...{ engine: scriptedEngine(), images: IMAGES.images },
    ...{ script: program(specs), clock: world.clock },
  });

async function onTheLaptop(specs: JobSpec[]): Promise<Made> {
  checkout();
  const [limits] = specs.map((spec) => spec.limits);
  if (!limits) throw new Error('the zone ran no program');
  await runOnLaptop({
    dir,
    actions: ['run_all'],
    force: false,
    refresh: false,
    continueOnError: false,
    concurrency: 1,
    limits,
    engine: engineFor(specs),
    ids: countingIds(),
    dummy: INVENTED,
    registry: IMAGES.registry,
    tail: 0,
    debug: false,
    show: () => undefined,
    signal: new AbortController().signal,
  });
  return madeHere();
}

/** Read at once: the folder is used again. */
function madeHere(): Made {
  const manifest = readManifest(path.join(dir, 'metadata/manifest.json')) as Manifest;
  const texts = Object.keys(manifest.outputs).map(
    (name) => [name, readFileSync(path.join(dir, name), 'utf8')] as const,
  );
  const files = new Map(texts);
  return { manifest, file: (name) => files.get(name) ?? '' };
}

/** In a fresh checkout, as a runner has it; files are read from what is kept as artefacts. */
async function inCi(specs: JobSpec[], files?: Record<string, string>): Promise<Made> {
  rmSync(dir, { recursive: true });
  checkout(files);
  const artefacts = path.join(dir, '..', `${path.basename(dir)}-artefacts`);
  try {
    const code = await runCi({
      actions: ['run_all'],
      flags: {
        ...{ projectDir: dir, artefacts, pull: false, executor: 'docker' },
        ...{ concurrency: 1, memory: 2 ** 30, cpus: 1, dummyRows: 1000, dummySeed: '1' },
      },
      env: {},
      out: { write: () => undefined },
      engine: engineFor(specs),
      registry: IMAGES.registry,
      signal: new AbortController().signal,
    });
    if (code !== 0) throw new Error(`the command ended with ${code}`);
    const made = madeHere();
    const kept = Object.entries(made.manifest.outputs).map(([name, { level, excluded }]) => {
      const folder = excluded ? 'highly_sensitive' : level;
      return [name, readFileSync(path.join(artefacts, folder, name), 'utf8')] as const;
    });
    const files = new Map(kept);
    return { manifest: made.manifest, file: (name) => files.get(name) ?? '' };
  } finally {
    rmSync(artefacts, { recursive: true, force: true });
  }
}

/** Without who asked, for which commit, when, and under which numbers. */
function facts({ outputs, jobs, runs }: Manifest): unknown {
  const actions = Object.fromEntries(Object.entries(jobs).map(([job, { action }]) => [job, action]));
  return {
    outputs: Object.fromEntries(
      Object.entries(outputs).map(
        ([file, { job_id, job_request: _r, user: _u, repo: _p, commit: _c, timestamp: _t, ...rest }]) => [
          file,
          { ...rest, job: actions[job_id] },
        ],
      ),
    ),
    jobs: Object.values(jobs).map(
      ({ task_id: _t, commit: _c, image_id: _i, completed_at: _a, reused_from: _f, inputs, ...rest }) => ({
        ...rest,
        inputs: inputs.map(({ job_id, ...input }) => ({ ...input, job: actions[job_id] })),
      }),
    ),
    runs: Object.fromEntries(Object.entries(runs ?? {}).map(([action, { state }]) => [action, state])),
  };
}

test('outputs are the same bytes, manifests the same facts, and programs are started alike', async () => {
  const specs: JobSpec[] = [];
  const zone = await inTheZone(specs);
  const reused = await inTheZone(specs, 'study-main-again');
  expect(specs).toHaveLength(1);
  const laptop = await onTheLaptop(specs);
  const ci = await inCi(specs);

  for (const other of [reused, laptop, ci]) expect(facts(other.manifest)).toEqual(facts(zone.manifest));
  expect(laptop.manifest.outputs['output/table.csv']).toMatchObject({ excluded: true });
  expect(Object.keys(laptop.manifest.outputs).sort()).toEqual([
    'output/figures/absence.svg',
    'output/rows.csv',
    'output/table.csv',
  ]);
  for (const file of Object.keys(zone.manifest.outputs)) {
    for (const other of [reused, laptop, ci]) expect(other.file(file)).toBe(zone.file(file));
  }
  const [there, here, inRunner] = specs.map(
    ({ id: _id, labels, image: _image, workDir: _dir, user: _user, ...rest }) => ({
      ...rest,
      action: labels['action'],
    }),
  );
  expect(here).toEqual(there);
  // Of a runner its own processor and memory.
  expect({ ...inRunner, limits: there?.limits }).toEqual(there);
});

test('a query without its file makes the same rows beside no data as in CI, and nothing else tells them apart', async () => {
  const files = {
    ...STUDY_FILES,
    'project.yaml': STUDY_FILES['project.yaml']!.replace(/ {4}dummy_data_file.*\n/, ''),
    'query.sql': 'select pupil_id, born from pupils order by born, pupil_id',
    'dummy-data/schemas.json': JSON.stringify(publish(COUNTY)),
  };
  await world.close();
  world = await aWorld({ files });
  const specs: JobSpec[] = [];
  const zone = await inTheZone(specs);
  const ci = await inCi(specs, files);

  expect(zone.file('output/rows.csv').split('\n')).toHaveLength(1002);
  expect(facts(ci.manifest)).toEqual(facts(zone.manifest));
  for (const file of Object.keys(zone.manifest.outputs)) expect(ci.file(file)).toBe(zone.file(file));
});
