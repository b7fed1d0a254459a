/** A deployment's public facts, from its governance. Beside the face: a laptop never has governance to ask. */
import type { Governance, Image } from '../governance/governance.ts';
import { isoDay } from '../lib/clock.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal } from '../lib/refusal.ts';
import type { DeploymentFacts } from './deployment.ts';

/** Images that are pinned come first: a study that begins today should run as it did in a year. */
export function deploymentFacts(g: Governance, now: number): DeploymentFacts {
  const today = isoDay(now);
  const usable = g.images.filter(({ retireOn }) => retireOn === null || retireOn > today);
  const registry = g.deployment.proxy?.registry?.upstream;
  const origin = parseOrigin(g.deployment.base_url);
  return {
    id: g.deployment.id,
    address: isRefusal(origin) ? g.deployment.base_url : origin,
    ...(registry !== undefined && { registry }),
    images: [...usable.filter(isPinned), ...usable.filter((image) => !isPinned(image))].map(
      ({ name, version, image, digest, database, retireOn, replacedBy }) => ({
        ...{ name, version, image, database },
        ...(digest !== undefined && { digest }),
        ...(retireOn !== null && { retire_on: retireOn }),
        ...(replacedBy !== undefined && { replaced_by: replacedBy }),
      }),
    ),
  };
}

const isPinned = ({ digest }: Image): boolean => digest !== undefined;
