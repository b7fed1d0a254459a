/** What hub, agent and airlock say alike of a backup that is not made or not taken. */
import { refusal, type Refusal } from './refusal.ts';

export const backupNotEmpty = (dir: string): Refusal =>
  refusal('backup.not-empty', `${dir} is not empty.`, 'Name a folder that does not exist yet.');

/** `of`: whose. */
export const noBackup = (of: 'hub' | 'agent' | 'airlock', dir: string): Refusal =>
  refusal(
    'backup.none',
    `${dir} holds no whole backup of this ${of}.`,
    `Name a folder that "${of} backup" has finished, and use the key of the ${of} that made it.`,
  );

export const backupDamaged = (what: string): Refusal =>
  refusal(
    'backup.damaged',
    `The backup is damaged: ${what} is not what was written.`,
    'Use another backup, and find out who could write to this one.',
  );
