/** The hub's pages for people, as its composition mounts them. */
import type { Router } from 'express';
import { siteRoutes } from '../web/site/site.ts';
import type { Room } from './github/github.ts';
import type { HubConfig } from './hub-config.ts';
import { randomIds } from './lib/ids.ts';
import { githubPlaces } from './lib/origin.ts';
import { publicationsFor } from './hub-publications.ts';
import * as outputs from './outputs/outputs.ts';

export function pagesOf(config: HubConfig, room: Room): Router {
  const { signIn } = config.github;
  return siteRoutes({
    ...room.jobs,
    ids: randomIds,
    origin: config.origin,
    github: signIn && { ...signIn, places: githubPlaces(config.github.origin) },
    outputs,
    publications: publicationsFor(room),
  });
}
