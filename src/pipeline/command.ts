/** What of an action others ask for: its command, the images of a pipeline. */
import { CONFIG_OPTION, isDatabaseCommand } from './compat.ts';
import type { Action, Json, Pipeline } from './types.ts';

/** The words the container is started with, behind its image: those of `run`, then the config. */
export function commandOf(action: Pick<Action, 'args' | 'config'>): string[] {
  return [...action.args, ...configWords(action.config)];
}

/** `'` is written as \u0027, so that the JSON can stand between single quotes. */
export function configWords(config: { [key: string]: Json } | undefined): string[] {
  return config ? [CONFIG_OPTION, JSON.stringify(config).replaceAll("'", '\\u0027')] : [];
}

/** Each `name:tag` once, sorted; `latest` is reported as `v1`, which is what it has always meant. */
export function imagesOf(pipeline: Pipeline): string[] {
  const actions = pipeline.ignored ? [...pipeline.actions, pipeline.ignored] : pipeline.actions;
  return [...new Set(actions.map(({ image }) => `${image.name}:${tagOf(image.tag)}`))].sort();
}

/** The tag an image is looked up by. */
export function tagOf(tag: string): string {
  return tag === 'latest' ? 'v1' : tag;
}

export function isDatabaseAction(action: Pick<Action, 'image' | 'args'>): boolean {
  return isDatabaseCommand(action.image, action.args);
}
