/**
 * Images that are built for real, from packages that are fetched once and kept in the system's temporary folder. Where the mirror has
 * moved on since a recipe was locked, a copy of the recipe is locked anew: a test must not fail because Debian mended a package.
 */
import { cpSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { build, relock } from '../../../agent/images/build/build.ts';
import type { ImageFacts } from '../../../agent/images/build/oci.ts';
import { placeOf, readPlace, type Place, type Written } from '../../../agent/images/build/recipes.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { isRefusal, refusalText, type Refusal } from '../../../src/lib/refusal.ts';

/** Not the folder of this run, which goes with it. */
const CACHE = path.join('/tmp', 'sallyport-test-debian');

export interface BuiltImage {
  facts: ImageFacts & { folder: string };
  /** What it was made of. */
  written: Written & { lockText: string };
  again(out: string): Promise<ImageFacts & { folder: string }>;
}

export async function builtImage(name: string, out: string, signal: AbortSignal): Promise<BuiltImage> {
  const options = { cache: CACHE, signal, step: () => undefined };
  let place = must<Place>(placeOf(name));
  const first = await made(place, { ...options, out });
  if (isRefusal(first) && first.code === 'images.package-gone') {
    const folder = mkdtempSync(path.join(out, 'recipe-'));
    cpSync(place.folder, folder, { recursive: true });
    place = { ...place, folder };
    must(await relock(must(readPlace(place)), options, systemClock));
  }
  const facts = must(isRefusal(first) ? await made(place, { ...options, out }) : first);
  const written = must(readPlace(place));
  return {
    facts,
    written: { ...written, lockText: written.lockText ?? '' },
    again: async (elsewhere) => must(await made(place, { ...options, out: elsewhere })),
  };
}

async function made(
  place: Place,
  options: Parameters<typeof build>[1],
): Promise<Refusal | (ImageFacts & { folder: string })> {
  const { lock, lockText = '', ...written } = must(readPlace(place));
  if (!lock) throw new Error(`${place.name} has no lock`);
  return build({ ...written, lock, lockText }, options);
}

export function must<T>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(refusalText(answer));
  return answer as T;
}
