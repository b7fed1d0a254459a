/** `/archive [workspace]`, read. */
import { refusal, type Refusal } from '../../lib/refusal.ts';

export interface ArchiveCommand {
  type: 'archive';
  /** Absent: the only one of this repository. */
  workspace?: string;
}

export const ARCHIVE_USAGE = '/archive [workspace]';
export const ARCHIVE_PURPOSE = 'let a workspace only be looked at: nothing more runs or is asked for in it';

const NAME = /^[a-z0-9_][a-z0-9_-]{0,62}$/;

export function readArchive(args: string[]): ArchiveCommand | Refusal {
  const [workspace, ...more] = args;
  if (more.length > 0) return malformed();
  if (workspace === undefined) return { type: 'archive' };
  return NAME.test(workspace) ? { type: 'archive', workspace } : malformed();
}

const malformed = (): Refusal =>
  refusal('archive.malformed', '/archive names one workspace, or none.', `Write: ${ARCHIVE_USAGE}`);
