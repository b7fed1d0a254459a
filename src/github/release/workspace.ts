/** Which workspace, on which backend, does `/release` mean here? The one of the branch, where it was run last on real data. */
import { backendById, type Governance } from '../../governance/governance.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { requestsFor } from '../../jobs/jobs.ts';
import type { Room } from '../room.ts';
import type { Saying } from '../run-command.ts';
import { pullBranch } from '../target.ts';
import * as general from '../words.ts';
import * as words from './words.ts';

export interface DraftTarget {
  workspace: string;
  branch: string;
  backend: string;
}

export async function draftTarget(
  room: Room,
  { client, place }: Saying,
  governance: Governance,
): Promise<DraftTarget | Refusal> {
  const branch =
    place.kind === 'issue' && place.pull
      ? await pullBranch(client, place.number)
      : (await client.describe())?.defaultBranch;
  if (isRefusal(branch)) return branch;
  if (!branch) return general.branchGone('the default branch');
  const past = await requestsFor(room.db, { repository: client.repo.id, branch, purpose: 'run', limit: 100 });
  const last = past.find(
    (request) => request.workspace && backendById(governance, request.backend)?.data === 'real',
  );
  if (!last?.workspace) return words.neverRun(branch);
  return { workspace: last.workspace, branch, backend: last.backend };
}
