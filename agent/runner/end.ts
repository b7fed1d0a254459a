/**
 * The last thing a run writes: metadata.json, in one step. From then on the run is over, whatever
 * happens to the process; before it, everything may be repeated. The log is written just before.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { End, RunTask, ZoneReason } from '../../src/protocol/messages.ts';
import { writeWhole } from '../store/durable.ts';
import type { RunContext } from './context.ts';
import { logFile, summary } from './job-log.ts';
import type { RunPlaces } from './layout.ts';
import { readMetrics } from './metrics.ts';
import { moderate, MAX_BYTES, type ModerateLimits } from './moderate.ts';
import { outwardOf } from './outward.ts';
import { firstStart, triesOf } from './run-state.ts';
import type { Marker, Metadata } from './types.ts';
import * as words from './words.ts';
import { closeHigh } from './workspace.ts';

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

/** Writes log and metadata: the run is over. */
export async function conclude(
  task: RunTask,
  marker: Marker | undefined,
  places: RunPlaces,
  ending: Ending,
  context: RunContext,
): Promise<Metadata> {
  const [retried] = triesOf(places);
  const metadata = metadataOf(task, marker, ending, {
    started: retried?.startedAt ?? ending.startedAt ?? firstStart(places),
    metrics: readMetrics(places.metrics),
  });
  await context.at('finalize.write-log', () => writeLogs(task, marker, places, ending, metadata, context));
  await context.at('finalize.metadata', () =>
    writeWhole(places.metadata, `${JSON.stringify(metadata, null, 1)}\n`),
  );
  return metadata;
}

function writeLogs(
  task: RunTask,
  marker: Marker | undefined,
  places: RunPlaces,
  ending: Ending,
  metadata: Metadata,
  context: RunContext,
): void {
  const tries = triesOf(places).map((_at, index) => words.triedAgain(index + 1));
  const text = logFile(ending.log, metadata, [...(marker?.notes ?? []), ...tries]);
  // Not synced: the metadata is, right after, and it is the end that counts.
  writeWhole(places.log, text, { sync: false });
  const workspace = context.layout.workspace(task.workspace);
  closeHigh(workspace);
  const name = path.join('metadata', `${task.action}.log`);
  writeWhole(path.join(workspace.high, name), text, { mode: 0o644, sync: false });
  const medium = path.join(workspace.medium, name);
  if (marker)
    writeWhole(medium, mediumLog(text, metadata, marker.plan.moderate), { mode: 0o644, sync: false });
  else rmSync(medium, { force: true });
}

/** Logs are moderately sensitive too: what a table may not hold, a log may not either. */
export function mediumLog(text: string, metadata: Metadata, limits: ModerateLimits): string {
  const tail = text.length > MAX_BYTES ? text.slice(-MAX_BYTES / 4) : text;
  const { reasons } = moderate('job.log', Buffer.from(tail), { ...limits, types: undefined });
  if (reasons.length === 0) return tail;
  return `${words.explanation(`${metadata.action}.log`, reasons)}\n${summary(metadata)}`;
}
