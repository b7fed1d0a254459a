/**
 * How far a run is, derived afresh from the disk and the engine each time it is asked. Nothing is
 * remembered: after `kill -9` the next process asks the same question and goes on.
 */
import { existsSync } from 'node:fs';
import type { RunTask } from '../../src/protocol/messages.ts';
import type { Executor } from '../executor/executor.ts';
import { readIfThere, readJson, readJsonIfWhole } from '../store/durable.ts';
import type { RunPlaces } from './layout.ts';
import type { Baseline, Marker, Metadata } from './types.ts';

export type RunState =
  /** Nothing is ready: prepare, from the beginning. */
  | { stage: 'unknown' }
  | { stage: 'prepared'; marker: Marker }
  /** The container is made and was never started. */
  | { stage: 'created'; marker: Marker }
  | { stage: 'executing'; marker: Marker }
  | { stage: 'executed'; marker: Marker }
  /** It was started and the engine no longer knows it. */
  | { stage: 'gone'; marker: Marker }
  | { stage: 'finalized'; metadata: Metadata };

export async function stateOf(
  places: RunPlaces,
  task: Pick<RunTask, 'id'>,
  executor: Pick<Executor, 'phase'>,
): Promise<RunState> {
  const metadata = readMetadata(places, task.id);
  if (metadata) return { stage: 'finalized', metadata };
  const marker = readJson(places.marker) as Marker | undefined;
  if (!marker || marker.task.id !== task.id) return { stage: 'unknown' };
  if (marker.plan.kind !== 'container') return { stage: 'executed', marker };
  switch (await executor.phase(task.id)) {
    case 'running':
      return { stage: 'executing', marker };
    case 'exited':
      return { stage: 'executed', marker };
    case 'created':
      return { stage: 'created', marker };
    case 'absent':
      return { stage: existsSync(places.started) ? 'gone' : 'prepared', marker };
  }
}

/** The end of this very task; another task of the same job does not count. */
export function readMetadata(places: RunPlaces, task: string): Metadata | undefined {
  const metadata = readJson(places.metadata) as Metadata | undefined;
  return metadata?.task_id === task ? metadata : undefined;
}

/** Undefined when it is torn: then nobody knows what the job made. */
export function readBaseline(places: RunPlaces): Baseline | undefined {
  return existsSync(places.baseline) ? (readJsonIfWhole(places.baseline) as Baseline | undefined) : {};
}

/** A try that was given up for a passing error of the database. */
export interface Try {
  /** Which beginning of the run it was: counted once, however often that is written. */
  beginning: number;
  startedAt: number;
}

export function triesOf(places: RunPlaces): Try[] {
  return (readJson(places.tries) ?? []) as Try[];
}

/** How often this run has been begun. */
export function beginnings(places: RunPlaces): number {
  return Number(readIfThere(places.attempts) ?? '0');
}

/** When a program of this run was first started, or was about to be; undefined before. */
export function firstStart(places: RunPlaces): number | undefined {
  const [first] = triesOf(places);
  const started = readIfThere(places.started);
  return first?.startedAt ?? (started === undefined ? undefined : Number(started));
}

/** Why the run is to end without outputs: a person asked, or the hub no longer lists it. */
export function cancelled(places: RunPlaces): boolean {
  return existsSync(places.cancel);
}
