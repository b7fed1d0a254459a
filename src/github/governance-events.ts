/** News of the governance repository: its pull requests are checked, its default branch is taken into use. */
import { z } from 'zod';
import {
  accountFindings,
  describeChange,
  MOST_ACCOUNTS,
  peopleToCompare,
  type Governance,
  type GovernanceFinding,
  type SeenAccount,
} from '../governance/governance.ts';
import { readTexts } from '../lib/git-objects.ts';
import { beginAudit } from './approvals/audit.ts';
import { governanceCheck } from './checks/governance.ts';
import { CHECK_NAMES } from './checks/content.ts';
import { lookAtProjects } from './provision/look.ts';
import { recordedVersion, recordGovernance } from './record-governance.ts';
import type { RepoClient } from './repo.ts';
import type { Room } from './room.ts';
import { orMissing } from './trouble.ts';
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
  const { governance } = reading;
  const compared =
    governance && base?.commit !== sha ? await compareAccounts(room, client, base, governance) : [];
  const findings = [...reading.findings, ...compared];
  const changes =
    governance && compared.every(({ severity }) => severity !== 'error')
      ? describeChange(base?.commit === sha ? undefined : base, governance)
      : undefined;
  const content =
    governance && base?.commit === sha
      ? governanceCheck(findings, [], sha)
      : governanceCheck(findings, changes, base?.commit);
  await keepCheck(room, { repository, sha, name, ...(again !== undefined && { again }), content });
}

/** Whether those who are new are who GitHub says they are. It is asked anew for each commit: an account may be renamed. */
async function compareAccounts(
  room: Room,
  { repo }: RepoClient,
  before: Governance | undefined,
  after: Governance,
): Promise<GovernanceFinding[]> {
  const people = peopleToCompare(before, after);
  if (people.length === 0) return [];
  const octokit = await room.app.forInstallation(repo.installation);
  const seen = new Map<number, SeenAccount | undefined>();
  for (const { id } of people.slice(0, MOST_ACCOUNTS)) {
    const found = await orMissing(octokit.request('GET /user/{account_id}', { account_id: id }));
    seen.set(id, found && account.parse(found.data));
  }
  const texts = await readTexts(
    room.governance.versions.dir,
    after.commit,
    ({ path }) => path === 'people.yml',
  );
  return accountFindings(texts.get('people.yml') ?? '', people, seen);
}

const account = z.object({ login: z.string(), type: z.string() });

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
