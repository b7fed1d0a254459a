/** `metadata/<action>.log`, as it is beside the data. */
import path from 'node:path';
import type { Action } from '../../src/pipeline/pipeline.ts';
import { writeWhole } from '../store/durable.ts';
import { logFile } from './job-log.ts';
import type { LaptopPlace, LaptopResult } from './laptop-job.ts';
import { give } from './laptop-tree.ts';
import type { Input, Metadata } from './types.ts';

export interface Logged {
  id: string;
  action: Action;
  inputs: Input[];
  result: LaptopResult;
}

/** Its place, from the study's folder. */
export function writeLog(logged: Logged, place: Pick<LaptopPlace, 'dir' | 'owner'>): string {
  const file = path.join('metadata', `${logged.action.name}.log`);
  const full = path.join(place.dir, file);
  writeWhole(full, logFile(logged.result.log, metadataOf(logged)), { mode: 0o644, sync: false });
  give(full, place.owner);
  return file;
}

function metadataOf({ id, action, inputs, result }: Logged): Metadata {
  const { outcome, exit, outputs, collected } = result;
  return {
    task_id: id,
    job_definition_id: id,
    job_definition_rap_id: '',
    workspace: '',
    action: action.name,
    state: outcome.state,
    status_message: outcome.message,
    hint: outcome.hint,
    created_at: exit.startedAt,
    started_at: exit.startedAt,
    completed_at: exit.finishedAt,
    user: 0,
    repo: '',
    commit: '',
    ...(exit.imageId ? { docker_image_id: exit.imageId } : {}),
    exit_code: String(exit.code),
    oom_killed: exit.outOfMemory,
    cancelled: outcome.state === 'cancelled_by_user',
    outputs,
    refused_files: collected.refused,
    unmatched_patterns: collected.unmatched,
    unmatched_outputs: collected.hints,
    level4_excluded_files: Object.fromEntries(
      outputs.filter(({ excluded }) => excluded).map((output) => [output.path, output.message ?? '']),
    ),
    inputs,
    outward: { state: outcome.state, outputsMissing: false, outputsWithheld: false },
    job_metrics: result.metrics,
  };
}
