/** Every route below /api/v3, in the order in which wildcards need it. */
import type { Api } from '../http/api.ts';
import { appRoutes } from './apps.ts';
import { assigneeRoutes } from './assignees.ts';
import { checkRoutes } from './checks.ts';
import { codeRoutes, commitRoute } from './code.ts';
import { contentRoutes } from './contents.ts';
import { gitDataRoutes } from './git-data.ts';
import { issueRoutes } from './issues.ts';
import { organisationRoutes } from './organisation.ts';
import { peopleRoutes } from './people.ts';
import { pullRoutes } from './pulls.ts';
import { releaseRoutes, uploadRoutes } from './releases.ts';
import { forkRoutes, reviewRoutes } from './reviews.ts';
import { rulesetRoutes } from './rulesets.ts';
import { talkRoutes } from './talk.ts';
import { templateRoutes } from './templates.ts';

export function allRoutes(api: Api): void {
  appRoutes(api);
  peopleRoutes(api);
  organisationRoutes(api);
  templateRoutes(api);
  rulesetRoutes(api);
  talkRoutes(api);
  issueRoutes(api);
  assigneeRoutes(api);
  reviewRoutes(api);
  forkRoutes(api);
  pullRoutes(api);
  checkRoutes(api);
  releaseRoutes(api);
  contentRoutes(api);
  gitDataRoutes(api);
  codeRoutes(api);
  commitRoute(api);
  api.finish();
}

/** Below /api/uploads: bodies are streamed, not read. */
export function allUploads(api: Api): void {
  uploadRoutes(api);
  api.finish();
}
