/** The codelists of a study at a commit: against what was downloaded, and against the registry they come from. */
import { studyLists, type RegistryDeps, type StudyLists } from '../../registry/registry.ts';
import { randomIds } from '../../lib/ids.ts';
import { refusal, type Refusal } from '../../lib/refusal.ts';
import { checkCodelists, type CodelistFinding } from '../../pipeline/pipeline.ts';
import { codelistFolderAt } from '../commit.ts';
import type { RepoClient } from '../repo.ts';
import type { Room } from '../room.ts';

export interface StudyCodelists {
  findings: CodelistFinding[];
  /** Nothing may run: a list is unknown to the registry, or is not what it holds. */
  refused: Refusal | undefined;
  /** What keeps actions from the database. */
  against: Refusal | undefined;
  mayRead: boolean;
}

export const registryDeps = (room: Room): RegistryDeps => ({
  db: room.db,
  clock: room.clock,
  ids: randomIds,
  governance: () => room.governance.current(),
});

/** Undefined: the study has no codelists. */
export async function studyCodelistsAt(
  room: Room,
  client: RepoClient,
  sha: string,
): Promise<StudyCodelists | undefined> {
  const folder = await codelistFolderAt(client, sha);
  if (!folder) return undefined;
  const own = checkCodelists(folder);
  const stands = await studyLists(registryDeps(room), folder);
  return {
    findings: [...own, ...stands.findings],
    refused: stands.standing === 'refused' ? because(stands) : undefined,
    against: own.length === 0 && stands.standing !== 'fine' ? because(stands) : undefined,
    mayRead: own.length === 0 && stands.standing === 'fine',
  };
}

/** All of them in one answer, the worst first. */
function because({ findings, refusal: given }: StudyLists): Refusal {
  if (given) return given;
  const worst = [...findings].sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  const [first] = worst;
  const says = worst.slice(0, 5).map(({ message }) => message);
  return refusal(first?.code ?? 'codelists.refused', says.join(' '), first?.hint ?? '');
}
