/**
 * `sallyport run`: the zone's planner, rules and executor on the working tree. No account, no server,
 * no network. Outputs land at their declared places, logs, the manifest and what is remembered in `metadata/`.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Ids } from '../../src/lib/ids.ts';
import { isRefusal, refusal, Refused } from '../../src/lib/refusal.ts';
import { matches, type Pipeline, type Plan } from '../../src/pipeline/pipeline.ts';
import type { Executor, JobLimits } from '../executor/executor.ts';
import { removeTree } from '../executor/remove-tree.ts';
import { lockFolder } from '../lock.ts';
import { noLicence } from '../laptop/words.ts';
import { ALWAYS_IDENTIFYING, LICENCE } from './compat.ts';
import type { DummyRows } from './laptop-dummy.ts';
import type { LaptopEvent } from './laptop-events.ts';
import { imageFinder, imagesFor } from './laptop-images.ts';
import type { LaptopPlace } from './laptop-job.ts';
import { runPlan } from './laptop-loop.ts';
import { checkNames, keptBy, lookAt, manifestFile, planFor, readPipeline } from './laptop-plan.ts';
import { manifestWriter } from './laptop-manifest.ts';
import { refuseLink } from './laptop-tree.ts';
import { alreadyRunning } from './laptop-words.ts';
import { MAX_BYTES, MAX_ROWS } from './moderate.ts';

export interface LaptopOptions {
  /** Folder with project.yaml. */
  dir: string;
  /** Names, or `run_all`. */
  actions: string[];
  /** Run dependencies again although their outputs are there. */
  force: boolean;
  /** Run only what is out of date or has never run. */
  refresh: boolean;
  /** After a failure go on with what does not need it. */
  continueOnError: boolean;
  concurrency: number;
  limits: JobLimits;
  /** Asked for when the project is known to be valid; throws Refused when there is none. */
  engine(): Promise<Executor>;
  ids: Ids;
  /** Where images are looked for before their bare names. */
  registry?: string;
  /** Asked for when an action runs in the image that wants one; throws Refused for one that cannot be used. */
  licence?(): string | undefined;
  /** Lines of a running action's log that are wanted. */
  tail: number;
  /** Every step is told, and the folder and container of a failed action are left. */
  debug: boolean;
  /** Makes rows of database actions that have no dummy data file, where the study has pinned its deployment's tables. */
  dummy: DummyRows;
  show(event: LaptopEvent): void;
  signal: AbortSignal;
}

/** Whether everything succeeded. Throws Refused for what cannot begin. */
export async function runOnLaptop(options: LaptopOptions): Promise<boolean> {
  const { dir, show } = options;
  const pipeline = readPipeline(dir, (found) => show({ type: 'finding', found }));
  checkNames(pipeline, options.actions);
  const executor = await options.engine();
  const metadata = path.join(dir, 'metadata');
  refuseLink(dir, 'metadata');
  // Not "recursive": that says of a disk that can only be read that the folder above is missing.
  if (!existsSync(metadata)) mkdirSync(metadata);
  const lock = lockFolder(metadata, (pid) => refusal('run.already-running', ...alreadyRunning(pid)));
  if (isRefusal(lock)) throw new Refused(lock);
  const runs = path.join(metadata, '.runs');
  const later: Promise<unknown>[] = [];
  try {
    await clearLeftovers(executor, runs, options);
    const find = imageFinder(executor, options.registry);
    const study = await lookAt(dir, pipeline, find, options.dummy);
    const planned = planFor(study, options);
    for (const kept of keptBy(planned, study)) show({ type: 'kept', ...kept });
    if (planned.jobs.length === 0) {
      show({ type: 'nothing', refresh: options.refresh });
      return true;
    }
    const images = await imagesFor(planned, pipeline, executor.kind, find);
    const licence = licenceFor(planned, pipeline, options);
    for (const text of study.tree.notes) show({ type: 'note', text });
    const place = { ...placeOf(options, executor, runs, later), ...licence };
    show({ type: 'planned', actions: planned.jobs.map(({ action }) => action) });
    try {
      return await runPlan(planned, { options, study, images, place });
    } finally {
      await place.manifest.written();
    }
  } finally {
    await Promise.allSettled(later);
    leaveRuns(runs);
    lock.release();
  }
}

/** Before anything runs: a program that asks for its licence in vain says so in its own way, after minutes. */
function licenceFor(planned: Plan, pipeline: Pipeline, options: LaptopOptions): Pick<LaptopPlace, 'licence'> {
  const running = new Set(planned.jobs.map(({ action }) => action));
  const wanting = pipeline.actions.find(
    ({ name, image }) => running.has(name) && image.name === LICENCE.image,
  );
  if (!wanting) return {};
  const licence = options.licence?.();
  if (licence !== undefined) return { licence };
  throw new Refused(refusal('run.no-licence', ...noLicence(wanting.name)));
}

/** What an aborted run of this project left: its containers and folders. */
async function clearLeftovers(
  executor: Executor,
  runs: string,
  { debug, show }: LaptopOptions,
): Promise<void> {
  for (const { id, labels } of await executor.list()) {
    if (debug) show({ type: 'step', text: `removing what an earlier run left of ${labels['action'] ?? id}` });
    await executor.remove(id);
  }
  await removeTree(runs);
  mkdirSync(runs, { recursive: true });
}

/** Gone, unless something was left in it to be looked into. */
function leaveRuns(runs: string): void {
  if (readdirSync(runs).length === 0) rmSync(runs, { recursive: true, force: true });
}

function placeOf(
  options: LaptopOptions,
  executor: Executor,
  runs: string,
  later: Promise<unknown>[],
): LaptopPlace {
  const { uid, gid } = statSync(options.dir);
  const root = process.getuid?.() === 0;
  const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return {
    dir: options.dir,
    runs,
    executor,
    dummy: options.dummy,
    limits: options.limits,
    moderate: { maxBytes: MAX_BYTES, maxRows: MAX_ROWS, identifiers: ALWAYS_IDENTIFYING },
    owner: root ? { uid, gid } : me,
    // A job never runs as root, not even for root.
    jobOwner: root ? { uid: 10_001, gid: 10_001 } : me,
    matches,
    manifest: manifestWriter(manifestFile(options.dir), root ? { uid, gid } : me),
    signal: options.signal,
    tail: options.tail,
    running: (action, usage, tail) => options.show({ type: 'running', action, usage, tail }),
    keepFailed: options.debug,
    later(work) {
      // Nobody waits for it yet: an engine that goes away meanwhile must not end the program here.
      work.catch(() => undefined);
      later.push(work);
    },
  };
}
