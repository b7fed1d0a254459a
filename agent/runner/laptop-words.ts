/** What `sallyport run` prints. One line each; the first word is the action. */
import { printable } from '../../src/pipeline/pipeline.ts';

const NAMES_SHOWN = 8;

export const WORDS = {
  processWarning:
    'Warning: --executor process isolates nothing. The actions can read and change everything you can, and use the network.',
  reused: (action: string): string => `${action}: has run already; its outputs are there`,
  outOfDate: (action: string, why: string): string =>
    `${action}: has run already, but is ${why}; add --refresh to run it again`,
  fresh: (action: string): string => `${action}: fresh`,
  same: (action: string): string => `${action}: fresh; what it reads came out the same`,
  start: (action: string, image: string): string => `${action}: running ${image}`,
  startAgain: (action: string, image: string, why: string): string => `${action}: running ${image}, ${why}`,
  dummy: (action: string, file: string): string =>
    `${action}: copying ${file} (database actions use dummy data here)`,
  invented: (action: string, rows: number, seed: string): string =>
    `${action}: running its query on invented rows, ${rows.toLocaleString('en-GB')} by the seed ${printable(JSON.stringify(seed))} (database actions use dummy data here)`,
  done: (action: string, seconds: number, outputs: number): string =>
    `${action}: done in ${seconds.toFixed(1)} s, ${outputs} ${outputs === 1 ? 'output' : 'outputs'}`,
  failed: (action: string, why: string, hint: string): string => `${action}: ${why}${hint ? ` ${hint}` : ''}`,
  lastLines: (action: string, lines: number): string =>
    lines === 1 ? `${action}: the last line of its log:` : `${action}: the last ${lines} lines of its log:`,
  noLog: (action: string): string => `${action}: it wrote nothing to its log`,
  logAt: (action: string, code: number, file: string): string =>
    `${action}: exit code ${code}; the whole log is in ${file}`,
  moreMemory: (action: string): string => `${action}: give it more with --memory, like --memory 8G`,
  keptAt: (action: string, folder: string): string =>
    `${action}: its folder was left at ${folder}, until the next run`,
  unmatched: (action: string, pattern: string): string => `${action}: no file for ${pattern}`,
  hint: (action: string, file: string): string => `${action}: made, but not declared: ${printable(file)}`,
  withheld: (action: string, file: string, why: string): string =>
    `${action}: ${printable(file)} would be withheld from review: ${why}`,
  refused: (action: string, file: string, why: string): string =>
    `${action}: ${printable(file)} was not taken: ${why}`,
  leftOut: (note: string): string => `note: ${printable(note)}`,
  nothing: 'Nothing to do: every action asked for has run already. Use -f to run dependencies again.',
  nothingStale: 'Nothing to do: everything asked for is fresh.',
  notRun: (actions: readonly string[]): string =>
    `not run, because an action they need failed: ${actions.join(', ')}`,
  notBegun: (actions: readonly string[]): string =>
    `not run, because an action failed: ${some(actions)}; --continue-on-error runs what does not need it`,
  stopping: 'Stopping. Ctrl-C again ends at once, and leaves what is running to the next run.',
  stopped: 'Stopped. Nothing of what was running is kept.',
  inputMissing: (action: string, need: string): string =>
    `${action}: the outputs of ${need} are not there; run ${need} first`,
  dummyMissing: (action: string, file: string | undefined): string =>
    file === undefined
      ? `${action}: give it a dummy_data_file in project.yaml; there is no database here`
      : `${action}: its dummy_data_file ${printable(file)} is not there`,
  pinTables: (action: string): string =>
    `${action}: its rows can also be made from the tables of your deployment; fetch those once: sallyport dummy-data --list --from <address of your deployment>`,
} as const;

function some(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return more > 1
    ? `${names.slice(0, NAMES_SHOWN).join(', ')} and ${more.toLocaleString('en-GB')} more`
    : names.join(', ');
}

export const manyFiles = (all: number, folder: string, most: number): string =>
  `every action gets a copy of the study's ${all.toLocaleString('en-GB')} files, ${most.toLocaleString('en-GB')} of them in ${folder}; runs are quicker when what no action reads lies elsewhere`;

export const noProject = (dir: string): string => `There is no project.yaml in ${dir}.`;
export const projectNoFile = (dir: string): [string, string] => [
  `project.yaml in ${dir} is no file.`,
  'Look what stands there with "ls -ld project.yaml".',
];
export const imagesMissing = (images: readonly { image: string; pull: string }[]): [string, string] => [
  `${images.length === 1 ? 'An image is' : `${images.length} images are`} not on this machine: ${images
    .map(({ image }) => image)
    .join(', ')}.`,
  `Run: sallyport pull ${images.map(({ pull }) => pull).join(' ')}`,
];
export const programsMissing = (images: readonly { image: string }[]): [string, string] => [
  `There is no program here that stands for ${images.map(({ image }) => image).join(', ')}.`,
  'Use the executor "docker", which runs the image itself.',
];
export const alreadyRunning = (pid: number): [string, string] => [
  `Another "sallyport run" (process ${pid}) works on this study.`,
  'Wait until it has ended, or stop it.',
];
export const badManifest = (): [string, string] => [
  'metadata/manifest.json, which says what has run, cannot be used.',
  'Delete it: then every action counts as not run.',
];

export const throughLink = (link: string): [string, string] => [
  `${printable(link)} is a symbolic link, and a run neither reads nor writes through one.`,
  'Put a folder or a file in its place.',
];
export const diskFull = (): [string, string] => [
  'There is no space left on the disk.',
  'Every action works on a copy of the study in metadata/.runs: make room and run again; what had finished is kept.',
];
export const notPermitted = (place: string): [string, string] => [
  `You may not read or change ${place || 'a file of this study'}.`,
  place
    ? `See who owns it with "ls -ld ${place}"; files that another program made as root are given back with "sudo chown -R $USER .".`
    : 'Look for files that belong to somebody else.',
];
export const readOnly = (place: string): [string, string] => [
  `The disk of ${place || 'this study'} can only be read.`,
  'Copy the study to a disk on which you may write.',
];
export const inTheWay = (place: string): [string, string] => [
  `${place || 'A file of this study'} is not what a run needs there: a file stands where a folder must be, or a folder where a file must be.`,
  'Move it away, then run again; what had finished is kept.',
];
export const engineRefused = (words: string): [string, string] => [
  `The container engine refused: ${printable(words).replace(/\.?$/, '.')}`,
  'Run again with --debug to see at which step; what had finished is kept.',
];
export const engineLost = (): [string, string] => [
  'The container engine stopped answering.',
  'See that it runs ("docker info"), then run again; what had finished is kept.',
];
export const noInit = (): [string, string] => [
  'Podman has no program to be the first in a container.',
  'Install one: the package is called catatonit ("sudo apt-get install catatonit", "sudo dnf install catatonit").',
];
