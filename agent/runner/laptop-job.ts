/** One action on the laptop: copy, run, collect, bring back. The zone's rules decide, nothing is linked and nobody reviews. */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { commandOf, type Action } from '../../src/pipeline/pipeline.ts';
import type { Executor, JobExit, JobLimits, Usage } from '../executor/executor.ts';
import { removeTree } from '../executor/remove-tree.ts';
import { hashFile } from '../store/store.ts';
import { collect, emptyBaseline, type Collected } from './collect.ts';
import { BACKEND_VARIABLE, LICENCE, LOCAL_BACKEND } from './compat.ts';
import { makeWork, type Owner } from './export.ts';
import { judge } from './judge.ts';
import type { DummyRows } from './laptop-dummy.ts';
import type { ManifestFile } from './laptop-manifest.ts';
import { bringBack, copyIn, refuseLink } from './laptop-tree.ts';
import type { ModerateLimits } from './moderate.ts';
import { watchJob } from './laptop-watch.ts';
import type { Metrics } from './metrics.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { copyDummyFile } from './prepare.ts';
import type { Baseline, Input, OutputFile } from './types.ts';
import { walkLeft } from './walk.ts';
import * as words from './words.ts';

export interface LaptopJob {
  id: string;
  action: Action;
  /** Name of the image on this machine; absent for database actions. */
  image?: string;
  /** Its rows are made here. */
  invented: boolean;
  sources: readonly string[];
  /** Outputs of the actions it needs. */
  inputs: readonly Input[];
  /** The study has been read, and the program not begun. */
  copied(): void;
}

export interface LaptopPlace {
  dir: string;
  /** Folder of the runs, on the project's file system. */
  runs: string;
  executor: Executor;
  dummy: DummyRows;
  limits: JobLimits;
  moderate: ModerateLimits;
  /** Whose the project is, and who the job runs as. */
  owner: Owner;
  jobOwner: Owner;
  matches(pattern: string, path: string): boolean;
  signal: AbortSignal;
  manifest: ManifestFile;
  /** Work that need not be waited for before the next action. */
  later(work: Promise<unknown>): void;
  /** Lines of its log that are wanted while an action runs. */
  tail: number;
  running(action: string, usage: Usage | undefined, tail: string[]): void;
  /** For the image that wants one, and no other. */
  licence?: string;
  /** The container and the folder of a failed action are left, to be looked into. */
  keepFailed: boolean;
}

export interface LaptopResult {
  outcome: Outcome;
  exit: Omit<JobExit, 'imageId'> & { imageId?: string };
  outputs: OutputFile[];
  collected: Collected;
  log: string;
  dummyMissing?: boolean;
  metrics: Metrics;
  /** From the first copy to the last output, in milliseconds. */
  tookMs: number;
}

const NONE = { outOfMemory: false, timedOut: false, diskFull: false, stopped: false, interrupted: false };

export const folderOf = (id: string, { runs }: Pick<LaptopPlace, 'runs'>): string => path.join(runs, id);

export async function runOne(job: LaptopJob, place: LaptopPlace): Promise<LaptopResult> {
  const begun = performance.now();
  const folder = folderOf(job.id, place);
  const work = path.join(folder, 'work');
  let kept = false;
  try {
    const startedAt = Date.now();
    makeWork(work, place.jobOwner);
    const baseline = emptyBaseline();
    const copying = { owner: place.jobOwner, baseline, signal: place.signal };
    await copyIn(place.dir, work, job.sources, copying);
    const inputs = job.inputs.map((input) => input.path);
    for (const input of inputs) refuseLink(place.dir, input);
    await copyIn(place.dir, work, inputs, copying);
    job.copied();
    const ran =
      job.image !== undefined
        ? await runImage(job, work, place)
        : job.invented
          ? await inventRows(job, work, place, startedAt)
          : copyDummy(job, work, place, startedAt);
    const taken = await take(job, work, baseline, ran, place);
    kept = place.keepFailed && taken.outcome.state !== 'succeeded' && !place.signal.aborted;
    return { ...taken, tookMs: performance.now() - begun };
  } finally {
    if (!kept) {
      if (job.image !== undefined) place.later(place.executor.remove(job.id));
      place.later(removeTree(folder));
    }
  }
}

type Taken = Omit<LaptopResult, 'tookMs'>;

interface Ran {
  metrics: Metrics;
  exit: LaptopResult['exit'];
  /** It is read while the outputs are looked at. */
  log: Promise<string>;
  dummyMissing?: boolean;
}

function copyDummy({ action }: LaptopJob, work: string, place: LaptopPlace, startedAt: number): Ran {
  const file = action.dummyDataFile;
  const copied = file !== undefined && copyDummyFile(work, file, action.outputs, place.jobOwner);
  const exit = { code: copied ? 0 : 1, ...NONE, startedAt, finishedAt: Date.now() };
  return copied
    ? { exit, log: Promise.resolve(words.dummyCopied(file)), metrics: {} }
    : { exit, log: Promise.resolve(''), dummyMissing: true, metrics: {} };
}

async function inventRows(
  { action }: LaptopJob,
  work: string,
  { dummy, signal }: LaptopPlace,
  startedAt: number,
): Promise<Ran> {
  const { rows, seed } = dummy;
  const { code, log } = await dummy.make({ folder: work, rows, seed, words: commandOf(action) }, signal);
  const exit = { code, ...NONE, stopped: signal.aborted, startedAt, finishedAt: Date.now() };
  return { exit, log: Promise.resolve(log), metrics: {} };
}

async function runImage({ id, action, image }: LaptopJob, work: string, place: LaptopPlace): Promise<Ran> {
  const { executor, signal } = place;
  const no =
    (await executor.create({
      id,
      labels: { action: action.name },
      image: image ?? '',
      command: commandOf(action),
      workDir: work,
      readOnlyFiles: [],
      environment: { [BACKEND_VARIABLE]: LOCAL_BACKEND, ...licenceFor(action, place) },
      network: { kind: 'none' },
      limits: place.limits,
      user: place.jobOwner,
    })) ?? (await executor.start(id));
  if (no) return { exit: failedToStart(), log: Promise.resolve(`${no.says} ${no.next}\n`), metrics: {} };
  const watching = watchJob(id, executor, place.tail, (usage, tail) =>
    place.running(action.name, usage, tail),
  );
  try {
    const exit = await executor.wait(id, signal);
    return { exit, log: executor.log(id), metrics: watching.leave() };
  } catch (error) {
    watching.leave();
    if (!signal.aborted) throw error;
    await executor.stop(id);
    return { exit: { ...failedToStart(), stopped: true }, log: executor.log(id), metrics: {} };
  }
}

function licenceFor({ image }: Action, { licence }: LaptopPlace): Record<string, string> {
  return image.name === LICENCE.image && licence ? { [LICENCE.variable]: licence } : {};
}

function failedToStart(): Ran['exit'] {
  return { code: 125, ...NONE, startedAt: Date.now(), finishedAt: Date.now() };
}

async function take(
  job: LaptopJob,
  work: string,
  baseline: Baseline,
  ran: Ran,
  place: LaptopPlace,
): Promise<Taken> {
  // It is waited for below, before anything is brought back.
  ran.log.catch(() => undefined);
  const found = await walkLeft(work);
  if (typeof found === 'string') return { ...unlookedAt(found, job, ran, place), log: await ran.log };
  const collected = collect(found, {
    patterns: job.action.outputs,
    baseline,
    matches: place.matches,
    differs: () => true,
  });
  const outputs: OutputFile[] = [];
  for (const made of collected.outputs) outputs.push(await describe(job, work, made, place));
  const facts = {
    withheld: outputs.some((output) => output.excluded),
    database: job.action.isDatabase,
    limits: place.limits,
  };
  const outcome = outcomeOf(ran.exit, collected, facts);
  const log = await ran.log;
  if (outcome.state === 'succeeded')
    for (const output of outputs) bringBack(work, place.dir, output.path, place.owner);
  return { ...ran, outcome, outputs, collected, log };
}

/** What ended the program from outside says more than what it left behind. */
function unlookedAt(
  why: string,
  { action }: LaptopJob,
  ran: Ran,
  { limits }: LaptopPlace,
): Omit<Taken, 'log'> {
  const collected: Collected = { outputs: [], unmatched: [], hints: [], refused: [] };
  const ended = outcomeOf(ran.exit, collected, { withheld: false, database: action.isDatabase, limits });
  const outcome: Outcome =
    ended.state === 'succeeded' ? { state: 'job_error', message: why, hint: '' } : ended;
  return { ...ran, outcome, outputs: [], collected };
}

async function describe(
  job: LaptopJob,
  work: string,
  { path: file, level, mtimeMs }: Collected['outputs'][number],
  place: LaptopPlace,
): Promise<OutputFile> {
  const full = path.join(work, file);
  const { size } = statSync(full);
  const plain = { path: file, level, size, at: mtimeMs, hash: await hashFile(full), excluded: false };
  return judge(plain, job.inputs, place.moderate, () => readFile(full));
}
