/** Where else the log is kept: the public log repository, as the steward last told. */
import { publicLogStanding } from '../db/public-log.ts';
import { repositoryNames } from './status.ts';
import type { RecordDeps } from './types.ts';

export interface LogKept {
  /** Undefined while its name is not known here. */
  name: string | undefined;
  size: number;
  exported: number;
  commit: string;
  at: number;
}

export interface LogStanding {
  /** Governance names such a repository. */
  wanted: boolean;
  kept: LogKept | null;
  /** Why the steward commits nothing more, and since when. */
  refused: { code: string; says: string; at: number } | null;
}

export async function logStanding(deps: RecordDeps): Promise<LogStanding> {
  const wanted = deps.governance()?.deployment.github.repos['log'] !== undefined;
  const { committed, refused } = await publicLogStanding(deps.db);
  if (!committed) return { wanted, kept: null, refused };
  const { repository, size, exported, commit, at } = committed;
  const name = (await repositoryNames(deps, [repository])).get(repository);
  return { wanted, kept: { name, size, exported, commit, at }, refused };
}
