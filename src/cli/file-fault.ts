/**
 * What of the machine kept a command from reading or writing, as a refusal: a full disk, a closed folder, a path that is not
 * there. With the path it is no fault of this program, and where in the program it happened helps nobody.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { refusal, Refused, type Refusal } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';

/** What Node calls the deeds done to files. A program that is missing and an address that is taken have the same codes. */
const DEEDS =
  /^(access|chmod|chown|copyfile|fchmod|fchown|fdatasync|fstat|fsync|ftruncate|futime|lchown|link|lstat|lutime|mkdir|mkdtemp|open|opendir|read|readlink|realpath|rename|rm|rmdir|scandir|stat|statfs|symlink|unlink|utime|write|writev)$/;

/** How deep a cause may lie. */
const CAUSES = 5;

interface FileError {
  code: string;
  syscall: string;
  path?: string;
}

/** What a command reads and writes, for errors that name no path: of a file that is open already. */
export interface Places {
  reads: string;
  writes: string;
}

type Words = (where: string) => readonly [code: string, says: string, next: string];

const full: Words = (where) => [
  'file.no-room',
  `No room is left on a disk to write ${where}.`,
  'Make room there ("df -h" shows which disk is full, "df -i" when it is files that are too many), or name another place; what was begun is not whole: remove it and do the same again.',
];
const closed: Words = (where) => [
  'file.not-permitted',
  `You may not read or write ${where}.`,
  'See whose it is with "ls -ld", and run this as that user or as root.',
];
const inTheWay: Words = (where) => [
  'file.in-the-way',
  `At ${where} stands a file where a folder is needed, or a folder where a file is needed.`,
  'Name another place, or move away what stands there.',
];
const badName: Words = (where) => [
  'file.bad-name',
  `${where} cannot be the name of a file here: it is too long, or its links lead in a circle.`,
  'Name another place.',
];
const tooMany: Words = (where) => [
  'file.too-many-open',
  `Too many files are open to open ${where}.`,
  'Raise the limit ("ulimit -n"), then do the same again.',
];

const WORDS: Readonly<Record<string, Words>> = {
  ENOSPC: full,
  EDQUOT: full,
  EROFS: (where) => [
    'file.read-only',
    `${where} is on a disk that can only be read.`,
    'Name another place, or mount that disk so that it can be written to.',
  ],
  EACCES: closed,
  EPERM: closed,
  ENOENT: (where) => ['file.missing', `There is no ${where}.`, 'Check the path.'],
  ENOTDIR: inTheWay,
  EISDIR: inTheWay,
  ERR_FS_EISDIR: inTheWay,
  EEXIST: inTheWay,
  ENOTEMPTY: inTheWay,
  ENAMETOOLONG: badName,
  ELOOP: badName,
  EIO: (where) => [
    'file.disk-fault',
    `The disk of ${where} answers with an error.`,
    'Look at what the kernel says of it ("dmesg"), and use another disk: nothing that this one holds is sure.',
  ],
  EMFILE: tooMany,
  ENFILE: tooMany,
};

/** Undefined for whatever else it is. */
export function fileFault(error: unknown, places?: Places): Refusal | undefined {
  const found = fileErrorIn(error);
  const words = found && WORDS[whatKeeps(found)];
  if (!words) return undefined;
  const where = found.path ?? places?.[found.syscall.startsWith('read') ? 'reads' : 'writes'];
  return refusal(...words(where === undefined ? 'what this command reads or writes' : printable(where)));
}

function fileErrorIn(error: unknown): FileError | undefined {
  let at = error;
  for (let depth = 0; depth < CAUSES && typeof at === 'object' && at !== null; depth += 1) {
    const { code, syscall, path, cause } = at as NodeJS.ErrnoException;
    if (code !== undefined && syscall !== undefined && DEEDS.test(syscall))
      return { code, syscall, ...(path !== undefined && { path }) };
    at = cause;
  }
  return undefined;
}

/** Asked to make a folder and those above it, Node says of a disk that can only be read that there is no such folder. */
function whatKeeps({ code, syscall, path }: FileError): string {
  if (code !== 'ENOENT' || syscall !== 'mkdir' || path === undefined) return code;
  let above = resolve(path);
  while (!existsSync(above) && above !== dirname(above)) above = dirname(above);
  try {
    accessSync(above, constants.W_OK);
    return code;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? code;
  }
}

/** Throws Refused in place of what the machine said while these were read and written. */
export async function atPlaces<T>(places: Places, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const no = cause instanceof Refused ? undefined : fileFault(cause, places);
    throw no ? new Refused(no, { cause }) : cause;
  }
}
