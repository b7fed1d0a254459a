/** What the steward offers a repository without a study: the skeleton that `sallyport init` writes, for this deployment. */
import type { Governance } from '../governance/governance.ts';
import { deploymentFacts } from '../skeleton/governed.ts';
import { skeleton, type SkeletonFile } from '../skeleton/skeleton.ts';

export { digestOf, type SkeletonFile } from '../skeleton/skeleton.ts';

/** Undefined: governance lists no image with which anything could be run. */
export function skeletonFor(g: Governance, now: number, title: string): SkeletonFile[] | undefined {
  return skeleton({ title, deployment: deploymentFacts(g, now) });
}
