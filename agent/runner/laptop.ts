/**
 * `sallyport run`: the zone's planner, rules and executor on the working tree. No account, no server,
 * no network. Outputs land at their declared places, logs and the manifest in `metadata/`.
 */
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Ids } from '../../src/lib/ids.ts';
import { isRefusal, refusal, Refused } from '../../src/lib/refusal.ts';
import {
  matches,
  plan,
  readProjectBytes,
  type Action,
  type PastJob,
  type Pipeline,
  type Plan,
} from '../../src/pipeline/pipeline.ts';
import type { Executor, JobLimits } from '../executor/executor.ts';
import { lockFolder } from '../lock.ts';
import { writeWhole } from '../store/durable.ts';
import { ALWAYS_IDENTIFYING } from './compat.ts';
import { imagesFor } from './laptop-images.ts';
import { runOne, type LaptopPlace, type LaptopResult } from './laptop-job.ts';
import { report } from './laptop-report.ts';
import { readTree, type Tree } from './laptop-tree.ts';
import { alreadyRunning, noProject, WORDS } from './laptop-words.ts';
import { inputsFrom, readManifest, withRun, type Manifest } from '../store/manifest.ts';
import { MAX_BYTES, MAX_ROWS } from './moderate.ts';

export interface LaptopOptions {
  /** Folder with project.yaml. */
  dir: string;
  /** Names, or `run_all`. */
  actions: string[];
  /** Run dependencies again although their outputs are there. */
  force: boolean;
  concurrency: number;
  limits: JobLimits;
  executor: Executor;
  ids: Ids;
  /** Where images are looked for before their bare names. */
  registry?: string;
  print(line: string): void;
  signal: AbortSignal;
}

/** Whether everything succeeded. Throws Refused for what cannot begin. */
export async function runOnLaptop(options: LaptopOptions): Promise<boolean> {
  const pipeline = readPipeline(options);
  const manifestFile = path.join(options.dir, 'metadata', 'manifest.json');
  const state: State = { manifest: readManifest(manifestFile), manifestFile };
  const planned = plan({
    pipeline,
    asked: options.actions,
    latest: pastJobs(options.dir, pipeline, state.manifest),
    force: options.force,
  });
  if (isRefusal(planned)) throw new Refused(planned);
  for (const { action } of planned.reused) options.print(WORDS.reused(action));
  if (planned.jobs.length === 0) {
    options.print(WORDS.nothing);
    return true;
  }
  const runs = path.join(options.dir, 'metadata', '.runs');
  mkdirSync(runs, { recursive: true });
  const lock = lockFolder(path.join(options.dir, 'metadata'), (pid) =>
    refusal('run.already-running', ...alreadyRunning(pid)),
  );
  if (isRefusal(lock)) throw new Refused(lock);
  const later: Promise<unknown>[] = [];
  try {
    await clearLeftovers(options.executor, runs);
    const images = await imagesFor(planned, pipeline, options);
    const tree = await readTree(options.dir, pipeline, matches);
    for (const note of tree.notes) options.print(WORDS.leftOut(note));
    return await runPlan(planned, pipeline, {
      options,
      state,
      images,
      tree,
      place: placeOf(options, runs, later),
    });
  } finally {
    await Promise.allSettled(later);
    rmSync(runs, { recursive: true, force: true });
    lock.release();
  }
}

interface State {
  manifest: Manifest | undefined;
  manifestFile: string;
}

interface Running {
  options: LaptopOptions;
  state: State;
  images: ReadonlyMap<string, string>;
  tree: Tree;
  place: LaptopPlace;
}

function readPipeline({ dir, print }: LaptopOptions): Pipeline {
  const file = path.join(dir, 'project.yaml');
  if (!existsSync(file)) {
    throw new Refused(
      refusal('run.no-project', noProject(dir), 'Go to your study, or name it with --project-dir.'),
    );
  }
  const { pipeline, diagnostics } = readProjectBytes(readFileSync(file));
  for (const { line, column, severity, message } of diagnostics)
    print(`project.yaml:${line}:${column} ${severity}: ${message}`);
  if (pipeline) return pipeline;
  throw new Refused(
    refusal(
      'run.project-invalid',
      'project.yaml is not valid.',
      'Correct the lines above; "sallyport check" shows them with hints.',
    ),
  );
}

/** An action has run when every output the manifest gives it is still there. */
function pastJobs(dir: string, pipeline: Pipeline, manifest: Manifest | undefined): Map<string, PastJob> {
  const past = new Map<string, PastJob>();
  const entries = Object.entries(manifest?.outputs ?? {}).filter(([, entry]) => !entry.out_of_date_output);
  for (const { name, outputs } of pipeline.actions) {
    const mine = entries.filter(([, entry]) => entry.action === name);
    const present = mine.every(([file]) => existsSync(path.join(dir, file)));
    const complete = outputs.every(({ pattern }) => mine.some(([file]) => matches(pattern, file)));
    const job = mine[0]?.[1].job_id;
    if (job !== undefined && present && complete) past.set(name, { job, action: name, state: 'succeeded' });
  }
  return past;
}

/** What an aborted run of this project left: its containers and folders. */
async function clearLeftovers(executor: Executor, runs: string): Promise<void> {
  for (const { id } of await executor.list()) await executor.remove(id);
  rmSync(runs, { recursive: true, force: true });
  mkdirSync(runs, { recursive: true });
}

function placeOf(options: LaptopOptions, runs: string, later: Promise<unknown>[]): LaptopPlace {
  const { uid, gid } = statSync(options.dir);
  const root = process.getuid?.() === 0;
  const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return {
    dir: options.dir,
    runs,
    executor: options.executor,
    limits: options.limits,
    moderate: { maxBytes: MAX_BYTES, maxRows: MAX_ROWS, identifiers: ALWAYS_IDENTIFYING },
    owner: root ? { uid, gid } : me,
    // A job never runs as root, not even for root.
    jobOwner: root ? { uid: 10_001, gid: 10_001 } : me,
    matches,
    signal: options.signal,
    later: (work) => void later.push(work),
  };
}

/** Up to `concurrency` actions at a time; after the first failure nothing new is started. */
async function runPlan(planned: Plan, pipeline: Pipeline, running: Running): Promise<boolean> {
  const { options } = running;
  const actions = new Map(pipeline.actions.map((action) => [action.name, action]));
  const waiting = [...planned.jobs];
  const done = new Set<string>();
  const active = new Map<string, Promise<void>>();
  const stopped = aborted(options.signal);
  let ok = true;
  for (;;) {
    if (options.signal.aborted) await Promise.allSettled(active.values());
    options.signal.throwIfAborted();
    const ready = ok ? waiting.findIndex((job) => job.waitsFor.every((name) => done.has(name))) : -1;
    if (ready >= 0 && active.size < options.concurrency) {
      const [job] = waiting.splice(ready, 1);
      const action = actions.get(job?.action ?? '');
      if (!action) continue;
      const work = runAction(action, pipeline, running).then((succeeded) => {
        if (succeeded) done.add(action.name);
        else ok = false;
        active.delete(action.name);
      });
      active.set(action.name, work);
      continue;
    }
    if (active.size === 0) return ok;
    await Promise.race([...active.values(), stopped]).catch(async (error: unknown) => {
      // One was lost with its engine: the others are let come to their end before that is said.
      await Promise.allSettled(active.values());
      throw error;
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function runAction(action: Action, pipeline: Pipeline, running: Running): Promise<boolean> {
  const { options, state, images, tree, place } = running;
  const inputs = inputsFrom(state.manifest, action.needs);
  const id = options.ids.id();
  const image = images.get(action.name);
  options.print(
    image === undefined
      ? WORDS.dummy(action.name, action.dummyDataFile ?? 'nothing')
      : WORDS.start(action.name, image),
  );
  const job = { id, action, sources: tree.sources, inputs, ...(image === undefined ? {} : { image }) };
  const result = await runOne(job, place);
  const succeeded = result.outcome.state === 'succeeded';
  if (succeeded) record(id, action, pipeline, result, inputs, running);
  report({ id, action, inputs, result, place, print: options.print });
  return succeeded;
}

/** The manifest after a success; files that the action no longer makes are deleted. */
function record(
  id: string,
  action: Action,
  pipeline: Pipeline,
  result: LaptopResult,
  inputs: ReturnType<typeof inputsFrom>,
  { options, state, place }: Running,
): void {
  const next = withRun(state.manifest, {
    task: id,
    job: id,
    request: id,
    workspace: path.basename(options.dir),
    action: action.name,
    user: 0,
    repo: '',
    commit: '',
    image: `${action.image.name}:${action.image.tag}`,
    imageId: result.exit.imageId ?? null,
    inputs,
    outputs: result.outputs,
    actions: pipeline.actions.map(({ name }) => name),
    completedAt: result.exit.finishedAt,
  });
  for (const [file, entry] of Object.entries(next.outputs)) {
    if (!entry.out_of_date_output) continue;
    rmSync(path.join(options.dir, file), { force: true });
    delete next.outputs[file];
  }
  state.manifest = next;
  writeWhole(state.manifestFile, `${JSON.stringify(next, null, 1)}\n`, { mode: 0o644 });
  if (process.getuid?.() === 0) chownSync(state.manifestFile, place.owner.uid, place.owner.gid);
}
