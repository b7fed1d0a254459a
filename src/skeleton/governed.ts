/** A deployment's public facts, from its governance. Beside the face: a laptop never has governance to ask. */
import type { Governance, Image } from '../governance/governance.ts';
import { isoDay } from '../lib/clock.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal } from '../lib/refusal.ts';
import type { DeploymentFacts } from './deployment.ts';

/** Images that are pinned come first: a study that begins today should run as it did in a year. */
export function deploymentFacts(g: Governance, now: number): DeploymentFacts {
  const today = isoDay(now);
  const isUsable = ({ retireOn }: Image): boolean => retireOn === null || retireOn > today;
  const usable = g.images.filter(isUsable);
  const registry = g.deployment.proxy?.registry?.upstream;
  const origin = parseOrigin(g.deployment.base_url);
  return {
    id: g.deployment.id,
    address: isRefusal(origin) ? g.deployment.base_url : origin,
    ...(registry !== undefined && { registry }),
    images: [...usable.filter(isPinned), ...usable.filter((image) => !isPinned(image))].map(published),
    retired: g.images.filter((image) => !isUsable(image)).map(published),
    warn_days: g.policies.images.warn_days,
  };
}

const published = ({
  name,
  version,
  image,
  digest,
  database,
  retireOn,
  replacedBy,
}: Image): DeploymentFacts['images'][number] => ({
  ...{ name, version, image, database },
  ...(digest !== undefined && { digest }),
  ...(retireOn !== null && { retire_on: retireOn }),
  ...(replacedBy !== undefined && { replaced_by: replacedBy }),
});

const isPinned = ({ digest }: Image): boolean => digest !== undefined;
