/** News of the governance repository: its pull requests are checked, its default branch is taken into use. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { record } from '../db/record.ts';
import { describeChange } from '../governance/governance.ts';
import { isoTime } from '../lib/clock.ts';
import { governanceCheck } from './checks/governance.ts';
import { CHECK_NAMES } from './checks/content.ts';
import type { RepoClient } from './repo.ts';
import type { Room } from './room.ts';
import { hasCheck, keepCheck } from './shown-checks.ts';

/** `again`: what asked for the check once more. */
export async function checkGovernance(
  room: Room,
  client: RepoClient,
  sha: string,
  again?: string,
): Promise<void> {
  const repository = client.repo.id;
  const name = CHECK_NAMES.governance;
  if (again === undefined && (await hasCheck(room, repository, sha, name))) return;
  const { reading, base } = await room.governance.propose(sha);
  const { governance, findings } = reading;
  const changes = governance && describeChange(base?.commit === sha ? undefined : base, governance);
  const content =
    governance && base?.commit === sha
      ? governanceCheck(findings, [], sha)
      : governanceCheck(findings, changes, base?.commit);
  await keepCheck(room, { repository, sha, name, ...(again !== undefined && { again }), content });
}

/** Fetches, takes a valid fast-forward into use, and writes down which version is in force. */
export async function refreshGovernance(room: Room): Promise<void> {
  const answer = await room.governance.refresh();
  if (answer.refused) {
    room.logger.error(
      {
        code: answer.refused.code,
        inForce: room.governance.current()?.commit,
        faults: answer.findings?.length ?? 0,
      },
      'ALERT: the newest governance version is not in force; the last good one stays',
    );
  }
  await recordGovernance(room);
}

/** One leaf for each version that came into force, however often hubs start and whoever saw it first. */
export async function recordGovernance(room: Room): Promise<void> {
  const commit = room.governance.current()?.commit;
  if (!commit) return;
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    await tx.execute(sql`
      insert into settings (key, value, updated_at) values ('governance:recorded', 'null'::jsonb, ${now}::bigint) on conflict (key) do nothing`);
    const [row] = await rowsOf<{ value: string | null }>(
      tx,
      sql`select value from settings where key = 'governance:recorded' for update`,
    );
    const before = row?.value ?? null;
    if (before === commit) return;
    await record(tx, {
      time: isoTime(now),
      type: 'policy',
      actor: 'hub',
      subject: `policy:${commit}`,
      policy_commit: commit,
      body: { event: 'in-force', old: before, new: commit },
    });
    await tx.execute(
      sql`update settings set value = ${JSON.stringify(commit)}::jsonb, updated_at = ${now}::bigint where key = 'governance:recorded'`,
    );
  });
}
