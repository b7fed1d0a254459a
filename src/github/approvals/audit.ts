/**
 * What was merged without the approvals that it takes: somebody could pass the rules by. It is in force, since
 * zones read the branch by themselves; so it is said, where operators and everybody look.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import type { Governance } from '../../governance/governance.ts';
import { days } from '../../lib/clock.ts';
import { marker } from '../markdown.ts';
import { findRepository, showFor } from '../reach.ts';
import { repoClient } from '../repo.ts';
import { keepSetting, settingOf, type Room } from '../room.ts';
import { countApprovals } from './check.ts';
import { GovernancePulls } from './pulls.ts';
import { approvalsCheck, unapprovedText } from './words.ts';

export interface Unapproved {
  commit: string;
  /** Null: it was pushed past every pull request. */
  pull: number | null;
  why: string;
  at: number;
}

const AUDITED = 'governance:audited';
/** The last version of those looked at that was valid: what is changed is counted from there. */
const VALID = 'governance:audited-valid';
const KEY = 'governance-unapproved:';
const SHOWN_FOR_MS = days(30);
const UNAPPROVED_TOPIC = 'unapproved';

/** What was there when we first looked is nobody's change. */
export async function beginAudit(room: Room): Promise<void> {
  const commit = room.governance.current()?.commit;
  if (commit !== undefined && (await settingOf<string>(room.db, AUDITED)) === undefined)
    await keepSetting(room.db, AUDITED, commit, room.clock.now());
}

/** Everything that came to the branch since the last look, oldest first. Looks at GitHub, so no lost event matters. */
export async function auditMerges(room: Room): Promise<void> {
  const repo = await findRepository(room, room.governance.repositoryId);
  const branch = repo?.defaultBranch;
  if (!repo || !branch) return;
  const head = await (await repoClient(room.app, repo)).branchHead(branch);
  const audited = await settingOf<string>(room.db, AUDITED);
  if (!head || audited === undefined || head === audited) return;
  const now = room.clock.now();
  const pulls = await GovernancePulls.of(room, repo);
  const commits = await pulls.between(audited, head);
  if (!commits)
    await alert(room, {
      commit: head,
      pull: null,
      why: 'The branch was rewritten, or holds too much that is new',
      at: now,
    });
  let valid = (await settingOf<string>(room.db, VALID)) ?? audited;
  const seen = new Set<number>();
  for (const sha of commits ?? []) {
    const [number] = await pulls.mergedWith(sha, branch);
    if (number !== undefined && seen.has(number)) continue;
    if (number === undefined) {
      await alert(room, { commit: sha, pull: null, why: 'Pushed past every pull request', at: now });
      if (await versionAt(room, sha)) valid = sha;
      continue;
    }
    seen.add(number);
    valid = await auditPull(room, pulls, number, valid);
  }
  // Where the history was rewritten, what is in force now is all that there is to go by.
  if (!commits) valid = room.governance.current()?.commit ?? head;
  await keepSetting(room.db, VALID, valid, now);
  await keepSetting(room.db, AUDITED, head, now);
}

const versionAt = async (room: Room, commit: string): Promise<Governance | undefined> =>
  (await room.governance.propose(commit)).reading.governance;

/** The version that is valid then. One with a fault is not taken into use: whoever mends it brings all of it. */
async function auditPull(room: Room, pulls: GovernancePulls, number: number, valid: string): Promise<string> {
  const pull = await pulls.pull(number);
  const commit = pull?.mergeCommit;
  if (!pull || !commit) return valid;
  const [before, after] = [await versionAt(room, valid), await versionAt(room, commit)];
  if (!after) return valid;
  if (!before) return commit;
  const found = await countApprovals(room, pulls, pull, { inForce: before, before, after });
  if (!found.ok)
    await alert(room, { commit, pull: number, why: approvalsCheck(found).title, at: room.clock.now() });
  return commit;
}

async function alert(room: Room, unapproved: Unapproved): Promise<void> {
  const { commit, pull, why, at } = unapproved;
  room.logger.error(
    { code: 'governance.unapproved', commit, pull, why },
    'ALERT: governance was merged without the approvals that it takes; it is in force',
  );
  await keepSetting(room.db, `${KEY}${commit}`, unapproved, at);
  if (pull === null) return;
  await room.db.transaction((tx) => queueOutbox(tx, [{ topic: UNAPPROVED_TOPIC, subject: commit }], at));
}

/** Of the last thirty days, for `/healthz`. */
export async function unapprovedVersions(db: Db, now: number): Promise<Unapproved[]> {
  const rows = await rowsOf<{ value: Unapproved }>(
    db,
    sql`select value from settings where key like ${`${KEY}%`} and updated_at > ${now - SHOWN_FOR_MS}::bigint order by updated_at`,
  );
  return rows.map(({ value }) => value);
}

export async function showUnapproved(room: Room, commit: string, force: boolean): Promise<void> {
  const found = await settingOf<Unapproved>(room.db, `${KEY}${commit}`);
  if (!found || found.pull === null) return;
  const show = await showFor(room, room.governance.repositoryId, force);
  await show.comment({
    key: `unapproved:${found.pull}`,
    issue: found.pull,
    mark: marker('unapproved', String(found.pull)),
    body: unapprovedText(found.pull, found.why),
    final: true,
  });
}
