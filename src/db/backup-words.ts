/** Why a hub is not backed up or restored. */
import { noBackup } from '../lib/backup-words.ts';
import { refusal, type Refusal } from '../lib/refusal.ts';

export { backupDamaged as damaged, backupNotEmpty as notEmpty } from '../lib/backup-words.ts';

export const none = (dir: string): Refusal => noBackup('hub', dir);

export const foreign = (dir: string): Refusal =>
  refusal(
    'backup.foreign',
    `The list in ${dir} is not one that this hub has signed.`,
    'Restore with the key of the hub that made the backup (key_file in hub.yml); if it is that, somebody changed the list: use another backup.',
  );

export const unsound = (faults: number): Refusal =>
  refusal(
    'backup.unsound',
    `The record has ${faults} ${faults === 1 ? 'fault' : 'faults'}: what would be backed up does not hold.`,
    '"sallyport hub verify" names them. Keep earlier backups.',
  );

export const restoredUnsound = (faults: number): Refusal =>
  refusal(
    'restore.unsound',
    `The backup's record has ${faults} ${faults === 1 ? 'fault' : 'faults'}; nothing was restored.`,
    'Use another backup.',
  );

export const inUse = (): Refusal =>
  refusal('restore.in-use', 'This database already holds a hub.', 'Restore into an empty database.');

export const otherVersion = (): Refusal =>
  refusal(
    'restore.other-version',
    'The backup was made by another version: its tables are not these.',
    'Restore with the version that made it, then upgrade.',
  );

export const logShorter = (size: number, seen: number): Refusal =>
  refusal(
    'restore.log-shorter',
    `The log in the backup has ${size} entries, and somebody has seen ${seen}: a hub that goes on from here contradicts what it signed.`,
    'Use a newer backup. If there is none, add --accept-fork, begin a new log (another ledger.origin and key) before the hub starts, and say so in public: docs/ledger.md.',
  );

export const otherLog = (): Refusal =>
  refusal(
    'restore.other-log',
    'The log in the backup is not the one of the checkpoint that was given.',
    'Look which hub each of them is of.',
  );

export const noSince = (place: string): Refusal =>
  refusal(
    'restore.no-since',
    `There is no checkpoint to be read at ${place || '""'}.`,
    'Give --since a file that holds one, or an address that serves it, like https://hub.example.org/log/checkpoint.',
  );
