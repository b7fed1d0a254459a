/** What `sallyport init` says when it will not, or cannot. */
import { refusal, type Refusal } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';

export const no = {
  title: () =>
    refusal(
      'init.title',
      'A title is one line of at most 100 characters, without characters that nobody sees.',
      'Give another one with --name.',
    ),
  noExample: () =>
    refusal(
      'init.no-example',
      'In SQL there is no larger example.',
      'Leave out --example, or name another --language.',
    ),
  noImage: (language: string | undefined, can: readonly string[]) =>
    refusal(
      'init.no-image',
      language === undefined
        ? 'This deployment lists no image with which a study could begin.'
        : `This deployment lists no image for ${language}.`,
      can.length > 0 ? `It has images for: ${can.join(', ')}. Name one with --language.` : 'Ask who runs it.',
    ),
  unknownFile: (file: string, files: readonly string[]) =>
    refusal(
      'init.unknown-file',
      `${printable(file)} is none of the files that would be written.`,
      `Those are: ${files.join(', ')}.`,
    ),
  tooWide: () =>
    refusal(
      'init.too-wide',
      'This is your home folder or the top of a disk: everything in it would be part of the study.',
      'Name a folder of its own: sallyport init my-study.',
    ),
  notFolder: (folder: string) =>
    refusal('init.not-a-folder', `${printable(folder)} is not a folder.`, 'Name another one.'),
  inTheWay: (path: string, what: string) =>
    refusal(
      'init.in-the-way',
      `${printable(path)} is ${what}, and a folder is needed there. Nothing was written.`,
      'Move it away.',
    ),
  notAFile: (path: string) =>
    refusal(
      'init.not-a-file',
      `${printable(path)} is a folder. Nothing was written.`,
      'Leave out --force for it.',
    ),
  cannotWrite: (path: string, code: string, written: number) =>
    refusal(
      'init.cannot-write',
      `${printable(path)} cannot be written${REASONS[code] ?? ` (${code})`}.${written > 0 ? ` ${written} ${written === 1 ? 'file was' : 'files were'} written before.` : ''}`,
      written > 0
        ? 'Mend it and say the same again: what is there is kept.'
        : 'Name a folder in which you may write.',
    ),
  away: (origin: string) =>
    refusal(
      'init.deployment-away',
      `${origin} does not answer.`,
      'Look at the address, or begin without --deployment.',
    ),
  unreadable: (file: string, code: string) =>
    refusal(
      'init.deployment-unreadable',
      `${printable(file)} cannot be read (${code}).`,
      'Name the address of a hub, or a file with its deployment.json.',
    ),
  invalid: (place: string) =>
    refusal(
      'init.deployment-invalid',
      `What ${printable(place)} says is not the deployment.json of a hub.`,
      'It is at /deployment.json of the hub.',
    ),
  noGit: () =>
    refusal(
      'init.no-git',
      'The files are written, but git is not installed, so nothing was committed.',
      'Install git.',
    ),
  notCommitted: (why: string) =>
    refusal(
      'init.not-committed',
      `The files are written, but git did not commit them: ${why}.`,
      'Mend that, then: git add -A && git commit -m "Begin the study".',
    ),
} satisfies Record<string, (...given: never[]) => Refusal>;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: ': you have no permission for that',
  EPERM: ': you have no permission for that',
  EROFS: ': that disk can only be read',
  ENOSPC: ': the disk is full',
  ENAMETOOLONG: ': its name is too long',
};
