/** The laptop's composition: an executor for one project folder, and what is fresh in it. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { sha256 } from '../src/lib/hash.ts';
import { isRefusal, refusal, Refused } from '../src/lib/refusal.ts';
import type { Freshness, Pipeline } from '../src/pipeline/pipeline.ts';
import { enginePlaces, type EnginePlace } from './executor/engines.ts';
import type { Executor } from './executor/executor.ts';
import { engineForbidden, engineSilent, noEngine } from './executor/words.ts';
import { LOCAL_COMMANDS } from './runner/compat.ts';
import { lookAt, manifestOf } from './runner/laptop-plan.ts';
import { readIfThere } from './store/durable.ts';

export { rowsInProcess } from './laptop/dummy-rows.ts';
export { plainLines } from './runner/job-log.ts';
export { runOnLaptop, type LaptopOptions } from './runner/laptop.ts';
export type { DummyRows } from './runner/laptop-dummy.ts';
export type { Ended, LaptopEvent } from './runner/laptop-events.ts';
export { faultRefusal } from './runner/laptop-faults.ts';
export { bytes, linesOf, seconds, shown, stateWord, type Line } from './runner/laptop-report.ts';
export { WORDS } from './runner/laptop-words.ts';

/** What this machine knows the study in a folder by: the label of its containers, and where their marks lie. */
export function laptopOwner(dir: string): { owner: string; stateDir: string } {
  const owner = `laptop-${sha256(dir).slice(0, 16)}`;
  const state = process.env['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state');
  return { owner, stateDir: path.join(state, 'sallyport', owner) };
}

/** Throws Refused when no engine is found, or none answers. */
export async function laptopExecutor(kind: 'docker' | 'process', dir: string): Promise<Executor> {
  const { owner, stateDir } = laptopOwner(dir);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (kind === 'process') {
    const { processExecutor } = await import('./executor/process.ts');
    return processExecutor({ stateDir, commands: LOCAL_COMMANDS });
  }
  const { place, podman } = await answeringEngine();
  const { dockerExecutor } = await import('./executor/docker.ts');
  return dockerExecutor({
    owner,
    stateDir,
    dialect: { podman, rootless: ownerOf(place) !== 0 },
    ...(place.socketPath === undefined ? {} : { socketPath: place.socketPath }),
    ...(place.tcp === undefined ? {} : { tcp: place.tcp }),
  });
}

const ANSWER_MS = 5000;

/** The first engine of this machine that answers. Throws Refused with why there is none. */
export async function answeringEngine(): Promise<{ place: EnginePlace; podman: boolean }> {
  const places = enginePlaces({
    env: process.env,
    home: homedir(),
    uid: process.getuid?.() ?? 0,
    exists: existsSync,
    read: readIfThere,
  });
  if (isRefusal(places)) throw new Refused(places);
  const { connectEngine, signOfLife } = await import('./executor/engine.ts');
  for (const place of places) {
    const life = await signOfLife(connectEngine(place.socketPath, place.tcp), ANSWER_MS);
    if (life) return { place, podman: life === 'podman' };
  }
  throw new Refused(refusal('run.no-docker', ...whyNone(places)));
}

function whyNone(places: readonly EnginePlace[]): [string, string] {
  const [first] = places;
  if (!first) return noEngine();
  return isForbidden(first) ? engineForbidden(first.name) : engineSilent(first.name);
}

function isForbidden({ socketPath }: EnginePlace): boolean {
  if (socketPath === undefined) return false;
  try {
    accessSync(socketPath, constants.R_OK | constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}

/** Whose engine it is; that of a socket's owner. */
export function ownerOf({ socketPath }: EnginePlace): number {
  const stat = socketPath === undefined ? undefined : statSync(socketPath, { throwIfNoEntry: false });
  return stat?.uid ?? 0;
}

/**
 * Of each action what its last results are worth, for `plan` and whoever else only asks. Without an executor no image
 * is compared. Throws Refused when what is remembered cannot be read.
 */
export async function laptopFreshness(
  dir: string,
  pipeline: Pipeline,
  images?: { executor: Executor; registry?: string },
): Promise<Map<string, Freshness>> {
  if (!images) return (await lookAt(dir, pipeline)).fresh;
  const { imageFinder } = await import('./runner/laptop-images.ts');
  return (await lookAt(dir, pipeline, imageFinder(images.executor, images.registry))).fresh;
}

/** The outputs that stand in a study's folder. Throws Refused when the manifest cannot be read. */
export function laptopResults(dir: string): { path: string; level: string; excluded: boolean }[] {
  return Object.entries(manifestOf(dir)?.outputs ?? {})
    .filter(([, entry]) => !entry.out_of_date_output && !entry.out_of_date_action)
    .map(([file, { level, excluded }]) => ({ path: file, level, excluded }));
}
