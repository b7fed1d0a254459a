/** What of the machine keeps codelists from being read or written, as a sentence. */
import { statSync } from 'node:fs';
import { refusal, Refused, type Refusal } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';

const SAYS: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder, and a file must stand there',
  ERR_FS_EISDIR: 'is a folder, and a file must stand there',
  ENOTDIR: 'is a file, and a folder must stand there',
  EEXIST: 'is a file, and a folder must stand there',
  EACCES: 'may not be read or written by you',
  EPERM: 'may not be read or written by you',
  EROFS: 'is on a disk that can only be read',
  ENOSPC: 'cannot be written: there is no space left on the disk',
  EDQUOT: 'cannot be written: there is no space left on the disk',
};

/** Undefined for what is a mistake of this program. */
export function fileRefusal(error: unknown): Refusal | undefined {
  const { code = '', path } = error as NodeJS.ErrnoException;
  const says = SAYS[code];
  return says === undefined
    ? undefined
    : refusal(
        'codelists.files',
        `${printable(path ?? 'A file of the codelists')} ${says}.`,
        'See what stands there with "ls -l codelists"; each file is as it was, or whole.',
      );
}

/** Throws Refused: codelists of a study that is not there would be made in an empty folder. */
export function refuseNoStudy(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new Refused(
    refusal(
      'codelists.no-study',
      `There is no folder ${printable(path)}.`,
      'Go to your study, or name its folder.',
    ),
  );
}
