/** Timed work of reviews: what is overdue is shown as such, and checkers are reminded. Harmless when repeated. */
import { inArray } from 'drizzle-orm';
import { queueOutbox } from '../../db/outbox.ts';
import { githubObjects } from '../../db/schema/github.ts';
import { isoDay } from '../../lib/clock.ts';
import { rolesOf } from '../../governance/governance.ts';
import { openRequests } from '../../outputs/outputs.ts';
import { repoClient } from '../repo.ts';
import { settingOf, keepSetting, type Room } from '../room.ts';
import { waitedFor } from './facts.ts';
import { reminderRound } from './notices.ts';
import { reminderKey } from './project.ts';
import { findReviewRepository, type NamedRepository } from './review-repository.ts';

/** Queues every request with a reminder that was not said yet; how many. */
export async function remindCheckers(room: Room): Promise<number> {
  const governance = room.governance.current();
  const limit = governance?.policies.outputs.working_days;
  if (limit === undefined) return 0;
  const now = room.clock.now();
  const due = (await openRequests(room.db)).flatMap((request) => {
    const round = reminderRound(waitedFor(request, governance, now), limit);
    return round > 0 ? [{ id: request.id, key: reminderKey(request.id, request.turn, round) }] : [];
  });
  if (due.length === 0) return 0;
  const said = await room.db
    .select({ key: githubObjects.key })
    .from(githubObjects)
    .where(
      inArray(
        githubObjects.key,
        due.map(({ key }) => key),
      ),
    );
  const open = due.filter(({ key }) => !said.some((each) => each.key === key));
  await room.db.transaction((tx) =>
    queueOutbox(
      tx,
      open.map(({ id }) => ({ topic: 'review', subject: id })),
      now,
    ),
  );
  return open.length;
}

/** People whom GitHub would not let label or be assigned in a review repository. */
export interface ReviewAccess {
  /** Its id; as governance names it while it was not found. */
  repository: NamedRepository;
  /** False: the App is not installed there, or it is not the repository that was first seen under the name. */
  reached: boolean;
  /** Checkers without triage, by id. */
  lacking: number[];
  /** Everybody can read it. */
  open?: true;
}

const KEY = 'review-access';

/**
 * The App may not give rights (it has no `administration`), so it looks whether the steward, or somebody, has:
 * checkers need triage on the review repositories. Kept for /healthz; labels are made on the way.
 */
export async function lookAtReviewRepositories(room: Room): Promise<ReviewAccess[]> {
  const governance = room.governance.current();
  if (!governance) return [];
  const now = room.clock.now();
  const before = await reviewAccess(room);
  const found: ReviewAccess[] = [];
  for (const named of new Set(Object.values(governance.deployment.github.review_repos))) {
    const repo = await findReviewRepository(room, named);
    if (!repo || repo.suspended) {
      found.push({ repository: named, reached: false, lacking: [] });
      continue;
    }
    const { id } = repo;
    // What was asked for while there was none gets its review issue now.
    const isNew = before.some((one) => !one.reached && (one.repository === named || one.repository === id));
    const waiting = isNew ? await openRequests(room.db) : [];
    await room.db.transaction((tx) =>
      queueOutbox(
        tx,
        [
          { topic: 'labels', subject: String(id) },
          ...waiting.map((each) => ({ topic: 'review', subject: each.id })),
        ],
        now,
      ),
    );
    const client = await repoClient(room.app, repo);
    const lacking: number[] = [];
    for (const person of checkersFor(room, named)) {
      if (!(await client.mayTriage(person))) lacking.push(person.id);
    }
    const open = (await client.describe())?.private === false;
    found.push({ repository: id, reached: true, lacking, ...(open && { open }) });
  }
  const wanting = found.filter(({ reached, lacking, open }) => !reached || lacking.length > 0 || open);
  if (wanting.length > 0)
    room.logger.warn(
      { code: 'review.no-triage', repositories: wanting },
      'Checkers lack triage on a review repository, or the App is not installed on it, or everybody can read it',
    );
  await keepSetting(room.db, KEY, { day: isoDay(now), found: wanting }, now);
  return found;
}

/** As last seen; what is as it should be is left out. */
export async function reviewAccess(room: Room): Promise<ReviewAccess[]> {
  const kept = await settingOf<{ found: ReviewAccess[] }>(room.db, KEY);
  return kept?.found ?? [];
}

function checkersFor(room: Room, repository: NamedRepository): { id: number; login: string }[] {
  const governance = room.governance.current();
  if (!governance) return [];
  const { review_repos: repos } = governance.deployment.github;
  const at = room.clock.now();
  const reviewed = governance.projects.filter(
    ({ orgs }) => (repos[orgs.lead] ?? repos['default']) === repository,
  );
  return governance.people.filter(({ id }) =>
    reviewed.some((project) => rolesOf(governance, id, project.id, at).has('output_checker')),
  );
}
