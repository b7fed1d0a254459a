/** What a person at a terminal is told about one action, and its log file. */
import path from 'node:path';
import type { Action } from '../../src/pipeline/pipeline.ts';
import { writeWhole } from '../store/durable.ts';
import { lastLines, logFile, plainLines } from './job-log.ts';
import type { LaptopPlace, LaptopResult } from './laptop-job.ts';
import { give } from './laptop-tree.ts';
import { WORDS } from './laptop-words.ts';
import type { Input, Metadata } from './types.ts';

const LAST_LINES = 32;

export interface Reported {
  id: string;
  action: Action;
  inputs: Input[];
  result: LaptopResult;
  place: LaptopPlace;
  print(line: string): void;
}

export function report(done: Reported): void {
  const { action, result, place, print } = done;
  const { name } = action;
  const { outcome, outputs, collected } = result;
  const file = path.join(place.dir, 'metadata', `${name}.log`);
  writeWhole(file, logFile(result.log, metadataOf(done)), { mode: 0o644, sync: false });
  give(file, place.owner);
  for (const output of outputs.filter(({ excluded }) => excluded))
    print(WORDS.withheld(name, output.path, (output.message ?? '').replaceAll('\n', ' ')));
  for (const refused of collected.refused) print(WORDS.refused(name, refused.path, refused.why));
  if (outcome.state === 'succeeded') {
    print(WORDS.done(name, result.tookMs / 1000, outputs.length));
    return;
  }
  if (result.dummyMissing) print(WORDS.dummyMissing(name, action.dummyDataFile));
  else if (outcome.state === 'unmatched_patterns') {
    for (const pattern of collected.unmatched) print(WORDS.unmatched(name, pattern));
    for (const made of collected.hints) print(WORDS.hint(name, made));
  } else if (outcome.state === 'nonzero_exit') printEnd(done, file);
  print(WORDS.failed(name, outcome.message, outcome.state === 'nonzero_exit' ? outcome.hint : ''));
}

function printEnd({ action, result, print, place }: Reported, file: string): void {
  const lines = lastLines(plainLines(result.log), LAST_LINES).split('\n');
  print(WORDS.lastLines(action.name, lines.length));
  for (const line of lines) print(`  ${line}`);
  print(WORDS.logAt(action.name, path.relative(place.dir, file)));
}

function metadataOf({ id, action, inputs, result }: Reported): Metadata {
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
    job_metrics: {},
  };
}
