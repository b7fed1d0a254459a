/** Which image of this machine stands for a name in project.yaml. Nothing is ever pulled by itself. */
import { refusal, Refused } from '../../src/lib/refusal.ts';
import { tagOf, type Action, type Pipeline, type Plan } from '../../src/pipeline/pipeline.ts';
import type { Executor } from '../executor/executor.ts';
import { imageCandidates } from '../laptop/image-names.ts';
import { DEFAULT_REGISTRY } from './compat.ts';
import { imagesMissing, programsMissing } from './laptop-words.ts';

export interface LocalImage {
  /** As it is called on this machine, or would be called. */
  name: string;
  /** Absent: it is not here. */
  id?: string;
}

/** Asks the engine once for each image. */
export type FindImage = (action: Action) => Promise<LocalImage>;

/** `registry`: where images are looked for before their bare names. */
export function imageFinder(executor: Executor, registry = DEFAULT_REGISTRY): FindImage {
  const seen = new Map<string, Promise<LocalImage>>();
  return ({ image: { name, tag } }) => {
    const written = `${name}:${tag}`;
    const known = seen.get(written) ?? find(name, tag);
    seen.set(written, known);
    return known;
  };

  async function find(name: string, tag: string): Promise<LocalImage> {
    for (const candidate of imageCandidates({ name, tag }, registry)) {
      const id = await executor.findImage(candidate);
      if (id !== undefined) return { name: candidate, id };
    }
    return { name: `${registry}/${name}:${tagOf(tag)}` };
  }
}

/** The image of each action that runs one; all that are missing are named at once, before anything runs. */
export async function imagesFor(
  planned: Plan,
  pipeline: Pipeline,
  kind: Executor['kind'],
  find: FindImage,
): Promise<Map<string, LocalImage>> {
  const wanted = new Set(planned.jobs.map(({ action }) => action));
  const byAction = new Map<string, LocalImage>();
  const missing = new Map<string, string>();
  for (const action of pipeline.actions) {
    if (!wanted.has(action.name) || action.isDatabase) continue;
    const image = await find(action);
    byAction.set(action.name, image);
    if (image.id === undefined) missing.set(`${action.image.name}:${action.image.tag}`, image.name);
  }
  if (missing.size === 0) return byAction;
  const named = [...missing].map(([image, pull]) => ({ image, pull }));
  const says = kind === 'docker' ? imagesMissing(named) : programsMissing(named);
  throw new Refused(refusal('run.image-missing', ...says));
}
