/** `/archive [workspace]` and `/archive --all`, read. */
import { refusal, type Refusal } from '../../lib/refusal.ts';

export interface ArchiveCommand {
  type: 'archive';
  /** Absent: the only one of this repository. */
  workspace?: string;
  /** Every one of the project, in all of its repositories. */
  all?: true;
}

export const ARCHIVE_USAGE = '/archive [workspace|--all]';
export const ARCHIVE_PURPOSE =
  'let a workspace, or all of the project, only be looked at: nothing more runs or is asked for in it';

const NAME = /^[a-z0-9_][a-z0-9_-]{0,99}$/;

export function readArchive(args: string[]): ArchiveCommand | Refusal {
  const [workspace, ...more] = args;
  if (more.length > 0) return malformed();
  if (workspace === undefined) return { type: 'archive' };
  if (workspace === '--all') return { type: 'archive', all: true };
  return NAME.test(workspace) ? { type: 'archive', workspace } : malformed();
}

const malformed = (): Refusal =>
  refusal('archive.malformed', '/archive names one workspace, none, or --all.', `Write: ${ARCHIVE_USAGE}`);
