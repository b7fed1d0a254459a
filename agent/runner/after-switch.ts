/**
 * A run whose outputs are what its workspace holds has succeeded, whatever came between the switch and its metadata: a
 * crash and a cancellation, an engine that lost its container, steps that were given up. Another word would contradict
 * the signed manifest. How it ended is then read from there.
 */
import type { RunTask } from '../../src/protocol/messages.ts';
import { readManifest, type Manifest, type OutputFile, type RunLog } from '../store/manifest.ts';
import type { RunContext } from './context.ts';
import type { Ending } from './end.ts';
import type { Marker } from './types.ts';
import * as words from './words.ts';
import { placeAgain } from './workspace.ts';

export interface Switched {
  ending: Ending;
  /** As it was written before the switch. */
  log?: RunLog;
}

/**
 * Undefined: the switch was not made, or nobody can tell. Rejects when its files cannot be placed now: nothing places
 * them later, and the airlock reads them there, so the step is to be tried again. `givenUp`: no try is left.
 */
export async function switchedEnd(
  task: RunTask,
  marker: Marker | undefined,
  context: RunContext,
  givenUp: boolean,
): Promise<Switched | undefined> {
  const manifest = manifestOf(task, context);
  const job = manifest?.jobs[task.job];
  if (!manifest || job?.task_id !== task.id) return undefined;
  try {
    await placeAgain(task, context);
  } catch (err) {
    if (!givenUp) throw err;
    context.logger.error(
      { task: task.id, err, code: 'runner.place' },
      'Outputs of a run that succeeded could not be placed into the folders of its workspace',
    );
  }
  const outputs = outputsOf(manifest, task.job);
  const run = manifest.runs?.[task.action];
  return {
    ending: {
      state: 'succeeded',
      message: outputs.some((output) => output.excluded) ? words.SUCCEEDED_WITHHELD : words.SUCCEEDED,
      completedAt: job.completed_at,
      ...(marker?.reused ? {} : { exitCode: 0 }),
      ...(job.image_id === null ? {} : { imageId: job.image_id }),
      log: '',
      outputs,
    },
    ...(run?.task_id === task.id && run.log ? { log: run.log } : {}),
  };
}

function manifestOf({ workspace }: RunTask, { layout }: RunContext): Manifest | undefined {
  try {
    return readManifest(layout.workspace(workspace).manifest);
  } catch {
    // One that cannot be read keeps no run from ending.
    return undefined;
  }
}

function outputsOf(manifest: Manifest, job: string): OutputFile[] {
  return Object.entries(manifest.outputs)
    .filter(([, entry]) => entry.job_id === job && !entry.out_of_date_output)
    .map(([path, entry]) => ({
      path,
      level: entry.level,
      hash: entry.content_hash,
      size: entry.size,
      at: entry.timestamp,
      excluded: entry.excluded,
      ...(entry.message === null ? {} : { message: entry.message }),
      ...(entry.row_count === null ? {} : { rows: entry.row_count }),
      ...(entry.col_count === null ? {} : { columns: entry.col_count }),
    }));
}
