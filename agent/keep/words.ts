/** What an agent's operator is told. Names of files may stand here: it stays on this host. */
import { noBackup as noBackupOf } from '../../src/lib/backup-words.ts';
import { refusal, type Refusal } from '../../src/lib/refusal.ts';

export { backupDamaged as damaged } from '../../src/lib/backup-words.ts';

export const noBackup = (dir: string): Refusal => noBackupOf('agent', dir);

export const unsound = (what: string): Refusal =>
  refusal(
    'backup.unsound',
    `${what} is not what its name says; it is not backed up.`,
    '"sallyport agent verify" names everything that does not hold. Earlier backups are as they were.',
  );

export const busy = (workspace: string): Refusal =>
  refusal(
    'backup.busy',
    `Workspace ${workspace} changed each time it was copied.`,
    'Try again when fewer jobs end; earlier backups are as they were.',
  );

export const inside = (): Refusal =>
  refusal('backup.inside', 'A backup cannot lie in what it is of.', 'Name a folder on another disk.');

export const notEmpty = (dir: string): Refusal =>
  refusal(
    'restore.not-empty',
    `${dir} already holds what an agent keeps.`,
    'Restore into an empty agent.state_dir.',
  );

export const atWork = (pid: number): Refusal =>
  refusal(
    'agent.at-work',
    `The agent of this folder is at work (process ${pid}).`,
    'Stop it first: nothing of a job is lost by that.',
  );

export const stillAtWork = (): Refusal =>
  refusal(
    'agent.at-work',
    'The agent of this folder is at work; what it has stored of this workspace stays.',
    'Stop the agent, then archive again: nothing of a job is lost by that.',
  );

export const unknownWorkspace = (name: string): Refusal =>
  refusal(
    'workspace.unknown',
    `There is no workspace ${name} here.`,
    '"sallyport agent list" shows those there are.',
  );

export const workspaceBusy = (name: string, jobs: readonly string[]): Refusal =>
  refusal(
    'workspace.busy',
    `A job works in workspace ${name}: ${jobs.slice(0, 5).join(', ')}.`,
    'Wait until it has ended, or stop it with "sallyport hub kill"; then archive again.',
  );

export const workspaceUnsound = (name: string, faults: number): Refusal =>
  refusal(
    'workspace.unsound',
    `Workspace ${name} has ${faults} ${faults === 1 ? 'fault' : 'faults'}; it stays as it is.`,
    '"sallyport agent verify" names them.',
  );

export const isArchived = (name: string): Refusal =>
  refusal(
    'workspace.archived',
    `Workspace ${name} is archived already.`,
    'Bring it back with "agent restore-workspace".',
  );

export const fileThere = (file: string): Refusal =>
  refusal('archive.there', `${file} is there already.`, 'Name a file that does not exist yet.');

export const workspaceThere = (name: string): Refusal =>
  refusal('workspace.there', `Workspace ${name} is here already.`, 'There is nothing to bring back.');

export const noArchive = (file: string): Refusal =>
  refusal(
    'archive.none',
    `${file} is no archive of a workspace that this agent has signed.`,
    'Use the file that "agent archive-workspace" wrote, and the key of the agent that wrote it.',
  );

export const archiveDamaged = (file: string): Refusal =>
  refusal(
    'archive.damaged',
    `${file} is not what was written: it is longer, shorter or changed.`,
    'Use another copy of it; nothing was changed here.',
  );

export const otherWorkspace = (of: string): Refusal =>
  refusal('archive.other', `The archive is of workspace ${of}.`, 'Name that workspace, or another file.');
