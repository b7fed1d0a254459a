/**
 * Which images of a study have ended or end soon, by the rule and in the words of the check `sallyport/access`: a warning
 * where a deployment is known, and nothing otherwise. Nobody waits for a hub that does not answer.
 */
import { imageEnd, type ImageEnd } from '../governance/images.ts';
import type { ImageName } from '../pipeline/pipeline.ts';
import type { DeploymentFacts } from '../skeleton/deployment.ts';

const PATIENCE_MS = 2000;

/** Asked once for each image. */
export type FindEnd = (image: ImageName) => ImageEnd | undefined;

const NOTHING: FindEnd = () => undefined;

/** place: address of a hub, or a file with its deployment.json; at: milliseconds. Never throws: it is only a hint. */
export async function endsAt(place: string | undefined, at: number): Promise<FindEnd> {
  if (!place) return NOTHING;
  try {
    const { deploymentAt } = await import('./init-deployment.ts');
    const facts = await deploymentAt(place, PATIENCE_MS);
    return (image) => endIn(facts, image, at);
  } catch {
    return NOTHING;
  }
}

function endIn(facts: DeploymentFacts, image: ImageName, at: number): ImageEnd | undefined {
  // A hub that does not say when it warns is older than this.
  if (facts.warn_days === undefined) return undefined;
  const images = [...facts.images, ...(facts.retired ?? [])].map(
    ({ retire_on: retireOn = null, replaced_by: replacedBy, ...listed }) => ({
      ...listed,
      exitCodes: 'hidden' as const,
      retireOn,
      ...(replacedBy !== undefined && { replacedBy }),
    }),
  );
  return imageEnd({ images, policies: { images: { warn_days: facts.warn_days } } }, image, at);
}
