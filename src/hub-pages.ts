/** The hub's pages for people, as its composition mounts them. */
import type { Router } from 'express';
import { siteRoutes } from '../web/site/site.ts';
import { lastCheckpoint } from './db/log.ts';
import type { Room } from './github/github.ts';
import type { HubConfig } from './hub-config.ts';
import { randomIds } from './lib/ids.ts';
import { githubPlaces } from './lib/origin.ts';
import { publicationsFor } from './hub-publications.ts';
import * as outputs from './outputs/outputs.ts';
import type { Live } from './record/record.ts';

export function pagesOf(
  config: HubConfig,
  room: Room,
  { live, since }: { live: Live; since: number },
): Router {
  const { signIn } = config.github;
  const places = githubPlaces(config.github.origin);
  const members = {
    ...room.jobs,
    ids: randomIds,
    origin: config.origin,
    github: signIn && { ...signIn, places },
    outputs,
    publications: publicationsFor(room),
  };
  const record = { ...room.jobs, origin: config.origin, github: places.web };
  return siteRoutes(members, {
    deps: record,
    live,
    since,
    checkpoint: () => lastCheckpoint(room.db),
    logKeys: (config.ledger?.signers ?? []).map(({ text }) => text),
  });
}
