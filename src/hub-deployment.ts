/** What whoever begins a study needs to know of this deployment: the images in use and where they come from. Public. */
import { Router } from 'express';
import type { Governance } from './governance/governance.ts';
import type { Clock } from './lib/clock.ts';
import { deploymentFacts } from './skeleton/governed.ts';

/** `/deployment.json`, for `sallyport init --deployment`. 404 while governance has not been read. */
export function deploymentRoute(governance: () => Governance | undefined, clock: Clock): Router {
  const pages = Router();
  pages.get('/deployment.json', (_request, response, next) => {
    const g = governance();
    if (!g) return next();
    response.set({
      'cache-control': 'public, max-age=60',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    response.json(deploymentFacts(g, clock.now()));
  });
  return pages;
}
