/** Which image of this machine a person means. Nothing is fetched by itself. */
import { isRefusal, refusal, type Refusal } from '../../src/lib/refusal.ts';
import { askUnless, type Engine } from '../executor/engine.ts';
import { namedImage } from './image-names.ts';
import { imageAbsent } from './words.ts';

const GONE = 404;

/** Refuses 'images.bad-name' and 'images.absent'. */
export async function findHere(
  engine: Engine,
  text: string,
  registry?: string,
): Promise<{ name: string; id: string } | Refusal> {
  const named = namedImage(text, registry);
  if (isRefusal(named)) return named;
  for (const candidate of named.candidates) {
    const found = await askUnless([GONE], 'looking for an image', engine.getImage(candidate).inspect());
    if (found) return { name: candidate, id: found.Id };
  }
  return refusal('images.absent', ...imageAbsent(named.name));
}
