/** The topic `dashboard`: one issue per repository of a study, or of one that is to become a study. */
import { and, desc, eq } from 'drizzle-orm';
import { shownChecks } from '../../db/schema/commands.ts';
import { freezesOn } from '../../freezes/freezes.ts';
import { projectOfRepository, type Project } from '../../governance/governance.ts';
import { requestsFor, requestView } from '../../jobs/jobs.ts';
import { sha256 } from '../../lib/hash.ts';
import { shownOfRepository } from '../../outputs/outputs.ts';
import { ACTIVE } from '../../release/release.ts';
import { CHECK_NAMES, type CheckContent } from '../checks/content.ts';
import { onboardingOf } from '../onboarding/onboarding.ts';
import { showFor } from '../reach.ts';
import { knownIssue, showIssue } from '../release/show-issue.ts';
import { summaryLine } from '../request-view.ts';
import { keepSetting, settingOf, type Room } from '../room.ts';
import type { Show } from '../show.ts';
import { clockOf } from '../visibility/clock-rows.ts';
import { dueKey } from '../visibility/due-issue.ts';
import * as words from './words.ts';

export const dashboardKey = (repository: number): string => `issue:dashboard:${repository}`;
const MOST_LISTED = 10;

export async function showDashboard(room: Room, subject: string, force: boolean): Promise<void> {
  const repository = Number(subject);
  const governance = room.governance.current();
  const project = governance && projectOfRepository(governance, repository);
  const onboarding = await onboardingOf(room.db, repository);
  if (!project && !onboarding) return;
  const show = await showFor(room, repository, force);
  const facts = await factsOf(show, repository, project);
  const body = words.dashboardBody({ ...facts, onboarding });
  // Read from GitHub only when it has to change, or somebody touched it: there are many of them.
  const key = `dashboard:${repository}`;
  const digest = sha256(body);
  if (!force && (await settingOf<string>(room.db, key)) === digest) return;
  const shown = await showIssue(show, {
    key: dashboardKey(repository),
    mark: words.dashboardMark(repository),
    title: words.TITLE,
    body: () => body,
    labels: [],
    open: true,
    reason: 'completed',
  });
  if (shown !== 'off') await keepSetting(room.db, key, digest, room.clock.now());
}

/** The text there may be another than ours: it is read and put right. */
export function lookAgain(room: Room, repository: number): Promise<void> {
  return keepSetting(room.db, `dashboard:${repository}`, '', room.clock.now());
}

async function factsOf(
  show: Show,
  repository: number,
  project: Project | undefined,
): Promise<Omit<words.DashboardFacts, 'onboarding'>> {
  const { room } = show;
  const { db } = room;
  const freezes = (await freezesOn(db)).filter(
    ({ scope }) =>
      scope.kind === 'all' ||
      (scope.kind === 'project' ? scope.id === project?.id : project?.backends.includes(scope.id)),
  );
  const active = (await shownOfRepository(db, repository)).filter(({ state }) =>
    (ACTIVE as readonly string[]).includes(state),
  );
  const releases = [];
  for (const { id, state } of active.slice(0, MOST_LISTED)) {
    const issue = await knownIssue(show, `issue:release:${id}`);
    releases.push({ id, state, issue: issue?.number ?? null });
  }
  const clock = await clockOf(db, repository);
  const due = clock && ['running', 'due', 'blocked'].includes(clock.state) ? (clock.flip ?? clock.due) : null;
  const dueIssue = due === null ? undefined : await knownIssue(show, dueKey(repository));
  return {
    repository,
    paused: freezes.map(({ scope, at }) => ({ scope, at })),
    requests: await requestsIn(room, repository),
    releases,
    due:
      due === null
        ? undefined
        : { day: due, issue: dueIssue?.number ?? null, blocked: clock?.state === 'blocked' },
    access: await accessIn(show),
  };
}

async function requestsIn(room: Room, repository: number): Promise<words.DashboardFacts['requests']> {
  const ask = { repository, purpose: 'run' } as const;
  const open = await requestsFor(room.db, { ...ask, open: true, limit: MOST_LISTED });
  const [newest] = await requestsFor(room.db, { ...ask, limit: 1 });
  const listed = newest && !open.some(({ id }) => id === newest.id) ? [newest, ...open] : open;
  const lines: words.DashboardFacts['requests'] = [];
  for (const { id } of listed) {
    const view = await requestView(room.jobs, id);
    if (!view) continue;
    const failed = view.state === 'failed';
    if (failed || view.completedAt === null) lines.push({ id, says: summaryLine(view), failed });
  }
  return lines;
}

async function accessIn({ room, client }: Show): Promise<words.DashboardFacts['access']> {
  const { id, owner, name } = client.repo;
  const [row] = await room.db
    .select({ content: shownChecks.content, sha: shownChecks.sha })
    .from(shownChecks)
    .where(and(eq(shownChecks.repositoryId, id), eq(shownChecks.name, CHECK_NAMES.access)))
    .orderBy(desc(shownChecks.updatedAt))
    .limit(1);
  // Written by this room from its own type, and read by nobody else.
  const content = row?.content as CheckContent | undefined;
  if (!row || content?.status !== 'completed') return undefined;
  const commit = { sha: row.sha, url: `${room.app.places.web}/${owner}/${name}/commit/${row.sha}` };
  return { title: content.title, ok: content.conclusion !== 'failure', commit };
}
