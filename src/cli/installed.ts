/** How this program came to this machine: what a newer one would take depends on it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from '../../agent/built.ts';

/** Set by the build of the single file. */
declare const SALLYPORT_SINGLE_FILE: boolean | undefined;

export const WAYS = ['clone', 'global', 'npx', 'project', 'single', 'gh'] as const;
export type Way = (typeof WAYS)[number];

export interface Installed {
  way: Way;
  /** The file, or the folder of the package. */
  at: string;
}

/** In the single file there is no package around it: what lies in the folders above is somebody else's. */
export const isSingleFile = (): boolean => typeof SALLYPORT_SINGLE_FILE !== 'undefined';

export function installed(
  file = fileURLToPath(import.meta.url),
  single = isSingleFile(),
  env: NodeJS.ProcessEnv = process.env,
): Installed {
  if (single) return { way: env['SALLYPORT_GH'] === '1' ? 'gh' : 'single', at: file };
  let at = dirname(file);
  while (!existsSync(join(at, 'package.json')) && dirname(at) !== at) at = dirname(at);
  return { way: wayOf(at), at };
}

/** A program of its own in `dist/` beneath the package; undefined when this one runs from its sources unbuilt, or as one file. */
export const builtFile = (name: string): string | undefined => (isSingleFile() ? undefined : built(name));

function wayOf(at: string): Way {
  if (existsSync(join(at, '.tools', 'stale.mjs'))) return 'clone';
  const parts = at.split(/[/\\]/);
  if (parts.includes('_npx')) return 'npx';
  const modules = dirname(at);
  // npm's folder for everybody is `<prefix>/lib/node_modules`, on Windows `<prefix>\node_modules` with the commands beside it.
  const isGlobal =
    parts.at(-2) === 'node_modules' &&
    (parts.at(-3) === 'lib' || existsSync(join(dirname(modules), 'sallyport.cmd')));
  return isGlobal ? 'global' : 'project';
}

/** In words, for people. */
export const WAY_WORDS: Readonly<Record<Way, string>> = {
  clone: 'a clone of its repository',
  global: 'npm, for every folder',
  npx: 'npx',
  project: 'npm, for one project',
  single: 'a single file',
  gh: 'an extension of gh',
};
