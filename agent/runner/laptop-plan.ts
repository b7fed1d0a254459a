/** What a run on the laptop has to do: the zone's planner, told what has run here and what of it is still fresh. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isRefusal, refusal, Refused } from '../../src/lib/refusal.ts';
import {
  freshness,
  plan,
  readProjectBytes,
  type Diagnostic,
  type Freshness,
  type FreshnessFacts,
  type PastJob,
  type Pipeline,
  type Plan,
} from '../../src/pipeline/pipeline.ts';
import { isPlain } from '../store/beneath.ts';
import { readManifest, type Manifest } from '../store/manifest.ts';
import { isReserved } from './collect.ts';
import { USUAL_INVENTION, type Invention } from './laptop-dummy.ts';
import type { FindImage } from './laptop-images.ts';
import { memoryOf, type Memory } from './laptop-freshness.ts';
import { readTree, type Tree } from './laptop-tree.ts';
import { badManifest, noProject, projectNoFile } from './laptop-words.ts';

/** Throws Refused; findings are given before. */
export function readPipeline(dir: string, found: (one: Diagnostic) => void): Pipeline {
  const file = path.join(dir, 'project.yaml');
  if (!existsSync(file)) {
    throw new Refused(
      refusal('run.no-project', noProject(dir), 'Go to your study, or name it with --project-dir.'),
    );
  }
  if (!statSync(file).isFile()) throw new Refused(refusal('run.no-project', ...projectNoFile(dir)));
  const { pipeline, diagnostics } = readProjectBytes(readFileSync(file));
  for (const one of diagnostics) found(one);
  if (pipeline) return pipeline;
  throw new Refused(
    refusal(
      'run.project-invalid',
      'project.yaml is not valid.',
      'Correct the lines above; "sallyport check" shows them with hints.',
    ),
  );
}

export const manifestFile = (dir: string): string => path.join(dir, 'metadata', 'manifest.json');

/** Throws Refused when the file is broken, or names what no action can have made. */
export function manifestOf(dir: string): Manifest | undefined {
  const manifest = read(dir);
  const paths = Object.keys(manifest?.outputs ?? {});
  if (paths.every((file) => isPlain(file) && !isReserved(file))) return manifest;
  throw new Refused(refusal('run.bad-manifest', ...badManifest()));
}

function read(dir: string): Manifest | undefined {
  try {
    return readManifest(manifestFile(dir));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refused(refusal('run.bad-manifest', ...badManifest()));
    throw error;
  }
}

/** A study's folder as it is now. */
export interface Study {
  dir: string;
  pipeline: Pipeline;
  manifest: Manifest | undefined;
  tree: Tree;
  memory: Memory;
  facts: Map<string, FreshnessFacts>;
  fresh: Map<string, Freshness>;
}

/** `find`: asked for the images of actions that have results; without it images are not compared. `invention`: what rows would be made. */
export async function lookAt(
  dir: string,
  pipeline: Pipeline,
  find?: FindImage,
  invention: Invention = USUAL_INVENTION,
): Promise<Study> {
  const manifest = manifestOf(dir);
  const tree = await readTree(dir, pipeline);
  const memory = memoryOf(dir, invention);
  await memory.look(pipeline, tree.sources);
  const ids = find && manifest ? await idsOf(pipeline, manifest, find) : new Map<string, string>();
  const facts = await memory.facts(pipeline, manifest, ({ name }) => ids.get(name));
  return { dir, pipeline, manifest, tree, memory, facts, fresh: freshness(pipeline, facts) };
}

async function idsOf(pipeline: Pipeline, manifest: Manifest, find: FindImage): Promise<Map<string, string>> {
  const made = new Set(Object.values(manifest.outputs).map((entry) => entry.action));
  const ids = new Map<string, string>();
  for (const action of pipeline.actions) {
    const image = made.has(action.name) && !action.isDatabase ? await find(action) : undefined;
    if (image?.id !== undefined) ids.set(action.name, image.id);
  }
  return ids;
}

export interface Asked {
  actions: readonly string[];
  force: boolean;
  refresh: boolean;
}

/** Refuses names that are no actions; needs nothing but the project, so it is said before an engine is looked for. */
export function checkNames(pipeline: Pipeline, asked: readonly string[]): void {
  const planned = plan({ pipeline, asked, latest: new Map(), force: false });
  if (isRefusal(planned)) throw new Refused(planned);
}

export function planFor(study: Study, { actions, force, refresh }: Asked): Plan {
  const planned = plan({
    pipeline: study.pipeline,
    asked: actions,
    latest: pastJobs(study, refresh),
    force,
    refresh,
  });
  if (isRefusal(planned)) throw new Refused(planned);
  return planned;
}

/** An action whose outputs were deleted has not run; to refresh, neither has one that is out of date. */
function pastJobs({ pipeline, facts, fresh }: Study, refresh: boolean): Map<string, PastJob> {
  const past = new Map<string, PastJob>();
  for (const { name } of pipeline.actions) {
    const fact = facts.get(name);
    if (fact?.failed) past.set(name, { job: name, action: name, state: 'failed' });
    if (!fact || fact.failed || fact.then === undefined || fact.missing.length > 0) continue;
    if (refresh && fresh.get(name)?.state !== 'fresh') continue;
    past.set(name, { job: name, action: name, state: 'succeeded' });
  }
  return past;
}

/** The dependencies of an action that have results and are not run now. */
export function keptBy(planned: Plan, study: Study): { action: string; found: Freshness }[] {
  return planned.reused.map(({ action }) => ({
    action,
    found: study.fresh.get(action) ?? { state: 'fresh' },
  }));
}
