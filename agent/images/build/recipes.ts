/** Where recipes are: those of the program, and folders of a site's own. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import { USUAL_LABELS } from '../labels.ts';
import { readLock, type Lock } from './lock.ts';
import { readRecipe, type Recipe } from './recipe.ts';
import { noRecipe } from './words.ts';

export interface Place {
  name: string;
  version: string;
  folder: string;
  /** What COPY takes its files from. */
  context: string;
}

/** The recipe with its lock; without one when it has yet to be written. */
export interface Written extends Place {
  recipe: Recipe;
  dockerfile: string;
  lock?: Lock;
  lockText?: string;
}

/** The package's own folder, from the sources and from what was built of them. */
function packageRoot(): string {
  for (let at = path.dirname(fileURLToPath(import.meta.url)); path.dirname(at) !== at; at = path.dirname(at))
    if (existsSync(path.join(at, 'package.json'))) return at;
  return '.';
}

const isRecipeFolder = (folder: string): boolean => existsSync(path.join(folder, 'Dockerfile'));

/** Folders of the program that `build` can make; Stata's needs an installer, and goes its own way. */
export function ownRecipes(): string[] {
  const folder = path.join(packageRoot(), 'agent/images');
  return readdirSync(folder).filter(
    (name) => isRecipeFolder(path.join(folder, name)) && existsSync(path.join(folder, name, 'packages.lock')),
  );
}

/** `python`, or a folder. Refuses 'images.no-recipe'. */
export function placeOf(what: string, given: { context?: string } = {}): Place | Refusal {
  const root = packageRoot();
  const own = /^[a-z0-9][a-z0-9-]*$/.test(what) && isRecipeFolder(path.join(root, 'agent/images', what));
  const folder = own ? path.join(root, 'agent/images', what) : path.resolve(what);
  if (!own && !(statSync(folder, { throwIfNoEntry: false })?.isDirectory() && isRecipeFolder(folder)))
    return noRecipe(what, ownRecipes());
  const context = given.context === undefined ? (own ? root : folder) : path.resolve(given.context);
  return { name: path.basename(folder), version: 'v1', folder, context };
}

/** Reads both files. Refuses what is wrong in either, with its line. */
export function readPlace(place: Place): Written | Refusal {
  const dockerfile = readFileSync(path.join(place.folder, 'Dockerfile'), 'utf8');
  const recipe = readRecipe(dockerfile, path.join(place.name, 'Dockerfile'));
  if (isRefusal(recipe)) return recipe;
  const name = recipe.labels['org.opencontainers.image.title'] ?? place.name;
  const version = recipe.labels[USUAL_LABELS.version] ?? place.version;
  const written = { ...place, name, version, recipe, dockerfile };
  const file = path.join(place.folder, 'packages.lock');
  if (!existsSync(file)) return written;
  const lockText = readFileSync(file, 'utf8');
  const lock = readLock(lockText, path.join(place.name, 'packages.lock'));
  return isRefusal(lock) ? lock : { ...written, lock, lockText };
}
