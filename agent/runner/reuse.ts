/**
 * Whether the results of an earlier run on dummy data stand for a run that has not begun.
 *
 * The hub may only say that they may. What an action is made from is derived here, from the commit and from what this
 * agent has run itself; the rule is that of freshness. A result counts only for commits that come after the one
 * it was made at: what a branch made is nothing to another until it has been merged, and what was replaced by force is
 * nothing to anybody. The code of an earlier run is read at its commit, so nothing about it can be written wrongly.
 */
import path from 'node:path';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { GitFailed } from '../../src/lib/git.ts';
import { isAncestor } from '../../src/lib/git-objects.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { byItself, type Cause, type Made } from '../../src/pipeline/pipeline.ts';
import { NAMED_CAUSES, shownPath, type End, type Reuse, type RunTask } from '../../src/protocol/messages.ts';
import { readIfThere, writeWhole } from '../store/durable.ts';
import { codeAt } from './code-at.ts';
import type { RunContext } from './context.ts';
import type { Input, OutputFile, Reused, RunPlan } from './types.ts';

/** What a run that came to its end was made from, and what it left. */
interface Kept {
  task: string;
  commit: string;
  state: End;
  made: Omit<Made, 'code'>;
  /** Repository and commit of a reusable action, whose code it is. */
  reusable?: { repo: string; commit: string };
  files: OutputFile[];
  imageId?: string;
  /** The run that made the files, when this one reused them. */
  origin: { commit: string; request: string };
}

export interface Recalled {
  reused?: Reused;
  because?: Extract<Reuse, { because: unknown }>['because'];
}

/** Of an action, the newest last: more branches than this at work run their actions anew. */
const MOST = 40;

/** Nothing when no result may be reused; a fault in looking only means that it is run. */
export async function recall(
  task: RunTask,
  plan: RunPlan,
  inputs: readonly Input[],
  context: RunContext,
): Promise<Recalled> {
  if (!task.reuse || !plan.outwardLog) return {};
  try {
    return await look(task, plan, inputs, context);
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    context.logger.warn(
      { task: task.id, err: error },
      'Earlier results could not be looked at; the action is run',
    );
    return { because: [{ kind: 'unknown' }] };
  }
}

async function look(
  task: RunTask,
  plan: RunPlan,
  inputs: readonly Input[],
  { layout, store }: RunContext,
): Promise<Recalled> {
  const mirror = path.join(layout.mirrors, `${task.repository.id}.git`);
  const kept = await newestBefore(read(fileOf(task, layout.root)), mirror, task.commit);
  if (!kept) return { because: [{ kind: 'never-run' }] };
  const [then, now] = [
    await codeFor(task, kept.reusable, kept.commit, mirror),
    await codeFor(task, plan.reusable, task.commit, mirror),
  ];
  const failed = kept.state !== 'succeeded';
  const made = then && now ? { ...kept.made, code: then } : 'unknown';
  const found = byItself({
    ...(failed ? {} : { then: made }),
    now: { ...madeFrom(plan, inputs), code: now ?? {} },
    failed,
    missing: kept.files.filter(({ hash }) => !store.has(hash)).map((file) => file.path),
    edited: [],
  });
  if (found.state === 'out-of-date') return { because: found.because.map(outward) };
  const { files, origin, imageId } = kept;
  return { reused: { ...origin, files, ...(imageId === undefined ? {} : { imageId }) } };
}

async function newestBefore(all: readonly Kept[], mirror: string, commit: string): Promise<Kept | undefined> {
  const asked = new Map<string, boolean>();
  for (const kept of [...all].reverse()) {
    const before =
      asked.get(kept.commit) ?? (kept.commit === commit || (await isAncestor(mirror, kept.commit, commit)));
    if (before) return kept;
    asked.set(kept.commit, before);
  }
  return undefined;
}

async function codeFor(
  task: RunTask,
  reusable: Kept['reusable'],
  commit: string,
  mirror: string,
): Promise<Record<string, string> | undefined> {
  if (reusable) return { [reusable.repo]: reusable.commit };
  return (await codeAt(mirror, commit))?.(task.action);
}

function madeFrom(plan: RunPlan, inputs: readonly Input[]): Omit<Made, 'code'> {
  // As the planner writes it: the last two words.
  const at = plan.command.at(-2) === '--config' ? plan.command.length - 2 : plan.command.length;
  const outputs = plan.outputs.map(({ level, pattern }) => [level, pattern]).sort();
  return {
    image: plan.image,
    ...(plan.imageRef === '' ? {} : { imageId: plan.imageRef }),
    command: sha256(
      JSON.stringify([
        plan.command.slice(0, at),
        plan.dummyDataFile ?? null,
        ...(plan.tables === undefined ? [] : [sha256(plan.tables)]),
      ]),
    ),
    config: sha256(canonicalJson(plan.command.slice(at))),
    outputs: sha256(JSON.stringify(outputs)),
    inputs: Object.fromEntries(inputs.map((input) => [input.path, input.hash])),
  };
}

/** Names of the repository's files alone: which files a wildcard matched is nothing to the hub. */
function outward(cause: Cause): { kind: Exclude<Cause['kind'], 'edited' | 'needs'>; names?: string[] } {
  if (cause.kind === 'edited' || cause.kind === 'needs') return { kind: 'unknown' };
  if (cause.kind !== 'code') return { kind: cause.kind };
  const names = cause.files.filter((name) => shownPath.safeParse(name).success).slice(0, NAMED_CAUSES);
  return { kind: 'code', names };
}

export interface EndedRun {
  task: RunTask;
  plan: RunPlan;
  inputs: readonly Input[];
  state: End;
  files: OutputFile[];
  imageId?: string;
  reused?: Reused;
}

/** Keeps what a run that came to its end was made from. On dummy data only; repeating it is harmless. */
export function remember(run: EndedRun, { layout }: Pick<RunContext, 'layout'>): void {
  const { task, plan, inputs, state, files, imageId, reused } = run;
  if (!plan.outwardLog) return;
  const file = fileOf(task, layout.root);
  const { commit, request } = reused ?? task;
  const kept: Kept = {
    task: task.id,
    commit: task.commit,
    state,
    made: madeFrom(plan, inputs),
    ...(plan.reusable ? { reusable: plan.reusable } : {}),
    files,
    ...(imageId === undefined ? {} : { imageId }),
    origin: { commit, request },
  };
  const others = read(file).filter((one) => one.task !== task.id);
  writeWhole(file, `${JSON.stringify([...others, kept].slice(-MOST))}\n`, { sync: false });
}

/** The name of an action is one of a file: the schema of tasks sees to that, and the layout once more. */
const fileOf = ({ repository, action }: RunTask, root: string): string =>
  path.join(root, 'results', String(repository.id), `${action}.json`);

/** What cannot be read is as good as never written. */
function read(file: string): Kept[] {
  try {
    const value = JSON.parse(readIfThere(file) ?? '[]') as unknown;
    return Array.isArray(value) ? (value as Kept[]) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
