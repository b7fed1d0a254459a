/** The jobs of a plan, each as soon as what it waits for has succeeded. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import {
  byItself,
  commandOf,
  onlyByNeeds,
  type Action,
  type Freshness,
  type Made,
  type Plan,
} from '../../src/pipeline/pipeline.ts';
import {
  inputsFrom,
  withEnd,
  withRun,
  type EndedRun,
  type Manifest,
  type RunLog,
} from '../store/manifest.ts';
import { sourcesOfRows } from './laptop-dummy.ts';
import type { Ended } from './laptop-events.ts';
import type { LocalImage } from './laptop-images.ts';
import { folderOf, runOne, type LaptopPlace, type LaptopResult } from './laptop-job.ts';
import { writeLog } from './laptop-log.ts';
import type { Study } from './laptop-plan.ts';
import { linkIn } from './laptop-tree.ts';
import type { LaptopOptions } from './laptop.ts';
import type { Input } from './types.ts';

export interface Running {
  options: LaptopOptions;
  /** Its manifest is replaced after every action. */
  study: Study;
  images: ReadonlyMap<string, LocalImage>;
  place: LaptopPlace;
}

/**
 * Up to `concurrency` actions at a time. After a failure nothing new is started; to continue on error, whatever
 * does not need what failed. Answers whether everything succeeded.
 */
export async function runPlan(planned: Plan, running: Running): Promise<boolean> {
  const { options, study } = running;
  const actions = new Map(study.pipeline.actions.map((action) => [action.name, action]));
  const waiting = [...planned.jobs];
  const done = new Set<string>();
  const ended: Ended[] = [];
  const active = new Map<string, Promise<void>>();
  const stopped = aborted(options.signal);
  let ok = true;
  for (;;) {
    if (options.signal.aborted) await Promise.allSettled(active.values());
    options.signal.throwIfAborted();
    const mayStart = ok || options.continueOnError;
    const ready = mayStart ? waiting.findIndex((job) => job.waitsFor.every((name) => done.has(name))) : -1;
    if (ready >= 0 && active.size < options.concurrency) {
      const [job] = waiting.splice(ready, 1);
      const action = actions.get(job?.action ?? '');
      if (!action) continue;
      const work = runAction(action, running).then((result) => {
        if (result) ended.push({ action: action.name, result });
        if (!result || result.outcome.state === 'succeeded') done.add(action.name);
        else ok = false;
        active.delete(action.name);
      });
      active.set(action.name, work);
      continue;
    }
    if (active.size === 0) break;
    await Promise.race([...active.values(), stopped]).catch(async (error: unknown) => {
      // One was lost with its engine: the others are let come to their end before that is said.
      await Promise.allSettled(active.values());
      throw error;
    });
  }
  options.show({
    type: 'over',
    ended,
    notRun: waiting.map(({ action }) => action),
    continued: options.continueOnError,
  });
  return ok;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Undefined: it turned out to be fresh. */
async function runAction(action: Action, running: Running): Promise<LaptopResult | undefined> {
  const { options, study, images, place } = running;
  const { show } = options;
  const image = images.get(action.name);
  const made = study.memory.now(action, study.manifest, image?.id);
  const why = study.fresh.get(action.name);
  if (options.refresh && why && onlyByNeeds(why) && sameAsBefore(action, made, study)) {
    show({ type: 'same', action: action.name });
    return undefined;
  }
  const inputs = inputsFrom(study.manifest, action.needs);
  const id = options.ids.id();
  const invented = image === undefined && study.memory.invents(action);
  show({
    type: 'started',
    action,
    ...(image ? { image: image.name } : {}),
    ...(invented ? { invented: { rows: options.dummy.rows, seed: options.dummy.seed } } : {}),
    ...again(why, options),
  });
  if (options.debug) tellSteps(action, id, image, running);
  let known = false;
  const job = {
    id,
    action,
    invented,
    sources: invented ? sourcesOfRows(action, study.tree.sources) : sourcesOf(action, image, study),
    inputs,
    ...(image === undefined ? {} : { image: image.name }),
    copied: () => {
      // Of what was edited meanwhile, or by hand, the digest is another: nothing is then known.
      known = study.memory.asLooked() && action.needs.every((need) => !study.facts.get(need)?.edited.length);
    },
  };
  const result = await runOne(job, place);
  const succeeded = result.outcome.state === 'succeeded';
  const log = writeLog({ id, action, inputs, result }, place);
  const run = { ...runOf(id, action, result, options), log };
  if (succeeded) record(run, action, result, inputs, running, known ? made : undefined);
  else if (!options.signal.aborted) recordFailure({ ...run, state: result.outcome.state }, running);
  const folder = options.debug && !succeeded ? path.relative(options.dir, folderOf(id, place)) : undefined;
  show({ type: 'ended', action, result, logFile: log.path, ...(folder === undefined ? {} : { folder }) });
  return result;
}

/** What stands in for a database reads one file. */
function sourcesOf({ dummyDataFile }: Action, image: LocalImage | undefined, { tree }: Study): string[] {
  return image ? tree.sources : tree.sources.filter((file) => file === dummyDataFile);
}

/** Why it runs again, where that is because it is out of date. */
function again(why: Freshness | undefined, { refresh }: LaptopOptions): { why?: Freshness } {
  return refresh && why ? { why } : {};
}

function sameAsBefore(action: Action, made: Made, { facts }: Study): boolean {
  const before = facts.get(action.name);
  return before !== undefined && byItself({ ...before, now: made }).state === 'fresh';
}

function tellSteps(
  action: Action,
  id: string,
  image: LocalImage | undefined,
  { options, study }: Running,
): void {
  const step = (text: string): void => options.show({ type: 'step', action: action.name, text });
  step(
    `job ${id}, ${study.tree.sources.length} files of the study, needs ${action.needs.join(', ') || 'nothing'}`,
  );
  if (image) step(`${image.name} (${image.id ?? ''}) ${JSON.stringify(commandOf(action))}`);
}

/** The manifest after a success; files that the action no longer makes are deleted. */
function record(
  run: ReturnType<typeof runOf> & { log: RunLog },
  action: Action,
  result: LaptopResult,
  inputs: readonly Input[],
  running: Running,
  made: Made | undefined,
): void {
  const { options, study } = running;
  const next = withRun(study.manifest, {
    ...run,
    image: `${action.image.name}:${action.image.tag}`,
    imageId: result.exit.imageId ?? null,
    inputs,
    outputs: result.outputs,
    actions: study.pipeline.actions.map(({ name }) => name),
  });
  for (const [file, entry] of Object.entries(next.outputs)) {
    if (!entry.out_of_date_output) continue;
    if (linkIn(options.dir, path.posix.dirname(file)) === undefined)
      rmSync(path.join(options.dir, file), { force: true });
    delete next.outputs[file];
  }
  keep(next, running);
  const fact = study.facts.get(action.name);
  if (fact) study.facts.set(action.name, { ...fact, edited: [], missing: [] });
  if (made)
    study.memory.remember(
      action.name,
      run.job,
      made,
      result.outputs.map((output) => output.path),
    );
}

/** Its earlier outputs stay; that it failed since is known to the next plan. */
function recordFailure(run: EndedRun, running: Running): void {
  const next = withEnd(running.study.manifest, run);
  if (next) keep(next, running);
}

function runOf(id: string, action: Action, result: LaptopResult, { dir }: LaptopOptions) {
  return {
    task: id,
    job: id,
    request: id,
    workspace: path.basename(dir),
    action: action.name,
    user: 0,
    repo: '',
    commit: '',
    completedAt: result.exit.finishedAt,
  };
}

function keep(next: Manifest, { study, place }: Running): void {
  study.manifest = next;
  place.manifest.put(next);
}
