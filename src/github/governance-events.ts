/** News of the governance repository: its pull requests are checked, its default branch is taken into use. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { record } from '../db/record.ts';
import { describeChange, isGovernancePath, readGovernance } from '../governance/governance.ts';
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
  const { governance, findings } = readGovernance(await filesAt(client, sha), sha);
  const inForce = room.governance.current();
  const changes = governance && describeChange(inForce?.commit === sha ? undefined : inForce, governance);
  const content =
    governance && inForce?.commit === sha
      ? governanceCheck(findings, [], sha)
      : governanceCheck(findings, changes, inForce?.commit);
  await keepCheck(room, { repository, sha, name, ...(again !== undefined && { again }), content });
}

const FILE_BYTES = 4_000_000;

async function filesAt(client: RepoClient, sha: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const folder of ['', 'projects', 'permissions']) {
    for (const entry of (await client.folder(folder, sha)) ?? []) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.type !== 'file' || !isGovernancePath(path)) continue;
      const bytes = await client.file(path, sha, FILE_BYTES);
      if (bytes !== undefined && bytes !== 'too-large') files.set(path, Buffer.from(bytes).toString('utf8'));
    }
  }
  return files;
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
