/** News of the governance repository: its pull requests are checked, its default branch is taken into use. */
import { describeChange } from '../governance/governance.ts';
import { beginAudit } from './approvals/audit.ts';
import { governanceCheck } from './checks/governance.ts';
import { CHECK_NAMES } from './checks/content.ts';
import { lookAtProjects } from './provision/look.ts';
import { recordedVersion, recordGovernance } from './record-governance.ts';
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
  const before = await recordedVersion(room.db);
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
  await recordGovernance(room, answer.refused ? undefined : before);
  await beginAudit(room);
  if ((await recordedVersion(room.db)) !== before) await lookAtProjects(room);
}
