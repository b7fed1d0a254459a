/** `metadata/<action>.log`, as it is beside the data. */
import path from 'node:path';
import { sha256 } from '../../src/lib/hash.ts';
import type { Action } from '../../src/pipeline/pipeline.ts';
import { writeWhole } from '../store/durable.ts';
import type { RunLog } from '../store/manifest.ts';
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

/** As the manifest names it. */
export function writeLog(logged: Logged, place: Pick<LaptopPlace, 'dir' | 'owner'>): RunLog {
  const file = `metadata/${logged.action.name}.log`;
  const full = path.join(place.dir, file);
  const bytes = Buffer.from(logFile(logged.result.log, metadataOf(logged)));
  writeWhole(full, bytes, { mode: 0o644, sync: false });
  give(full, place.owner);
  return { path: file, content_hash: sha256(bytes), size: bytes.length };
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
