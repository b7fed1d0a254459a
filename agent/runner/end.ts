/**
 * The last thing a run writes: metadata.json, in one step. From then on the run is over, whatever
 * happens to the process; before it, everything may be repeated. The log is written just before.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { End, RunTask, ZoneReason } from '../../src/protocol/messages.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { ImageLabels } from '../executor/image-labels.ts';
import { writeWhole } from '../store/durable.ts';
import type { EndedRun, RunLog } from '../store/manifest.ts';
import { switchedEnd } from './after-switch.ts';
import type { RunContext } from './context.ts';
import { logFile, summary } from './job-log.ts';
import type { RunPlaces } from './layout.ts';
import { readMetrics } from './metrics.ts';
import { moderate, MAX_BYTES, type ModerateLimits } from './moderate.ts';
import { outwardOf } from './outward.ts';
import { firstStart, triesOf } from './run-state.ts';
import type { Marker, Metadata } from './types.ts';
import * as words from './words.ts';
import { closeHigh, noteEnd } from './workspace.ts';

export interface Ending {
  state: End;
  reason?: ZoneReason;
  message: string;
  hint?: string;
  completedAt: number;
  startedAt?: number;
  /** Of a program that ran to its end. */
  exitCode?: number;
  outOfMemory?: boolean;
  imageId?: string;
  imageLabels?: ImageLabels;
  log: string;
  outputs?: Metadata['outputs'];
  refused?: Metadata['refused_files'];
  unmatched?: string[];
  hints?: string[];
}

/** Metadata of a run, from its task, its marker (absent when it was never prepared) and its end. */
export function metadataOf(
  task: RunTask,
  marker: Marker | undefined,
  ending: Ending,
  facts: { started: number | undefined; metrics: Metadata['job_metrics'] },
): Metadata {
  const withheld = (ending.outputs ?? []).filter((output) => output.excluded);
  return {
    task_id: task.id,
    job_definition_id: task.job,
    job_definition_rap_id: task.request,
    workspace: task.workspace,
    action: task.action,
    state: ending.state,
    ...(ending.reason ? { reason: ending.reason } : {}),
    status_message: ending.message,
    hint: ending.hint ?? '',
    created_at: marker?.preparedAt ?? ending.completedAt,
    ...(facts.started === undefined ? {} : { started_at: facts.started }),
    completed_at: ending.completedAt,
    user: task.requestedBy,
    repo: marker?.plan.repo ?? `${task.repository.owner}/${task.repository.name}`,
    commit: task.commit,
    ...(ending.imageId ? { docker_image_id: ending.imageId } : {}),
    ...ending.imageLabels,
    ...(marker?.plan.reusable ? { reusable_action: marker.plan.reusable } : {}),
    ...(marker?.plan.imageRef ? { expected_image_id: marker.plan.imageRef } : {}),
    ...(ending.exitCode === undefined ? {} : { exit_code: String(ending.exitCode) }),
    oom_killed: ending.outOfMemory ?? false,
    cancelled: ending.state === 'cancelled_by_user',
    outputs: ending.outputs ?? [],
    refused_files: ending.refused ?? [],
    unmatched_patterns: ending.unmatched ?? [],
    unmatched_outputs: ending.hints ?? [],
    level4_excluded_files: Object.fromEntries(withheld.map((output) => [output.path, output.message ?? ''])),
    inputs: marker?.inputs ?? [],
    outward: outwardOf(marker, ending, {
      started: facts.started !== undefined,
      withheld: withheld.length > 0,
    }),
    job_metrics: facts.metrics,
    ...(marker ? { governance: marker.plan.governance } : {}),
  };
}

interface Also {
  /** As `writeLogs` has written it already. */
  log?: RunLog | undefined;
  /** No try is left: what still fails is said to the operator, and left undone. */
  givenUp?: boolean;
}

/**
 * Writes log, how the run ended, and metadata: it is over. A run that its workspace was switched to has succeeded,
 * whatever else is said here.
 */
export async function conclude(
  task: RunTask,
  marker: Marker | undefined,
  places: RunPlaces,
  given: Ending,
  context: RunContext,
  also: Also = {},
): Promise<Metadata> {
  const { at } = context;
  const switched =
    given.state === 'succeeded' ? undefined : await switchedEnd(task, marker, context, also.givenUp ?? false);
  const { ending, log } = switched ?? { ending: given, log: also.log };
  const metadata = metadataAt(task, marker, places, ending);
  const written =
    log ?? (await at('finalize.write-log', () => writeLogs(task, marker, places, ending, context)));
  await at('finalize.manifest', () => noted(endedRun(metadata, task, written), context));
  await at('finalize.metadata', () => writeWhole(places.metadata, `${JSON.stringify(metadata, null, 1)}\n`));
  return metadata;
}

/** A manifest that cannot be read or written keeps no run from ending: its log cannot be viewed then, and nothing else. */
async function noted(run: EndedRun, context: RunContext): Promise<void> {
  try {
    await noteEnd(run, context);
  } catch (err) {
    context.logger.error(
      { err, workspace: run.workspace, code: 'runner.manifest' },
      'How a run ended could not be written into the manifest of its workspace',
    );
  }
}

function metadataAt(task: RunTask, marker: Marker | undefined, places: RunPlaces, ending: Ending): Metadata {
  const [retried] = triesOf(places);
  return metadataOf(task, marker, ending, {
    started: retried?.startedAt ?? ending.startedAt ?? firstStart(places),
    metrics: readMetrics(places.metrics),
  });
}

function endedRun(metadata: Metadata, task: RunTask, log: RunLog | undefined): EndedRun {
  return {
    task: task.id,
    job: task.job,
    request: task.request,
    workspace: task.workspace,
    action: task.action,
    user: task.requestedBy,
    repo: metadata.repo,
    repository: task.repository.id,
    branch: task.branch,
    commit: task.commit,
    state: metadata.state,
    completedAt: metadata.completed_at,
    ...(log ? { log } : {}),
  };
}

/** The log in its three places; what the manifest has to say of the one that may be viewed. */
export function writeLogs(
  task: RunTask,
  marker: Marker | undefined,
  places: RunPlaces,
  ending: Ending,
  context: RunContext,
): RunLog | undefined {
  const metadata = metadataAt(task, marker, places, ending);
  const tries = triesOf(places).map((_at, index) => words.triedAgain(index + 1));
  const text = logFile(ending.log, metadata, [...(marker?.notes ?? []), ...tries]);
  // Not synced: the metadata is, right after, and it is the end that counts.
  writeWhole(places.log, text, { sync: false });
  const workspace = context.layout.workspace(task.workspace);
  closeHigh(workspace);
  const name = path.join('metadata', `${task.action}.log`);
  writeWhole(path.join(workspace.high, name), text, { mode: 0o644, sync: false });
  const medium = path.join(workspace.medium, name);
  if (!marker) {
    rmSync(medium, { force: true });
    return undefined;
  }
  const bytes = Buffer.from(mediumLog(text, metadata, marker.plan.moderate));
  // Synced: the signed manifest is going to say what it hashes to.
  writeWhole(medium, bytes, { mode: 0o644 });
  return { path: name, content_hash: sha256(bytes), size: bytes.length };
}

/** Logs are moderately sensitive too: what a table may not hold, a log may not either. */
export function mediumLog(text: string, metadata: Metadata, limits: ModerateLimits): string {
  const tail = text.length > MAX_BYTES ? text.slice(-MAX_BYTES / 4) : text;
  const { reasons } = moderate('job.log', Buffer.from(tail), { ...limits, types: undefined });
  if (reasons.length === 0) return tail;
  return `${words.explanation(`${metadata.action}.log`, reasons)}\n${summary(metadata)}`;
}
