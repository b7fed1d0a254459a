/**
 * unknown → prepared: derive what the task means, lay out its folder, write the marker last. A
 * preparation that was cut off is begun again from an empty folder.
 */
import { chownSync, copyFileSync, lstatSync } from 'node:fs';
import path from 'node:path';
import type { RunTask } from '../../src/protocol/messages.ts';
import { removeTree } from '../executor/remove-tree.ts';
import { NotBeneath, openBeneath } from '../store/beneath.ts';
import { writeWhole } from '../store/durable.ts';
import type { RunContext, ZoneRefusal } from './context.ts';
import { placeTables } from './derive-rows.ts';
import { exportCommit, makeFolders, makeWork, TooBig } from './export.ts';
import { placeInputs } from './inputs.ts';
import type { RunPlaces } from './layout.ts';
import { inputsFrom, readManifest } from '../store/manifest.ts';
import { recall } from './reuse.ts';
import type { Baseline, Input, Marker, RunPlan } from './types.ts';

const no = (reason: ZoneRefusal['reason']): ZoneRefusal => ({ refused: true, reason });

/** Undefined when the marker is written. Throws when it could not know or could not write: try again. */
export async function prepare(
  task: RunTask,
  places: RunPlaces,
  context: RunContext,
  signal: AbortSignal,
): Promise<ZoneRefusal | undefined> {
  const { at, clock, layout } = context;
  const plan = await context.derive(task, signal);
  if ('refused' in plan) return plan;
  const inputs = inputsOf(plan, task, context);
  if ('refused' in inputs) return inputs;
  await at('prepare.clear', () => removeTree(places.work));
  const { reused, because } = await at('prepare.reuse', () => recall(task, plan, inputs, context));
  if (reused) {
    const marker: Marker = {
      task,
      plan: { ...plan, kind: 'reused' },
      inputs,
      reused,
      notes: [],
      preparedAt: clock.now(),
    };
    await at('prepare.marker', () => writeWhole(places.marker, JSON.stringify(marker)));
    return undefined;
  }
  const exported = await at('prepare.export', () => lay(plan, places, context, signal));
  if ('refused' in exported) return exported;
  await at('prepare.inputs', () =>
    placeInputs(inputs, context.store, places.work, context.owner, exported.baseline),
  );
  const dummy = await at('prepare.dummy-data', () => {
    placeTables(plan.tables, places.work, context.owner, exported.baseline);
    return copyDummyData(plan, places.work, context);
  });
  if (dummy) return dummy;
  const marker: Marker = {
    task,
    plan,
    inputs,
    ...(because ? { because } : {}),
    notes: exported.notes,
    preparedAt: clock.now(),
  };
  await at('prepare.marker', () => {
    writeWhole(places.baseline, JSON.stringify(exported.baseline));
    writeWhole(places.marker, JSON.stringify(marker));
  });
  context.logger.debug(
    { task: task.id, workspace: layout.workspace(task.workspace).dir },
    'Workspace prepared',
  );
  return undefined;
}

/** The present outputs of the actions this one needs; one that has none, or whose bytes are gone, is missing. */
function inputsOf(plan: RunPlan, task: RunTask, context: RunContext): Input[] | ZoneRefusal {
  const manifest = readManifest(context.layout.workspace(task.workspace).manifest);
  const inputs = inputsFrom(manifest, plan.needs);
  const from = new Set(inputs.map((input) => manifest?.outputs[input.path]?.action));
  if (plan.needs.some((action) => !from.has(action))) return no('input-missing');
  return inputs.every((input) => context.store.has(input.hash)) ? inputs : no('input-missing');
}

async function lay(
  plan: RunPlan,
  places: RunPlaces,
  context: RunContext,
  signal: AbortSignal,
): Promise<{ baseline: Baseline; notes: string[] } | ZoneRefusal> {
  makeWork(places.work, context.owner);
  try {
    return await exportCommit(plan.checkout.mirror, plan.checkout.commit, places.work, context.owner, {
      maxBytes: plan.limits.diskBytes,
      signal,
      onFile: () => context.checkpoint('export.file'),
    });
  } catch (error) {
    if (error instanceof TooBig) return no('disk-full');
    throw error;
  }
}

/** A database action on dummy data: its file stands in for each output it declares. */
function copyDummyData(plan: RunPlan, work: string, context: RunContext): ZoneRefusal | undefined {
  if (plan.kind !== 'dummy-file') return undefined;
  if (plan.dummyDataFile === undefined) return no('dummy-data-missing');
  return copyDummyFile(work, plan.dummyDataFile, plan.outputs, context.owner)
    ? undefined
    : no('dummy-data-missing');
}

/** Copies the dummy data file to every declared output. False when it is no plain file beneath the folder. */
export function copyDummyFile(
  work: string,
  source: string,
  outputs: RunPlan['outputs'],
  owner: RunContext['owner'],
): boolean {
  try {
    openBeneath(work, source).close();
  } catch (error) {
    if (error instanceof NotBeneath || (error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  for (const { pattern } of outputs) {
    const target = dummyTarget(pattern, source);
    const full = path.join(work, target);
    if (target === source) continue;
    makeFolders(work, path.posix.dirname(target), owner);
    if (lstatSync(full, { throwIfNoEntry: false })?.isDirectory()) return false;
    copyFileSync(path.join(work, source), full);
    if (process.getuid?.() === 0) chownSync(full, owner.uid, owner.gid);
  }
  return true;
}

/** A pattern with a wildcard gets one file whose name says where it comes from. */
function dummyTarget(pattern: string, source: string): string {
  const name = path.posix.basename(source).replace(/\.[^.]*$/, '');
  return pattern.replaceAll('*', name);
}
