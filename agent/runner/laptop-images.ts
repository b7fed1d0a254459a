/** Which image of this machine stands for a name in project.yaml. Nothing is ever pulled by itself. */
import { refusal, Refused } from '../../src/lib/refusal.ts';
import { tagOf, type Action, type Pipeline, type Plan } from '../../src/pipeline/pipeline.ts';
import type { Executor } from '../executor/executor.ts';
import { DEFAULT_REGISTRY } from './compat.ts';
import { imagesMissing, programsMissing } from './laptop-words.ts';

interface ImageOptions {
  executor: Executor;
  /** Where images are looked for before their bare names. */
  registry?: string;
}

/** The local name of each action's image; all that are missing are named at once, before anything runs. */
export async function imagesFor(
  planned: Plan,
  pipeline: Pipeline,
  options: ImageOptions,
): Promise<Map<string, string>> {
  const wanted = new Set(planned.jobs.map(({ action }) => action));
  const byAction = new Map<string, string>();
  const seen = new Map<string, LocalImage>();
  for (const action of pipeline.actions) {
    if (!wanted.has(action.name) || action.isDatabase) continue;
    const written = `${action.image.name}:${action.image.tag}`;
    const image = seen.get(written) ?? (await findImage(action, options));
    seen.set(written, image);
    byAction.set(action.name, image.name);
  }
  const missing = [...seen]
    .filter(([, { present }]) => !present)
    .map(([image, { name }]) => ({ image, pull: name }));
  if (missing.length === 0) return byAction;
  const says = options.executor.kind === 'docker' ? imagesMissing(missing) : programsMissing(missing);
  throw new Refused(refusal('run.image-missing', ...says));
}

interface LocalImage {
  name: string;
  present: boolean;
}

async function findImage(
  { image: { name, tag } }: Action,
  { executor, registry = DEFAULT_REGISTRY }: ImageOptions,
): Promise<LocalImage> {
  const tags = [...new Set([tag, tagOf(tag)])];
  const names = [...tags.map((one) => `${registry}/${name}:${one}`), ...tags.map((one) => `${name}:${one}`)];
  for (const candidate of names) {
    if ((await executor.findImage(candidate)) !== undefined) return { name: candidate, present: true };
  }
  return { name: `${registry}/${name}:${tagOf(tag)}`, present: false };
}
