/** Every sentence the runner writes: for logs and explanation files in the zone, and for the laptop's terminal. */
import type { ZoneReason } from '../../src/protocol/messages.ts';

const size = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

export const tooLarge = (bytes: number, max: number): string =>
  `The file is ${size(bytes)}; moderately sensitive files may have at most ${size(max)}.`;
export const notViewable = (extension: string): string =>
  extension === ''
    ? 'The file has no extension, so it cannot be viewed.'
    : `Files ending in ${extension} cannot be viewed here.`;
export const unreadable = (why: string): string => `The file cannot be read as what its name says: ${why}.`;
export const identifying = (heading: string): string =>
  `The file has a column or name "${heading}", which identifies people.`;
export const tooManyRows = (rows: number, max: number): string =>
  `The file has ${rows} rows; moderately sensitive tables may have at most ${max}.`;

export const explanation = (path: string, reasons: readonly string[]): string =>
  [
    `${path} was not made available here. It stays in the high-privacy workspace.`,
    '',
    ...reasons.map((reason) => `- ${reason}`),
    '',
    'Change the action so that the file fits, then run it again.',
    '',
  ].join('\n');

export const LEVEL_RAISED = 'An input with the same content is more sensitive, so this file is too.';

export const REFUSED_FILE = {
  link: 'symbolic links are not taken',
  special: 'devices, sockets and pipes are not taken',
  unnameable: 'its name holds characters that cannot be used',
  'too-long': 'its name is longer than 230 bytes, or its path longer than 1,000',
  'many-names': 'it is one file under several names (hard links)',
  elsewhere: 'it does not lie beneath the workspace',
} as const;

/** What each reason of the zone means, for the log beside the data. */
export const ZONE_REASON_TEXT: Record<ZoneReason, string> = {
  'repository-not-in-project': 'The repository does not belong to any project in the governance repository.',
  'commit-not-on-branch': 'The commit cannot be reached from the branch.',
  'commit-missing': 'The commit is not in the repository.',
  'project-invalid': 'project.yaml is not valid at this commit.',
  'action-unknown': 'The action is not in project.yaml at this commit.',
  'image-not-allowed': 'The image is not on the list of allowed images.',
  'image-missing': 'The image is not present on this machine.',
  'image-not-by-digest': 'The image is not pinned by a digest.',
  'person-not-permitted': 'The person who asked may not run jobs of this project here.',
  'backend-not-permitted': 'The project may not use this backend.',
  'no-dataset-granted': 'The project has been granted no dataset of this backend.',
  'workspace-archived': 'The workspace is archived: nothing runs in it.',
  'permission-not-granted': 'The action names a population or component that the project is not granted.',
  'database-unavailable': 'The database could not be prepared for this job.',
  'input-missing': 'An output of an action that this one needs is missing. Run that action first.',
  'disk-full': 'There is not enough disk space.',
  'git-unavailable': 'The repository could not be fetched.',
  'governance-unavailable': 'The governance repository could not be read recently enough.',
  'dummy-data-missing': 'The action has no dummy data file, or the file is not in the repository.',
  'reusable-action-not-allowed': 'The reusable action is unknown, not merged to main, or not allowed.',
  'too-many-attempts': 'The job could not be prepared after several attempts.',
};

export const reusedFrom = (commit: string): string =>
  `Nothing was run: what decides the results is as it was at commit ${commit}, and they were reused.`;

export const SUCCEEDED = 'Completed successfully.';
export const SUCCEEDED_WITHHELD =
  'Completed successfully, but some moderately sensitive outputs were withheld.';
export const CANCELLED = 'Cancelled.';
export const NONZERO = 'The program ended with an error.';
export const UNMATCHED = 'The program ended, but no file was made for some outputs.';
export const TIMED_OUT = 'The job was stopped because it ran for too long.';
export const DISK_LIMIT = 'The job was stopped because it wrote more to disk than it may.';
export const INTERRUPTED = 'The job was interrupted because the machine or the container engine stopped.';
export const CANNOT_START = 'The container engine could not start the program.';
export const TOO_MANY_FILES = 'The job left more files than can be looked through.';
export const UNREADABLE_FOLDERS = 'The job left folders that cannot be looked through.';
export const triedAgain = (n: number): string =>
  `try ${n} ended with a passing error of the database; it was tried again`;
export const outOfMemory = (limit: number): string => `The job ran out of memory (limit ${size(limit)}).`;
export const KILLED = 'The program was killed: by itself, by an administrator or by memory limits.';

const LEFT_OUT = {
  link: 'it is a symbolic link',
  submodule: 'it is a submodule',
  special: 'it is no file, but a pipe, a socket or a device',
  name: 'its name cannot be used',
} as const;
export const notTakenOver = (path: string, what: keyof typeof LEFT_OUT): string =>
  `${path} was left out of the workspace: ${LEFT_OUT[what]}`;
export const didYouMean = (files: readonly string[]): string =>
  `Files that match no output: ${files.join(', ')}`;
export const outputsCount = (n: number): string => plural(n, 'output');
export const dummyCopied = (file: string): string =>
  `Dummy data: ${file} was copied to the declared outputs.\n`;
