/**
 * What happens when a commit becomes the head of a branch: it is recorded and checked.
 *
 * The event is a hint. What is checked is read at the commit, and a commit that has its checks is left
 * alone, so that a push and the pull request it belongs to do the work once.
 */
import { pushes } from '../db/schema/github.ts';
import { accessFindings, dummyBackend, mayDummyRun, projectOfRepository } from '../governance/governance.ts';
import { freezesOn, frozen } from '../freezes/freezes.ts';
import { cancelRequests, requestView, submitRequest } from '../jobs/jobs.ts';
import { isRefusal, refusalText } from '../lib/refusal.ts';
import { mermaid } from '../pipeline/pipeline.ts';
import type { Pipeline } from '../pipeline/types.ts';
import { accessCheck } from './checks/access.ts';
import { codelistsCheck } from './checks/codelists.ts';
import { CHECK_NAMES, neutral, type CheckContent } from './checks/content.ts';
import { projectCheck } from './checks/project.ts';
import { studyCodelistsAt, type StudyCodelists } from './codelists/study.ts';
import { whereToAsk } from './applications/ask.ts';
import { projectAt, usesOf } from './commit.ts';
import { derivedId } from './derived.ts';
import { imagesFor } from './images.ts';
import { prose } from './markdown.ts';
import type { Actor } from './people.ts';
import type { RepoClient } from './repo.ts';
import { withReusableActions } from './reusable-actions.ts';
import type { Room } from './room.ts';
import { hasCheck, keepCheck } from './shown-checks.ts';
import * as words from './words.ts';

export const PUSH_CHECKS = ['project', 'codelists', 'access', 'dummy'] as const;
export type PushCheck = (typeof PUSH_CHECKS)[number];

export interface Head {
  branch: string;
  sha: string;
  by: Actor;
}

/** `at`: by GitHub's clock, in milliseconds; commands are compared with it. */
export async function recordPush(
  room: Room,
  repository: number,
  head: Head,
  before: string | null,
  at: number,
): Promise<void> {
  await room.db
    .insert(pushes)
    .values({
      repositoryId: repository,
      branch: head.branch,
      sha: head.sha,
      before,
      pusherId: head.by.id,
      at,
    })
    .onConflictDoUpdate({ target: [pushes.repositoryId, pushes.branch, pushes.sha], set: { at } });
}

/** `again`: what asked for these checks once more; without it only missing ones are made. */
export async function checkHead(
  room: Room,
  client: RepoClient,
  head: Head,
  wanted: readonly PushCheck[] = PUSH_CHECKS,
  again?: string,
): Promise<void> {
  const missing: PushCheck[] = [];
  for (const check of wanted) {
    if (again !== undefined || !(await hasCheck(room, client.repo.id, head.sha, CHECK_NAMES[check])))
      missing.push(check);
  }
  if (missing.length === 0) return;
  const keep = (check: PushCheck, content: CheckContent) =>
    keepCheck(room, {
      repository: client.repo.id,
      sha: head.sha,
      name: CHECK_NAMES[check],
      ...(again !== undefined && { again }),
      content,
    });
  const project = await projectAt(client, head.sha);
  const pipeline = project.kind === 'read' ? project.reading.pipeline : undefined;
  if (missing.includes('project'))
    await keep(
      'project',
      projectCheck(project, (each) => mermaid(each)),
    );
  const codelists =
    missing.includes('codelists') || missing.includes('dummy')
      ? await studyCodelistsAt(room, client, head.sha)
      : undefined;
  if (missing.includes('codelists')) await keep('codelists', codelistsCheck(codelists?.findings));
  if (missing.includes('access')) await keep('access', await access(room, client, head, pipeline));
  if (missing.includes('dummy')) {
    const why = await startDummyRun(room, client, head, pipeline, codelists, again);
    if (why !== undefined) await keep('dummy', neutral(why));
  }
}

async function access(
  room: Room,
  client: RepoClient,
  head: Head,
  pipeline: Pipeline | undefined,
): Promise<CheckContent> {
  const governance = room.governance.current();
  if (!governance) return neutral(words.asides.noGovernance);
  const project = projectOfRepository(governance, client.repo.id);
  if (!project) return neutral(words.asides.noProject);
  if (!pipeline) return neutral(words.asides.nothingToCompare);
  const { pipeline: effective, problems } = await withReusableActions(room.app, client, governance, pipeline);
  const actions = await usesOf(client, head.sha, effective);
  const found = accessFindings(governance, { project: project.id, actions }, room.clock.now());
  // What is wrong with a reusable action is said in its own words, not as an unknown image.
  const images = found.filter(
    (each) => !(each.action && problems.has(each.action) && each.code.startsWith('image.')),
  );
  const reusable = [...problems].map(([action, no]) => ({
    action,
    severity: 'error' as const,
    code: no.code,
    message: no.says,
    hint: no.next,
  }));
  const paused = (await freezesOn(room.db))
    .filter(({ scope }) => scope.kind !== 'project' || scope.id === project.id)
    .filter(({ scope }) => scope.kind !== 'backend' || project.backends.includes(scope.id))
    .map((each) => frozen(each))
    .map(({ code, says, next }) => ({ severity: 'error' as const, code, message: says, hint: next }));
  const ask = await whereToAsk(room, governance, project.id);
  return accessCheck(project.id, pipeline, [...paused, ...images, ...reusable], ask);
}

/** Why there is no dummy run, or undefined when one was started. Its check follows from the request. */
async function startDummyRun(
  room: Room,
  client: RepoClient,
  head: Head,
  pipeline: Pipeline | undefined,
  codelists: StudyCodelists | undefined,
  again: string | undefined,
): Promise<words.Aside | undefined> {
  const governance = room.governance.current();
  if (!governance) return words.asides.noGovernance;
  const project = projectOfRepository(governance, client.repo.id);
  if (!project) return words.asides.noProject;
  if (!pipeline) return words.asides.nothingToRun;
  const backend = dummyBackend(governance);
  if (!backend) return words.asides.noDummyBackend;
  const no = mayDummyRun(governance, { person: head.by.id, project: project.id, at: room.clock.now() });
  if (no) return words.notByAMember(prose(refusalText(no)));
  if (codelists?.refused) return words.dummyRefused(prose(refusalText(codelists.refused)));
  const { owner, name, id } = client.repo;
  const request = derivedId('dummy', id, head.sha, again ?? '');
  // The same commit pushed to another branch, or by another person, has been run.
  if (await requestView(room.jobs, request)) return undefined;
  const started = await submitRequest(room.jobs, {
    id: request,
    repository: { id, owner, name },
    branch: head.branch,
    commit: head.sha,
    backend: backend.id,
    project: project.id,
    requestedBy: head.by,
    actions: ['run_all'],
    // Asked for once more, it is to run and not to be remembered.
    force: again !== undefined,
    purpose: 'dummy',
    notify: 'none',
    codelistsOk: codelists?.mayRead ?? true,
    ...(codelists?.against && { codelistsAgainst: codelists.against }),
    origin: { kind: 'push' },
    pipeline,
    ...imagesFor(
      governance,
      await withReusableActions(room.app, client, governance, pipeline),
      backend,
      room.clock.now(),
    ),
  });
  if (isRefusal(started)) return words.dummyRefused(prose(refusalText(started)));
  // Nobody waits any more for what an older head of the branch would have done.
  await cancelRequests(room.jobs, {
    repository: id,
    branch: head.branch,
    purpose: 'dummy',
    except: request,
    by: 'hub',
  });
  return undefined;
}
