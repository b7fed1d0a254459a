/**
 * executed → finalized: the files a program left become outputs, or reasons. Every part may be
 * repeated after a crash; nothing in the workspace changes unless the run succeeded.
 */
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { JobExit } from '../executor/executor.ts';
import { NotBeneath } from '../store/beneath.ts';
import type { RunLog } from '../store/manifest.ts';
import { collect, differsFromBlob, moreSensitive, type Collected } from './collect.ts';
import type { RunContext } from './context.ts';
import { conclude, writeLogs, type Ending } from './end.ts';
import { judge } from './judge.ts';
import type { RunPlaces } from './layout.ts';
import { outcomeOf } from './outcome.ts';
import { cancelled, readBaseline } from './run-state.ts';
import { remember } from './reuse.ts';
import type { Marker, Metadata, OutputFile, Reused } from './types.ts';
import { walkLeft } from './walk.ts';
import * as words from './words.ts';
import { switchTo } from './workspace.ts';

type Ended = Omit<JobExit, 'imageId'> & { imageId?: string };

export async function finalize(
  marker: Marker,
  places: RunPlaces,
  context: RunContext,
  signal: AbortSignal,
): Promise<Metadata> {
  const { at } = context;
  if (marker.reused) return finishReused(marker, marker.reused, places, context);
  const exit = await at('finalize.exit', () => exitOf(marker, context, signal));
  const log = await at('finalize.log', () => logOf(marker, context));
  const found = await at('finalize.walk', () => walkLeft(places.work));
  if (typeof found === 'string')
    return conclude(marker.task, marker, places, unlookedAt(exit, log, found, marker), context);
  const collected = collect(found, {
    patterns: marker.plan.outputs,
    baseline: readBaseline(places) ?? {},
    matches: context.matches,
    agentUid: mayLink(context) ? process.getuid?.() : undefined,
    differs: (file, was) => differsFromBlob(places.work, file, was),
  });
  const { outputs, refused } = await at('finalize.store', () => take(collected, places.work, context));
  const judged = await at('finalize.moderate', () => judgeAll(outputs, marker, context));
  const facts = {
    withheld: judged.some((output) => output.excluded),
    database: marker.plan.datasets !== undefined,
    limits: marker.plan.limits,
  };
  const missing = { unmatched: unmatched(marker, judged, context), hints: collected.hints };
  const ending: Ending = {
    ...ends(exit, log),
    ...outcomeOf(exit, missing, facts),
    outputs: judged,
    refused: [...collected.refused, ...refused],
    ...missing,
  };
  // Asked for while the outputs were taken: still in time, nothing has been shown.
  if (cancelled(places))
    Object.assign(ending, { state: 'cancelled_by_user', message: words.CANCELLED, outputs: [] });
  await at('finalize.remember', () => rememberEnd(marker, ending, outputs, context));
  if (ending.state !== 'succeeded') {
    await at('finalize.failed-outputs', () => keepFailed(ending, places, context));
    return conclude(marker.task, marker, places, ending, context);
  }
  // Before the switch, which puts it into the manifest together with the outputs.
  const written = await at('finalize.write-log', () =>
    writeLogs(marker.task, marker, places, ending, context),
  );
  await at('finalize.switch', () => switchTo(successOf(marker, ending, written), context));
  return conclude(marker.task, marker, places, ending, context, { log: written });
}

/** The results of an earlier run, judged by today's limits, become this run's. */
async function finishReused(
  marker: Marker,
  reused: Reused,
  places: RunPlaces,
  context: RunContext,
): Promise<Metadata> {
  const { at } = context;
  const outputs = reused.files.map((file) => declared(file, marker, context));
  const judged = await at('finalize.moderate', () => judgeAll(outputs, marker, context));
  const ending: Ending = {
    state: 'succeeded',
    message: judged.some((output) => output.excluded) ? words.SUCCEEDED_WITHHELD : words.SUCCEEDED,
    completedAt: marker.preparedAt,
    imageId: reused.imageId,
    log: words.reusedFrom(reused.commit),
    outputs: judged,
  };
  if (cancelled(places)) {
    Object.assign(ending, { state: 'cancelled_by_user', message: words.CANCELLED, outputs: [] });
    return conclude(marker.task, marker, places, ending, context);
  }
  await at('finalize.remember', () => rememberEnd(marker, ending, reused.files, context));
  const written = await at('finalize.write-log', () =>
    writeLogs(marker.task, marker, places, ending, context),
  );
  await at('finalize.switch', () => switchTo(successOf(marker, ending, written), context));
  return conclude(marker.task, marker, places, ending, context, { log: written });
}

/** As it was taken: what was said of it when it was judged is said anew. */
function declared({ path: file, hash, size, at, level }: OutputFile, marker: Marker, context: RunContext) {
  const wanted = marker.plan.outputs.filter(({ pattern }) => context.matches(pattern, file));
  const levels = wanted.map((pattern) => pattern.level);
  return {
    ...{ path: file, hash, size, at, excluded: false },
    level: levels.length > 0 ? levels.reduce(moreSensitive) : level,
  };
}

/** A program that was stopped says nothing about its results. */
function rememberEnd(
  marker: Marker,
  { state, imageId }: Ending,
  files: OutputFile[],
  context: RunContext,
): void {
  if (state === 'cancelled_by_user' || state === 'interrupted') return;
  const { task, plan, inputs, reused } = marker;
  remember(
    {
      ...{ task, plan, inputs, state, files },
      ...(imageId === undefined ? {} : { imageId }),
      ...(reused ? { reused } : {}),
    },
    context,
  );
}

const mayLink = (context: RunContext): boolean =>
  process.getuid?.() === 0 && context.owner.uid !== process.getuid();

function exitOf(marker: Marker, context: RunContext, signal: AbortSignal): Promise<Ended> | Ended {
  if (marker.plan.kind === 'container') return context.executor.wait(marker.task.id, signal);
  const at = marker.preparedAt;
  const none = { outOfMemory: false, timedOut: false, diskFull: false, stopped: false, interrupted: false };
  return { code: 0, ...none, startedAt: at, finishedAt: at };
}

function logOf(marker: Marker, context: RunContext): Promise<string> | string {
  if (marker.plan.kind === 'container') return context.executor.log(marker.task.id);
  return words.dummyCopied(marker.plan.dummyDataFile ?? '');
}

function ends(
  exit: Ended,
  log: string,
): Pick<
  Ending,
  'completedAt' | 'startedAt' | 'exitCode' | 'outOfMemory' | 'imageId' | 'imageLabels' | 'log'
> {
  return {
    completedAt: exit.finishedAt,
    startedAt: exit.startedAt,
    exitCode: exit.code,
    outOfMemory: exit.outOfMemory,
    imageId: exit.imageId,
    imageLabels: exit.imageLabels,
    log,
  };
}

/** What ended the program from outside says more than what it left behind. */
function unlookedAt(exit: Ended, log: string, message: string, { plan }: Marker): Ending {
  const facts = { withheld: false, database: plan.datasets !== undefined, limits: plan.limits };
  const outcome = outcomeOf(exit, { unmatched: [], hints: [] }, facts);
  return {
    ...ends(exit, log),
    ...(outcome.state === 'succeeded' ? { state: 'job_error', message } : outcome),
  };
}

interface Taken {
  outputs: OutputFile[];
  refused: Metadata['refused_files'];
}

async function take(collected: Collected, work: string, context: RunContext): Promise<Taken> {
  const taken: Taken = { outputs: [], refused: [] };
  for (const { path: file, level, mtimeMs } of collected.outputs) {
    try {
      context.checkpoint('take.file');
      const stored = await context.store.take(work, file, { mayLink: mayLink(context) });
      taken.outputs.push({ path: file, level, ...stored, at: mtimeMs, excluded: false });
    } catch (error) {
      if (!(error instanceof NotBeneath)) throw error;
      taken.refused.push({ path: file, why: error.message });
    }
  }
  context.store.settle(taken.outputs.map((output) => output.hash));
  return taken;
}

function unmatched(marker: Marker, outputs: readonly OutputFile[], context: RunContext): string[] {
  return marker.plan.outputs
    .map(({ pattern }) => pattern)
    .filter((pattern) => !outputs.some((output) => context.matches(pattern, output.path)));
}

/** Levels against identical inputs, then what may be viewed. */
async function judgeAll(
  outputs: readonly OutputFile[],
  marker: Marker,
  context: RunContext,
): Promise<OutputFile[]> {
  const judged: OutputFile[] = [];
  for (const output of outputs) {
    const read = (): Promise<Uint8Array> => readFile(context.store.path(output.hash));
    judged.push(await judge(output, marker.inputs, marker.plan.moderate, read));
  }
  return judged;
}

function successOf(marker: Marker, ending: Ending, log: RunLog | undefined): Parameters<typeof switchTo>[0] {
  const { task, plan } = marker;
  return {
    task: task.id,
    job: task.job,
    request: task.request,
    workspace: task.workspace,
    action: task.action,
    user: task.requestedBy,
    repo: plan.repo,
    repository: task.repository.id,
    branch: task.branch,
    commit: task.commit,
    image: plan.image,
    imageId: ending.imageId ?? null,
    ...(plan.reusable ? { reusable: plan.reusable } : {}),
    ...(marker.reused ? { reusedFrom: marker.reused.commit } : {}),
    inputs: marker.inputs,
    outputs: ending.outputs ?? [],
    actions: plan.actions,
    completedAt: ending.completedAt,
    ...(log ? { log } : {}),
  };
}

/** What a failed run left, for looking at: outside every workspace, so it can never be asked for. */
function keepFailed(ending: Ending, places: RunPlaces, context: RunContext): void {
  rmSync(places.outputs, { recursive: true, force: true });
  for (const output of ending.outputs ?? [])
    context.store.place(output.hash, path.join(places.outputs, output.path), { shared: true });
}
