/** Which images may pass: what images.yml lists by digest, in the namespaces of the registry that deployment.yml names. */
import type { Governance } from '../../governance/governance.ts';
import type { Refusal } from '../../lib/refusal.ts';
import { HOST } from '../upstream-settings.ts';
import { isDigest, isRepositoryName, type Digest, type RepositoryName } from './target.ts';
import { no } from './words.ts';

export interface Listed {
  repository: RepositoryName;
  /** Host of the registry, with its port where that is not 443. */
  registry: string;
  /** Hosts that it may point to with blobs. */
  redirectHosts: readonly string[];
  /** Newest last, as governance has them. */
  pins: readonly Digest[];
  tags: ReadonlyMap<string, readonly Digest[]>;
}

/** Refuses what governance of this moment does not list. */
export function listed(governance: Governance | undefined, repository: RepositoryName): Listed | Refusal {
  if (!governance) return no.noGovernance();
  const registry = governance.deployment.proxy?.registry;
  if (!registry || !HOST.test(registry.upstream)) return no.off();
  const inNamespace = registry.namespaces.some((namespace) => repository.startsWith(`${namespace}/`));
  const images = governance.images.filter(({ image }) => pathOf(image, registry.upstream) === repository);
  const tags = new Map<string, Digest[]>();
  const pins: Digest[] = [];
  for (const { digest, version } of images) {
    if (digest === undefined || !isDigest(digest)) continue;
    if (!pins.includes(digest)) pins.push(digest);
    const same = tags.get(version) ?? [];
    tags.set(version, same.includes(digest) ? same : [...same, digest]);
  }
  if (!inNamespace || pins.length === 0) return no.unlisted(repository);
  return {
    repository,
    registry: registry.upstream,
    redirectHosts: registry.redirect_hosts.filter((host) => HOST.test(host)),
    pins,
    tags,
  };
}

/** images.yml may write the registry's host before an image, or leave it out; another host is another registry. */
function pathOf(image: string, registry: string): string | undefined {
  const path = image.startsWith(`${registry}/`) ? image.slice(registry.length + 1) : image;
  return isRepositoryName(path) ? path : undefined;
}

export function pinOf({ tags }: Listed, tag: string): Digest | Refusal {
  const digests = tags.get(tag) ?? [];
  return digests.length === 1 ? digests[0]! : no.tag();
}
